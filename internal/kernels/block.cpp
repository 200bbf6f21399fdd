#include <algorithm>
#include <stdexcept>

#include "stage.hpp"

namespace {

using namespace kernels;

// One image's convolution output may fill this much before a block runs its
// images one by one: about what a second- or third-level cache holds.
constexpr size_t kChunkBytes = 12u << 20;

// Border is the memory between two stages: held for the whole batch, or scratch
// that holds one chunk.
struct Border {
    Desc md; // of one chunk
    char *held = nullptr;
    Scratch area = kEven;
    memory at(kernels_context &c, int chunk) const {
        return {md, c.engine, held != nullptr ? held + chunk * md.get_size() : c.scratch(area)};
    }
};

} // namespace

// kernels_block owns its stages, its output, the gradient of its input, and what
// backward needs of the values between its stages.
struct kernels_block {
    kernels_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input);
    void load(const Parameters &p);
    void forward();
    void backward(kernels_tensor &gradient);
    void gradients(const Gradients &g);

    kernels_context &context;
    const kernels_spec spec;
    kernels_tensor &input;
    std::unique_ptr<kernels_tensor> output, input_gradient;
    Stage *norm = nullptr;
    std::vector<std::unique_ptr<Stage>> stages;

private:
    int chunk_size() const;
    void add_stages(const Place &p);
    void place_borders();
    void bind_forward();
    void bind_backward(kernels_tensor &gradient);
    Border gradient_border(size_t stage, const Border &after) const;

    int chunk_, chunks_;
    std::vector<Border> borders_; // borders_[i] lies before stage i; the last is the output
    std::vector<std::unique_ptr<Buffer>> kept_;
    int forward_generation_ = 0, backward_generation_ = 0;
    kernels_tensor *bound_gradient_ = nullptr;
};

kernels_block::kernels_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input)
    : context(c), spec(s), input(input), chunk_(chunk_size()), chunks_(static_cast<int>(input.dims[0]) / chunk_) {
    add_stages(Place{context, spec, chunk_, chunks_});
    if (stages.empty()) throw std::runtime_error("block without a layer");
    place_borders();
    if (spec.training && spec.input_gradient) input_gradient.reset(new kernels_tensor(c, input.md, input.dims));
}

// chunk_size returns how many images to run at a time: a divisor of the batch. A
// batch norm needs the whole batch; inference is cut up by its caller.
int kernels_block::chunk_size() const {
    const int n = static_cast<int>(input.dims[0]);
    if (!spec.training || spec.has_norm || !spec.has_conv || spec.pool == KERNELS_NO_POOL) return n;
    const size_t area = static_cast<size_t>(input.dims[2] * input.dims[3]) / (spec.stride * spec.stride);
    const size_t image = std::max<size_t>(area * spec.outputs * sizeof(float), 1);
    int chunk = static_cast<int>(std::clamp<size_t>(kChunkBytes / image, 1, n));
    while (n % chunk != 0) chunk--;
    return chunk;
}

// add_stages orders the layers. Training swaps a max pool before the activation:
// both keep the order of values, so the result is the same for a quarter of the work.
void kernels_block::add_stages(const Place &p) {
    Desc md = input.md;
    auto add = [&](std::unique_ptr<Stage> s) {
        md = s->output();
        stages.push_back(std::move(s));
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
        norm = stages.back().get();
        if (fuse) act = false;
    }
    if (act && !pool_first) add(new_activation(p, md, stages.empty()));
    if (spec.pool != KERNELS_NO_POOL) add(new_pool(p, md));
    if (act && pool_first) add(new_activation(p, md, stages.empty()));
}

void kernels_block::place_borders() {
    borders_.resize(stages.size() + 1);
    borders_[0].md = chunk_of(input.md, chunk_);
    borders_[0].held = input.buffer.data();
    const Desc whole = stages.back()->output();
    output.reset(new kernels_tensor(context, whole, whole.dims()));
    borders_.back().md = chunk_of(whole, chunk_);
    borders_.back().held = output->buffer.data();
    for (size_t i = stages.size() - 1; i > 0; i--) {
        if (stages[i]->in_place()) {
            borders_[i] = borders_[i + 1];
            continue;
        }
        Border &b = borders_[i];
        b.md = chunk_of(stages[i - 1]->output(), chunk_);
        if (spec.training && (stages[i]->keeps_input() || stages[i - 1]->keeps_output())) {
            kept_.emplace_back(new Buffer(b.md.get_size() * chunks_));
            b.held = kept_.back()->data();
            continue;
        }
        b.area = i % 2 == 0 ? kEven : kOdd;
        context.require(b.area, b.md.get_size());
    }
    if (!spec.training) return;
    for (size_t i = 1; i < stages.size(); i++) // gradients take the same turns
        for (Scratch area : {kEven, kOdd}) context.require(area, borders_[i].md.get_size());
}

void kernels_block::bind_forward() {
    if (forward_generation_ == context.generation()) return;
    forward_generation_ = context.generation();
    for (size_t i = 0; i < stages.size(); i++)
        for (int k = 0; k < chunks_; k++) stages[i]->bind_forward(k, borders_[i].at(context, k), borders_[i + 1].at(context, k));
}

// gradient_border says where the gradient before a stage goes, given where the one after it lies.
Border kernels_block::gradient_border(size_t stage, const Border &after) const {
    if (stages[stage]->gradient_in_place() && after.held == nullptr) return after;
    Border b;
    b.md = borders_[stage].md;
    b.area = after.held == nullptr && after.area == kEven ? kOdd : kEven;
    return b;
}

void kernels_block::bind_backward(kernels_tensor &gradient) {
    if (backward_generation_ == context.generation() && bound_gradient_ == &gradient) return;
    backward_generation_ = context.generation();
    bound_gradient_ = &gradient;
    Border after = borders_.back();
    after.held = gradient.buffer.data();
    for (size_t i = stages.size(); i-- > 0;) {
        Border before;
        const bool first = i == 0;
        if (!first)
            before = gradient_border(i, after);
        else if (input_gradient) {
            before.md = borders_[0].md;
            before.held = input_gradient->buffer.data();
        }
        for (int k = 0; k < chunks_; k++) {
            const bool wanted = !first || input_gradient;
            const memory in = wanted ? before.at(context, k) : memory();
            stages[i]->bind_backward(k, borders_[i].at(context, k), borders_[i + 1].at(context, k), after.at(context, k), wanted ? &in : nullptr);
        }
        after = before;
    }
}

void kernels_block::load(const Parameters &p) {
    for (auto &s : stages) s->load(p);
}

void kernels_block::forward() {
    bind_forward();
    for (int k = 0; k < chunks_; k++)
        for (auto &s : stages) s->forward(k);
    context.stream.wait();
}

void kernels_block::backward(kernels_tensor &gradient) {
    if (!spec.training) throw std::runtime_error("backward on a block made for inference");
    if (gradient.md != output->md) throw std::runtime_error("gradient has another layout than the output");
    bind_backward(gradient);
    for (int k = 0; k < chunks_; k++)
        for (size_t i = stages.size(); i-- > 0;) stages[i]->backward(k);
    context.stream.wait();
}

void kernels_block::gradients(const Gradients &g) {
    for (auto &s : stages) s->gradients(g);
}

extern "C" {

char *kernels_block_new(kernels_context *c, const kernels_spec *s, kernels_tensor *input, kernels_block **out) {
    return guard([&] { *out = new kernels_block(*c, *s, *input); });
}

void kernels_block_free(kernels_block *b) { delete b; }

kernels_tensor *kernels_block_output(kernels_block *b) { return b->output.get(); }

kernels_tensor *kernels_block_input_gradient(kernels_block *b) { return b->input_gradient.get(); }

int kernels_block_reorders(const kernels_block *b) {
    int n = 0;
    for (auto &s : b->stages) n += s->reorders();
    return n;
}

char *kernels_block_load(kernels_block *b, const float *weight, const float *bias, const float *scale, const float *shift,
        const float *mean, const float *variance) {
    return guard([&] { b->load({weight, bias, scale, shift, mean, variance}); });
}

char *kernels_block_forward(kernels_block *b) {
    return guard([&] { b->forward(); });
}

char *kernels_block_backward(kernels_block *b, kernels_tensor *gradient) {
    return guard([&] { b->backward(*gradient); });
}

char *kernels_block_statistics(const kernels_block *b, float *mean, float *variance) {
    return guard([&] {
        if (b->norm == nullptr) throw std::runtime_error("block without a batch norm");
        norm_statistics(*b->norm, mean, variance);
    });
}

char *kernels_block_gradients(kernels_block *b, float *weight, float *bias, float *scale, float *shift) {
    return guard([&] { b->gradients({weight, bias, scale, shift}); });
}

} // extern "C"
