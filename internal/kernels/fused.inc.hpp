// All kernels of one variant. The including file has set kWidth (floats a
// vector), kRegisters and kFusedMultiplyAdd, and chosen the instructions.
#include "vector.inc.hpp"
#include "gemm.inc.hpp"
#include "first.inc.hpp"
#include "winograd.inc.hpp"
#include "pointwise.inc.hpp"
#include "norm.inc.hpp"
#include "last.inc.hpp"

template <typename Conv, int I, int O, int K>
constexpr ConvKernel conv_kernel() {
    using N = Norm<O>;
    return {I, O, K, Conv::kPacked, Conv::kScratch, Conv::pack, Conv::unpack, Conv::forward, Conv::backward,
            N::moments, N::pool, N::norm, N::norm_sums, N::norm_gradient};
}

constexpr FirstKernel kFirst[] = {{32, First<32>::forward, First<32>::backward}};
constexpr ConvKernel kConv[] = {
        conv_kernel<Winograd<32, 16>, 32, 16, 3>(),
        conv_kernel<Pointwise<16, 8>, 16, 8, 1>(),
        conv_kernel<Winograd<8, 8>, 8, 8, 3>(),
};
constexpr LastKernel kLast[] = {{8, Last<8>::forward, Last<8>::backward}};

static void add(float *sum, const float *part, size_t count) {
    size_t i = 0;
    for (; i + kWidth <= count; i += kWidth) store<kWidth>(sum + i, load<kWidth>(sum + i) + load<kWidth>(part + i));
    for (; i < count; i++) sum[i] += part[i];
}

template <typename T, int N>
constexpr int length(const T (&)[N]) {
    return N;
}
constexpr Fused kFused = {kFirst, length(kFirst), kConv, length(kConv), kLast, length(kLast), add};
