// SPDX-License-Identifier: MIT
// Waits whose cause the task does not show: requests through io_uring and libaio, and pages that a process serves.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kFileBytes = 1U << 20U;

/// The worker of the puppet `requests`, whose reads of its file are slowed down to two per second.
class Requests {
  public:
    Requests() : file_(kFileBytes), throttle_("blkio"), puppet_("requests", {file_.path()}) {
        throttle_.limit_reads_per_s(file_.path(), 2);
        throttle_.add(puppet_.pid());
    }

    [[nodiscard]] std::optional<std::string> missing() const { return puppet_.missing(); }
    [[nodiscard]] std::uint32_t worker() { return puppet_.tid("worker"); }
    void start(const std::string& request) { ASSERT_EQ(puppet_.ask(request), "started"); }
    void finish() { ASSERT_EQ(puppet_.ask("release"), "done"); }
    void make(const std::string& request) {
        start(request);
        finish();
    }

  private:
    DiskFile file_;
    Cgroup throttle_;
    Puppet puppet_;
};

std::optional<std::string> missing_requests() {
    const std::optional<std::string> bpf = missing_bpf();
    return bpf ? bpf : missing_cgroup("blkio");
}

void expect_state(Observer& observer, std::uint32_t tid, ThreadState state, FutexKind kind = FutexKind::none) {
    ASSERT_TRUE(observer.await_state(tid, state)) << "it is in state " << info(observer.thread(tid)->state).key;
    EXPECT_EQ(observer.thread(tid)->wait.kind, kind);
    observer.mark();
    let_pass(std::chrono::milliseconds(40));
    observer.report();
    const ThreadRow* row = observer.row(tid);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->state_ns[index(state)], row->wall_ns) << describe(*row);
}

/// A read that waits for the disk, because the one before it has used up the rate.
void expect_io_wait(Observer& observer, Requests& requests, const std::string& request) {
    requests.make(request);
    requests.start(request);
    expect_state(observer, requests.worker(), ThreadState::io_wait);
    requests.finish();
}

TEST(Requests, for_a_file_through_a_ring_are_io_wait) {
    TSA_REQUIRE(missing_requests());
    Observer observer;
    Requests requests;
    TSA_REQUIRE(requests.missing());
    expect_io_wait(observer, requests, "ring-file");
}

TEST(Requests, through_a_registered_ring_and_file_are_io_wait) {
    TSA_REQUIRE(missing_requests());
    Observer observer;
    Requests requests;
    TSA_REQUIRE(requests.missing());
    expect_io_wait(observer, requests, "ring-index");
}

TEST(Requests, of_a_ring_that_is_older_than_the_probes_are_io_wait) {
    TSA_REQUIRE(missing_requests());
    Requests requests;
    TSA_REQUIRE(requests.missing());
    Observer observer;
    expect_io_wait(observer, requests, "ring-file");
}

TEST(Requests, for_a_pipe_are_idle_also_after_those_for_a_file) {
    TSA_REQUIRE(missing_requests());
    Observer observer;
    Requests requests;
    TSA_REQUIRE(requests.missing());
    requests.make("ring-file");
    requests.start("ring-pipe");
    expect_state(observer, requests.worker(), ThreadState::idle);
}

TEST(Requests, for_a_pipe_of_an_older_ring_are_idle) {
    TSA_REQUIRE(missing_requests());
    Requests requests;
    TSA_REQUIRE(requests.missing());
    Observer observer;
    requests.start("ring-pipe");
    expect_state(observer, requests.worker(), ThreadState::idle);
}

TEST(Requests, of_libaio_are_io_wait_only_while_there_are_any) {
    TSA_REQUIRE(missing_requests());
    Requests requests;
    TSA_REQUIRE(requests.missing());
    Observer observer;
    expect_io_wait(observer, requests, "aio-file");
    requests.start("aio-nothing");
    expect_state(observer, requests.worker(), ThreadState::idle);
}

TEST(Requests, for_a_page_that_a_process_serves_are_uninterruptible_with_a_label) {
    TSA_REQUIRE(missing_requests());
    Observer observer;
    Requests requests;
    TSA_REQUIRE(requests.missing());
    requests.start("fault");
    expect_state(observer, requests.worker(), ThreadState::uninterruptible, FutexKind::userfault);
    requests.finish();
}

TEST(Requests, to_a_file_system_that_a_process_serves_are_uninterruptible) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet files("slowfs", {"async"});
    TSA_REQUIRE(files.missing());
    ASSERT_EQ(files.ask("read"), "started");
    expect_state(observer, files.tid("reader"), ThreadState::uninterruptible);
    ASSERT_EQ(files.ask("release"), "done");
}

}  // namespace
}  // namespace tsa::test
