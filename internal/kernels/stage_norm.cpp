#include <cstring>

#include "stage.hpp"

namespace kernels {
namespace {

// Norm is a batch norm: over the batch's own statistics in training, over
// running statistics otherwise (which happens only where no convolution comes
// before it, for those are folded). It always runs over the whole batch.
class Norm : public Stage {
public:
    Norm(const Place &p, const Desc &input, bool fuse_relu);
    const Desc &output() const override { return input_; }
    void bind_forward(Turn t, const memory &in, const memory &out) override;
    void bind_backward(Turn t, const memory &in, const memory &out, const memory &gradient_out, const memory *gradient_in) override;
    void forward(Turn t) override { forward_->run(t); }
    void backward(Turn t) override { backward_->run(t); }
    void load(const Parameters &p) override;
    void gradients(const Gradients &g) override;
    bool keeps_input() const override { return true; }
    bool gradient_in_place() const override { return true; }
    const Buffer &mean() const { return mean_; }
    const Buffer &variance() const { return variance_; }

private:
    memory vector(const Buffer &b) const { return {vector_desc(channels_), context_.engine, b.data()}; }

    kernels_context &context_;
    const Desc input_;
    const int64_t channels_;
    const bool training_;
    Buffer scale_, shift_, mean_, variance_, scale_gradient_, shift_gradient_;
    Desc workspace_desc_;
    std::unique_ptr<Buffer> workspace_;
    std::unique_ptr<Operation> forward_, backward_;
};

Norm::Norm(const Place &p, const Desc &input, bool fuse_relu)
    : context_(p.context), input_(input), channels_(dims_of(input)[1]), training_(p.spec.training != 0),
      scale_(channels_ * sizeof(float)), shift_(channels_ * sizeof(float)), mean_(channels_ * sizeof(float)),
      variance_(channels_ * sizeof(float)), scale_gradient_(channels_ * sizeof(float)), shift_gradient_(channels_ * sizeof(float)) {
    NormFlags flags = NormFlags::use_scale | NormFlags::use_shift;
    if (fuse_relu) flags = flags | NormFlags::fuse_norm_relu;
    if (!training_) flags = flags | NormFlags::use_global_stats;
    const prop_kind kind = training_ ? prop_kind::forward_training : prop_kind::forward_inference;
    auto pd = norm_forward(context_.engine, context_.attr(), kind, input_, p.spec.epsilon, flags);
    forward_.reset(new Operation(p, pd));
    if (!training_) return;
    workspace_desc_ = pd.workspace_desc();
    if (workspace_desc_.get_size() > 0) workspace_.reset(new Buffer(workspace_desc_.get_size()));
    auto bd = norm_backward(context_.engine, context_.attr(), pd, input_, p.spec.epsilon, flags);
    backward_.reset(new Operation(p, bd));
}

void Norm::bind_forward(Turn t, const memory &in, const memory &out) {
    Args args{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}, {DNNL_ARG_SCALE, vector(scale_)}, {DNNL_ARG_SHIFT, vector(shift_)},
            {DNNL_ARG_MEAN, vector(mean_)}, {DNNL_ARG_VARIANCE, vector(variance_)}};
    if (workspace_) args.insert({DNNL_ARG_WORKSPACE, memory(workspace_desc_, context_.engine, workspace_->data())});
    forward_->bind(t, args);
}

void Norm::bind_backward(Turn t, const memory &in, const memory &, const memory &gradient_out, const memory *gradient_in) {
    // The primitive always writes a gradient of its input; where nobody wants it, it may replace the one it read.
    Args args{{DNNL_ARG_SRC, in}, {DNNL_ARG_MEAN, vector(mean_)}, {DNNL_ARG_VARIANCE, vector(variance_)},
            {DNNL_ARG_SCALE, vector(scale_)}, {DNNL_ARG_SHIFT, vector(shift_)}, {DNNL_ARG_DIFF_DST, gradient_out},
            {DNNL_ARG_DIFF_SRC, gradient_in != nullptr ? *gradient_in : gradient_out},
            {DNNL_ARG_DIFF_SCALE, vector(scale_gradient_)}, {DNNL_ARG_DIFF_SHIFT, vector(shift_gradient_)}};
    if (workspace_) args.insert({DNNL_ARG_WORKSPACE, memory(workspace_desc_, context_.engine, workspace_->data())});
    backward_->bind(t, args);
}

void Norm::load(const Parameters &p) {
    std::memcpy(scale_.data(), p.scale, scale_.bytes());
    std::memcpy(shift_.data(), p.shift, shift_.bytes());
    if (training_) return;
    std::memcpy(mean_.data(), p.mean, mean_.bytes());
    std::memcpy(variance_.data(), p.variance, variance_.bytes());
}

void Norm::gradients(const Gradients &g) {
    std::memcpy(g.scale, scale_gradient_.data(), scale_gradient_.bytes());
    std::memcpy(g.shift, shift_gradient_.data(), shift_gradient_.bytes());
}

} // namespace

std::unique_ptr<Stage> new_norm(const Place &p, const Desc &input, bool fuse_relu) {
    return std::unique_ptr<Stage>(new Norm(p, input, fuse_relu));
}

void norm_statistics(const Stage &norm, float *mean, float *variance) {
    const auto &n = dynamic_cast<const Norm &>(norm);
    std::memcpy(mean, n.mean().data(), n.mean().bytes());
    std::memcpy(variance, n.variance().data(), n.variance().bytes());
}

} // namespace kernels
