// Convolution 1×1: a matrix product a pixel.

template <int I, int O>
struct Pointwise {
    static constexpr size_t kPacked = I * O, kScratch = 0;

    static void pack(const float *weight, float *forward, float *backward) {
        for (int o = 0; o < O; o++)
            for (int i = 0; i < I; i++) {
                forward[i * O + o] = weight[o * I + i];
                backward[o * I + i] = weight[o * I + i];
            }
    }

    static void unpack(const float *packed, float *weight) {
        for (int o = 0; o < O; o++)
            for (int i = 0; i < I; i++) weight[o * I + i] = packed[i * O + o];
    }

    static void forward(const ConvImage &m, int strip, const float *packed, const float *bias, float *) {
        const size_t at = static_cast<size_t>(strip) * kStrip * m.width;
        const int pixels = smaller(kStrip, m.height - strip * kStrip) * m.width;
        constexpr int V = lanes_for(O);
        float *y = m.y + (at - static_cast<size_t>(m.y_top) * m.width) * O;
        for (int i = 0; i < pixels; i++)
            for (int o = 0; o < O; o += V) store<V>(y + i * O + o, load<V>(bias + o));
        multiply<Steps<I, 1, O, O, true>, O>(pixels, I, m.x + at * I, packed, y);
    }

    static void backward(const ConvImage &m, int strip, const float *packed, float *gradient, float *) {
        const int rows = smaller(kStrip, m.height - strip * kStrip);
        for (int r = 0; r < rows; r++) {
            const size_t at = static_cast<size_t>(strip * kStrip + r) * m.width;
            const float *dy = m.dy + static_cast<size_t>(r) * padded_width(m.width) * O;
            multiply<Steps<1, I, O, O, true>, O>(I, m.width, m.x + at * I, dy, gradient);
            if (m.dx != nullptr) multiply<Steps<O, 1, I, I, false>, I>(m.width, O, dy, packed, m.dx + (at - static_cast<size_t>(m.dx_top) * m.width) * I);
        }
    }
};
