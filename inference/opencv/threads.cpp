#include "threads.h"

#include <opencv2/core/utility.hpp>

void assay_opencv_set_threads(int threads) { cv::setNumThreads(threads); }
