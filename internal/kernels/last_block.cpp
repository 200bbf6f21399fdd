#include <numeric>

#include "fused_block.hpp"

namespace {

using namespace kernels;

// Last is the fused last block: convolution 3×3 to one channel, and nothing else.
class Last : public FusedBlock {
public:
    Last(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel);
    void load(const Parameters &p) override;
    void forward() override;
    void backward(kernels_tensor &gradient) override;
    void gradients(const Gradients &g) override;
    int reorders() const override { return last_.reorders(); }

private:
    LastImage image(int n) const;

    const LastKernel &kernel_;
    const int inputs_;
    ChannelsLast last_;
    std::vector<float> weights_, sum_;
    float bias_ = 0;
    double bias_sum_ = 0;
    std::vector<double> bias_sums_; // an image
    Slices padded_;                 // a worker
    Slices gradient_;               // an image
};

Last::Last(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel)
    : FusedBlock(c, s, input), kernel_(kernel), inputs_(kernel.inputs), last_(*this), weights_(9 * inputs_), sum_(9 * inputs_), bias_sums_(images_),
      padded_(c.threads, static_cast<size_t>(height_ + 2) * (width_ + 2)), gradient_(images_, 9 * inputs_) {
    const Dims dims{images_, 1, height_, width_};
    output.reset(new kernels_tensor(c, Desc(dims, f32(), memory::format_tag::nchw), dims));
}

void Last::load(const Parameters &p) {
    by_tap(p.weight, inputs_, weights_.data());
    bias_ = p.bias != nullptr ? p.bias[0] : 0;
}

LastImage Last::image(int n) const {
    const size_t at = static_cast<size_t>(n) * height_ * width_ * inputs_;
    return {last_.input() + at, output->buffer.floats() + static_cast<size_t>(n) * height_ * width_, nullptr,
            last_.gradient() != nullptr ? last_.gradient() + at : nullptr, height_, width_};
}

void Last::forward() {
    last_.take_input();
    each_image([&](int n, int) { kernel_.forward(image(n), weights_.data(), bias_); });
}

void Last::backward(kernels_tensor &gradient) {
    const size_t map = static_cast<size_t>(height_) * width_;
    each_image([&](int n, int worker) {
        const float *dy = gradient.buffer.floats() + n * map;
        pad(dy, height_, width_, -1, height_ + 2, width_ + 2, padded_.of(worker));
        bias_sums_[n] = std::accumulate(dy, dy + map, 0.0);
        LastImage m = image(n);
        m.padded_dy = padded_.of(worker);
        kernel_.backward(m, weights_.data(), gradient_.of(n));
    });
    add_up(context, gradient_, images_, sum_);
    bias_sum_ = std::accumulate(bias_sums_.begin(), bias_sums_.end(), 0.0);
    last_.give_gradient();
}

void Last::gradients(const Gradients &g) {
    by_channel(sum_.data(), inputs_, g.weight);
    if (spec.bias) g.bias[0] = static_cast<float>(bias_sum_);
}

} // namespace

namespace kernels {

std::unique_ptr<kernels_block> new_last_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel) {
    return std::unique_ptr<kernels_block>(new Last(c, s, input, kernel));
}

} // namespace kernels
