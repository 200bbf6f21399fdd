// A training step written straight on oneDNN, as its own examples do it: every
// layer a primitive, every tensor a memory, layouts left to the library, and a
// reorder where two primitives chose differently.
#include "rawstep.h"

#include <omp.h>

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "../versions.hpp"

using namespace kernels;
using Tag = memory::format_tag;
using Args = std::unordered_map<int, memory>;

struct rawstep {
    rawstep(const rawstep_layer *layers, int count, const int input[4], int threads);
    void run();

private:
    struct Call {
        dnnl::primitive primitive;
        Args args;
    };

    memory make(const Desc &md) {
        memory m(md, engine_);
        std::memset(m.get_data_handle(), 0, md.get_size());
        return m;
    }
    memory vector(int64_t n, float value) {
        memory m = make({{n}, memory::data_type::f32, Tag::a});
        for (int64_t i = 0; i < n; i++) static_cast<float *>(m.get_data_handle())[i] = value;
        return m;
    }
    memory as(std::vector<Call> &calls, const memory &m, const Desc &md);
    memory convolve(const rawstep_layer &l, const memory &x, bool first);
    memory normalise(const rawstep_layer &l, const memory &x);
    memory rectify(const memory &x);
    memory pool(const rawstep_layer &l, const memory &x);
    void add_backward(const memory &gradient);

    struct Layer {
        enum { kConv, kNorm, kRelu, kPool } kind;
        bool first = false;
        rawstep_layer spec;
        memory x, y, weights, workspace, mean, variance, scale, shift;
        ConvForward::primitive_desc conv;
        NormForward::primitive_desc norm;
        ActForward::primitive_desc relu;
        PoolForward::primitive_desc pool;
    };
    memory undo_conv(const Layer &l, const memory &gradient);
    memory undo_norm(const Layer &l, const memory &gradient);
    memory undo_relu(const Layer &l, const memory &gradient);
    memory undo_pool(const Layer &l, const memory &gradient);

    Engine engine_;
    dnnl::stream stream_;
    std::vector<Layer> layers_;
    std::vector<Call> forward_, backward_;
};

namespace {

Window window_of(int kernel, int stride, const int *pads) {
    return {{kernel, kernel}, {stride, stride}, {pads[0], pads[1]}, {pads[2], pads[3]}};
}

int64_t slid(int64_t size, int kernel, int stride, int before, int after) { return (size + before + after - kernel) / stride + 1; }

Desc any(const Dims &d) { return {d, memory::data_type::f32, Tag::any}; }

} // namespace

rawstep::rawstep(const rawstep_layer *layers, int count, const int input[4], int threads)
    : engine_(Engine::kind::cpu, 0), stream_(engine_) {
    omp_set_num_threads(threads);
    memory x = make({Dims(input, input + 4), memory::data_type::f32, Tag::nchw});
    auto *values = static_cast<float *>(x.get_data_handle());
    for (size_t i = 0; i < x.get_desc().get_size() / sizeof(float); i++) values[i] = static_cast<float>(i * 7919 % 1000) / 1000;
    for (int i = 0; i < count; i++) {
        x = convolve(layers[i], x, i == 0);
        if (layers[i].norm)
            x = normalise(layers[i], x);
        else if (layers[i].relu)
            x = rectify(x);
        if (layers[i].pool_kernel > 0) x = pool(layers[i], x);
    }
    memory gradient = make(x.get_desc());
    std::memset(gradient.get_data_handle(), 0x3c, x.get_desc().get_size()); // any small number
    add_backward(gradient);
}

// as returns m in another layout, reordered in the course of calls.
memory rawstep::as(std::vector<Call> &calls, const memory &m, const Desc &md) {
    if (m.get_desc() == md) return m;
    memory other = make(md);
    calls.push_back({dnnl::reorder(m, other), {{DNNL_ARG_FROM, m}, {DNNL_ARG_TO, other}}});
    return other;
}

memory rawstep::convolve(const rawstep_layer &l, const memory &x, bool first) {
    Layer layer;
    layer.kind = Layer::kConv;
    layer.first = first;
    layer.spec = l;
    const Dims in = dims_of(x.get_desc());
    const Window w = window_of(l.kernel, l.stride, l.pads);
    const Dims out{in[0], l.outputs, slid(in[2], l.kernel, l.stride, l.pads[0], l.pads[2]), slid(in[3], l.kernel, l.stride, l.pads[1], l.pads[3])};
    const Dims weights = l.groups > 1 ? Dims{l.groups, l.outputs / l.groups, in[1] / l.groups, l.kernel, l.kernel}
                                      : Dims{l.outputs, in[1], l.kernel, l.kernel};
    memory bias = vector(l.outputs, 0.01f);
    // Plain for a single channel, where `any` pads sixteen-fold.
    const Desc source = in[1] == 1 ? x.get_desc() : any(in);
    layer.conv = conv_forward(engine_, Attr(), prop_kind::forward_training, source, any(weights), l.bias ? bias.get_desc() : Desc(), any(out), w);
    layer.weights = make({weights, memory::data_type::f32, l.groups > 1 ? Tag::goihw : Tag::oihw});
    auto *values = static_cast<float *>(layer.weights.get_data_handle());
    for (size_t i = 0; i < layer.weights.get_desc().get_size() / sizeof(float); i++) values[i] = static_cast<float>(i * 31 % 101) / 500 - 0.1f;
    layer.x = as(forward_, x, layer.conv.src_desc());
    layer.y = make(layer.conv.dst_desc());
    Args args{{DNNL_ARG_SRC, layer.x}, {DNNL_ARG_WEIGHTS, as(forward_, layer.weights, layer.conv.weights_desc())}, {DNNL_ARG_DST, layer.y}};
    if (l.bias) args.insert({DNNL_ARG_BIAS, bias});
    forward_.push_back({ConvForward(layer.conv), args});
    layers_.push_back(layer);
    layers_.back().shift = x; // the gradient goes back in this layout
    return layer.y;
}

memory rawstep::normalise(const rawstep_layer &l, const memory &x) {
    Layer layer;
    layer.kind = Layer::kNorm;
    layer.spec = l;
    layer.x = x;
    const int64_t channels = dims_of(x.get_desc())[1];
    NormFlags flags = NormFlags::use_scale | NormFlags::use_shift;
    if (l.relu) flags = flags | NormFlags::fuse_norm_relu;
    layer.norm = norm_forward(engine_, Attr(), prop_kind::forward_training, x.get_desc(), l.epsilon, flags);
    layer.y = make(x.get_desc());
    layer.mean = vector(channels, 0);
    layer.variance = vector(channels, 0);
    layer.scale = vector(channels, 1);
    layer.shift = vector(channels, 0);
    Args args{{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, layer.y}, {DNNL_ARG_MEAN, layer.mean}, {DNNL_ARG_VARIANCE, layer.variance},
            {DNNL_ARG_SCALE, layer.scale}, {DNNL_ARG_SHIFT, layer.shift}};
    if (l.relu) {
        layer.workspace = make(layer.norm.workspace_desc());
        args.insert({DNNL_ARG_WORKSPACE, layer.workspace});
    }
    forward_.push_back({NormForward(layer.norm), args});
    layers_.push_back(layer);
    return layer.y;
}

memory rawstep::rectify(const memory &x) {
    Layer layer;
    layer.kind = Layer::kRelu;
    layer.x = x;
    layer.relu = act_forward(engine_, Attr(), prop_kind::forward_training, algorithm::eltwise_relu, x.get_desc());
    layer.y = make(x.get_desc());
    forward_.push_back({ActForward(layer.relu), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, layer.y}}});
    layers_.push_back(layer);
    return layer.y;
}

memory rawstep::pool(const rawstep_layer &l, const memory &x) {
    Layer layer;
    layer.kind = Layer::kPool;
    layer.spec = l;
    layer.x = x;
    const Dims in = dims_of(x.get_desc());
    const Dims out{in[0], in[1], slid(in[2], l.pool_kernel, l.pool_stride, l.pool_pads[0], l.pool_pads[2]),
            slid(in[3], l.pool_kernel, l.pool_stride, l.pool_pads[1], l.pool_pads[3])};
    layer.pool = pool_forward(engine_, Attr(), prop_kind::forward_training, algorithm::pooling_max, x.get_desc(), any(out),
            window_of(l.pool_kernel, l.pool_stride, l.pool_pads));
    layer.y = make(layer.pool.dst_desc());
    layer.workspace = make(layer.pool.workspace_desc());
    forward_.push_back({PoolForward(layer.pool), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, layer.y}, {DNNL_ARG_WORKSPACE, layer.workspace}}});
    layers_.push_back(layer);
    return layer.y;
}

void rawstep::add_backward(const memory &last) {
    memory gradient = last;
    for (size_t i = layers_.size(); i-- > 0;) {
        const Layer &l = layers_[i];
        switch (l.kind) {
            case Layer::kConv: gradient = undo_conv(l, gradient); break;
            case Layer::kNorm: gradient = undo_norm(l, gradient); break;
            case Layer::kRelu: gradient = undo_relu(l, gradient); break;
            case Layer::kPool: gradient = undo_pool(l, gradient); break;
        }
    }
}

memory rawstep::undo_conv(const Layer &l, const memory &gradient) {
    const Window w = window_of(l.spec.kernel, l.spec.stride, l.spec.pads);
    const Dims in = dims_of(l.x.get_desc()), out = dims_of(l.y.get_desc()), weights = dims_of(l.weights.get_desc());
    memory bias = vector(l.spec.outputs, 0);
    const Desc source = in[1] == 1 ? l.x.get_desc() : any(in);
    auto wd = conv_weights(engine_, Attr(), l.conv, source, any(weights), l.spec.bias ? bias.get_desc() : Desc(), any(out), w);
    memory slope = make(wd.diff_weights_desc());
    Args args{{DNNL_ARG_SRC, as(backward_, l.x, wd.src_desc())}, {DNNL_ARG_DIFF_DST, as(backward_, gradient, wd.diff_dst_desc())},
            {DNNL_ARG_DIFF_WEIGHTS, slope}};
    if (l.spec.bias) args.insert({DNNL_ARG_DIFF_BIAS, bias});
    backward_.push_back({ConvWeights(wd), args});
    as(backward_, slope, l.weights.get_desc());
    if (l.first) return gradient;
    auto dd = conv_data(engine_, Attr(), l.conv, any(in), any(weights), any(out), w);
    memory result = make(dd.diff_src_desc());
    memory upstream = as(backward_, gradient, dd.diff_dst_desc()), kernel = as(backward_, l.weights, dd.weights_desc());
    backward_.push_back({ConvData(dd), {{DNNL_ARG_DIFF_SRC, result}, {DNNL_ARG_DIFF_DST, upstream}, {DNNL_ARG_WEIGHTS, kernel}}});
    return as(backward_, result, l.shift.get_desc());
}

memory rawstep::undo_norm(const Layer &l, const memory &gradient) {
    const Desc md = l.x.get_desc();
    const int64_t channels = dims_of(md)[1];
    NormFlags flags = NormFlags::use_scale | NormFlags::use_shift;
    if (l.spec.relu) flags = flags | NormFlags::fuse_norm_relu;
    auto pd = norm_backward(engine_, Attr(), l.norm, md, l.spec.epsilon, flags);
    memory result = make(md);
    memory upstream = as(backward_, gradient, md);
    Args args{{DNNL_ARG_SRC, l.x}, {DNNL_ARG_MEAN, l.mean}, {DNNL_ARG_VARIANCE, l.variance}, {DNNL_ARG_SCALE, l.scale},
            {DNNL_ARG_SHIFT, l.shift}, {DNNL_ARG_DIFF_DST, upstream}, {DNNL_ARG_DIFF_SRC, result},
            {DNNL_ARG_DIFF_SCALE, vector(channels, 0)}, {DNNL_ARG_DIFF_SHIFT, vector(channels, 0)}};
    if (l.spec.relu) args.insert({DNNL_ARG_WORKSPACE, l.workspace});
    backward_.push_back({NormBackward(pd), args});
    return result;
}

memory rawstep::undo_relu(const Layer &l, const memory &gradient) {
    const Desc md = l.x.get_desc();
    auto pd = act_backward(engine_, Attr(), l.relu, algorithm::eltwise_relu, md);
    memory result = make(md);
    memory upstream = as(backward_, gradient, md);
    backward_.push_back({ActBackward(pd), {{DNNL_ARG_SRC, l.x}, {DNNL_ARG_DIFF_DST, upstream}, {DNNL_ARG_DIFF_SRC, result}}});
    return result;
}

memory rawstep::undo_pool(const Layer &l, const memory &gradient) {
    auto pd = pool_backward(engine_, Attr(), l.pool, algorithm::pooling_max, l.x.get_desc(), l.y.get_desc(),
            window_of(l.spec.pool_kernel, l.spec.pool_stride, l.spec.pool_pads));
    memory result = make(l.x.get_desc());
    memory upstream = as(backward_, gradient, l.y.get_desc());
    backward_.push_back({PoolBackward(pd), {{DNNL_ARG_DIFF_DST, upstream}, {DNNL_ARG_DIFF_SRC, result}, {DNNL_ARG_WORKSPACE, l.workspace}}});
    return result;
}

void rawstep::run() {
    for (auto *calls : {&forward_, &backward_})
        for (auto &c : *calls) c.primitive.execute(stream_, c.args);
    stream_.wait();
}

namespace {

template <typename F>
char *guard(F f) {
    try {
        f();
        return nullptr;
    } catch (const std::exception &e) {
        return strdup(e.what());
    }
}

} // namespace

extern "C" {

char *rawstep_new(const rawstep_layer *layers, int count, const int input[4], int threads, rawstep **out) {
    return guard([&] { *out = new rawstep(layers, count, input, threads); });
}

char *rawstep_run(rawstep *r) {
    return guard([&] { r->run(); });
}

void rawstep_free(rawstep *r) { delete r; }

} // extern "C"
