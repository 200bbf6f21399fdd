// Batch norm, ReLU and max pool 2×2 over a map with C channels last.

template <int C>
struct Norm {
    static constexpr int V = lanes_for(C), N = C / V;
    using F = Float<V>;

    // moments takes so many pixels more into account: mean and squares of the new
    // ones by themselves, then together with those before (Chan, Golub and LeVeque).
    static void moments(const float *y, int pixels, Moments &m) {
        F mean[N] = {}, squares[N];
        add_pixels<false>(y, pixels, mean, mean);
        UNROLL for (int n = 0; n < N; n++) mean[n] /= static_cast<float>(pixels);
        add_pixels<true>(y, pixels, mean, squares);
        const double all_pixels = m.count + pixels;
        for (int c = 0; c < C; c++) {
            const double d = mean[c / V][c % V] - m.mean[c];
            m.mean[c] += d * pixels / all_pixels;
            m.squares[c] += squares[c / V][c % V] + d * d * m.count * pixels / all_pixels;
        }
        m.count = all_pixels;
    }

    // add_pixels sums the pixels, or their squared distances from center, four sums
    // at a time so that additions need not wait for one another.
    template <bool Squares>
    INLINE void add_pixels(const float *y, int pixels, const F *center, F *total) {
        F sum[4][N] = {};
        int i = 0;
        for (; i + 4 <= pixels; i += 4)
            UNROLL for (int k = 0; k < 4; k++) UNROLL for (int n = 0; n < N; n++)
                sum[k][n] += term<Squares>(load<V>(y + (i + k) * C + n * V), center[n]);
        for (; i < pixels; i++)
            UNROLL for (int n = 0; n < N; n++) sum[0][n] += term<Squares>(load<V>(y + i * C + n * V), center[n]);
        UNROLL for (int n = 0; n < N; n++) total[n] = (sum[0][n] + sum[1][n]) + (sum[2][n] + sum[3][n]);
    }
    template <bool Square>
    INLINE F term(F v, F center) {
        return Square ? (v - center) * (v - center) : v;
    }

    static void norm(const NormImage &m, bool pool, const NormFactors &f) {
        if (pool)
            norm_pool(m, f);
        else
            norm_plain(m, f);
    }

    static void norm_plain(const NormImage &m, const NormFactors &f) {
        const size_t pixels = static_cast<size_t>(m.height) * m.width;
        for (int n = 0; n < C; n += V) {
            const F factor = load<V>(f.factor + n), offset = load<V>(f.offset + n);
            for (size_t i = 0; i < pixels; i++) store<V>(m.out + i * C + n, above_zero<V>(load<V>(m.y + i * C + n) * factor + offset));
        }
    }

    static void norm_pool(const NormImage &m, const NormFactors &f) {
        const size_t pixels = static_cast<size_t>(m.height / 2) * (m.width / 2);
        for (int n = 0; n < C; n += V) {
            const F factor = load<V>(f.factor + n), offset = load<V>(f.offset + n);
            for (size_t i = n; i < pixels * C; i += C) {
                const F z = load<V>(m.winning + i) * factor + offset;
                store<V>(m.out + i, above_zero<V>(z));
                store_bytes<V>(m.winners + i, unless_cut<V>(load_bytes<V>(m.winners + i), z));
            }
        }
    }

    // pool finds what wins before the factors are known: their sign tells whether the largest or the smallest.
    static void pool(const NormImage &m, int strip, const float *sign) {
        const size_t row = static_cast<size_t>(m.width) * C;
        const int top = strip * kStrip, bottom = smaller(top + kStrip, m.height);
        size_t to = static_cast<size_t>(top / 2) * (m.width / 2) * C;
        for (int r = top; r + 1 < bottom; r += 2)
            for (int x = 0; x + 1 < m.width; x += 2, to += C)
                UNROLL for (int n = 0; n < C; n += V) {
                    const float *at = m.y + r * row + x * C + n;
                    const F y[4] = {load<V>(at), load<V>(at + C), load<V>(at + row), load<V>(at + row + C)};
                    F z[4];
                    UNROLL for (int j = 0; j < 4; j++) z[j] = y[j] * load<V>(sign + n);
                    const Int<V> w = first_of<V>(z, largest<V>(largest<V>(z[0], z[1]), largest<V>(z[2], z[3])));
                    store_bytes<V>(m.winners + to + n, w);
                    store<V>(m.winning + to + n, w == 0 ? y[0] : w == 1 ? y[1] : w == 2 ? y[2] : y[3]);
                }
    }

    static void norm_sums(const NormImage &m, bool pool, const NormFactors &f, double *gradient, double *product) {
        const int height = pool ? m.height / 2 : m.height, width = pool ? m.width / 2 : m.width;
        for (int r = 0; r < height; r++) { // a sum a row, for accuracy
            F sum[N] = {}, products[N] = {};
            for (int x = 0; x < width; x++)
                UNROLL for (int n = 0; n < N; n++) {
                    const size_t at = (static_cast<size_t>(r) * width + x) * C + n * V;
                    const F y = load<V>(pool ? m.winning + at : m.y + at);
                    const F g = passed(m, pool, f, at, n, y);
                    sum[n] += g;
                    products[n] += g * (y - load<V>(f.mean + n * V));
                }
            for (int c = 0; c < C; c++) {
                gradient[c] += sum[c / V][c % V];
                product[c] += products[c / V][c % V];
            }
        }
    }

    // passed is the part of the gradient at a place that ReLU lets through.
    INLINE F passed(const NormImage &m, bool pool, const NormFactors &f, size_t at, int n, F y) {
        const F g = load<V>(m.gradient + at);
        if (pool) return load_bytes<V>(m.winners + at) == static_cast<int>(kNoWinner) ? F{} : g;
        return y * load<V>(f.factor + n * V) + load<V>(f.offset + n * V) <= 0.f ? F{} : g;
    }

    static void norm_gradient(const NormImage &m, bool pool, int strip, const NormFactors &f) {
        const int padded = padded_width(m.width), top = strip * kStrip;
        for (int r = 0; r < kStrip; r++) {
            float *dy = m.dy + static_cast<size_t>(r) * padded * C;
            const int inside = top + r < m.height ? m.width : 0;
            for (int i = inside * C; i < padded * C; i += V) store<V>(dy + i, F{});
        }
        for (int r = 0; r < smaller(kStrip, m.height - top); r++) {
            float *dy = m.dy + static_cast<size_t>(r) * padded * C;
            if (pool)
                pooled_row(m, top + r, f, dy);
            else
                plain_row(m, top + r, f, dy);
        }
    }

    INLINE void plain_row(const NormImage &m, int row, const NormFactors &f, float *dy) {
        for (int x = 0; x < m.width; x++)
            UNROLL for (int n = 0; n < N; n++) {
                const size_t at = (static_cast<size_t>(row) * m.width + x) * C + n * V;
                const F y = load<V>(m.y + at);
                const F g = passed(m, false, f, at, n, y);
                store<V>(dy + x * C + n * V, load<V>(f.gain + n * V) * g + (load<V>(f.linear + n * V) * y + load<V>(f.constant + n * V)));
            }
    }

    INLINE void pooled_row(const NormImage &m, int row, const NormFactors &f, float *dy) {
        const int width = m.width / 2;
        const float *y = m.y + static_cast<size_t>(row) * m.width * C;
        UNROLL for (int n = 0; n < N; n++) {
            const F gain = load<V>(f.gain + n * V), linear = load<V>(f.linear + n * V), constant = load<V>(f.constant + n * V);
            const int covered = row / 2 < m.height / 2 ? width : 0; // a last odd row has no window
            for (int x = 0; x < covered; x++) {
                const size_t at = (static_cast<size_t>(row / 2) * width + x) * C + n * V;
                const F g = gain * load<V>(m.gradient + at);
                const Int<V> w = load_bytes<V>(m.winners + at);
                UNROLL for (int j = 0; j < 2; j++) {
                    const int i = (2 * x + j) * C + n * V;
                    store<V>(dy + i, linear * load<V>(y + i) + constant + where<V>(w, row % 2 * 2 + j, g));
                }
            }
            for (int x = 2 * covered; x < m.width; x++) {
                const int i = x * C + n * V;
                store<V>(dy + i, linear * load<V>(y + i) + constant);
            }
        }
    }
};
