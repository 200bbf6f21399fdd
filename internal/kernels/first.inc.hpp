// The first block: convolution 3×3 of one channel, ReLU, max pool 2×2. Vectors
// run over the output channels. Forward keeps only what won and which of the
// four it was; backward therefore needs no dense gradient.

template <int C>
struct First {
    static constexpr int V = lanes_for(C);
    // As many vectors at a time as leave their nine weights in registers.
    static constexpr int NV = kRegisters >= 32 && C % (2 * V) == 0 ? 2 : 1;
    using F = Float<V>;

    static void forward(const FirstImage &m, int first_row, int last_row, const float *weights, const float *bias) {
        for (int row = first_row; row < last_row; row++)
            for (int c = 0; c < C; c += V * NV) forward_row(m, row, weights + c, bias + c, c);
    }

    INLINE void forward_row(const FirstImage &m, int row, const float *weights, const float *bias, int c) {
        F w[9][NV], b[NV];
        UNROLL for (int v = 0; v < NV; v++) {
            UNROLL for (int k = 0; k < 9; k++) w[k][v] = load<V>(weights + k * C + v * V);
            b[v] = load<V>(bias + v * V);
        }
        const float *in = m.padded + static_cast<size_t>(2 * row) * m.stride;
        const size_t at = static_cast<size_t>(row) * m.pooled_width * C + c;
        float *out = m.out + at;
        uint8_t *winners = m.winners + at;
        for (int x = 0; x < m.pooled_width; x++, in += 2, out += C, winners += C) {
            F z[NV][4];
            UNROLL for (int v = 0; v < NV; v++) UNROLL for (int j = 0; j < 4; j++) z[v][j] = b[v];
            UNROLL for (int i = 0; i < 16; i++) {
                const F p = all<V>(in[i / 4 * m.stride + i % 4]);
                UNROLL for (int j = 0; j < 4; j++) {
                    const int ky = i / 4 - j / 2, kx = i % 4 - j % 2;
                    if (ky < 0 || ky > 2 || kx < 0 || kx > 2) continue;
                    UNROLL for (int v = 0; v < NV; v++) z[v][j] += w[ky * 3 + kx][v] * p;
                }
            }
            UNROLL for (int v = 0; v < NV; v++) {
                const F best = largest<V>(largest<V>(z[v][0], z[v][1]), largest<V>(z[v][2], z[v][3]));
                store<V>(out + v * V, above_zero<V>(best));
                store_bytes<V>(winners + v * V, winner<V>(z[v], best));
            }
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
