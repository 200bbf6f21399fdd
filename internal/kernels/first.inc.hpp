// The first block: convolution 3×3 of one channel, ReLU, max pool 2×2. Vectors
// run over the output channels. Forward keeps only what won and which of the
// four it was; backward therefore needs no dense gradient.

template <int C>
struct First {
    static constexpr int V = lanes_for(C);
    // As many vectors at a time as leave their nine weights in registers.
    static constexpr int NV = kRegisters >= 32 && C % (2 * V) == 0 ? 2 : 1;
    using F = Float<V>;

    // forward multiplies by Winograd's F(2, 3) along the rows: 24 multiplications for the
    // four values of a window instead of 36. See winograd.inc.hpp.
    static void forward(const FirstImage &m, int first_row, int last_row, const float *weights, const float *bias) {
        float u[12 * C];
        for (int c = 0; c < C; c += V) transform_weights(weights + c, u + c);
        for (int row = first_row; row < last_row; row++) {
            const float *in = m.padded + static_cast<size_t>(2 * row) * m.stride;
            for (int x = 0; x < m.pooled_width; x += kWindows) {
                float d[4 * 4 * kWindows];
                const int count = smaller(kWindows, m.pooled_width - x);
                for (int r = 0; r < 4; r++) transform_windows(in + static_cast<size_t>(r) * m.stride + 2 * x, count, d + r * 4 * kWindows);
                const size_t at = (static_cast<size_t>(row) * m.pooled_width + x) * C;
                for (int c = 0; c < C; c += V) forward_windows(d, count, u + c, load<V>(bias + c), m.out + at + c, m.winners + at + c);
            }
        }
    }

    static constexpr int kWindows = 16; // at a time

    INLINE void transform_weights(const float *w, float *u) {
        for (int r = 0; r < 3; r++, w += 3 * C, u += 4 * C) {
            const F a = load<V>(w), b = load<V>(w + C), c = load<V>(w + 2 * C);
            store<V>(u, a);
            store<V>(u + C, 0.5f * (a + b + c));
            store<V>(u + 2 * C, 0.5f * (a - b + c));
            store<V>(u + 3 * C, c);
        }
    }

    // transform_windows turns four values of a row, those of window after window, into
    // four others, as many windows at a time as a vector holds. It looks beyond the
    // last window, and writes there, up to a vector's end.
    INLINE void transform_windows(const float *in, int count, float *d) {
        using W = Float<kWidth>;
        W sign;
        UNROLL for (int i = 0; i < kWidth; i++) sign[i] = i % 4 == 1 ? 1.f : -1.f;
        for (int x = 0; x < count; x += kWidth / 4) {
            const W v = load<kWidth>(in + 2 * x);
            store<kWidth>(d + 4 * x, minuends(v) + sign * subtrahends(v));
        }
    }
    INLINE Float<16> minuends(Float<16> v) { return __builtin_shufflevector(v, v, 0, 1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8, 7); }
    INLINE Float<16> subtrahends(Float<16> v) { return __builtin_shufflevector(v, v, 2, 2, 1, 3, 4, 4, 3, 5, 6, 6, 5, 7, 8, 8, 7, 9); }
    INLINE Float<8> minuends(Float<8> v) { return __builtin_shufflevector(v, v, 0, 1, 2, 1, 2, 3, 4, 3); }
    INLINE Float<8> subtrahends(Float<8> v) { return __builtin_shufflevector(v, v, 2, 2, 1, 3, 4, 4, 3, 5); }
    INLINE Float<4> minuends(Float<4> v) { return __builtin_shufflevector(v, v, 0, 1, 2, 1); }
    INLINE Float<4> subtrahends(Float<4> v) { return __builtin_shufflevector(v, v, 2, 2, 1, 3); }

    INLINE void forward_windows(const float *d, int count, const float *u, F bias, float *out, uint8_t *winners) {
        F w[12];
        UNROLL for (int k = 0; k < 12; k++) w[k] = load<V>(u + k * C);
        for (int x = 0; x < count; x++, d += 4, out += C, winners += C) {
            F sum[2][4], z[4];
            UNROLL for (int i = 0; i < 16; i++) {
                const int r = i / 4, k = i % 4;
                const F p = all<V>(d[r * 4 * kWindows + k]);
                UNROLL for (int j = 0; j < 2; j++) {
                    if (r < j || r > j + 2) continue;
                    const F product = w[(r - j) * 4 + k] * p;
                    sum[j][k] = r > j ? sum[j][k] + product : k == 1 ? bias + product : product;
                }
            }
            UNROLL for (int j = 0; j < 2; j++) {
                z[2 * j] = sum[j][0] + sum[j][1] + sum[j][2];
                z[2 * j + 1] = sum[j][1] - sum[j][2] - sum[j][3];
            }
            const F best = largest<V>(largest<V>(z[0], z[1]), largest<V>(z[2], z[3]));
            store<V>(out, above_zero<V>(best));
            store_bytes<V>(winners, unless_cut<V>(first_of<V>(z, best), best));
        }
    }

    static void backward(const FirstImage &m, int first_row, int last_row, float *gradient) {
        for (int row = first_row; row < last_row; row++)
            for (int c = 0; c < C; c += V * NV) backward_row(m, row, gradient + c, c);
    }

    INLINE void backward_row(const FirstImage &m, int row, float *gradient, int c) {
        F sum[9][NV] = {}, bias[NV] = {};
        const float *in = m.padded + static_cast<size_t>(2 * row) * m.stride;
        const size_t width = static_cast<size_t>(m.pooled_width) * C;
        const float *given = m.gradient + (row - m.gradient_row) * width + c;
        const uint8_t *winners = m.winners + row * width + c;
        for (int x = 0; x < m.pooled_width; x++, in += 2, given += C, winners += C) {
            if constexpr (V == 16)
                add_permuted(in, m.stride, given, winners, sum, bias);
            else
                add_masked(in, m.stride, given, winners, sum, bias);
        }
        UNROLL for (int v = 0; v < NV; v++) {
            UNROLL for (int k = 0; k < 9; k++) add(gradient + k * C + v * V, sum[k][v]);
            add(gradient + 9 * C + v * V, bias[v]);
        }
    }

    // add_masked splits the gradient by who won, and goes over the window's 16 inputs.
    INLINE void add_masked(const float *in, int stride, const float *given, const uint8_t *winners, F (*sum)[NV], F *bias) {
        F g[NV][4];
        UNROLL for (int v = 0; v < NV; v++) {
            const F all_of_it = load<V>(given + v * V);
            const Int<V> w = load_bytes<V>(winners + v * V);
            UNROLL for (int j = 0; j < 4; j++) g[v][j] = where<V>(w, j, all_of_it);
            bias[v] += (g[v][0] + g[v][1]) + (g[v][2] + g[v][3]);
        }
        UNROLL for (int i = 0; i < 16; i++) {
            const F p = all<V>(in[i / 4 * stride + i % 4]);
            UNROLL for (int j = 0; j < 4; j++) {
                const int ky = i / 4 - j / 2, kx = i % 4 - j % 2;
                if (ky < 0 || ky > 2 || kx < 0 || kx > 2) continue;
                UNROLL for (int v = 0; v < NV; v++) sum[ky * 3 + kx][v] += g[v][j] * p;
            }
        }
    }

    // add_permuted does the same where the window's 16 inputs fill one vector: for
    // each tap every channel picks the input that its winner saw there.
    INLINE void add_permuted(const float *in, int stride, const float *given, const uint8_t *winners, F (*sum)[NV], F *bias) {
        using Four = Float<4>;
        const Four r0 = load<4>(in), r1 = load<4>(in + stride), r2 = load<4>(in + 2 * stride), r3 = load<4>(in + 3 * stride);
        const Float<8> upper = __builtin_shufflevector(r0, r1, 0, 1, 2, 3, 4, 5, 6, 7), lower = __builtin_shufflevector(r2, r3, 0, 1, 2, 3, 4, 5, 6, 7);
        const Float<16> window = __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        UNROLL for (int v = 0; v < NV; v++) {
            const Int<16> w = load_bytes<16>(winners + v * V);
            const F g = w == static_cast<int>(kNoWinner) ? F{} : load<V>(given + v * V);
            const Int<16> corner = w + (w & 2); // 0, 1, 4 or 5 of the window's 4×4
            bias[v] += g;
            UNROLL for (int k = 0; k < 9; k++) sum[k][v] += g * __builtin_shuffle(window, corner + (k / 3 * 4 + k % 3));
        }
    }

    INLINE void add(float *p, F x) { store<V>(p, load<V>(p) + x); }
};
