#include <cstring>

#include "fused_block.hpp"

namespace {

using namespace kernels;

// Last is the fused last block: convolution 3×3 to one channel, and nothing else.
class Last : public kernels_block {
public:
    Last(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel);
    void load(const Parameters &p) override;
    void forward() override;
    void backward(kernels_tensor &gradient) override;
    void gradients(const Gradients &g) override;
    int reorders() const override { return last_.reorders(); }
    bool fused() const override { return true; }

private:
    LastImage image(int n) const;
    double pad(const float *from, float *to) const;

    const LastKernel &kernel_;
    const int images_, height_, width_, inputs_;
    ChannelsLast last_;
    std::vector<float> weights_, sum_;
    float bias_ = 0;
    double bias_sum_ = 0;
    std::vector<double> bias_sums_; // an image
    Slices padded_;                 // a worker
    Slices gradient_;               // an image
};

Last::Last(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel)
    : kernels_block(c, s, input), kernel_(kernel), images_(static_cast<int>(input.dims[0])), height_(static_cast<int>(input.dims[2])),
      width_(static_cast<int>(input.dims[3])), inputs_(kernel.inputs), last_(*this), weights_(9 * inputs_), sum_(9 * inputs_),
      bias_sums_(images_), padded_(c.threads, static_cast<size_t>(height_ + 2) * (width_ + 2)), gradient_(images_, 9 * inputs_) {
    const Dims dims{images_, 1, height_, width_};
    output.reset(new kernels_tensor(c, Desc(dims, f32(), memory::format_tag::nchw), dims));
}

void Last::load(const Parameters &p) {
    for (int i = 0; i < inputs_; i++)
        for (int k = 0; k < 9; k++) weights_[k * inputs_ + i] = p.weight[i * 9 + k];
    bias_ = p.bias != nullptr ? p.bias[0] : 0;
}

LastImage Last::image(int n) const {
    const size_t at = static_cast<size_t>(n) * height_ * width_ * inputs_;
    return {last_.input() + at, output->buffer.floats() + static_cast<size_t>(n) * height_ * width_, nullptr,
            last_.gradient() != nullptr ? last_.gradient() + at : nullptr, height_, width_};
}

void Last::forward() {
    last_.take_input();
    each_image(context, images_, [&](int n, int) { kernel_.forward(image(n), weights_.data(), bias_); });
}

// pad copies a gradient into a border of zeros and returns its sum.
double Last::pad(const float *from, float *to) const {
    double sum = 0;
    std::fill_n(to, static_cast<size_t>(height_ + 2) * (width_ + 2), 0.f);
    for (int r = 0; r < height_; r++) {
        std::memcpy(to + static_cast<size_t>(r + 1) * (width_ + 2) + 1, from + static_cast<size_t>(r) * width_, width_ * sizeof(float));
        for (int x = 0; x < width_; x++) sum += from[static_cast<size_t>(r) * width_ + x];
    }
    return sum;
}

void Last::backward(kernels_tensor &gradient) {
    each_image(context, images_, [&](int n, int worker) {
        bias_sums_[n] = pad(gradient.buffer.floats() + static_cast<size_t>(n) * height_ * width_, padded_.of(worker));
        LastImage m = image(n);
        m.padded_dy = padded_.of(worker);
        kernel_.backward(m, weights_.data(), gradient_.of(n));
    });
    add_up(context, gradient_, images_, sum_);
    bias_sum_ = 0;
    for (double b : bias_sums_) bias_sum_ += b;
    last_.give_gradient();
}

void Last::gradients(const Gradients &g) {
    for (int i = 0; i < inputs_; i++)
        for (int k = 0; k < 9; k++) g.weight[i * 9 + k] = sum_[k * inputs_ + i];
    if (spec.bias) g.bias[0] = static_cast<float>(bias_sum_);
}

} // namespace

namespace kernels {

std::unique_ptr<kernels_block> new_last_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel) {
    return std::unique_ptr<kernels_block>(new Last(c, s, input, kernel));
}

} // namespace kernels
