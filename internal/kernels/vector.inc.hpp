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
    typedef char Sixteen __attribute__((vector_size(16))); // what GCC's own functions take for bytes
    typedef long long Two __attribute__((vector_size(16)));
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
#if defined(__x86_64__) // left to itself, GCC 12 moves every byte by itself
    using Sixteen = typename Lanes<V>::Sixteen;
    if constexpr (V == 16 && kWidth == 16) {
        Sixteen b;
        __builtin_memcpy(&b, p, sizeof(b));
        return (Int<V>)__builtin_ia32_pmovzxbd512_mask(b, Int<V>{}, -1);
    }
    if constexpr (V == 8 && kWidth >= 8) {
        long long eight;
        __builtin_memcpy(&eight, p, sizeof(eight));
        return (Int<V>)__builtin_ia32_pmovzxbd256((Sixteen)(typename Lanes<V>::Two){eight, 0});
    }
#endif
    typename Lanes<V>::Byte b;
    __builtin_memcpy(&b, p, sizeof(b));
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
// first_of says which of four values m is.
template <int V>
INLINE Int<V> first_of(const Float<V> *z, Float<V> m) {
    Int<V> w = Int<V>{} + 3;
    w = z[2] == m ? Int<V>{} + 2 : w;
    w = z[1] == m ? Int<V>{} + 1 : w;
    return z[0] == m ? Int<V>{} : w;
}
// unless_cut keeps w where x is above zero, and is kNoWinner elsewhere.
template <int V>
INLINE Int<V> unless_cut(Int<V> w, Float<V> x) {
    return x <= 0.f ? Int<V>{} + static_cast<int>(kNoWinner) : w;
}
