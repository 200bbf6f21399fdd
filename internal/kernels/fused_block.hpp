// What the kinds of fused block have in common.
#pragma once
#include <algorithm>
#include <cstring>

#include "block.hpp"

namespace kernels {

// channels_last describes N×H×W×C: for a block's worth of channels under the name that oneDNN's kernels like best.
inline Desc channels_last(const Dims &dims) {
    using Tag = memory::format_tag;
    return {dims, f32(), dims[1] == 8 ? Tag::nChw8c : dims[1] == 16 ? Tag::nChw16c : Tag::nhwc};
}

// FusedMatch is the kernel that fits a block: one of the three.
struct FusedMatch {
    const FirstKernel *first;
    const ConvKernel *conv;
    const LastKernel *last;
};

std::unique_ptr<kernels_block> new_first_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FirstKernel &kernel);
std::unique_ptr<kernels_block> new_norm_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const ConvKernel &kernel);
std::unique_ptr<kernels_block> new_last_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const LastKernel &kernel);
std::unique_ptr<kernels_block> new_inference_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const FusedMatch &match);

// FusedBlock is what a fused block knows of its input.
class FusedBlock : public kernels_block {
public:
    FusedBlock(kernels_context &c, const kernels_spec &s, kernels_tensor &input)
        : kernels_block(c, s, input), images_(static_cast<int>(input.dims[0])), height_(static_cast<int>(input.dims[2])),
          width_(static_cast<int>(input.dims[3])) {}
    bool fused() const override { return true; }

protected:
    // each_image calls run(image, worker) for all images, on whichever thread. What is summed over images must be kept for each and added in their
    // order, so that neither that nor the number of threads changes a bit.
    template <typename F>
    void each_image(F run) {
        context.team.run(images_, run);
    }

    const int images_, height_, width_;
};

// by_tap puts the weights of 3×3 taps, [channels][9], into the kernels' order, [9][channels].
inline void by_tap(const float *weight, int channels, float *taps) {
    for (int c = 0; c < channels; c++)
        for (int k = 0; k < 9; k++) taps[k * channels + c] = weight[c * 9 + k];
}

// by_channel is the way back.
inline void by_channel(const float *taps, int channels, float *weight) {
    for (int c = 0; c < channels; c++)
        for (int k = 0; k < 9; k++) weight[c * 9 + k] = taps[k * channels + c];
}

// pad copies rows of one channel from row first on, stride values each, with
// zeros in the first column, where there is no row, and where a row has ended.
inline void pad(const float *image, int height, int width, int first, int rows, int stride, float *to) {
    const int used = std::min(width, stride - 1);
    for (int r = first; r < first + rows; r++, to += stride) {
        std::fill_n(to, stride, 0.f);
        if (r >= 0 && r < height) std::memcpy(to + 1, image + static_cast<size_t>(r) * width, used * sizeof(float));
    }
}

// sign_of is 1, 0 or -1.
inline float sign_of(float x) { return x > 0 ? 1.f : x < 0 ? -1.f : 0.f; }

// Slices is memory for each image or worker, apart enough that two threads never write to one cache line.
class Slices {
public:
    Slices(int count, size_t floats) : floats_((floats + 31) / 32 * 32 + 32), buffer_(floats_ * count * sizeof(float)) {}
    float *of(int i) const { return buffer_.floats() + i * floats_; }

private:
    const size_t floats_;
    Buffer buffer_;
};

// add_up sums what each image has left in its slice, in the images' order.
inline void add_up(kernels_context &c, const Slices &parts, int images, std::vector<float> &sum) {
    constexpr size_t kPart = 1024;
    const int count = static_cast<int>((sum.size() + kPart - 1) / kPart);
    c.team.run(count, [&](int k, int) {
        const size_t from = k * kPart, n = std::min(kPart, sum.size() - from);
        std::fill_n(sum.data() + from, n, 0.f);
        for (int i = 0; i < images; i++) c.fused.add(sum.data() + from, parts.of(i) + from, n);
    });
}

// ChannelsLast gives a block its input with the channels last, and room for that
// input's gradient: the tensors themselves, or copies where these have another layout.
class ChannelsLast {
public:
    explicit ChannelsLast(kernels_block &block) : block_(block) {
        kernels_tensor &x = block.input;
        auto &dx = block.input_gradient;
        if (block.spec.input_gradient) dx.reset(new kernels_tensor(block.context, x.md, x.dims));
        const Desc md = channels_last(x.dims);
        if (x.md == md) return;
        copy_.reset(new kernels_tensor(block.context, md, x.dims));
        in_.reset(new dnnl::reorder(x.values, copy_->values));
        if (!dx) return;
        gradient_copy_.reset(new kernels_tensor(block.context, md, x.dims));
        out_.reset(new dnnl::reorder(gradient_copy_->values, dx->values));
    }
    const float *input() const { return (copy_ ? *copy_ : block_.input).buffer.floats(); }
    float *gradient() const { // null where none is wanted
        if (gradient_copy_) return gradient_copy_->buffer.floats();
        return block_.input_gradient ? block_.input_gradient->buffer.floats() : nullptr;
    }
    bool same() const { return !copy_; }
    void take_input() {
        block_.input.finish();
        run(in_.get(), block_.input, copy_.get());
    }
    void give_gradient() {
        if (gradient_copy_) run(out_.get(), *gradient_copy_, block_.input_gradient.get());
    }
    int reorders() const { return copy_ ? 1 : 0; }

private:
    void run(dnnl::reorder *reorder, kernels_tensor &from, kernels_tensor *to) {
        if (reorder == nullptr) return;
        reorder->execute(block_.context.stream, from.values, to->values);
        block_.context.stream.wait();
    }

    kernels_block &block_;
    std::unique_ptr<kernels_tensor> copy_, gradient_copy_;
    std::unique_ptr<dnnl::reorder> in_, out_;
};

} // namespace kernels
