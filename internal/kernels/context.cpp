#include "context.hpp"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

namespace kernels {

namespace {
constexpr size_t kHugePage = 2u << 20;
} // namespace

Buffer::Buffer(size_t bytes) : bytes_(bytes) {
    const size_t alignment = bytes >= 2 * kHugePage ? kHugePage : 64;
    const size_t rounded = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    data_ = static_cast<char *>(std::aligned_alloc(alignment, rounded));
    if (data_ == nullptr) throw std::bad_alloc();
    if (alignment == kHugePage)
        madvise(data_, rounded, MADV_HUGEPAGE); // fewer page faults; only a hint
    else
        std::memset(data_, 0, rounded);
}

Buffer::~Buffer() { std::free(data_); }

char *message(const char *text) {
    char *copy = strdup(text);
    return copy != nullptr ? copy : strdup("out of memory");
}

Desc chunk_of(const Desc &md, int n) {
    Dims dims = dims_of(md);
    if (dims[0] == n) return md;
    dims[0] = n;
    return md.submemory_desc(dims, Dims(dims.size(), 0));
}

Threads::Threads(int n) : before_(omp_get_max_threads()) { omp_set_num_threads(n); }

Threads::~Threads() { omp_set_num_threads(before_); }

} // namespace kernels

kernels_context::kernels_context(int threads, const kernels::Fused &fused)
    : engine(dnnl::engine::kind::cpu, 0), stream(engine), threads(threads), fused(fused), team(threads) {
    omp_set_dynamic(0);
    omp_set_num_threads(threads); // holds for the calling thread only
    for (int i = 0; i < threads; i++) streams_.emplace_back(engine);
}

namespace {

// part is a worker's share, rounded up so that two workers never write to one cache line.
size_t part(size_t bytes) { return (bytes + 4095) / 4096 * 4096 + 128; }

} // namespace

void kernels_context::require(kernels::Scratch area, size_t bytes, int workers) {
    const size_t all = workers == 1 ? bytes : part(bytes) * workers;
    if (all <= wanted_[area]) return;
    wanted_[area] = all;
    generation_++;
}

char *kernels_context::scratch(kernels::Scratch area, int worker, size_t bytes) {
    auto &buffer = areas_[area];
    if (!buffer || buffer->bytes() < wanted_[area]) {
        buffer.reset(); // first, so that the old and the new never stand side by side
        buffer.reset(new kernels::Buffer(wanted_[area]));
    }
    return buffer->data() + worker * part(bytes);
}

kernels::Attr kernels_context::attr() const {
    kernels::Attr a;
    a.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return a;
}

namespace {

const kernels::Fused kNothingFused{nullptr, 0, nullptr, 0, nullptr, 0, nullptr};

const kernels::Fused *variant_of(int variant) {
    switch (variant) {
        case KERNELS_AVX512: return kernels::fused_avx512();
        case KERNELS_AVX2: return kernels::fused_avx2();
        case KERNELS_PORTABLE: return kernels::fused_portable();
        case KERNELS_ONEDNN: return &kNothingFused;
        default: return nullptr;
    }
}

} // namespace

extern "C" {

int kernels_variant(int variant) {
    if (variant_of(variant) == nullptr) return KERNELS_NOT_BUILT;
#if defined(__x86_64__)
    __builtin_cpu_init(); // also asks whether the system saves the registers
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (variant == KERNELS_AVX2 && !avx2) return KERNELS_CANNOT_RUN;
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl");
    if (variant == KERNELS_AVX512 && !(avx2 && avx512)) return KERNELS_CANNOT_RUN;
#endif
    return KERNELS_CAN_RUN;
}

void kernels_version(int *major, int *minor, int *patch, const char **isa) {
    const dnnl_version_t *v = dnnl_version();
    *major = v->major;
    *minor = v->minor;
    *patch = v->patch;
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::sse41: *isa = "SSE4.1"; break;
        case dnnl::cpu_isa::avx: *isa = "AVX"; break;
        case dnnl::cpu_isa::avx2: *isa = "AVX2"; break;
        case dnnl::cpu_isa::avx2_vnni: *isa = "AVX2 with VNNI"; break;
        case dnnl::cpu_isa::avx512_core: *isa = "AVX-512"; break;
        case dnnl::cpu_isa::avx512_core_vnni: *isa = "AVX-512 with VNNI"; break;
        case dnnl::cpu_isa::avx512_core_bf16: *isa = "AVX-512 with VNNI and BF16"; break;
        default: *isa = "other"; break;
    }
}

char *kernels_context_new(int threads, int variant, kernels_context **out) {
    return kernels::guard([&] {
        if (kernels_variant(variant) != KERNELS_CAN_RUN) throw std::runtime_error("variant of the kernels that cannot run here");
        *out = new kernels_context(threads, *variant_of(variant));
    });
}

void kernels_context_free(kernels_context *c) { delete c; }

char *kernels_tensor_new(kernels_context *c, const int dims[4], kernels_tensor **out) {
    return kernels::guard([&] {
        const kernels::Dims d(dims, dims + 4);
        const kernels::Desc md(d, kernels::memory::data_type::f32, kernels::memory::format_tag::nchw);
        *out = new kernels_tensor(*c, md, d);
    });
}

char *kernels_tensor_like(kernels_tensor *t, kernels_tensor **out) {
    return kernels::guard([&] { *out = new kernels_tensor(t->context, t->md, t->dims); });
}

void kernels_tensor_free(kernels_tensor *t) { delete t; }

void kernels_tensor_dims(const kernels_tensor *t, int dims[4]) {
    for (int i = 0; i < 4; i++) dims[i] = static_cast<int>(t->dims[i]);
}

size_t kernels_tensor_bytes(const kernels_tensor *t) { return t->buffer.bytes(); }

char *kernels_tensor_write(kernels_tensor *t, const float *values) {
    return kernels::guard([&] { t->write(values); });
}

char *kernels_tensor_read(kernels_tensor *t, float *values) {
    return kernels::guard([&] { t->read(values); });
}

} // extern "C"

namespace {

kernels::Desc plain_of(const kernels_tensor &t) {
    return {t.dims, kernels::memory::data_type::f32, kernels::memory::format_tag::nchw};
}

} // namespace

void kernels_tensor::write(const float *from) {
    if (reader != nullptr) reader->finish();
    const auto plain = plain_of(*this);
    if (md == plain) { // image by image, each copied by the worker that will read it
        const size_t each = plain.get_size() / static_cast<size_t>(dims[0]);
        context.team.run(static_cast<int>(dims[0]), [&](int n, int) {
            std::memcpy(buffer.data() + n * each, reinterpret_cast<const char *>(from) + n * each, each);
        });
        return;
    }
    kernels::memory given(plain, context.engine, const_cast<float *>(from));
    if (!from_plain) from_plain.reset(new dnnl::reorder(given, values));
    from_plain->execute(context.stream, given, values);
    context.stream.wait();
}

void kernels_tensor::read(float *to) {
    finish();
    if (!kept) throw std::runtime_error("this gradient went straight into the block before it and was not kept");
    const auto plain = plain_of(*this);
    if (md == plain) {
        std::memcpy(to, buffer.data(), plain.get_size());
        return;
    }
    kernels::memory wanted(plain, context.engine, to);
    if (!to_plain) to_plain.reset(new dnnl::reorder(values, wanted));
    to_plain->execute(context.stream, values, wanted);
    context.stream.wait();
}
