// The threads that the fused blocks run on.
#pragma once
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kernels {

// Team is the calling thread and some helpers, who share out tasks among them.
// OpenMP's threads spin for milliseconds while they wait, each on a processor that
// the one waited for may need; these spin for some microseconds, then sleep. And
// a helper that comes late is not waited for.
//
// Each worker begins with a share of its own, the same one in every run of as many
// tasks: an image stays with the processor whose cache holds what it left there.
// Who has done his share helps with the others'.
class Team {
public:
    explicit Team(int threads);
    ~Team();
    Team(const Team &) = delete;
    Team &operator=(const Team &) = delete;

    // run calls task(i, worker) for each i below count, and throws what any of them throws. Worker 0 is the caller.
    void run(int count, const std::function<void(int, int)> &task);

private:
    // Share is a run of tasks, on a cache line of its own.
    struct alignas(64) Share {
        std::atomic<int> next{0};
        int end = 0;
    };

    void stop();
    void help(int worker);
    void share_out(int count);
    void take(int worker);
    void take_share(Share &share, int worker);
    bool wait_for_work(unsigned seen);

    std::vector<std::thread> helpers_;
    const std::function<void(int, int)> *task_ = nullptr;
    std::vector<Share> shares_; // a worker
    std::atomic<int> inside_{0};     // helpers who may be looking at the task
    std::atomic<bool> open_{false};  // there is a task to look at
    std::atomic<unsigned> round_{0}; // goes up when there is something new
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable work_, done_;
    std::exception_ptr failure_;
};

} // namespace kernels
