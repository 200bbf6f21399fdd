// The constructors that differ between oneDNN 2.x (Debian 12) and 3.x (Debian
// 13), one short wrapper each, so that nothing else in this package needs to
// know which one it is built against.
#pragma once
#include <dnnl.hpp>

namespace kernels {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Dims = memory::dims;
using Desc = memory::desc;

using ConvForward = dnnl::convolution_forward;
using ConvData = dnnl::convolution_backward_data;
using ConvWeights = dnnl::convolution_backward_weights;
using NormForward = dnnl::batch_normalization_forward;
using NormBackward = dnnl::batch_normalization_backward;
using ActForward = dnnl::eltwise_forward;
using ActBackward = dnnl::eltwise_backward;
using PoolForward = dnnl::pooling_forward;
using PoolBackward = dnnl::pooling_backward;
using NormFlags = dnnl::normalization_flags;

// Window is how a convolution or a pool slides.
struct Window {
    Dims kernel, stride, before, after;
};

#if DNNL_VERSION_MAJOR >= 3
#define KERNELS_PD(P, engine, attr, ...) P::primitive_desc(engine, __VA_ARGS__, attr)
#define KERNELS_PD_HINT(P, engine, attr, hint, ...) P::primitive_desc(engine, __VA_ARGS__, hint, attr)
#define KERNELS_DILATION Dims{0, 0},
#define KERNELS_NORM_DST(md) md,
inline void append_activation(dnnl::post_ops &ops, algorithm a) { ops.append_eltwise(a, 0.f, 0.f); }
inline Dims dims_of(const Desc &md) { return md.get_dims(); }
#else
#define KERNELS_PD(P, engine, attr, ...) P::primitive_desc(P::desc(__VA_ARGS__), attr, engine)
#define KERNELS_PD_HINT(P, engine, attr, hint, ...) P::primitive_desc(P::desc(__VA_ARGS__), attr, engine, hint)
#define KERNELS_DILATION
#define KERNELS_NORM_DST(md)
inline void append_activation(dnnl::post_ops &ops, algorithm a) { ops.append_eltwise(1.f, a, 0.f, 0.f); }
inline Dims dims_of(const Desc &md) { return md.dims(); }
#endif

using Engine = dnnl::engine;
using Attr = dnnl::primitive_attr;

inline ConvForward::primitive_desc conv_forward(const Engine &e, const Attr &a, prop_kind k, const Desc &src,
        const Desc &weights, const Desc &bias, const Desc &dst, const Window &w) {
    return KERNELS_PD(ConvForward, e, a, k, algorithm::convolution_direct, src, weights, bias, dst, w.stride, w.before, w.after);
}

inline ConvData::primitive_desc conv_data(const Engine &e, const Attr &a, const ConvForward::primitive_desc &hint,
        const Desc &diff_src, const Desc &weights, const Desc &diff_dst, const Window &w) {
    return KERNELS_PD_HINT(ConvData, e, a, hint, algorithm::convolution_direct, diff_src, weights, diff_dst, w.stride, w.before, w.after);
}

inline ConvWeights::primitive_desc conv_weights(const Engine &e, const Attr &a, const ConvForward::primitive_desc &hint,
        const Desc &src, const Desc &diff_weights, const Desc &diff_bias, const Desc &diff_dst, const Window &w) {
    return KERNELS_PD_HINT(ConvWeights, e, a, hint, algorithm::convolution_direct, src, diff_weights, diff_bias, diff_dst, w.stride, w.before, w.after);
}

inline NormForward::primitive_desc norm_forward(const Engine &e, const Attr &a, prop_kind k, const Desc &md, float epsilon, NormFlags flags) {
    return KERNELS_PD(NormForward, e, a, k, md, KERNELS_NORM_DST(md) epsilon, flags);
}

inline NormBackward::primitive_desc norm_backward(const Engine &e, const Attr &a, const NormForward::primitive_desc &hint,
        const Desc &md, float epsilon, NormFlags flags) {
    return KERNELS_PD_HINT(NormBackward, e, a, hint, prop_kind::backward, md, md, KERNELS_NORM_DST(md) epsilon, flags);
}

#if DNNL_VERSION_MAJOR >= 3
inline ActForward::primitive_desc act_forward(const Engine &e, const Attr &a, prop_kind k, algorithm alg, const Desc &md) {
    return ActForward::primitive_desc(e, k, alg, md, md, 0.f, 0.f, a);
}
inline ActBackward::primitive_desc act_backward(const Engine &e, const Attr &a, const ActForward::primitive_desc &hint, algorithm alg, const Desc &md) {
    return ActBackward::primitive_desc(e, alg, md, md, md, 0.f, 0.f, hint, a);
}
#else
inline ActForward::primitive_desc act_forward(const Engine &e, const Attr &a, prop_kind k, algorithm alg, const Desc &md) {
    return ActForward::primitive_desc(ActForward::desc(k, alg, md, 0.f, 0.f), a, e);
}
inline ActBackward::primitive_desc act_backward(const Engine &e, const Attr &a, const ActForward::primitive_desc &hint, algorithm alg, const Desc &md) {
    return ActBackward::primitive_desc(ActBackward::desc(alg, md, md, 0.f, 0.f), a, e, hint);
}
#endif

inline PoolForward::primitive_desc pool_forward(const Engine &e, const Attr &a, prop_kind k, algorithm alg, const Desc &src, const Desc &dst, const Window &w) {
    return KERNELS_PD(PoolForward, e, a, k, alg, src, dst, w.stride, w.kernel, KERNELS_DILATION w.before, w.after);
}

inline PoolBackward::primitive_desc pool_backward(const Engine &e, const Attr &a, const PoolForward::primitive_desc &hint, algorithm alg,
        const Desc &diff_src, const Desc &diff_dst, const Window &w) {
    return KERNELS_PD_HINT(PoolBackward, e, a, hint, alg, diff_src, diff_dst, w.stride, w.kernel, KERNELS_DILATION w.before, w.after);
}

} // namespace kernels
