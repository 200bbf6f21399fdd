#include <cmath>

#include "fused_block.hpp"

namespace {

using namespace kernels;

// Inference is what the fused blocks have in common where nothing trains: rows of
// one image are independent too, so that a single image keeps all threads busy.
class Inference : public FusedBlock {
public:
    Inference(kernels_context &c, const kernels_spec &s, kernels_tensor &input, bool halved)
        : FusedBlock(c, s, input), out_height_(halved ? height_ / 2 : height_), out_width_(halved ? width_ / 2 : width_) {
        const Dims dims{images_, s.outputs, out_height_, out_width_};
        const Desc plain(dims, f32(), memory::format_tag::nchw);
        output.reset(new kernels_tensor(c, s.outputs == 1 ? plain : channels_last(dims), dims));
    }

protected:
    float *out(int n) const { return output->buffer.floats() + static_cast<size_t>(n) * spec.outputs * out_height_ * out_width_; }

    const int out_height_, out_width_;
};

class FirstInference : public Inference {
public:
    FirstInference(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FirstKernel &kernel)
        : Inference(c, s, input, true), kernel_(kernel), stride_(2 * out_width_ + 2), weights_(9 * s.outputs), bias_(s.outputs),
          padded_(c.threads, static_cast<size_t>(stride_) * (2 * kRows + 2)), winners_(c.threads, static_cast<size_t>(kRows) * out_width_ * s.outputs / 4 + 1) {}
    int reorders() const override { return 0; }

    void load(const Parameters &p) override {
        by_tap(p.weight, spec.outputs, weights_.data());
        for (int o = 0; o < spec.outputs; o++) bias_[o] = p.bias != nullptr ? p.bias[o] : 0;
    }

    void forward() override {
        const int parts = (out_height_ + kRows - 1) / kRows;
        context.team.run(images_ * parts, [&](int i, int worker) { forward_part(i / parts, i % parts * kRows, worker); });
    }

private:
    static constexpr int kRows = 8; // pooled rows at a time

    void forward_part(int n, int top, int worker) {
        const int rows = std::min(kRows, out_height_ - top);
        const float *from = input.buffer.floats() + static_cast<size_t>(n) * height_ * width_;
        pad(from, height_, width_, 2 * top - 1, 2 * rows + 2, stride_, padded_.of(worker));
        const size_t at = static_cast<size_t>(top) * out_width_ * spec.outputs;
        const FirstImage m{padded_.of(worker), stride_, out_width_, out(n) + at, reinterpret_cast<uint8_t *>(winners_.of(worker)), nullptr, 0};
        kernel_.forward(m, 0, rows, weights_.data(), bias_.data());
    }

    const FirstKernel &kernel_;
    const int stride_;
    std::vector<float> weights_, bias_;
    Slices padded_, winners_; // a worker
};

class NormedInference : public Inference {
public:
    NormedInference(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const ConvKernel &kernel)
        : Inference(c, s, input, s.pool != KERNELS_NO_POOL), kernel_(kernel), last_(*this), packed_(kernel.packed_floats * sizeof(float)),
          scratch_(c.threads, kernel.scratch_floats), y_(c.threads, static_cast<size_t>(kStrip) * width_ * s.outputs),
          pooled_(c.threads, static_cast<size_t>(kStrip) * width_ * s.outputs), bias_(s.outputs), factor_(s.outputs), sign_(s.outputs), offset_(s.outputs) {}
    int reorders() const override { return last_.reorders(); }

    void load(const Parameters &p) override {
        std::vector<float> unused(kernel_.packed_floats); // what backward would take
        kernel_.pack(p.weight, packed_.floats(), unused.data());
        for (int c = 0; c < spec.outputs; c++) {
            const double factor = p.scale[c] / std::sqrt(static_cast<double>(p.variance[c]) + spec.epsilon);
            factor_[c] = static_cast<float>(factor);
            sign_[c] = sign_of(factor_[c]);
            offset_[c] = static_cast<float>(p.shift[c] + ((p.bias != nullptr ? p.bias[c] : 0.0) - p.mean[c]) * factor);
        }
    }

    void forward() override {
        last_.take_input();
        const int each = strips(height_);
        context.team.run(images_ * each, [&](int i, int worker) { forward_strip(i / each, i % each, worker); });
    }

private:
    void forward_strip(int n, int strip, int worker) {
        const bool pool = spec.pool != KERNELS_NO_POOL;
        const int top = strip * kStrip, rows = std::min(kStrip, height_ - top), channels = spec.outputs;
        ConvImage m{last_.input() + static_cast<size_t>(n) * height_ * width_ * kernel_.inputs, y_.of(worker), nullptr, nullptr, 0, height_, width_};
        m.y_top = top;
        kernel_.forward(m, strip, packed_.floats(), bias_.data(), scratch_.of(worker));
        float *to = out(n) + static_cast<size_t>(pool ? top / 2 : top) * out_width_ * channels;
        float *winning = pooled_.of(worker);
        auto *winners = reinterpret_cast<uint8_t *>(winning + static_cast<size_t>(kStrip / 2) * (width_ / 2) * channels);
        const NormFactors f{factor_.data(), offset_.data(), nullptr, nullptr, nullptr, nullptr};
        const NormImage image{y_.of(worker), rows, width_, to, winners, winning, nullptr, nullptr};
        if (pool) kernel_.pool(image, 0, sign_.data());
        kernel_.norm(image, pool, f);
    }

    const ConvKernel &kernel_;
    ChannelsLast last_;
    Buffer packed_;
    Slices scratch_, y_, pooled_;      // a worker
    std::vector<float> bias_;          // zeros: it is part of offset_
    std::vector<float> factor_, sign_, offset_;
};

class LastInference : public Inference {
public:
    LastInference(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel)
        : Inference(c, s, input, false), kernel_(kernel), last_(*this), weights_(9 * kernel.inputs) {}
    int reorders() const override { return last_.reorders(); }

    void load(const Parameters &p) override {
        by_tap(p.weight, kernel_.inputs, weights_.data());
        bias_ = p.bias != nullptr ? p.bias[0] : 0;
    }

    void forward() override {
        last_.take_input();
        each_image([&](int n, int) {
            const float *x = last_.input() + static_cast<size_t>(n) * height_ * width_ * kernel_.inputs;
            kernel_.forward({x, out(n), nullptr, nullptr, height_, width_}, weights_.data(), bias_);
        });
    }

private:
    const LastKernel &kernel_;
    ChannelsLast last_;
    std::vector<float> weights_;
    float bias_ = 0;
};

} // namespace

namespace kernels {

std::unique_ptr<kernels_block> new_inference_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FusedMatch &match) {
    if (match.first != nullptr) return std::unique_ptr<kernels_block>(new FirstInference(c, s, input, *match.first));
    if (match.conv != nullptr) return std::unique_ptr<kernels_block>(new NormedInference(c, s, input, *match.conv));
    return std::unique_ptr<kernels_block>(new LastInference(c, s, input, *match.last));
}

} // namespace kernels
