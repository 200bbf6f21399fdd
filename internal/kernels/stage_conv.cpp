#include <cmath>
#include <cstring>

#include "stage.hpp"

namespace kernels {
namespace {

using Tag = memory::format_tag;

// slow tells oneDNN's fallbacks from its generated kernels.
bool slow(const char *implementation) {
    const std::string name(implementation);
    return name.find("ref") == 0 || name.find("gemm") == 0 || name.find("simple") == 0;
}

// Conv keeps the weights in the layouts that its primitives chose, and the
// gradients of a batch as the sum over its chunks in chunk order, whoever computed
// them, so that the same batch gives the same bits.
class Conv : public Stage {
public:
    Conv(const Place &p, const Desc &whole_input);
    const Desc &output() const override { return whole_output_; }
    void bind_forward(Turn t, const memory &in, const memory &out) override;
    void bind_backward(Turn t, const memory &in, const memory &out, const memory &gradient_out, const memory *gradient_in) override;
    void forward(Turn t) override;
    void backward(Turn t) override;
    void finish_backward() override;
    void load(const Parameters &p) override;
    void gradients(const Gradients &g) override;
    bool keeps_input() const override { return true; }
    int reorders() const override { return input_reorder_ ? 1 : 0; }

private:
    // Layout is one copy of the weights with the reorder that fills or empties it.
    struct Layout {
        Layout(kernels_context &c, const Desc &md) : md(md), buffer(md.get_size()), values(md, c.engine, buffer.data()) {}
        Desc md;
        Buffer buffer;
        memory values;
        std::unique_ptr<dnnl::reorder> reorder;
    };
    Desc any(const Dims &dims) const { return {dims, f32(), Tag::any}; }
    Desc plain_weights() const { return {weight_dims_, f32(), groups_ > 1 ? Tag::goihw : Tag::oihw}; }
    void describe();
    // Plan is a choice of layouts with the primitives for it.
    struct Plan {
        Desc whole_input, whole_output, input, output;
        ConvForward::primitive_desc forward;
        ConvWeights::primitive_desc weights;
        ConvData::primitive_desc data;
        bool fast;
    };
    Plan plan_for(const Place &p, const Desc &source) const;
    Plan choose(const Place &p, const Desc &whole_input) const;
    void make_forward(const Place &p, const Desc &whole_input, const Plan &plan);
    void make_backward(const Place &p, const Plan &plan);
    void make_reorders();
    void fold(const Parameters &p);

    kernels_context &context_;
    const kernels_spec spec_;
    const int chunks_, groups_;
    const bool training_, with_bias_;
    Dims input_dims_, weight_dims_, output_dims_;
    Window window_;
    Desc input_; // of one chunk
    Desc whole_output_;
    std::unique_ptr<Operation> forward_, data_, weights_, input_reorder_, gradient_reorder_;
    std::unique_ptr<Buffer> input_copy_, gradient_copy_;
    std::unique_ptr<Buffer> weight_gradients_, bias_gradients_; // of each chunk
    std::unique_ptr<Layout> plain_, forward_weights_, data_weights_, weight_sum_;
    Buffer bias_, bias_sum_;
};

Conv::Conv(const Place &p, const Desc &whole_input)
    : context_(p.context), spec_(p.spec), chunks_(p.chunks), groups_(p.spec.groups), training_(p.spec.training != 0),
      with_bias_(p.spec.bias || (!p.spec.training && p.spec.has_norm)), input_dims_(dims_of(whole_input)),
      bias_(p.spec.outputs * sizeof(float)), bias_sum_(p.spec.outputs * sizeof(float)) {
    describe();
    plain_.reset(new Layout(context_, plain_weights()));
    const Plan plan = choose(p, whole_input);
    whole_output_ = plan.whole_output;
    input_ = plan.input;
    make_forward(p, whole_input, plan);
    if (training_) make_backward(p, plan);
    make_reorders();
}

void Conv::describe() {
    const int k = spec_.kernel, s = spec_.stride;
    const int *pads = spec_.pads;
    const int64_t channels = input_dims_[1] / groups_;
    if (groups_ > 1)
        weight_dims_ = {groups_, spec_.outputs / groups_, channels, k, k};
    else
        weight_dims_ = {spec_.outputs, channels, k, k};
    window_ = {{k, k}, {s, s}, {pads[0], pads[1]}, {pads[2], pads[3]}};
    output_dims_ = {input_dims_[0], spec_.outputs, (input_dims_[2] + pads[0] + pads[2] - k) / s + 1,
            (input_dims_[3] + pads[1] + pads[3] - k) / s + 1};
}

// plan_for makes the primitives' descriptors for one layout of the input.
Conv::Plan Conv::plan_for(const Place &p, const Desc &source) const {
    Attr attr = context_.attr();
    prop_kind kind = prop_kind::forward_training;
    if (!training_) {
        kind = prop_kind::forward_inference;
        if (spec_.activation != KERNELS_NO_ACTIVATION) {
            dnnl::post_ops ops;
            append_activation(ops, spec_.activation == KERNELS_RELU ? algorithm::eltwise_relu : algorithm::eltwise_logistic);
            attr.set_post_ops(ops);
        }
    }
    const auto &e = context_.engine;
    const Desc bias = with_bias_ ? vector_desc(spec_.outputs) : Desc(), weights = any(weight_dims_);
    const auto whole = conv_forward(e, attr, kind, source, weights, bias, any(output_dims_), window_);
    Plan plan;
    plan.whole_input = whole.src_desc();
    plan.whole_output = whole.dst_desc();
    plan.input = chunk_of(plan.whole_input, p.chunk);
    plan.output = chunk_of(plan.whole_output, p.chunk);
    plan.forward = conv_forward(e, attr, kind, plan.input, weights, bias, plan.output, window_);
    plan.fast = !slow(plan.forward.impl_info_str());
    if (!training_) return plan;
    plan.weights = conv_weights(e, context_.attr(), plan.forward, plan.input, weights, bias, plan.output, window_);
    plan.fast = plan.fast && !slow(plan.weights.impl_info_str());
    if (!spec_.input_gradient) return plan;
    plan.data = conv_data(e, context_.attr(), plan.forward, plan.input, weights, plan.output, window_);
    plan.fast = plan.fast && !slow(plan.data.impl_info_str());
    return plan;
}

// choose tries the layouts from best to worst and takes the first for which there
// are fast kernels throughout. Outputs that fill blocks of 8 but not of 16 are
// best kept in blocks of 8, where nothing is padded; then comes the layout at
// hand, which needs no reorder; then the library's own choice. A single channel
// stays as it is, for the library would pad it to a whole block.
Conv::Plan Conv::choose(const Place &p, const Desc &whole_input) const {
    std::vector<Desc> candidates{whole_input};
    if (input_dims_[1] > 1) candidates.push_back(any(input_dims_));
    if (spec_.outputs % 16 == 8 && input_dims_[1] % 8 == 0 && groups_ == 1)
        candidates.insert(candidates.begin(), Desc(input_dims_, f32(), Tag::nChw8c));
    for (const Desc &source : candidates) {
        try {
            Plan plan = plan_for(p, source);
            if (plan.fast) return plan;
        } catch (const dnnl::error &) { // there are no primitives for this layout
        }
    }
    return plan_for(p, whole_input);
}

void Conv::make_forward(const Place &p, const Desc &whole_input, const Plan &plan) {
    forward_.reset(new Operation(p, plan.forward));
    forward_weights_.reset(new Layout(context_, plan.forward.weights_desc()));
    if (plan.whole_input == whole_input) return;
    const auto &e = context_.engine;
    const Desc given = chunk_of(whole_input, p.chunk);
    input_copy_.reset(new Buffer(input_.get_size() * chunks_));
    input_reorder_.reset(new Operation(p, dnnl::reorder::primitive_desc(e, given, e, input_, context_.attr())));
    if (!training_ || !spec_.input_gradient) return;
    gradient_copy_.reset(new Buffer(input_.get_size() * p.workers));
    gradient_reorder_.reset(new Operation(p, dnnl::reorder::primitive_desc(e, input_, e, given, context_.attr())));
}

void Conv::make_backward(const Place &p, const Plan &plan) {
    weights_.reset(new Operation(p, plan.weights));
    if (chunks_ > 1) {
        weight_gradients_.reset(new Buffer(plan.weights.diff_weights_desc().get_size() * chunks_));
        bias_gradients_.reset(new Buffer(bias_.bytes() * chunks_));
    }
    weight_sum_.reset(new Layout(context_, plan.weights.diff_weights_desc()));
    if (!spec_.input_gradient) return;
    data_.reset(new Operation(p, plan.data));
    if (plan.data.weights_desc() == forward_weights_->md) return;
    data_weights_.reset(new Layout(context_, plan.data.weights_desc()));
}

// make_reorders prepares the ways between the weights as they come and as they are used.
void Conv::make_reorders() {
    const Threads one(1);
    forward_weights_->reorder.reset(new dnnl::reorder(plain_->values, forward_weights_->values));
    if (data_weights_) data_weights_->reorder.reset(new dnnl::reorder(plain_->values, data_weights_->values));
    if (weight_sum_) weight_sum_->reorder.reset(new dnnl::reorder(weight_sum_->values, plain_->values));
}

void Conv::bind_forward(Turn t, const memory &in, const memory &out) {
    memory source = in;
    if (input_reorder_) {
        source = memory(input_, context_.engine, input_copy_->data() + t.chunk * input_.get_size());
        input_reorder_->bind(t, {{DNNL_ARG_FROM, in}, {DNNL_ARG_TO, source}});
    }
    Args args{{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, forward_weights_->values}, {DNNL_ARG_DST, out}};
    if (with_bias_) args.insert({DNNL_ARG_BIAS, memory(vector_desc(spec_.outputs), context_.engine, bias_.data())});
    forward_->bind(t, args);
}

void Conv::bind_backward(Turn t, const memory &in, const memory &, const memory &gradient_out, const memory *gradient_in) {
    memory source = in;
    if (input_reorder_) source = memory(input_, context_.engine, input_copy_->data() + t.chunk * input_.get_size());
    memory weights = weight_sum_->values;
    char *bias = bias_sum_.data();
    if (chunks_ > 1) {
        weights = memory(weight_sum_->md, context_.engine, weight_gradients_->data() + t.chunk * weight_sum_->buffer.bytes());
        bias = bias_gradients_->data() + t.chunk * bias_sum_.bytes();
    }
    Args args{{DNNL_ARG_SRC, source}, {DNNL_ARG_DIFF_DST, gradient_out}, {DNNL_ARG_DIFF_WEIGHTS, weights}};
    if (with_bias_) args.insert({DNNL_ARG_DIFF_BIAS, memory(vector_desc(spec_.outputs), context_.engine, bias)});
    weights_->bind(t, args);
    if (!data_ || gradient_in == nullptr) return;
    memory target = *gradient_in;
    if (gradient_reorder_) {
        target = memory(input_, context_.engine, gradient_copy_->data() + t.worker * input_.get_size());
        gradient_reorder_->bind(t, {{DNNL_ARG_FROM, target}, {DNNL_ARG_TO, *gradient_in}});
    }
    data_->bind(t, {{DNNL_ARG_DIFF_DST, gradient_out}, {DNNL_ARG_DIFF_SRC, target},
                               {DNNL_ARG_WEIGHTS, data_weights_ ? data_weights_->values : forward_weights_->values}});
}

void Conv::forward(Turn t) {
    if (input_reorder_) input_reorder_->run(t);
    forward_->run(t);
}

void Conv::backward(Turn t) {
    weights_->run(t);
    if (data_) data_->run(t);
    if (gradient_reorder_) gradient_reorder_->run(t);
}

// add_up sums parts of equal size that lie one behind the other.
void add_up(Buffer &sum, const Buffer &parts, int count) {
    const size_t n = sum.bytes() / sizeof(float);
    std::memcpy(sum.data(), parts.data(), sum.bytes());
    for (int k = 1; k < count; k++)
        for (size_t i = 0; i < n; i++) sum.floats()[i] += parts.floats()[k * n + i];
}

void Conv::finish_backward() {
    if (chunks_ == 1) return;
    add_up(weight_sum_->buffer, *weight_gradients_, chunks_);
    if (with_bias_) add_up(bias_sum_, *bias_gradients_, chunks_);
}

void Conv::load(const Parameters &p) {
    const Threads one(1); // so little work is done before other threads are awake
    std::memcpy(plain_->buffer.data(), p.weight, plain_->buffer.bytes());
    if (p.bias != nullptr) std::memcpy(bias_.data(), p.bias, bias_.bytes());
    if (!training_ && spec_.has_norm) fold(p);
    forward_weights_->reorder->execute(context_.stream, plain_->values, forward_weights_->values);
    if (data_weights_) data_weights_->reorder->execute(context_.stream, plain_->values, data_weights_->values);
    context_.stream.wait();
}

// fold multiplies a batch norm with running statistics into weights and bias.
void Conv::fold(const Parameters &p) {
    const size_t each = plain_->buffer.bytes() / sizeof(float) / spec_.outputs;
    for (int o = 0; o < spec_.outputs; o++) {
        const double factor = p.scale[o] / std::sqrt(static_cast<double>(p.variance[o]) + spec_.epsilon);
        float *w = plain_->buffer.floats() + o * each;
        for (size_t i = 0; i < each; i++) w[i] = static_cast<float>(w[i] * factor);
        const double bias = p.bias != nullptr ? p.bias[o] : 0;
        bias_.floats()[o] = static_cast<float>((bias - p.mean[o]) * factor + p.shift[o]);
    }
}

void Conv::gradients(const Gradients &g) {
    const Threads one(1);
    weight_sum_->reorder->execute(context_.stream, weight_sum_->values, plain_->values);
    context_.stream.wait();
    std::memcpy(g.weight, plain_->buffer.data(), plain_->buffer.bytes());
    if (with_bias_) std::memcpy(g.bias, bias_sum_.data(), bias_sum_.bytes());
}

} // namespace

std::unique_ptr<Stage> new_conv(const Place &p, const Desc &whole_input) {
    return std::unique_ptr<Stage>(new Conv(p, whole_input));
}

} // namespace kernels
