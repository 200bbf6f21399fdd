// Memory, errors and the one engine and stream that all primitives of a thread share.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "fused.hpp"
#include "kernels.h"
#include "team.hpp"
#include "versions.hpp"

namespace kernels {

using Args = std::unordered_map<int, memory>;

// Buffer is memory of its own, aligned for any vector and for huge pages where it is large.
class Buffer {
public:
    explicit Buffer(size_t bytes);
    ~Buffer();
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    char *data() const { return data_; }
    float *floats() const { return reinterpret_cast<float *>(data_); }
    size_t bytes() const { return bytes_; }

private:
    char *data_;
    size_t bytes_;
};

// What of the shared scratch memory a primitive means. Two areas take turns as
// one stage's input and output; the third is the primitives' own workspace.
enum Scratch { kEven, kOdd, kPrimitive, kScratchAreas };

// guard runs f and turns any C++ exception into a message for Go.
char *message(const char *text);
template <typename F>
char *guard(F f) {
    try {
        f();
        return nullptr;
    } catch (const dnnl::error &e) {
        return message((std::string(e.what()) + " (oneDNN status " + std::to_string(e.status) + ")").c_str());
    } catch (const std::exception &e) {
        return message(e.what());
    } catch (...) {
        return message("unknown C++ exception");
    }
}

// Threads sets OpenMP's number of threads for what is made or run in its scope.
class Threads {
public:
    explicit Threads(int n);
    ~Threads();

private:
    const int before_;
};

// chunk_of describes the first n images of md, in the same layout.
Desc chunk_of(const Desc &md, int n);

} // namespace kernels

// kernels_context is one thread's share of oneDNN. Scratch areas are as large as
// the largest user asked for; asking for more moves them, which generation tells.
struct kernels_context {
    kernels_context(int threads, const kernels::Fused &fused);
    dnnl::engine engine;
    dnnl::stream stream;
    const int threads;
    const kernels::Fused &fused; // the variant of the fused kernels
    kernels::Team team;          // for the fused kernels

    // require makes sure that so many workers at a time can use so many bytes of an area each.
    void require(kernels::Scratch area, size_t bytes, int workers);
    // scratch returns a worker's part of an area of which each worker has bytes.
    char *scratch(kernels::Scratch area, int worker, size_t bytes);
    dnnl::stream &worker_stream(int worker) { return streams_[worker]; }
    int generation() const { return generation_; }
    kernels::Attr attr() const;

private:
    std::vector<dnnl::stream> streams_; // one a worker
    std::array<size_t, kernels::kScratchAreas> wanted_{};
    std::array<std::unique_ptr<kernels::Buffer>, kernels::kScratchAreas> areas_;
    int generation_ = 1;
};

namespace kernels {

// Feeder is a block whose work can wait for the block after it, which then does
// both, row by row: between them nothing goes through memory and back.
class Feeder {
public:
    virtual ~Feeder() = default;
    // defer makes forward wait, for the block after it or until finish is called.
    virtual void defer() = 0;
    virtual bool waits() const = 0;
    virtual void finish() = 0;
    // begin prepares an image; forward_rows fills rows of its output. An image's rows come in order from one worker.
    virtual void begin(int image, int worker) = 0;
    virtual void forward_rows(int image, int worker, int first, int last) = 0;
    virtual void finished() = 0; // all rows of all images have been filled
    // backward_rows takes the gradient of some rows, of which gradient holds those from row top on.
    virtual void backward_rows(int image, int worker, int first, int last, const float *gradient, int top) = 0;
    // fed says that all rows have been taken, so that backward with that gradient has nothing left to do.
    virtual void fed(const kernels_tensor *gradient) = 0;
};

} // namespace kernels

// kernels_tensor is N×C×H×W values in any layout, with memory of its own.
struct kernels_tensor {
    kernels_tensor(kernels_context &c, const kernels::Desc &md, const kernels::Dims &dims)
        : context(c), md(md), dims(dims), buffer(md.get_size()), values(md, c.engine, buffer.data()) {}
    kernels_context &context;
    const kernels::Desc md;
    const kernels::Dims dims;
    kernels::Buffer buffer;
    kernels::memory values;
    std::unique_ptr<dnnl::reorder> from_plain, to_plain;
    kernels::Feeder *writer = nullptr; // fills this tensor, perhaps later
    kernels::Feeder *reader = nullptr; // reads this tensor, perhaps later
    bool kept = true;                  // false for a gradient that was used up as it arose

    // write and read translate from and to plain NCHW.
    void write(const float *from);
    void read(float *to);
    // finish makes sure that what was to be computed later is there.
    void finish() {
        if (writer != nullptr) writer->finish();
    }
};
