// The stages a block is made of. A stage is one layer of the network with its
// primitives. A block runs its stages over the whole batch with all threads, or,
// where nothing ties the images together, image by image with one thread each:
// then what one stage leaves is still in the cache when the next one reads it,
// and threads wait for one another once a pass instead of once a primitive.
#pragma once
#include "context.hpp"

namespace kernels {

// Place says where and how a stage runs: the batch in chunks, each by any of the workers.
struct Place {
    kernels_context &context;
    const kernels_spec &spec;
    int chunk, chunks, workers;
};

// Turn is one chunk in the hands of one worker.
struct Turn {
    int chunk, worker;
};

// Operation is one primitive with its arguments for each turn.
class Operation {
public:
    template <typename PD>
    Operation(const Place &p, const PD &pd)
        : context_(p.context), chunks_(p.chunks), primitive_(pd.get()), scratchpad_(pd.scratchpad_desc()), args_(p.chunks * p.workers) {
        context_.require(kPrimitive, scratchpad_.get_size(), p.workers);
    }
    void bind(Turn t, Args args) {
        const size_t bytes = scratchpad_.get_size();
        if (bytes > 0)
            args.insert({DNNL_ARG_SCRATCHPAD, memory(scratchpad_, context_.engine, context_.scratch(kPrimitive, t.worker, bytes))});
        args_[t.worker * chunks_ + t.chunk] = std::move(args);
    }
    void run(Turn t) { primitive_.execute(context_.worker_stream(t.worker), args_[t.worker * chunks_ + t.chunk]); }

private:
    kernels_context &context_;
    const int chunks_;
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
    virtual void bind_forward(Turn t, const memory &in, const memory &out) = 0;
    virtual void bind_backward(Turn t, const memory &in, const memory &out, const memory &gradient_out,
            const memory *gradient_in) = 0;
    virtual void forward(Turn t) = 0;
    virtual void backward(Turn t) = 0;
    virtual void finish_backward() {} // after all chunks
    virtual void load(const Parameters &) {}
    virtual void gradients(const Gradients &) {}
    virtual bool in_place() const { return false; }     // the output replaces the input
    virtual bool gradient_in_place() const { return in_place(); }
    virtual bool keeps_input() const { return false; }  // backward reads the input
    virtual bool keeps_output() const { return false; } // backward reads the output
    virtual int reorders() const { return 0; }
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
