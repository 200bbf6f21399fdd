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
class Team {
public:
    explicit Team(int threads);
    ~Team();
    Team(const Team &) = delete;
    Team &operator=(const Team &) = delete;

    // run calls task(i, worker) for each i below count, on whichever worker is
    // free, and throws what any of them throws. Worker 0 is the caller.
    void run(int count, const std::function<void(int, int)> &task);

private:
    void stop();
    void help(int worker);
    void take(int worker);
    bool wait_for_work(unsigned seen);

    std::vector<std::thread> helpers_;
    const std::function<void(int, int)> *task_ = nullptr;
    int count_ = 0;
    std::atomic<int> next_{0};
    std::atomic<int> inside_{0};     // helpers who may be looking at the task
    std::atomic<bool> open_{false};  // there is a task to look at
    std::atomic<unsigned> round_{0}; // goes up when there is something new
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable work_, done_;
    std::exception_ptr failure_;
};

} // namespace kernels
