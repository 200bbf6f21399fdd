#include "team.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>

namespace kernels {
namespace {

// kSpins is how often a waiting thread looks before it sleeps: about a hundred
// microseconds, longer than it takes to get from one block to the next or, as a
// rule, to end the last image; to be woken takes twenty.
constexpr int kSpins = 8000;

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

template <typename Done>
bool spin(Done done) {
    for (int i = 0; i < kSpins; i++) {
        if (done()) return true;
        pause();
    }
    return done();
}

} // namespace

Team::Team(int threads) : shares_(std::max(threads, 1)) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // signals are for the program's own threads
    try {
        for (int worker = 1; worker < threads; worker++) helpers_.emplace_back([this, worker] { help(worker); });
    } catch (...) { // the system has no thread to give: those there are must end before their team does
        stop();
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Team::~Team() { stop(); }

void Team::stop() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        stop_ = true;
        round_++;
    }
    work_.notify_all();
    for (std::thread &t : helpers_) t.join();
}

void Team::run(int count, const std::function<void(int, int)> &task) {
    task_ = &task;
    failure_ = nullptr;
    share_out(count);
    if (!helpers_.empty() && count > 1) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            open_ = true;
            round_++;
        }
        work_.notify_all();
    }
    take(0);
    open_ = false; // who is not inside by now stays outside
    if (!spin([this] { return inside_ == 0; })) {
        std::unique_lock<std::mutex> lock(mutex_);
        done_.wait(lock, [this] { return inside_ == 0; });
    }
    if (failure_) std::rethrow_exception(failure_);
}

void Team::share_out(int count) {
    const int64_t workers = static_cast<int64_t>(shares_.size());
    for (int64_t w = 0; w < workers; w++) {
        shares_[w].next = static_cast<int>(count * w / workers);
        shares_[w].end = static_cast<int>(count * (w + 1) / workers);
    }
}

void Team::take(int worker) {
    const int workers = static_cast<int>(shares_.size());
    for (int w = 0; w < workers; w++) take_share(shares_[(worker + w) % workers], worker);
}

void Team::take_share(Share &share, int worker) {
    for (int i = share.next++; i < share.end; i = share.next++) {
        try {
            (*task_)(i, worker);
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex_);
            failure_ = std::current_exception();
        }
    }
}

// wait_for_work returns when there is something new since round seen: false means to stop.
bool Team::wait_for_work(unsigned seen) {
    if (!spin([&] { return round_ != seen; })) {
        std::unique_lock<std::mutex> lock(mutex_);
        work_.wait(lock, [&] { return round_ != seen; });
    }
    return !stop_;
}

void Team::help(int worker) {
    for (unsigned seen = 0; wait_for_work(seen);) {
        seen = round_;
        inside_++;
        if (open_) take(worker);
        if (--inside_ > 0 || open_) continue;
        const std::lock_guard<std::mutex> lock(mutex_); // so that the caller is either before its look or asleep
        done_.notify_one();
    }
}

} // namespace kernels
