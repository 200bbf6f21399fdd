#include "stage.hpp"

namespace kernels {
namespace {

// Activation is ReLU or sigmoid. It works in place, except as a block's first
// stage, where the input belongs to the block before.
class Activation : public Stage {
public:
    Activation(const Place &p, const Desc &input, bool first) : whole_(input), first_(first) {
        const Desc md = chunk_of(input, p.chunk);
        const bool relu = p.spec.activation == KERNELS_RELU;
        const bool training = p.spec.training != 0;
        const prop_kind kind = training ? prop_kind::forward_training : prop_kind::forward_inference;
        auto &c = p.context;
        // The forms that are differentiated from their output need no copy of their input.
        auto alg = relu ? algorithm::eltwise_relu_use_dst_for_bwd : algorithm::eltwise_logistic_use_dst_for_bwd;
        auto pd = act_forward(c.engine, c.attr(), kind, alg, md);
        forward_.reset(new Operation(p, pd));
        if (!training) return;
        auto bd = act_backward(c.engine, c.attr(), pd, alg, md);
        backward_.reset(new Operation(p, bd));
    }
    const Desc &output() const override { return whole_; }
    void bind_forward(Turn t, const memory &in, const memory &out) override {
        forward_->bind(t, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    }
    void bind_backward(Turn t, const memory &, const memory &out, const memory &gradient_out, const memory *gradient_in) override {
        if (gradient_in == nullptr) return;
        backward_->bind(t, {{DNNL_ARG_DST, out}, {DNNL_ARG_DIFF_DST, gradient_out}, {DNNL_ARG_DIFF_SRC, *gradient_in}});
        differentiable_ = true;
    }
    void forward(Turn t) override { forward_->run(t); }
    void backward(Turn t) override {
        if (differentiable_) backward_->run(t);
    }
    bool in_place() const override { return !first_; }
    bool keeps_output() const override { return true; }

private:
    const Desc whole_;
    const bool first_;
    bool differentiable_ = false;
    std::unique_ptr<Operation> forward_, backward_;
};

// Pool is a max pool, which remembers in its workspace which value won, or an average.
class Pool : public Stage {
public:
    Pool(const Place &p, const Desc &input) : context_(p.context) {
        const auto &s = p.spec;
        const int *pads = s.pool_pads;
        const Window w{{s.pool_kernel_h, s.pool_kernel_w}, {s.pool_stride, s.pool_stride}, {pads[0], pads[1]}, {pads[2], pads[3]}};
        const Dims in = dims_of(input);
        const Dims out{in[0], in[1], (in[2] + pads[0] + pads[2] - s.pool_kernel_h) / s.pool_stride + 1,
                (in[3] + pads[1] + pads[3] - s.pool_kernel_w) / s.pool_stride + 1};
        const bool training = s.training != 0;
        const prop_kind kind = training ? prop_kind::forward_training : prop_kind::forward_inference;
        const auto alg = s.pool == KERNELS_MAX_POOL ? algorithm::pooling_max : algorithm::pooling_avg_exclude_padding;
        const auto &c = context_;
        const Desc any(out, f32(), memory::format_tag::any);
        whole_ = pool_forward(c.engine, c.attr(), kind, alg, input, any, w).dst_desc();
        const Desc source = chunk_of(input, p.chunk), target = chunk_of(whole_, p.chunk);
        auto pd = pool_forward(c.engine, c.attr(), kind, alg, source, target, w);
        forward_.reset(new Operation(p, pd));
        if (!training) return;
        workspace_desc_ = pd.workspace_desc();
        if (workspace_desc_.get_size() > 0) workspace_.reset(new Buffer(workspace_desc_.get_size() * p.chunks));
        auto bd = pool_backward(c.engine, c.attr(), pd, alg, source, target, w);
        backward_.reset(new Operation(p, bd));
    }
    const Desc &output() const override { return whole_; }
    void bind_forward(Turn t, const memory &in, const memory &out) override {
        Args args{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
        add_workspace(t.chunk, args);
        forward_->bind(t, args);
    }
    void bind_backward(Turn t, const memory &, const memory &, const memory &gradient_out, const memory *gradient_in) override {
        if (gradient_in == nullptr) return;
        Args args{{DNNL_ARG_DIFF_DST, gradient_out}, {DNNL_ARG_DIFF_SRC, *gradient_in}};
        add_workspace(t.chunk, args);
        backward_->bind(t, args);
        differentiable_ = true;
    }
    void forward(Turn t) override { forward_->run(t); }
    void backward(Turn t) override {
        if (differentiable_) backward_->run(t);
    }

private:
    void add_workspace(int chunk, Args &args) {
        if (!workspace_) return;
        args.insert({DNNL_ARG_WORKSPACE,
                memory(workspace_desc_, context_.engine, workspace_->data() + chunk * workspace_desc_.get_size())});
    }

    kernels_context &context_;
    Desc whole_, workspace_desc_;
    bool differentiable_ = false;
    std::unique_ptr<Buffer> workspace_;
    std::unique_ptr<Operation> forward_, backward_;
};

} // namespace

std::unique_ptr<Stage> new_activation(const Place &p, const Desc &input, bool first) {
    return std::unique_ptr<Stage>(new Activation(p, input, first));
}

std::unique_ptr<Stage> new_pool(const Place &p, const Desc &input) { return std::unique_ptr<Stage>(new Pool(p, input)); }

} // namespace kernels
