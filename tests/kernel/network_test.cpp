// SPDX-License-Identifier: MIT
// Network bytes of threads: exactly what they counted themselves, however they move them.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "observer.h"
#include "sched/network.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

std::unique_ptr<NetworkProbe> start_network(Observer& observer) {
    auto started = NetworkProbe::start(observer.probe());
    if (!started.ok()) {
        throw std::runtime_error("the probes of network bytes do not start: " + started.error().text());
    }
    return std::move(started).value();
}

struct Way {
    const char* how;
    const char* family;
};

void PrintTo(const Way& way, std::ostream* out) {  // NOLINT(readability-identifier-naming): of GoogleTest
    *out << way.how << ' ' << way.family;
}

class NetworkBy : public testing::TestWithParam<Way> {};

TEST_P(NetworkBy, both_ends_have_every_byte) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("network");
    Observer observer;
    const auto network = start_network(observer);
    if (std::string_view(GetParam().how) == "drain" && !network->counts_splice()) {
        GTEST_SKIP() << "this kernel permits no probes of functions";
    }
    observer.mark();
    const std::string answer = puppet.ask(std::string("move ") + GetParam().how + " " + GetParam().family + " 50");
    if (answer == "missing") {
        GTEST_SKIP() << "no such connection here";
    }
    const Report& report = observer.report();
    EXPECT_TRUE(report.network);
    const std::uint64_t sent = number_of(answer, "sent");
    const std::uint64_t received = number_of(answer, "received");
    ASSERT_EQ(sent, 50U * 4001U);
    ASSERT_EQ(received, sent);
    const ThreadRow* sender = observer.row(puppet.tid("sender"));
    const ThreadRow* receiver = observer.row(puppet.tid("receiver"));
    ASSERT_TRUE(sender != nullptr && receiver != nullptr);
    EXPECT_EQ(sender->net_tx_bytes(), sent);
    EXPECT_EQ(sender->net_rx_bytes(), 0U);
    EXPECT_EQ(receiver->net_rx_bytes(), received);
    EXPECT_EQ(receiver->net_tx_bytes(), 0U);
    const ProcessRow* process = observer.process(static_cast<std::uint32_t>(puppet.pid()));
    ASSERT_NE(process, nullptr);
    EXPECT_EQ(process->net_rx_bytes, received);
    EXPECT_EQ(process->net_tx_bytes, sent);
}

constexpr Way kWays[] = {{"send", "4"},   {"send", "6"},  {"sendfile", "4"}, {"sendfile", "6"},
                         {"splice", "4"}, {"drain", "4"}, {"drain", "6"},    {"uring", "4"},
                         {"uring", "6"},  {"peek", "4"},  {"udp", "4"},      {"udp", "6"}};
INSTANTIATE_TEST_SUITE_P(Ways, NetworkBy, testing::ValuesIn(kWays),
                         [](const auto& way) { return std::string(way.param.how) + way.param.family; });

TEST(Network, bytes_between_processes_of_the_machine_are_not_network) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("network");
    Observer observer;
    const auto network = start_network(observer);
    observer.mark();
    ASSERT_EQ(number_of(puppet.ask("move send unix 50"), "sent"), 50U * 4001U);
    observer.report();
    for (const char* name : {"sender", "receiver"}) {
        const ThreadRow* row = observer.row(puppet.tid(name));
        ASSERT_NE(row, nullptr);
        EXPECT_EQ(row->net_tx_bytes(), 0U) << name;
        EXPECT_EQ(row->net_rx_bytes(), 0U) << name;
    }
}

TEST(Network, a_thread_that_keeps_its_cpu_is_counted_at_once) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("network");
    Observer observer;
    const auto network = start_network(observer);
    observer.mark();
    ASSERT_EQ(number_of(puppet.ask("hold"), "sent"), 4U);
    observer.report();
    const ThreadRow* row = observer.row(puppet.tid("sender"));
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->net_tx_bytes(), 4U);
    EXPECT_EQ(puppet.ask("let go"), "done");
}

TEST(Network, nothing_is_said_of_intervals_in_which_nothing_counts) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("network");
    Observer observer;
    observer.mark();
    ASSERT_EQ(puppet.ask("move send 4 2"), "sent=8002 received=8002");
    EXPECT_FALSE(observer.report().network);
    {
        const auto network = start_network(observer);
        EXPECT_FALSE(observer.report().network) << "the interval began without it";
        EXPECT_TRUE(observer.report().network);
        EXPECT_EQ(observer.row(puppet.tid("sender"))->net_tx_bytes(), 0U) << "sent before";
    }
    EXPECT_FALSE(observer.report().network);
}

TEST(Network, a_thread_that_ends_has_its_bytes_in_its_final_record) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    const auto network = start_network(observer);
    Puppet puppet("network");
    observer.mark();
    const std::uint32_t sender = puppet.tid("sender");
    const std::uint64_t sent = number_of(puppet.ask("move send 4 20"), "sent");
    puppet.finish();
    const ThreadRow* row = nullptr;
    ASSERT_TRUE(await([&] {
        observer.report();
        row = observer.exited_row(sender);
        return row != nullptr;
    }));
    // Its bytes may have been in an earlier report.
    EXPECT_EQ(row->now->net_tx_bytes, sent);
}

}  // namespace
}  // namespace tsa::test
