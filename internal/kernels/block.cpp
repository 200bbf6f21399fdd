#include <omp.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "block.hpp"

namespace {

using namespace kernels;

// Images are run one by one only where the gradients of the weights, which are
// then kept for each image, stay below this.
constexpr size_t kGradientBytes = 16u << 20;

// Border is the memory between two stages: held for the whole batch, or scratch
// that holds one chunk.
struct Border {
    Desc md; // of one chunk
    char *held = nullptr;
    Scratch area = kEven;
    memory at(kernels_context &c, Turn t) const {
        const size_t bytes = md.get_size();
        return {md, c.engine, held != nullptr ? held + t.chunk * bytes : c.scratch(area, t.worker, bytes)};
    }
};

// Chain is a block of oneDNN primitives: it owns its stages, its output, the
// gradient of its input, and what backward needs of the values between its stages.
class Chain : public kernels_block {
public:
    Chain(kernels_context &c, const kernels_spec &s, kernels_tensor &input);
    void load(const Parameters &p) override;
    void forward() override;
    void backward(kernels_tensor &gradient) override;
    void gradients(const Gradients &g) override;
    void statistics(float *mean, float *variance) const override;
    int reorders() const override;

private:
    bool separable() const;
    template <typename F>
    void each_chunk(F run);
    template <typename F>
    void each_turn(F bind);
    void add_stages(const Place &p);
    void place_borders();
    void bind_forward();
    void bind_backward(kernels_tensor &gradient);
    Border gradient_border(size_t stage, const Border &after) const;

    const int chunks_, workers_, chunk_;
    Stage *norm_ = nullptr;
    std::vector<std::unique_ptr<Stage>> stages_;
    std::vector<Border> borders_; // borders_[i] lies before stage i; the last is the output
    std::vector<std::unique_ptr<Buffer>> kept_;
    int forward_generation_ = 0, backward_generation_ = 0;
    kernels_tensor *bound_gradient_ = nullptr;
};

Chain::Chain(kernels_context &c, const kernels_spec &s, kernels_tensor &input)
    : kernels_block(c, s, input), chunks_(separable() ? static_cast<int>(input.dims[0]) : 1),
      workers_(std::min(chunks_, c.threads)), chunk_(static_cast<int>(input.dims[0]) / chunks_) {
    const Threads scope(chunks_ > 1 ? 1 : c.threads); // primitives are made for as many threads as will run them
    add_stages(Place{context, spec, chunk_, chunks_, workers_});
    if (stages_.empty()) throw std::runtime_error("block without a layer");
    place_borders();
    if (spec.training && spec.input_gradient) input_gradient.reset(new kernels_tensor(c, input.md, input.dims));
}

// separable reports whether the block runs image by image, one thread each. A
// batch norm needs the whole batch; inference is cut up by its caller; and a
// block that is one layer has nothing to gain.
bool Chain::separable() const {
    if (!spec.training || spec.has_norm || !spec.has_conv || spec.pool == KERNELS_NO_POOL) return false;
    const size_t weights = static_cast<size_t>(input.dims[1]) / spec.groups * spec.outputs * spec.kernel * spec.kernel * sizeof(float);
    return weights * input.dims[0] <= kGradientBytes;
}

// each_chunk runs all chunks: one with all threads, or several with one thread
// each, whoever is free next, so that a thread that is held up does not hold up
// the others. What run throws is thrown here.
template <typename F>
void Chain::each_chunk(F run) {
    if (chunks_ == 1) {
        run(Turn{0, 0});
        return;
    }
    std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) num_threads(workers_)
    for (int k = 0; k < chunks_; k++) {
        try {
            run(Turn{k, omp_get_thread_num()});
        } catch (...) {
#pragma omp critical
            failure = std::current_exception();
        }
    }
    if (failure) std::rethrow_exception(failure);
}

// each_turn lets bind prepare each chunk for each worker.
template <typename F>
void Chain::each_turn(F bind) {
    for (int w = 0; w < workers_; w++)
        for (int k = 0; k < chunks_; k++) bind(Turn{k, w});
}

// add_stages orders the layers. Training swaps a max pool before the activation:
// both keep the order of values, so the result is the same for a quarter of the work.
void Chain::add_stages(const Place &p) {
    Desc md = input.md;
    auto add = [&](std::unique_ptr<Stage> s) {
        md = s->output();
        stages_.push_back(std::move(s));
    };
    const bool pool_first = spec.training && spec.pool == KERNELS_MAX_POOL;
    bool act = spec.activation != KERNELS_NO_ACTIVATION;
    if (spec.has_conv) {
        add(new_conv(p, md));
        if (!spec.training) act = false; // done by the convolution
    }
    if (spec.has_norm && (spec.training || !spec.has_conv)) {
        const bool fuse = act && spec.activation == KERNELS_RELU && !pool_first;
        add(new_norm(p, md, fuse));
        norm_ = stages_.back().get();
        if (fuse) act = false;
    }
    if (act && !pool_first) add(new_activation(p, md, stages_.empty()));
    if (spec.pool != KERNELS_NO_POOL) add(new_pool(p, md));
    if (act && pool_first) add(new_activation(p, md, stages_.empty()));
}

void Chain::place_borders() {
    borders_.resize(stages_.size() + 1);
    borders_[0].md = chunk_of(input.md, chunk_);
    borders_[0].held = input.buffer.data();
    const Desc whole = stages_.back()->output();
    output.reset(new kernels_tensor(context, whole, dims_of(whole)));
    borders_.back().md = chunk_of(whole, chunk_);
    borders_.back().held = output->buffer.data();
    for (size_t i = stages_.size() - 1; i > 0; i--) {
        if (stages_[i]->in_place()) {
            borders_[i] = borders_[i + 1];
            continue;
        }
        Border &b = borders_[i];
        b.md = chunk_of(stages_[i - 1]->output(), chunk_);
        if (spec.training && (stages_[i]->keeps_input() || stages_[i - 1]->keeps_output())) {
            kept_.emplace_back(new Buffer(b.md.get_size() * chunks_));
            b.held = kept_.back()->data();
            continue;
        }
        b.area = i % 2 == 0 ? kEven : kOdd;
        context.require(b.area, b.md.get_size(), workers_);
    }
    if (!spec.training) return;
    for (size_t i = 1; i < stages_.size(); i++) // gradients take the same turns
        for (Scratch area : {kEven, kOdd}) context.require(area, borders_[i].md.get_size(), workers_);
}

void Chain::bind_forward() {
    if (forward_generation_ == context.generation()) return;
    forward_generation_ = context.generation();
    for (size_t i = 0; i < stages_.size(); i++)
        each_turn([&](Turn t) { stages_[i]->bind_forward(t, borders_[i].at(context, t), borders_[i + 1].at(context, t)); });
}

// gradient_border says where the gradient before a stage goes, given where the one after it lies.
Border Chain::gradient_border(size_t stage, const Border &after) const {
    if (stages_[stage]->gradient_in_place() && after.held == nullptr) return after;
    Border b;
    b.md = borders_[stage].md;
    b.area = after.held == nullptr && after.area == kEven ? kOdd : kEven;
    return b;
}

void Chain::bind_backward(kernels_tensor &gradient) {
    if (backward_generation_ == context.generation() && bound_gradient_ == &gradient) return;
    backward_generation_ = context.generation();
    bound_gradient_ = &gradient;
    Border after = borders_.back();
    after.held = gradient.buffer.data();
    for (size_t i = stages_.size(); i-- > 0;) {
        Border before;
        const bool first = i == 0;
        if (!first)
            before = gradient_border(i, after);
        else if (input_gradient) {
            before.md = borders_[0].md;
            before.held = input_gradient->buffer.data();
        }
        each_turn([&](Turn t) {
            const bool wanted = !first || input_gradient;
            const memory in = wanted ? before.at(context, t) : memory();
            stages_[i]->bind_backward(t, borders_[i].at(context, t), borders_[i + 1].at(context, t), after.at(context, t), wanted ? &in : nullptr);
        });
        after = before;
    }
}

void Chain::load(const Parameters &p) {
    for (auto &s : stages_) s->load(p);
}

void Chain::forward() {
    input.finish();
    bind_forward();
    each_chunk([&](Turn t) {
        for (auto &s : stages_) s->forward(t);
    });
}

void Chain::backward(kernels_tensor &gradient) {
    bind_backward(gradient);
    each_chunk([&](Turn t) {
        for (size_t i = stages_.size(); i-- > 0;) stages_[i]->backward(t);
    });
    for (auto &s : stages_) s->finish_backward();
}

void Chain::gradients(const Gradients &g) {
    for (auto &s : stages_) s->gradients(g);
}

void Chain::statistics(float *mean, float *variance) const {
    if (norm_ == nullptr) return kernels_block::statistics(mean, variance);
    norm_statistics(*norm_, mean, variance);
}

int Chain::reorders() const {
    int n = 0;
    for (auto &s : stages_) n += s->reorders();
    return n;
}

} // namespace

namespace kernels {

std::unique_ptr<kernels_block> new_chain_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input) {
    return std::unique_ptr<kernels_block>(new Chain(c, s, input));
}

} // namespace kernels

namespace {

void must_train(const kernels_block &b) {
    if (!b.spec.training) throw std::runtime_error("this block is made for inference: it has no gradients");
}

} // namespace

extern "C" {

char *kernels_block_new(kernels_context *c, const kernels_spec *s, kernels_tensor *input, kernels_block **out) {
    return guard([&] {
        auto block = new_fused_block(*c, *s, *input);
        if (!block) block = new_chain_block(*c, *s, *input);
        *out = block.release();
    });
}

void kernels_block_free(kernels_block *b) { delete b; }

kernels_tensor *kernels_block_output(kernels_block *b) { return b->output.get(); }

kernels_tensor *kernels_block_input_gradient(kernels_block *b) { return b->input_gradient.get(); }

int kernels_block_reorders(const kernels_block *b) { return b->reorders(); }

int kernels_block_fused(const kernels_block *b) { return b->fused() ? 1 : 0; }

char *kernels_block_load(kernels_block *b, const float *weight, const float *bias, const float *scale, const float *shift,
        const float *mean, const float *variance) {
    return guard([&] { b->load({weight, bias, scale, shift, mean, variance}); });
}

char *kernels_block_forward(kernels_block *b) {
    return guard([&] { b->forward(); });
}

char *kernels_block_backward(kernels_block *b, kernels_tensor *gradient) {
    return guard([&] {
        must_train(*b);
        if (gradient->md != b->output->md) throw std::runtime_error("gradient has another layout than the output");
        b->backward(*gradient);
    });
}

char *kernels_block_statistics(const kernels_block *b, float *mean, float *variance) {
    return guard([&] { b->statistics(mean, variance); });
}

char *kernels_block_gradients(kernels_block *b, float *weight, float *bias, float *scale, float *shift) {
    return guard([&] {
        must_train(*b);
        b->gradients({weight, bias, scale, shift});
    });
}

} // extern "C"
