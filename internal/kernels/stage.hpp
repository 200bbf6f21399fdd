// The stages a block is made of. A stage is one layer of the network with its
// primitives; a block runs its stages chunk by chunk over the batch, so that what
// one stage leaves is still in the cache when the next one reads it.
#pragma once
#include "context.hpp"

namespace kernels {

// Operation is one primitive with its arguments for each chunk.
class Operation {
public:
    template <typename PD>
    Operation(kernels_context &c, const PD &pd, int chunks)
        : context_(c), primitive_(pd.get()), scratchpad_(pd.scratchpad_desc()), args_(chunks) {
        c.require(kPrimitive, scratchpad_.get_size());
    }
    void bind(int chunk, Args args) {
        if (scratchpad_.get_size() > 0)
            args.insert({DNNL_ARG_SCRATCHPAD, memory(scratchpad_, context_.engine, context_.scratch(kPrimitive))});
        args_[chunk] = std::move(args);
    }
    void run(int chunk) { primitive_.execute(context_.stream, args_[chunk]); }

private:
    kernels_context &context_;
    dnnl::primitive primitive_;
    Desc scratchpad_;
    std::vector<Args> args_;
};

// Parameters are plain weights in ONNX order; null where there are none.
struct Parameters {
    const float *weight, *bias, *scale, *shift, *mean, *variance;
};

// Gradients receive what backward found, in the same order.
struct Gradients {
    float *weight, *bias, *scale, *shift;
};

// Stage is one layer. Bind is called again whenever memory has moved.
class Stage {
public:
    virtual ~Stage() = default;
    virtual const Desc &output() const = 0; // of the whole batch
    virtual void bind_forward(int chunk, const memory &in, const memory &out) = 0;
    virtual void bind_backward(int chunk, const memory &in, const memory &out, const memory &gradient_out,
            const memory *gradient_in) = 0;
    virtual void forward(int chunk) = 0;
    virtual void backward(int chunk) = 0;
    virtual void load(const Parameters &) {}
    virtual void gradients(const Gradients &) {}
    virtual bool in_place() const { return false; }     // the output replaces the input
    virtual bool gradient_in_place() const { return in_place(); }
    virtual bool keeps_input() const { return false; }  // backward reads the input
    virtual bool keeps_output() const { return false; } // backward reads the output
    virtual int reorders() const { return 0; }
};

// Place says where and how a stage runs.
struct Place {
    kernels_context &context;
    const kernels_spec &spec;
    int chunk, chunks;
};

inline memory::data_type f32() { return memory::data_type::f32; }
inline Desc vector_desc(int64_t n) { return {{n}, f32(), memory::format_tag::a}; }

// Each takes the layout of its input for the whole batch.
std::unique_ptr<Stage> new_conv(const Place &p, const Desc &input);
std::unique_ptr<Stage> new_norm(const Place &p, const Desc &input, bool fuse_relu);
std::unique_ptr<Stage> new_activation(const Place &p, const Desc &input, bool first);
std::unique_ptr<Stage> new_pool(const Place &p, const Desc &input);

// norm_statistics copies the mean and variance of the batch that a norm stage saw last.
void norm_statistics(const Stage &norm, float *mean, float *variance);

} // namespace kernels
