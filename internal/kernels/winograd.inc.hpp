// Convolution 3×3, pad 1, stride 1, by Winograd's F(4×4, 3×3): a tile of 4×4
// outputs takes 36 multiplications a pair of channels instead of 144, forward and
// for both gradients (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks"). With points 0, ±a, ±b and infinity; U, V and M are weights, inputs
// and outputs in the transformed domain:
//
//   y = Aᵀ [U ⊙ V] A,  U = G w Gᵀ,  V = Bᵀ x B
//
// and backward is the same equations transposed:
//
//   M = A dy Aᵀ,  dw = Gᵀ [Σ V ⊙ M] G,  dx = B [Uᵀ ⊙ M] Bᵀ

// Points chosen for accuracy in float32: see TestWinogradError.
constexpr float kA = 0.625f, kB = 1.5f;
constexpr float kA2 = kA * kA, kB2 = kB * kB, kAB = kA2 * kB2;

// Each transform works on six values, or four.
template <typename F>
INLINE void bt_transform(const F *x, F *out) { // Bᵀ x
    const F x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4];
    const F s = x4 - kB2 * x2, t = x3 - kB2 * x1, u = x4 - kA2 * x2, v = x3 - kA2 * x1;
    out[0] = (x4 - (kA2 + kB2) * x2) + kAB * x[0];
    out[1] = s + kA * t;
    out[2] = s - kA * t;
    out[3] = u + kB * v;
    out[4] = u - kB * v;
    out[5] = (x[5] - (kA2 + kB2) * x3) + kAB * x1;
}
template <typename F>
INLINE void at_transform(const F *m, F *y) { // Aᵀ m
    const F p = m[1] + m[2], q = m[1] - m[2], r = m[3] + m[4], s = m[3] - m[4];
    y[0] = m[0] + p + r;
    y[1] = kA * q + kB * s;
    y[2] = kA2 * p + kB2 * r;
    y[3] = kA2 * kA * q + (kB2 * kB * s + m[5]);
}
template <typename F>
INLINE void a_transform(const F *y, F *m) { // A y
    const F e = y[0] + kA2 * y[2], f = y[1] + kA2 * y[3];
    const F g = y[0] + kB2 * y[2], h = y[1] + kB2 * y[3];
    m[0] = y[0];
    m[1] = e + kA * f;
    m[2] = e - kA * f;
    m[3] = g + kB * h;
    m[4] = g - kB * h;
    m[5] = y[3];
}
template <typename F>
INLINE void b_transform(const F *v, F *x) { // B v
    const F p = v[1] + v[2], q = v[1] - v[2], r = v[3] + v[4], s = v[3] - v[4];
    x[0] = kAB * v[0];
    x[1] = kAB * v[5] - (kA * kB2) * q - (kA2 * kB) * s;
    x[2] = -(kA2 + kB2) * v[0] - kB2 * p - kA2 * r;
    x[3] = kA * q + (kB * s - (kA2 + kB2) * v[5]);
    x[4] = v[0] + p + r;
    x[5] = v[5];
}
// kG is G: the points' powers over what the others' products leave.
constexpr double kNa = 2.0 * kA2 * (kA2 - kB2), kNb = 2.0 * kB2 * (kB2 - kA2);
constexpr double kG[6][3] = {{1 / (kA2 * 1.0 * kB2), 0, 0}, {1 / kNa, kA / kNa, kA2 / kNa}, {1 / kNa, -kA / kNa, kA2 / kNa},
        {1 / kNb, kB / kNb, kB2 / kNb}, {1 / kNb, -kB / kNb, kB2 / kNb}, {0, 0, 1}};

// apart makes a distance an odd number of cache lines. A tile's 36 values are so far
// from each other; at a distance of a power of two they would all want the same few
// places of the first-level cache.
constexpr int apart(int floats) { return floats / 16 % 2 == 0 ? floats + 16 : floats; }

template <int I, int O>
struct Winograd {
    static constexpr int VI = lanes_for(I), VO = lanes_for(O);
    using FI = Float<VI>;
    using FO = Float<VO>;
    // Tiles at a time: their transforms and the weights stay in the second-level cache.
    static constexpr int kTiles = 20;
    static constexpr int kStepI = apart(kTiles * I), kStepO = apart(kTiles * O);
    static constexpr size_t kPacked = 36 * I * O, kScratch = 36 * (kStepI + kStepO);

    static void pack(const float *weight, float *forward, float *backward) {
        for (int i = 0; i < I; i++) {
            float w[9][O];
            for (int o = 0; o < O; o++)
                for (int k = 0; k < 9; k++) w[k][o] = weight[(o * I + i) * 9 + k];
            for (int o = 0; o < O; o += VO) pack_vector(w[0] + o, forward + i * O + o);
            for (int k = 0; k < 36; k++)
                for (int o = 0; o < O; o++) backward[(k * O + o) * I + i] = forward[(k * I + i) * O + o];
        }
    }

    INLINE void pack_vector(const float *w, float *u) {
        for (int r = 0; r < 6; r++) {
            FO row[3];
            UNROLL for (int c = 0; c < 3; c++) {
                row[c] = g(r, 0) * load<VO>(w + c * O);
                row[c] += g(r, 1) * load<VO>(w + (3 + c) * O);
                row[c] += g(r, 2) * load<VO>(w + (6 + c) * O);
            }
            for (int c = 0; c < 6; c++) store<VO>(u + (r * 6 + c) * I * O, row[0] * g(c, 0) + row[1] * g(c, 1) + row[2] * g(c, 2));
        }
    }
    INLINE float g(int r, int k) { return static_cast<float>(kG[r][k]); }

    static void unpack(const float *packed, float *weight) {
        for (int o = 0; o < O; o++)
            for (int i = 0; i < I; i++) {
                double half[3][6] = {};
                for (int r = 0; r < 6; r++)
                    for (int c = 0; c < 6; c++)
                        for (int k = 0; k < 3; k++) half[k][c] += kG[r][k] * packed[((r * 6 + c) * I + i) * O + o];
                for (int k = 0; k < 3; k++)
                    for (int l = 0; l < 3; l++) {
                        double sum = 0;
                        for (int c = 0; c < 6; c++) sum += half[k][c] * kG[c][l];
                        weight[(o * I + i) * 9 + k * 3 + l] = static_cast<float>(sum);
                    }
            }
    }

    // Part is a run of tiles of one strip.
    struct Part {
        int strip, first, count;
    };
    template <typename Run>
    INLINE void each_part(int strip, int width, Run run) {
        const int tiles = padded_width(width) / 4, parts = (tiles + kTiles - 1) / kTiles;
        for (int k = 0; k < parts; k++) run(Part{strip, tiles * k / parts, tiles * (k + 1) / parts - tiles * k / parts});
    }

    // transform_inputs fills v[36][kStepI], of that count × I.
    static void transform_inputs(const ConvImage &m, Part p, float *v) {
        const int top = p.strip * 4 - 1;
        fetch_next(m, p);
        for (int t = 0; t < p.count; t++) {
            const int left = (p.first + t) * 4 - 1;
            const bool inside = top >= 0 && left >= 0 && top + 6 <= m.height && left + 6 <= m.width;
            for (int c = 0; c < I; c += VI) {
                if (inside)
                    transform_input<true>(m, top, left, c, v + t * I + c);
                else
                    transform_input<false>(m, top, left, c, v + t * I + c);
            }
        }
    }

    // fetch_next asks for the rows that the next strip adds to this one's, for tiles
    // jump between rows in a way that no processor foresees.
    INLINE void fetch_next(const ConvImage &m, Part p) {
        const int from = p.first * 4 * I, to = smaller((p.first + p.count) * 4, m.width) * I;
        for (int r = p.strip * 4 + 5; r < smaller(p.strip * 4 + 9, m.height); r++) {
            const float *row = m.x + static_cast<size_t>(r) * m.width * I;
            for (int i = from; i < to; i += 16) __builtin_prefetch(row + i, 0, 2);
        }
    }

    template <bool Inside>
    INLINE void transform_input(const ConvImage &m, int top, int left, int channel, float *v) {
        FI half[6][6];
        UNROLL for (int c = 0; c < 6; c++) {
            FI in[6], out[6];
            UNROLL for (int r = 0; r < 6; r++) {
                const int y = top + r, x = left + c;
                const bool there = Inside || (y >= 0 && x >= 0 && y < m.height && x < m.width);
                in[r] = there ? load<VI>(m.x + (static_cast<ptrdiff_t>(y) * m.width + x) * I + channel) : FI{};
            }
            bt_transform(in, out);
            UNROLL for (int r = 0; r < 6; r++) half[r][c] = out[r];
        }
        UNROLL for (int r = 0; r < 6; r++) {
            FI out[6];
            bt_transform(half[r], out);
            UNROLL for (int c = 0; c < 6; c++) store<VI>(v + (r * 6 + c) * kStepI, out[c]);
        }
    }

    static void forward(const ConvImage &m, int strip, const float *packed, const float *bias, float *scratch) {
        float *v = scratch, *y = v + 36 * kStepI;
        each_part(strip, m.width, [=, &m](Part p) __attribute__((always_inline)) {
            transform_inputs(m, p, v);
            for (int k = 0; k < 36; k++)
                multiply<Steps<I, 1, O, O, false>, O>(p.count, I, v + k * kStepI, packed + k * I * O, y + k * kStepO);
            transform_outputs(m, p, y, bias);
        });
    }

    static void transform_outputs(const ConvImage &m, Part p, const float *y, const float *bias) {
        const int rows = smaller(4, m.height - p.strip * 4);
        for (int t = 0; t < p.count; t++) {
            const int left = (p.first + t) * 4, columns = smaller(4, m.width - left);
            float *out = m.y + (static_cast<size_t>(p.strip * 4 - m.y_top) * m.width + left) * O;
            for (int c = 0; c < O; c += VO)
                transform_output(y + t * O + c, load<VO>(bias + c), out + c, static_cast<size_t>(m.width) * O, rows, columns);
        }
    }

    INLINE void transform_output(const float *y, FO bias, float *out, size_t row, int rows, int columns) {
        FO half[4][6];
        UNROLL for (int c = 0; c < 6; c++) {
            FO in[6], four[4];
            UNROLL for (int r = 0; r < 6; r++) in[r] = load<VO>(y + (r * 6 + c) * kStepO);
            at_transform(in, four);
            UNROLL for (int r = 0; r < 4; r++) half[r][c] = four[r];
        }
        const bool whole = rows == 4 && columns == 4;
        UNROLL for (int r = 0; r < 4; r++) {
            FO four[4];
            at_transform(half[r], four);
            UNROLL for (int c = 0; c < 4; c++)
                if (whole || (r < rows && c < columns)) store<VO>(out + r * row + c * O, four[c] + bias);
        }
    }

    static void backward(const ConvImage &m, int strip, const float *packed, float *gradient, float *scratch) {
        float *v = scratch, *dm = v + 36 * kStepI;
        each_part(strip, m.width, [=, &m](Part p) __attribute__((always_inline)) {
            transform_inputs(m, p, v);
            transform_gradients(m, p, dm);
            for (int k = 0; k < 36; k++)
                multiply<Steps<1, I, O, O, true>, O>(I, p.count, v + k * kStepI, dm + k * kStepO, gradient + k * I * O);
            if (m.dx == nullptr) return;
            for (int k = 0; k < 36; k++)
                multiply<Steps<O, 1, I, I, false>, I>(p.count, O, dm + k * kStepO, packed + k * I * O, v + k * kStepI);
            add_gradients(m, p, v);
        });
    }

    // transform_gradients fills dm[36][kStepO], of that count × O.
    static void transform_gradients(const ConvImage &m, Part p, float *dm) {
        const size_t row = static_cast<size_t>(padded_width(m.width)) * O;
        for (int t = 0; t < p.count; t++)
            for (int o = 0; o < O; o += VO) transform_gradient(m.dy + (p.first + t) * 4 * O + o, row, dm + t * O + o);
    }

    INLINE void transform_gradient(const float *dy, size_t row, float *dm) {
        FO half[6][4];
        UNROLL for (int c = 0; c < 4; c++) {
            FO in[4], six[6];
            UNROLL for (int r = 0; r < 4; r++) in[r] = load<VO>(dy + r * row + c * O);
            a_transform(in, six);
            UNROLL for (int r = 0; r < 6; r++) half[r][c] = six[r];
        }
        UNROLL for (int r = 0; r < 6; r++) {
            FO six[6];
            a_transform(half[r], six);
            UNROLL for (int c = 0; c < 6; c++) store<VO>(dm + (r * 6 + c) * kStepO, six[c]);
        }
    }

    // add_gradients adds the tiles into dx. Tiles overlap by two rows and columns:
    // what the tile above or to the left has written is added to, the rest is set.
    static void add_gradients(const ConvImage &m, Part p, const float *dv) {
        const int top = p.strip * 4 - 1;
        for (int t = 0; t < p.count; t++) {
            const int left = (p.first + t) * 4 - 1;
            const bool inside = top >= 0 && left >= 0 && top + 6 <= m.height && left + 6 <= m.width;
            for (int i = 0; i < I; i += VI) {
                if (inside)
                    add_gradient<true>(m, top, left, dv + t * I + i, i);
                else
                    add_gradient<false>(m, top, left, dv + t * I + i, i);
            }
        }
    }

    template <bool Inside>
    INLINE void add_gradient(const ConvImage &m, int top, int left, const float *dv, int channel) {
        FI half[6][6];
        UNROLL for (int c = 0; c < 6; c++) {
            FI in[6], out[6];
            UNROLL for (int r = 0; r < 6; r++) in[r] = load<VI>(dv + (r * 6 + c) * kStepI);
            b_transform(in, out);
            UNROLL for (int r = 0; r < 6; r++) half[r][c] = out[r];
        }
        UNROLL for (int r = 0; r < 6; r++) {
            FI out[6];
            b_transform(half[r], out);
            UNROLL for (int c = 0; c < 6; c++) {
                const int y = top + r, x = left + c;
                if (!Inside && (y < 0 || x < 0 || y >= m.height || x >= m.width)) continue;
                float *to = m.dx + (static_cast<ptrdiff_t>(y - m.dx_top) * m.width + x) * I + channel;
                const bool first = Inside ? r >= 2 && c >= 2 : (r >= 2 || top < 0) && (c >= 2 || left < 0);
                store<VI>(to, first ? out[c] : load<VI>(to) + out[c]);
            }
        }
    }
};
