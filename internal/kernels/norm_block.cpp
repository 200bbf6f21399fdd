#include <cmath>
#include <cstring>

#include "fused_block.hpp"

namespace {

using namespace kernels;

// Normed is the fused block convolution, batch norm, ReLU, and perhaps max pool
// 2×2. The batch's statistics tie the images together, so that there are two
// passes over them each way; within a pass a strip of rows goes through all that
// can be done with it while it is in the cache. It keeps the convolution's output
// and, with a pool, what won and which of the four it was.
class Normed : public FusedBlock {
public:
    Normed(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const ConvKernel &kernel);
    void load(const Parameters &p) override;
    void forward() override;
    void backward(kernels_tensor &gradient) override;
    void gradients(const Gradients &g) override;
    void statistics(float *mean, float *variance) const override;
    int reorders() const override { return last_.reorders(); }

private:
    // PerImage is what an image adds to the batch's sums.
    struct PerImage {
        double count;
        std::vector<double> mean, squares, gradient, product;
    };
    void forward_image(int n, int worker, bool feed);
    void find_statistics();
    void backward_image(int n, int worker, const kernels_tensor &gradient);
    void find_factors();
    void feed_back(int n, int worker, int strip, const ConvImage &m);
    ConvImage conv_image(int n, int worker) const;
    NormImage norm_image(int n, int worker, const kernels_tensor *gradient) const;
    NormFactors factors() const;

    const ConvKernel &kernel_;
    const bool pool_;
    const int channels_;
    const size_t map_, pooled_map_; // values of y and of the output, one image
    ChannelsLast last_;
    Feeder *feeder_ = nullptr; // the block before, where it leaves its work to this one
    Buffer y_, winning_, winners_;
    Buffer forward_weights_, backward_weights_;
    Slices scratch_, strip_;   // a worker
    Slices gradient_;          // an image, packed
    std::unique_ptr<Slices> fed_rows_; // a worker: the gradient of the rows that the feeder is given next
    std::vector<float> packed_sum_, sum_;
    std::vector<PerImage> parts_;
    std::vector<double> mean_, variance_, gradient_sum_, product_sum_;
    std::vector<float> bias_, scale_, sign_, shift_, factor_, offset_, center_, gain_, linear_, constant_;
};

Normed::Normed(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const ConvKernel &kernel)
    : FusedBlock(c, s, input), kernel_(kernel), pool_(s.pool != KERNELS_NO_POOL), channels_(s.outputs),
      map_(static_cast<size_t>(height_) * width_ * channels_),
      pooled_map_(pool_ ? static_cast<size_t>(height_ / 2) * (width_ / 2) * channels_ : map_), last_(*this), y_(map_ * images_ * sizeof(float)),
      winning_(pool_ ? pooled_map_ * images_ * sizeof(float) : 0), winners_(pool_ ? pooled_map_ * images_ : 0),
      forward_weights_(kernel.packed_floats * sizeof(float)), backward_weights_(kernel.packed_floats * sizeof(float)),
      scratch_(c.threads, kernel.scratch_floats),
      strip_(c.threads, static_cast<size_t>(kStrip) * padded_width(width_) * channels_),
      gradient_(images_, kernel.packed_floats), packed_sum_(kernel.packed_floats),
      sum_(static_cast<size_t>(s.outputs) * input.dims[1] * s.kernel * s.kernel), parts_(images_) {
    const Dims dims{images_, channels_, pool_ ? height_ / 2 : height_, pool_ ? width_ / 2 : width_};
    output.reset(new kernels_tensor(c, channels_last(dims), dims));
    if (input.writer != nullptr && last_.same() && input_gradient) {
        feeder_ = input.writer;
        feeder_->defer();
        fed_rows_.reset(new Slices(c.threads, static_cast<size_t>(kStrip + 2) * width_ * kernel.inputs));
        input_gradient->kept = false;
    }
    for (auto *v : {&bias_, &scale_, &sign_, &shift_, &factor_, &offset_, &center_, &gain_, &linear_, &constant_}) v->assign(channels_, 0);
    for (auto *v : {&mean_, &variance_, &gradient_sum_, &product_sum_}) v->assign(channels_, 0);
}

void Normed::load(const Parameters &p) {
    kernel_.pack(p.weight, forward_weights_.floats(), backward_weights_.floats());
    for (int c = 0; c < channels_; c++) {
        bias_[c] = p.bias != nullptr ? p.bias[c] : 0;
        scale_[c] = p.scale[c];
        sign_[c] = sign_of(p.scale[c]);
        shift_[c] = p.shift[c];
    }
}

ConvImage Normed::conv_image(int n, int worker) const {
    const size_t at = static_cast<size_t>(n) * height_ * width_ * kernel_.inputs;
    float *dx = last_.gradient();
    if (dx != nullptr) dx = feeder_ != nullptr ? fed_rows_->of(worker) : dx + at;
    return {last_.input() + at, y_.floats() + n * map_, strip_.of(worker), dx, 0, height_, width_};
}

NormImage Normed::norm_image(int n, int worker, const kernels_tensor *gradient) const {
    return {y_.floats() + n * map_, height_, width_, output->buffer.floats() + n * pooled_map_,
            pool_ ? reinterpret_cast<uint8_t *>(winners_.data()) + n * pooled_map_ : nullptr, pool_ ? winning_.floats() + n * pooled_map_ : nullptr,
            gradient != nullptr ? gradient->buffer.floats() + n * pooled_map_ : nullptr, strip_.of(worker)};
}

NormFactors Normed::factors() const {
    return {factor_.data(), offset_.data(), center_.data(), gain_.data(), linear_.data(), constant_.data()};
}

void Normed::forward() {
    const bool feed = feeder_ != nullptr && feeder_->waits();
    if (!feed) last_.take_input();
    each_image([&](int n, int worker) { forward_image(n, worker, feed); });
    if (feed) feeder_->finished();
    find_statistics();
    each_image([&](int n, int worker) { kernel_.norm(norm_image(n, worker, nullptr), pool_, factors()); });
}

void Normed::forward_image(int n, int worker, bool feed) {
    const ConvImage m = conv_image(n, worker);
    const NormImage out = norm_image(n, worker, nullptr);
    PerImage &part = parts_[n];
    part.mean.assign(channels_, 0);
    part.squares.assign(channels_, 0);
    Moments moments{0, part.mean.data(), part.squares.data()};
    if (feed) feeder_->begin(n, worker);
    for (int k = 0, fed = 0; k < strips(height_); k++) {
        const int needed = std::min((k + 1) * kStrip + 1, height_);
        if (feed) feeder_->forward_rows(n, worker, fed, needed);
        fed = needed;
        kernel_.forward(m, k, forward_weights_.floats(), bias_.data(), scratch_.of(worker));
        const size_t done = static_cast<size_t>(k) * kStrip * width_;
        const int pixels = std::min(kStrip, height_ - k * kStrip) * width_;
        kernel_.moments(m.y + done * channels_, pixels, moments);
        if (pool_) kernel_.pool(out, k, sign_.data());
    }
    part.count = moments.count;
}

// find_statistics joins the images' moments, and turns the batch norm into a multiplication and an addition.
void Normed::find_statistics() {
    for (int c = 0; c < channels_; c++) {
        double count = 0, mean = 0, squares = 0;
        for (const PerImage &part : parts_) {
            const double both = count + part.count, d = part.mean[c] - mean;
            squares += part.squares[c] + d * d * count * part.count / both;
            mean += d * part.count / both;
            count = both;
        }
        mean_[c] = mean;
        variance_[c] = squares / count;
        const double factor = scale_[c] / std::sqrt(variance_[c] + spec.epsilon);
        factor_[c] = static_cast<float>(factor);
        offset_[c] = static_cast<float>(shift_[c] - mean * factor);
        center_[c] = static_cast<float>(mean);
    }
}

void Normed::backward(kernels_tensor &gradient) {
    each_image([&](int n, int worker) {
        parts_[n].gradient.assign(channels_, 0);
        parts_[n].product.assign(channels_, 0);
        kernel_.norm_sums(norm_image(n, worker, &gradient), pool_, factors(), parts_[n].gradient.data(), parts_[n].product.data());
    });
    find_factors();
    if (feeder_ != nullptr) feeder_->finish();
    each_image([&](int n, int worker) { backward_image(n, worker, gradient); });
    if (feeder_ != nullptr) feeder_->fed(input_gradient.get());
    add_up(context, gradient_, images_, packed_sum_);
    kernel_.unpack(packed_sum_.data(), sum_.data());
    last_.give_gradient();
}

// find_factors joins the images' sums. With m values a channel, x̂ = (y - mean)/deviation and g the gradient that ReLU let through,
//
//   dy = scale/deviation · (g - Σg/m - x̂ · Σ(g·x̂)/m)
//
// which is gain·g + linear·y + constant.
void Normed::find_factors() {
    const double count = static_cast<double>(images_) * height_ * width_;
    for (int c = 0; c < channels_; c++) {
        const double inverse = 1 / std::sqrt(variance_[c] + spec.epsilon);
        double gradient = 0, product = 0;
        for (const PerImage &part : parts_) {
            gradient += part.gradient[c];
            product += part.product[c] * inverse;
        }
        gradient_sum_[c] = gradient;
        product_sum_[c] = product;
        const double gain = scale_[c] * inverse, linear = -gain * inverse * product / count;
        gain_[c] = static_cast<float>(gain);
        linear_[c] = static_cast<float>(linear);
        constant_[c] = static_cast<float>(-gain * gradient / count - linear * mean_[c]);
    }
}

void Normed::backward_image(int n, int worker, const kernels_tensor &gradient) {
    ConvImage m = conv_image(n, worker);
    const NormImage given = norm_image(n, worker, &gradient);
    float *sum = gradient_.of(n);
    std::fill_n(sum, kernel_.packed_floats, 0.f);
    if (feeder_ != nullptr) feeder_->begin(n, worker);
    for (int k = 0; k < strips(height_); k++) {
        kernel_.norm_gradient(given, pool_, k, factors());
        if (feeder_ != nullptr) m.dx_top = k * kStrip - 1;
        kernel_.backward(m, k, backward_weights_.floats(), sum, scratch_.of(worker));
        if (feeder_ != nullptr) feed_back(n, worker, k, m);
    }
}

// feed_back gives the feeder the rows whose gradient is complete. The two after
// them lack what the next strip adds, and go to where that begins.
void Normed::feed_back(int n, int worker, int strip, const ConvImage &m) {
    const int first = std::max(m.dx_top, 0), last = strip + 1 == strips(height_) ? height_ : m.dx_top + kStrip;
    feeder_->backward_rows(n, worker, first, last, m.dx, m.dx_top);
    const size_t row = static_cast<size_t>(width_) * kernel_.inputs;
    std::memcpy(m.dx, m.dx + kStrip * row, 2 * row * sizeof(float));
}

// gradients: the convolution's bias has none, for the batch norm takes it out again.
void Normed::gradients(const Gradients &g) {
    std::memcpy(g.weight, sum_.data(), sum_.size() * sizeof(float));
    for (int c = 0; c < channels_; c++) {
        if (spec.bias) g.bias[c] = 0;
        g.scale[c] = static_cast<float>(product_sum_[c]);
        g.shift[c] = static_cast<float>(gradient_sum_[c]);
    }
}

void Normed::statistics(float *mean, float *variance) const {
    for (int c = 0; c < channels_; c++) {
        mean[c] = static_cast<float>(mean_[c]);
        variance[c] = static_cast<float>(variance_[c]);
    }
}

} // namespace

namespace kernels {

std::unique_ptr<kernels_block> new_norm_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input, const ConvKernel &kernel) {
    return std::unique_ptr<kernels_block>(new Normed(c, s, input, kernel));
}

} // namespace kernels
