#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "context.hpp"

namespace {

double softplus_of_minus_abs(double x) { return std::log1p(std::exp(-std::fabs(x))); }

double sigmoid(double x) {
    if (x >= 0) return 1 / (1 + std::exp(-x));
    const double e = std::exp(x);
    return e / (1 + e);
}

} // namespace

// kernels_head averages a one-channel map to a logit an image, and computes its
// probability, the mean binary cross-entropy and the gradient of the map.
struct kernels_head {
    kernels_head(kernels_context &c, kernels_tensor &input);
    void forward(const float *labels, const float *weights, float *scores, double *loss);
    void backward(float factor);

    kernels_context &context;
    kernels_tensor &input;
    kernels_tensor gradient;
    const size_t n, area;
    std::vector<float> plain, differences;
};

kernels_head::kernels_head(kernels_context &c, kernels_tensor &input)
    : context(c), input(input), gradient(c, input.md, input.dims), n(input.dims[0]), area(input.dims[2] * input.dims[3]),
      plain(n * area), differences(n) {
    if (input.dims[1] != 1) throw std::runtime_error("the loss needs a map of one channel");
}

void kernels_head::forward(const float *labels, const float *weights, float *scores, double *loss) {
    input.read(plain.data());
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double logit = 0;
        for (size_t j = 0; j < area; j++) logit += plain[i * area + j];
        logit /= static_cast<double>(area);
        const double p = sigmoid(logit);
        if (scores != nullptr) scores[i] = static_cast<float>(p);
        if (labels == nullptr) continue;
        const double weight = weights == nullptr ? 1 : weights[i];
        sum += weight * (std::fmax(logit, 0) - labels[i] * logit + softplus_of_minus_abs(logit));
        differences[i] = static_cast<float>(weight * (p - labels[i]) / static_cast<double>(n * area));
        if (std::isnan(logit)) sum = logit; // fmax drops a NaN, a loss must not
    }
    if (loss != nullptr) *loss = sum / static_cast<double>(n);
}

void kernels_head::backward(float factor) {
    for (size_t i = 0; i < n; i++) std::fill_n(plain.data() + i * area, area, differences[i] * factor);
    gradient.write(plain.data());
}

extern "C" {

char *kernels_head_new(kernels_context *c, kernels_tensor *input, kernels_head **out) {
    return kernels::guard([&] { *out = new kernels_head(*c, *input); });
}

void kernels_head_free(kernels_head *h) { delete h; }

kernels_tensor *kernels_head_input_gradient(kernels_head *h) { return &h->gradient; }

char *kernels_head_forward(kernels_head *h, const float *labels, const float *weights, float *scores, double *loss) {
    return kernels::guard([&] { h->forward(labels, weights, scores, loss); });
}

char *kernels_head_backward(kernels_head *h, float factor) {
    return kernels::guard([&] { h->backward(factor); });
}

} // extern "C"
