// What every block is to the C face: one built from oneDNN's primitives
// (block.cpp), or one of the fused kernels (fused_match.cpp says which).
#pragma once
#include <stdexcept>

#include "fused.hpp"
#include "stage.hpp"

struct kernels_block {
    kernels_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input) : context(c), spec(s), input(input) {}
    kernels_block(const kernels_block &) = delete;
    kernels_block &operator=(const kernels_block &) = delete;
    virtual ~kernels_block() = default;
    virtual void load(const kernels::Parameters &p) = 0;
    virtual void forward() = 0;
    // backward and gradients are for blocks that train; gradient has the output's layout.
    virtual void backward(kernels_tensor &) {}
    virtual void gradients(const kernels::Gradients &) {}
    virtual void statistics(float *, float *) const { throw std::runtime_error("block without a batch norm that trains"); }
    virtual int reorders() const = 0;
    virtual bool fused() const { return false; }

    kernels_context &context;
    const kernels_spec spec;
    kernels_tensor &input;
    std::unique_ptr<kernels_tensor> output, input_gradient;
};

namespace kernels {

std::unique_ptr<kernels_block> new_chain_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input);

// new_fused_block returns nothing where there are no kernels for such a block.
std::unique_ptr<kernels_block> new_fused_block(kernels_context &c, const kernels_spec &s, kernels_tensor &input);

} // namespace kernels
