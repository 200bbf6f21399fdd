// Vectors of GCC's, and what the kernels do with them. Included once a variant,
// inside its namespace and below its target pragma; nothing here may have a name
// that two variants share.

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 40")

template <int V>
struct Lanes {
    typedef float Float __attribute__((vector_size(4 * V)));
    typedef int32_t Int __attribute__((vector_size(4 * V)));
    typedef uint8_t Byte __attribute__((vector_size(V)));
};
template <int V>
using Float = typename Lanes<V>::Float;
template <int V>
using Int = typename Lanes<V>::Int;

// lanes_for is the widest vector that divides so many channels.
constexpr int lanes_for(int channels) {
    int v = kWidth;
    while (channels % v != 0) v /= 2;
    return v;
}
constexpr int smaller(int a, int b) { return a < b ? a : b; }

template <int V>
INLINE Float<V> load(const float *p) {
    Float<V> v;
    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
template <int V>
INLINE void store(float *p, Float<V> v) {
    __builtin_memcpy(p, &v, sizeof(v));
}
template <int V>
INLINE Float<V> all(float x) {
    return x - Float<V>{}; // which is x, also for -0, so that the compiler need not compute it
}
// largest keeps a NaN of a; above_zero keeps any NaN.
template <int V>
INLINE Float<V> largest(Float<V> a, Float<V> b) {
    return a < b ? b : a;
}
template <int V>
INLINE Float<V> above_zero(Float<V> a) {
    return a <= 0.f ? Float<V>{} : a;
}
template <int V>
INLINE Int<V> load_bytes(const uint8_t *p) {
    typename Lanes<V>::Byte b;
    __builtin_memcpy(&b, p, sizeof(b));
    // Left to itself, GCC 12 moves every byte by itself.
#if defined(__AVX2__)
    typedef char Sixteen __attribute__((vector_size(16)));
    Sixteen padded = {};
    __builtin_memcpy(&padded, &b, sizeof(b));
    if constexpr (V == 8) return (Int<V>)__builtin_ia32_pmovzxbd256(padded);
#if defined(__AVX512F__)
    if constexpr (V == 16) return (Int<V>)__builtin_ia32_pmovzxbd512_mask(padded, Int<V>{}, -1);
#endif
#endif
    return __builtin_convertvector(b, Int<V>);
}
template <int V>
INLINE void store_bytes(uint8_t *p, Int<V> v) {
    const auto b = __builtin_convertvector(v, typename Lanes<V>::Byte);
    __builtin_memcpy(p, &b, sizeof(b));
}
// where keeps x where w is j, and is 0 elsewhere.
template <int V>
INLINE Float<V> where(Int<V> w, int j, Float<V> x) {
    return w == j ? x : Float<V>{};
}
// winner says which of four values m is, or none where m is not above zero.
template <int V>
INLINE Int<V> winner(const Float<V> *z, Float<V> m) {
    const Int<V> none = Int<V>{} + static_cast<int>(kNoWinner);
    Int<V> w = Int<V>{} + 3;
    w = z[2] == m ? Int<V>{} + 2 : w;
    w = z[1] == m ? Int<V>{} + 1 : w;
    w = z[0] == m ? Int<V>{} : w;
    return m <= 0.f ? none : w;
}
