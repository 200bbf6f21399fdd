#include "fused_block.hpp"

namespace {

using namespace kernels;

// First is the fused first block: one channel in, convolution 3×3, ReLU, max pool
// 2×2. Where a fused block comes after it, that one does the work of both.
class First : public FusedBlock, public Feeder {
public:
    First(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FirstKernel &kernel);
    void load(const Parameters &p) override;
    void forward() override;
    void backward(kernels_tensor &gradient) override;
    void gradients(const Gradients &g) override;
    int reorders() const override { return 0; }
    ~First() override { input.reader = nullptr; }

    void defer() override { deferred_ = true; }
    bool waits() const override { return waits_; }
    void finish() override;
    void begin(int image, int worker) override;
    void forward_rows(int image, int worker, int first, int last) override;
    void finished() override { waits_ = false; }
    void backward_rows(int image, int worker, int first, int last, const float *gradient, int top) override;
    void fed(const kernels_tensor *gradient) override { fed_ = gradient; }

private:
    FirstImage image(int n, int worker, const float *gradient, int top) const;

    const FirstKernel &kernel_;
    const int pooled_height_, pooled_width_, stride_;
    std::vector<float> weights_, bias_, sum_;
    Slices padded_;   // a worker
    Slices gradient_; // an image
    Buffer winners_;
    bool deferred_ = false, waits_ = false;
    const kernels_tensor *fed_ = nullptr;
};

First::First(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FirstKernel &kernel)
    : FusedBlock(c, s, input), kernel_(kernel), pooled_height_(height_ / 2), pooled_width_(width_ / 2), stride_(2 * pooled_width_ + 2),
      weights_(9 * s.outputs), bias_(s.outputs), sum_(10 * s.outputs), padded_(c.threads, static_cast<size_t>(stride_) * (2 * pooled_height_ + 2)),
      gradient_(images_, 10 * s.outputs), winners_(static_cast<size_t>(images_) * pooled_height_ * pooled_width_ * s.outputs) {
    const Dims dims{images_, s.outputs, pooled_height_, pooled_width_};
    output.reset(new kernels_tensor(c, channels_last(dims), dims));
    output->writer = this;
    input.reader = this;
}

void First::load(const Parameters &p) {
    finish();
    by_tap(p.weight, spec.outputs, weights_.data());
    for (int o = 0; o < spec.outputs; o++) bias_[o] = p.bias != nullptr ? p.bias[o] : 0;
}

// begin copies an image into a border of zeros, as far as the pools look.
void First::begin(int n, int worker) {
    const float *from = input.buffer.floats() + static_cast<size_t>(n) * height_ * width_;
    pad(from, height_, width_, -1, 2 * pooled_height_ + 2, stride_, padded_.of(worker));
}

FirstImage First::image(int n, int worker, const float *gradient, int top) const {
    const size_t at = static_cast<size_t>(n) * pooled_height_ * pooled_width_ * spec.outputs;
    return {padded_.of(worker), stride_, pooled_width_, output->buffer.floats() + at, reinterpret_cast<uint8_t *>(winners_.data()) + at, gradient, top};
}

void First::forward() {
    waits_ = true;
    fed_ = nullptr;
    if (!deferred_) finish();
}

void First::finish() {
    if (!waits_) return;
    each_image([&](int n, int worker) {
        begin(n, worker);
        forward_rows(n, worker, 0, pooled_height_);
    });
    finished();
}

void First::forward_rows(int n, int worker, int first, int last) {
    kernel_.forward(image(n, worker, nullptr, 0), first, last, weights_.data(), bias_.data());
}

void First::backward_rows(int n, int worker, int first, int last, const float *gradient, int top) {
    if (first == 0) std::fill_n(gradient_.of(n), sum_.size(), 0.f);
    kernel_.backward(image(n, worker, gradient, top), first, last, gradient_.of(n));
}

void First::backward(kernels_tensor &gradient) {
    finish();
    if (fed_ != &gradient) {
        const size_t map = static_cast<size_t>(pooled_height_) * pooled_width_ * spec.outputs;
        each_image([&](int n, int worker) {
            begin(n, worker);
            backward_rows(n, worker, 0, pooled_height_, gradient.buffer.floats() + n * map, 0);
        });
    }
    add_up(context, gradient_, images_, sum_);
}

void First::gradients(const Gradients &g) {
    by_channel(sum_.data(), spec.outputs, g.weight);
    if (spec.bias) std::copy_n(sum_.data() + 9 * spec.outputs, spec.outputs, g.bias);
}

} // namespace

namespace kernels {

std::unique_ptr<kernels_block> new_first_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FirstKernel &kernel) {
    return std::unique_ptr<kernels_block>(new First(c, s, input, kernel));
}

} // namespace kernels
