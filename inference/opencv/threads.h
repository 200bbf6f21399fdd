#ifndef ASSAY_INFERENCE_OPENCV_THREADS_H
#define ASSAY_INFERENCE_OPENCV_THREADS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Sets the number of threads of OpenCV's pool, which the whole process shares. */
void assay_opencv_set_threads(int threads);

#ifdef __cplusplus
}
#endif

#endif
