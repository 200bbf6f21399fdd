// Small matrix products: C (rows × N) = A (rows × K) · B (K × N), or added to C.
// A's values are broadcast, B's and C's rows are vectors.

// Steps are the distances between neighbours, known when compiling so that they
// cost no registers.
template <int ARow, int AK, int BK, int CRow, bool Add>
struct Steps {
    static constexpr int a_row = ARow, a_k = AK, b_k = BK, c_row = CRow;
    static constexpr bool add = Add;
};

// rows_at_once is how many rows of NV vectors fit the registers.
constexpr int rows_at_once(int nv) {
    return kRegisters >= 32 ? (nv == 1 ? 20 : 12) : (nv == 1 ? 10 : 6) - (kFusedMultiplyAdd ? 0 : 1);
}

template <typename S, int V, int NV>
struct Gemm {
    using F = Float<V>;
    typedef void (*Rows)(int k, const float *a, const float *b, float *c);
    static constexpr int kMost = rows_at_once(NV);

    template <int R>
    static void rows(int k, const float *__restrict a, const float *__restrict b, float *__restrict c) {
        F sum[R][NV];
        UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < NV; v++)
            sum[r][v] = S::add ? load<V>(c + r * S::c_row + v * V) : F{};
        for (int i = 0; i < k; i++, a += S::a_k, b += S::b_k) {
            F w[NV];
            UNROLL for (int v = 0; v < NV; v++) w[v] = load<V>(b + v * V);
            UNROLL for (int r = 0; r < R; r++) {
                const F x = all<V>(a[r * S::a_row]);
                UNROLL for (int v = 0; v < NV; v++) sum[r][v] += x * w[v];
            }
        }
        UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < NV; v++) store<V>(c + r * S::c_row + v * V, sum[r][v]);
    }

    template <int R>
    static constexpr void fill(Rows *table) {
        table[R] = rows<R>;
        if constexpr (R > 1) fill<R - 1>(table);
    }
    struct Table {
        Rows of[kMost + 1] = {};
        constexpr Table() { fill<kMost>(of); }
    };

    // run splits the rows evenly, so that no part is left with few of them.
    INLINE void run(int count, int k, const float *a, const float *b, float *c) {
        static constexpr Table table;
        const int parts = (count + kMost - 1) / kMost;
        int done = 0;
        for (int part = 0; part < parts; part++) {
            const int next = count * (part + 1) / parts;
            table.of[next - done](k, a + done * S::a_row, b, c + done * S::c_row);
            done = next;
        }
    }
};

// multiply computes all N columns, as many vectors at a time as pay.
template <typename S, int N>
INLINE void multiply(int count, int k, const float *a, const float *b, float *c) {
    constexpr int V = lanes_for(N), NV = N % (2 * V) == 0 ? 2 : 1;
    for (int n = 0; n < N; n += V * NV) Gemm<S, V, NV>::run(count, k, a, b + n, c + n);
}
