#include "fused_block.hpp"

// Which blocks have fused kernels: exactly those of the paper's custom network.

namespace kernels {
namespace {

// has_pool2 reports whether a block ends in a max pool 2×2 without padding.
bool has_pool2(const kernels_spec &s) {
    const int *p = s.pool_pads;
    return s.pool == KERNELS_MAX_POOL && s.pool_kernel_h == 2 && s.pool_kernel_w == 2 && s.pool_stride == 2 && p[0] + p[1] + p[2] + p[3] == 0;
}

// same_size reports whether a block's convolution keeps height and width: odd kernel, half of it as padding, no stride.
bool same_size(const kernels_spec &s) {
    for (int pad : s.pads)
        if (pad != s.kernel / 2) return false;
    return s.has_conv && s.kernel % 2 == 1 && s.stride == 1 && s.groups == 1;
}

const FirstKernel *first_for(const Fused &f, const kernels_spec &s, const kernels_tensor &input) {
    const Desc plain(input.dims, f32(), memory::format_tag::nchw);
    if (input.dims[1] != 1 || input.md != plain || s.input_gradient || s.has_norm || s.activation != KERNELS_RELU) return nullptr;
    if (s.kernel != 3 || !has_pool2(s)) return nullptr;
    for (int i = 0; i < f.first_count; i++)
        if (f.first[i].outputs == s.outputs) return &f.first[i];
    return nullptr;
}

const ConvKernel *conv_for(const Fused &f, const kernels_spec &s, const kernels_tensor &input) {
    if (!s.has_norm || s.activation != KERNELS_RELU) return nullptr;
    if (s.pool != KERNELS_NO_POOL && !has_pool2(s)) return nullptr;
    for (int i = 0; i < f.conv_count; i++) {
        const ConvKernel &k = f.conv[i];
        if (k.inputs == input.dims[1] && k.outputs == s.outputs && k.kernel == s.kernel) return &k;
    }
    return nullptr;
}

const LastKernel *last_for(const Fused &f, const kernels_spec &s, const kernels_tensor &input) {
    if (s.has_norm || s.activation != KERNELS_NO_ACTIVATION || s.pool != KERNELS_NO_POOL || s.kernel != 3 || s.outputs != 1) return nullptr;
    for (int i = 0; i < f.last_count; i++)
        if (f.last[i].inputs == input.dims[1]) return &f.last[i];
    return nullptr;
}

} // namespace

std::unique_ptr<kernels_block> new_fused_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input) {
    if (!same_size(s)) return nullptr;
    const FusedMatch match{first_for(c.fused, s, input), conv_for(c.fused, s, input), last_for(c.fused, s, input)};
    if (match.first == nullptr && match.conv == nullptr && match.last == nullptr) return nullptr;
    if (!s.training) return new_inference_block(c, s, input, match);
    if (match.first != nullptr) return new_first_block(c, s, input, *match.first);
    if (match.conv != nullptr) return new_norm_block(c, s, input, *match.conv);
    return new_last_block(c, s, input, *match.last);
}

} // namespace kernels
