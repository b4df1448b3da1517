// SPDX-License-Identifier: MIT
// See live_session.h.
#include "app/host/live_session.h"

#include <malloc.h>

#include <utility>

#include "app/host/notice.h"

namespace tsa {

namespace {

/// From now on a freed block of this size is returned to the system at once. malloc would otherwise raise this
/// threshold after some frees, and growing buffers leave holes in the heap that nothing else fills: memory used during
/// a storm of short-lived threads would never be returned.
void return_large_blocks() {
    constexpr int kLargeBytes = 256 << 10;  // setting it disables the dynamic threshold
    ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

}  // namespace

Result<std::unique_ptr<LiveSession>> LiveSession::open(const std::vector<int>& signals) {
    auto queue = TRY(SignalQueue::open(signals));
    return std::unique_ptr<LiveSession>(new LiveSession(std::move(queue)));
}

Result<std::unique_ptr<LiveSession>> LiveSession::start(const CollectorOptions& source, SourceNotice notice) {
    auto session = TRY(open());
    TRY(session->start_source(source, notice));
    return session;
}

Result<void> LiveSession::start_source(const CollectorOptions& options, SourceNotice told) {
    return_large_blocks();
    collector_ = TRY(Collector::start(options));
    loop_.watch(collector_->exit_fd(), Interest::readable, [this](Ready) {
        collector_->drain_exits();
        return Result<void>{};
    });
    const std::string& why = collector_->without_probes();
    if (why.empty() || told == SourceNotice::none) {
        return {};
    }
    notice(why);
    if (told == SourceNotice::why_and_what) {
        notice("/proc is read instead: exec and cpu wait of threads that live long enough (--source procfs)");
    }
    return {};
}

Result<void> LiveSession::begin(std::uint64_t interval_ns, const Keep& keep) {
    ticker_ = TRY(Ticker::start(collector().newest().now_ns, interval_ns));
    TRY(drop_capabilities(keep));
    // libbpf has freed megabytes of BTF by now.
    ::malloc_trim(0);
    return {};
}

void LiveSession::on_tick(std::function<Result<void>()> handler) {
    loop_.watch(ticker().fd(), Interest::readable, [this, handler = std::move(handler)](Ready) {
        return ticker_->take() != 0 ? handler() : Result<void>{};
    });
}

void LiveSession::on_signal(std::function<Result<void>()> handler) {
    loop_.watch(signals_.fd(), Interest::readable, [handler = std::move(handler)](Ready) { return handler(); });
}

}  // namespace tsa
