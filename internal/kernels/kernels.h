// The C face of this package: what the Go files call. Every function that can
// fail returns NULL for success or a message from malloc, which the caller frees.
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kernels_context kernels_context; // one thread's engine, stream and scratch memory
typedef struct kernels_tensor kernels_tensor;   // values in whatever layout the primitives prefer
typedef struct kernels_block kernels_block;     // convolution, norm, activation, pool: what is there of them
typedef struct kernels_head kernels_head;       // average, sigmoid, binary cross-entropy

enum { KERNELS_NO_ACTIVATION = 0, KERNELS_RELU = 1, KERNELS_SIGMOID = 2 };
enum { KERNELS_NO_POOL = 0, KERNELS_MAX_POOL = 1, KERNELS_AVERAGE_POOL = 2 };

typedef struct {
    int has_conv, outputs, kernel, stride, groups, bias;
    int pads[4]; // top, left, bottom, right
    int has_norm;
    float epsilon;
    int activation;
    int pool, pool_kernel_h, pool_kernel_w, pool_stride;
    int pool_pads[4];
    int training, input_gradient;
} kernels_spec;

void kernels_version(int *major, int *minor, int *patch, const char **isa);

// kernels_variant says whether a variant of the fused kernels can run here.
enum { KERNELS_AVX512 = 0, KERNELS_AVX2 = 1, KERNELS_PORTABLE = 2, KERNELS_ONEDNN = 3 };
enum { KERNELS_NOT_BUILT = 0, KERNELS_CANNOT_RUN = 1, KERNELS_CAN_RUN = 2 };
int kernels_variant(int variant);

char *kernels_context_new(int threads, int variant, kernels_context **out);
void kernels_context_free(kernels_context *c);

char *kernels_tensor_new(kernels_context *c, const int dims[4], kernels_tensor **out);
void kernels_tensor_free(kernels_tensor *t);
void kernels_tensor_dims(const kernels_tensor *t, int dims[4]);
size_t kernels_tensor_bytes(const kernels_tensor *t);
char *kernels_tensor_write(kernels_tensor *t, const float *values);
char *kernels_tensor_read(kernels_tensor *t, float *values);
char *kernels_tensor_like(kernels_tensor *t, kernels_tensor **out);

char *kernels_block_new(kernels_context *c, const kernels_spec *s, kernels_tensor *input, kernels_block **out);
void kernels_block_free(kernels_block *b);
kernels_tensor *kernels_block_output(kernels_block *b);
kernels_tensor *kernels_block_input_gradient(kernels_block *b);
int kernels_block_reorders(const kernels_block *b);
int kernels_block_fused(const kernels_block *b);
char *kernels_block_load(kernels_block *b, const float *weight, const float *bias, const float *scale, const float *shift,
        const float *mean, const float *variance);
char *kernels_block_forward(kernels_block *b);
char *kernels_block_backward(kernels_block *b, kernels_tensor *gradient);
char *kernels_block_statistics(const kernels_block *b, float *mean, float *variance);
char *kernels_block_gradients(kernels_block *b, float *weight, float *bias, float *scale, float *shift);

char *kernels_head_new(kernels_context *c, kernels_tensor *input, kernels_head **out);
void kernels_head_free(kernels_head *h);
kernels_tensor *kernels_head_input_gradient(kernels_head *h);
char *kernels_head_forward(kernels_head *h, const float *labels, const float *weights, float *scores, double *loss);
char *kernels_head_backward(kernels_head *h, float factor);

#ifdef __cplusplus
}
#endif
#endif
