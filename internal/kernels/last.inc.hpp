// The last block: convolution 3×3 with pad 1 to a single channel. Vectors run
// over the input channels.

template <int C>
struct Last {
    static constexpr int V = lanes_for(C), N = C / V;
    using F = Float<V>;

    static void forward(const LastImage &m, const float *weights, float bias) {
        F w[9 * N];
        for (int k = 0; k < 9 * N; k++) w[k] = load<V>(weights + k * V);
        for (int y = 0; y < m.height; y++)
            for (int x = 0; x < m.width; x++) {
                const bool inside = y > 0 && x > 0 && y + 1 < m.height && x + 1 < m.width;
                m.y[static_cast<size_t>(y) * m.width + x] = bias + (inside ? value<true>(m, y, x, w) : value<false>(m, y, x, w));
            }
    }

    template <bool Inside>
    INLINE float value(const LastImage &m, int y, int x, const F *w) {
        F sum = {};
        UNROLL for (int k = 0; k < 9; k++) {
            const int r = y + k / 3 - 1, c = x + k % 3 - 1;
            if (!Inside && (r < 0 || c < 0 || r >= m.height || c >= m.width)) continue;
            const float *in = m.x + (static_cast<ptrdiff_t>(r) * m.width + c) * C;
            UNROLL for (int n = 0; n < N; n++) sum += load<V>(in + n * V) * w[k * N + n];
        }
        float total = 0;
        UNROLL for (int i = 0; i < V; i++) total += sum[i];
        return total;
    }

    // backward goes over the inputs: each meets the nine values of dy that it had a share in.
    static void backward(const LastImage &m, const float *weights, float *gradient) {
        const int stride = m.width + 2;
        for (int n = 0; n < N; n++) {
            F w[9], sum[9] = {};
            UNROLL for (int k = 0; k < 9; k++) w[k] = load<V>(weights + k * C + n * V);
            for (int y = 0; y < m.height; y++)
                for (int x = 0; x < m.width; x++) {
                    const size_t at = (static_cast<size_t>(y) * m.width + x) * C + n * V;
                    const F in = load<V>(m.x + at);
                    const float *dy = m.padded_dy + static_cast<size_t>(y) * stride + x;
                    F dx = {};
                    UNROLL for (int k = 0; k < 9; k++) {
                        const F g = all<V>(dy[(2 - k / 3) * stride + 2 - k % 3]);
                        sum[k] += g * in;
                        dx += g * w[k];
                    }
                    if (m.dx != nullptr) store<V>(m.dx + at, dx);
                }
            UNROLL for (int k = 0; k < 9; k++) store<V>(gradient + k * C + n * V, sum[k]);
        }
    }
};
