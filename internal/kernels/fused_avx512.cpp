// AVX-512: 16 floats a vector, 32 registers.
// Nothing is included below the pragma but this package's own kernels, all of them
// static or in an unnamed namespace: code for these instructions must never be
// taken by the linker for somebody else's.
#include <cstddef>
#include <cstdint>

#include "fused.hpp"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace kernels {
namespace {
constexpr int kWidth = 16, kRegisters = 32;
constexpr bool kFusedMultiplyAdd = true;
#include "fused.inc.hpp"
} // namespace

const Fused *fused_avx512() { return &kFused; }
} // namespace kernels

#else
namespace kernels {
const Fused *fused_avx512() { return nullptr; }
} // namespace kernels
#endif
