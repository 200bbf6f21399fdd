// The fused kernels' interface: what each variant (instruction set) offers. No
// code may stand here: this header is read by files that are compiled for
// instructions that the machine need not have.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kernels {

// kStrip is how many rows of a map a convolution kernel computes at a time.
constexpr int kStrip = 4;

// kNoWinner marks a pooled value that ReLU cut off: none of its window gets a gradient.
constexpr uint8_t kNoWinner = 4;

// FirstImage is one image of the first block: one channel in, channels last out.
struct FirstImage {
    const float *padded;     // the input with a border of zeros, stride values a row
    int stride, pooled_width;
    float *out;              // pooled height × pooled width × channels
    uint8_t *winners;        // the same shape: which of the four values won
    const float *gradient;   // of out
    int gradient_row;        // the pooled row at which gradient begins
};

// FirstKernel is convolution 3×3 of one channel, ReLU and max pool 2×2. Weights
// are [9][channels]; a gradient is [10][channels], the last row being the bias'.
struct FirstKernel {
    int outputs;
    void (*forward)(const FirstImage &image, int first_row, int last_row, const float *weights, const float *bias);
    void (*backward)(const FirstImage &image, int first_row, int last_row, float *gradient);
};

// LastImage is one image of the last block: channels last in, one channel out.
struct LastImage {
    const float *x;         // height × width × inputs
    float *y;               // height × width
    const float *padded_dy; // the gradient of y with a border of zeros
    float *dx;              // as x, or null
    int height, width;
};

// LastKernel is convolution 3×3 to one channel. Weights and their gradient are [9][inputs].
struct LastKernel {
    int inputs;
    void (*forward)(const LastImage &image, const float *weights, float bias);
    void (*backward)(const LastImage &image, const float *weights, float *gradient);
};

// ConvImage is one image of a convolution, channels last throughout, without stride, and as large before as after.
struct ConvImage {
    const float *x;    // height × width × inputs
    float *y;          // height × width × outputs
    const float *dy;   // the strip's gradient of y: kStrip × padded_width(width) × outputs, 0 beyond the image
    float *dx;         // rows × width × inputs, or null; strips are added in order
    int dx_top;        // the row of the image at which dx begins
    int height, width;
    int y_top = 0;     // the row of the image at which y begins
};

// Moments are the count, mean and sum of squared deviations of each channel so far.
struct Moments {
    double count;
    double *mean, *squares;
};

// NormImage is one image of a batch norm with ReLU and, perhaps, a max pool 2×2.
struct NormImage {
    const float *y;            // height × width × channels
    int height, width;
    float *out;                // pooled, where there is a pool
    uint8_t *winners;          // with a pool: which of the four won
    float *winning;            // with a pool: the value of y that won
    const float *gradient;     // of out
    float *dy;                 // see ConvImage::dy
};

// NormFactors are per channel: out = ReLU(y*factor + offset), and
// dy = gain*gradient + linear*y + constant, the first where y won.
struct NormFactors {
    const float *factor, *offset, *mean, *gain, *linear, *constant;
};

// ConvKernel is one convolution of fixed channels with the batch norm after it.
// Everything runs on the calling thread with scratch memory of its caller.
struct ConvKernel {
    int inputs, outputs, kernel;
    size_t packed_floats; // of packed weights, each way, and of a packed gradient
    size_t scratch_floats;
    void (*pack)(const float *weight, float *forward, float *backward); // from ONNX order
    void (*unpack)(const float *packed, float *weight_gradient);        // to ONNX order
    void (*forward)(const ConvImage &image, int strip, const float *packed, const float *bias, float *scratch);
    void (*backward)(const ConvImage &image, int strip, const float *packed, float *gradient, float *scratch);
    void (*moments)(const float *y, int pixels, Moments &moments);
    // pool fills winners and winning of a strip's windows; sign is that of each channel's factor: 1, 0 or -1.
    void (*pool)(const NormImage &image, int strip, const float *sign);
    // norm fills out: from y or, with a pool, from what pool has found, of which it strikes out what ReLU cuts off.
    void (*norm)(const NormImage &image, bool pool, const NormFactors &f);
    // norm_sums adds the sums of the gradient and of gradient*(y - mean) over what won.
    void (*norm_sums)(const NormImage &image, bool pool, const NormFactors &f, double *gradient, double *product);
    void (*norm_gradient)(const NormImage &image, bool pool, int strip, const NormFactors &f);
};

constexpr int padded_width(int width) { return (width + kStrip - 1) / kStrip * kStrip; }
constexpr int strips(int height) { return (height + kStrip - 1) / kStrip; }

// Fused is all kernels of one variant.
struct Fused {
    const FirstKernel *first;
    int first_count;
    const ConvKernel *conv;
    int conv_count;
    const LastKernel *last;
    int last_count;
    void (*add)(float *sum, const float *part, size_t count);
};

// Each is null where the program is not built for that processor.
const Fused *fused_portable();
const Fused *fused_avx2();
const Fused *fused_avx512();

} // namespace kernels
