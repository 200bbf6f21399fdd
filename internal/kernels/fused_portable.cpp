// No instructions beyond what every processor of the kind has: SSE2, NEON.
#include <cstddef>
#include <cstdint>

#include "fused.hpp"

namespace kernels {
namespace {
#if defined(__aarch64__)
constexpr int kWidth = 4, kRegisters = 32;
constexpr bool kFusedMultiplyAdd = true;
#else
constexpr int kWidth = 4, kRegisters = 16;
constexpr bool kFusedMultiplyAdd = false;
#endif
#include "fused.inc.hpp"
} // namespace

const Fused *fused_portable() { return &kFused; }
} // namespace kernels
