// AVX2 with FMA: 8 floats a vector, 16 registers.
// Nothing is included below the pragma but this package's own kernels, all of them
// static or in an unnamed namespace: code for these instructions must never be
// taken by the linker for somebody else's.
#include <cstddef>
#include <cstdint>

#include "fused.hpp"

#if defined(__x86_64__)
#pragma GCC target("avx2,fma")

namespace kernels {
namespace {
constexpr int kWidth = 8, kRegisters = 16;
constexpr bool kFusedMultiplyAdd = true;
#include "fused.inc.hpp"
} // namespace

const Fused *fused_avx2() { return &kFused; }
} // namespace kernels

#else
namespace kernels {
const Fused *fused_avx2() { return nullptr; }
} // namespace kernels
#endif
