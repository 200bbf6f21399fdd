#ifndef RAWSTEP_H
#define RAWSTEP_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rawstep rawstep;

typedef struct {
    int outputs, kernel, stride, groups, bias;
    int pads[4];
    int norm;
    float epsilon;
    int relu;
    int pool_kernel, pool_stride;
    int pool_pads[4];
} rawstep_layer;

// Messages are from malloc; NULL is success.
char *rawstep_new(const rawstep_layer *layers, int count, const int input[4], int threads, rawstep **out);
char *rawstep_run(rawstep *r);
void rawstep_free(rawstep *r);

#ifdef __cplusplus
}
#endif
#endif
