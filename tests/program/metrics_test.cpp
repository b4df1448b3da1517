// SPDX-License-Identifier: MIT
// `metrics` from outside: scraped by curl, through TCP and a unix socket, and written for node_exporter; what it says
// of threads whose states are known; and what it does when an address or a file cannot be had.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "model/state.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/small_disk.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{10};

std::optional<std::string> missing_http() {
    if (auto missing = missing_bpf()) {
        return missing;
    }
    if (auto missing = missing_file("/usr/bin/curl")) {
        return missing;
    }
    return missing_http_library();
}

/// What a command prints.
std::string output_of(const std::string& command) {
    std::string out;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    char buffer[65536];
    for (std::size_t got = 0; pipe != nullptr && (got = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
        out.append(buffer, got);
    }
    if (pipe != nullptr) {
        ::pclose(pipe);
    }
    return out;
}

/// The value of a series; absent: it is not there.
std::optional<double> value(const std::string& text, const std::string& series) {
    const std::size_t at = ("\n" + text).find("\n" + series + " ");
    return at == std::string::npos ? std::nullopt : std::optional(std::stod(text.substr(at + series.size())));
}

/// All series of a metric, added up.
double sum(const std::string& text, const std::string& name, const std::string& having = {}) {
    double all = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + "{") && line.find(having) != std::string::npos) {
            all += std::stod(line.substr(line.rfind(' ')));
        }
    }
    return all;
}

class Metrics : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_http()); }
    std::string curl(const std::string& arguments, const std::string& path = "/metrics") const {
        return output_of(
            fmt::format("curl -s --max-time 20 --unix-socket {} {} http://localhost{}", socket_, arguments, path));
    }
    std::unique_ptr<Program> serve(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"metrics", "--listen", "unix:" + socket_};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto program = std::make_unique<Program>(arguments);
        EXPECT_TRUE(await([this] { return fs::exists(socket_); }, kPatience));
        return program;
    }
    TempDir folder_;
    const std::string socket_ = folder_.path() + "/socket";
};

TEST_F(Metrics, a_scrape_has_all_threads_and_their_time) {
    const Puppet puppet("convoy");
    const auto program = serve({"--by", "command"});
    const std::string first = curl("");
    const std::uint64_t first_ns = clock_ns(CLOCK_MONOTONIC);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const std::string second = curl("");
    const double passed_s = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - first_ns) / 1e9;
    const std::string of_puppet = "{command=\"convoy\"";
    // Its threads do not end: their time is their number times what has passed, whatever states they were in.
    const double threads = sum(second, "rstat_tsa_threads", "command=\"convoy\"");
    ASSERT_GE(threads, 4);
    const double grown = sum(second, "rstat_tsa_state_seconds_total", "command=\"convoy\"") -
                         sum(first, "rstat_tsa_state_seconds_total", "command=\"convoy\"");
    EXPECT_NEAR(grown / (threads * passed_s), 1, 0.1);
    EXPECT_GE(value(second, "rstat_tsa_threads" + of_puppet + ",state=\"lock_wait\"}").value_or(-1), 1);
    EXPECT_GT(value(second, "rstat_tsa_longest_wait_seconds" + of_puppet + ",state=\"lock_wait\"}").value_or(0), 1);
    EXPECT_GT(sum(second, "rstat_tsa_threads", "command=\"kworker\""), 0) << "threads of the kernel";
    EXPECT_GT(value(second, "rstat_tsa_run_queue_wait_seconds_count").value_or(0),
              value(first, "rstat_tsa_run_queue_wait_seconds_count").value_or(1e18));
    EXPECT_GE(sum(second, "rstat_tsa_lock_waiters"), 1);
    EXPECT_EQ(program->finish(SIGTERM).exit_code, 0);
    EXPECT_FALSE(fs::exists(socket_)) << "it is removed at the end";
}

TEST_F(Metrics, counters_do_not_decrease_when_threads_and_processes_end) {
    const auto program = serve({"--by", "command", "--max-groups", "5"});
    std::map<std::string, double> last;
    for (int round = 0; round < 8; ++round) {
        EXPECT_EQ(std::system("for i in 1 2 3 4 5 6 7 8; do (sleep 0.05; true) & done; wait"), 0);
        std::istringstream lines(curl(""));
        std::size_t series = 0;
        for (std::string line; std::getline(lines, line);) {
            const std::string name = line.substr(0, line.rfind(' '));
            series += line.starts_with("rstat_tsa_threads{") && line.find("\"exec\"") != std::string::npos ? 1 : 0;
            if (line.find("_total") != std::string::npos && line[0] != '#') {
                const double now = std::stod(line.substr(name.size()));
                EXPECT_GE(now, last[name]) << name;
                last[name] = now;
            }
        }
        EXPECT_LE(series, 6) << "five groups and the rest";
    }
    EXPECT_GT(last.size(), 50);
}

TEST_F(Metrics, formats_follow_the_accept_header_and_promtool_finds_nothing) {
    const auto program = serve();
    const std::string text = curl("-D -");
    EXPECT_THAT(text, HasSubstr("200 OK"));
    EXPECT_THAT(text, HasSubstr("text/plain; version=0.0.4; charset=utf-8"));
    EXPECT_THAT(text, HasSubstr("# TYPE rstat_tsa_state_seconds_total counter\n"));
    EXPECT_THAT(text, HasSubstr("{unit=\""));
    EXPECT_THAT(text, Not(HasSubstr("# EOF")));
    const std::string open = curl("-D - -H 'Accept: application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1'");
    EXPECT_THAT(open, HasSubstr("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    EXPECT_THAT(open, HasSubstr("# TYPE rstat_tsa_state_seconds counter\n"));
    EXPECT_THAT(open, EndsWith("\n# EOF\n"));
    if (!missing_file("/usr/bin/promtool")) {
        EXPECT_EQ(output_of(fmt::format(
                      "curl -s --unix-socket {} http://localhost/metrics | promtool check metrics 2>&1", socket_)),
                  "");
    }
}

TEST_F(Metrics, other_requests_get_an_answer_that_says_what_there_is) {
    const auto program = serve();
    EXPECT_THAT(curl("", "/"), HasSubstr("href=\"/metrics\""));
    EXPECT_THAT(curl("-w '%{http_code}'", "/nothing"), AllOf(HasSubstr("at /metrics"), EndsWith("404")));
    EXPECT_THAT(curl("-w '%{http_code}' -X POST --data hello"), EndsWith("405"));
    EXPECT_THAT(curl("-w '%{http_code}' -X DELETE"), EndsWith("405"));
    EXPECT_THAT(curl("-I"), HasSubstr("Content-Length: "));
    EXPECT_THAT(curl("-w '%{http_code}' -H \"X: $(head -c 40000 /dev/zero | tr '\\0' a)\""), Not(EndsWith("200")))
        << "a request has a limit";
    EXPECT_THAT(curl(""), HasSubstr("rstat_tsa_build_info")) << "and it still answers";
}

TEST_F(Metrics, connections_without_requests_do_not_keep_others_out) {
    const auto program = serve();
    std::vector<Fd> idle;
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    socket_.copy(name.sun_path, sizeof(name.sun_path) - 1);
    // More than it accepts at a time, but fewer than two rounds of them: the rest has its time only after the first.
    for (int at = 0; at < 20; ++at) {
        idle.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        (void)!::connect(idle.back().get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name));
    }
    EXPECT_EQ(curl("--max-time 1"), "") << "none is free";
    EXPECT_TRUE(
        await([this] { return curl("--max-time 2").find("rstat_tsa_build_info") != std::string::npos; }, 3 * kPatience))
        << "they end by time";
}

TEST_F(Metrics, keeps_no_more_privileges_than_a_table_does) {
    const auto program = serve();
    EXPECT_THAT(curl(""), HasSubstr("rstat_tsa_build_info")) << "it has started";
    const std::string status = output_of(fmt::format("cat /proc/{}/status", program->pid()));
    const std::size_t at = status.find("CapEff:\t");
    ASSERT_NE(at, std::string::npos);
    const std::uint64_t effective = std::stoull(status.substr(at + 8), nullptr, 16);
    const std::uint64_t allowed = (std::uint64_t{1} << CAP_BPF) | (std::uint64_t{1} << CAP_SYS_ADMIN) |
                                  (std::uint64_t{1} << CAP_SYS_PTRACE) | (std::uint64_t{1} << CAP_DAC_READ_SEARCH);
    EXPECT_EQ(effective & ~allowed, 0) << std::hex << effective;
    EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
}

TEST_F(Metrics, an_address_in_use_is_an_error_with_a_hint) {
    const auto program = serve();
    const Finished second = run({"metrics", "--listen", "unix:" + socket_});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr("in use"));
    EXPECT_THAT(second.err, HasSubstr("another process listens there"));
    EXPECT_THAT(curl(""), HasSubstr("rstat_tsa_build_info")) << "the first one is left alone";

    const Fd taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    socklen_t size = sizeof(name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(taken.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
    ASSERT_EQ(::listen(taken.get(), 1), 0);
    ASSERT_EQ(::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
    const Finished tcp = run({"metrics", "--listen", fmt::format("127.0.0.1:{}", ntohs(name.sin_port))});
    EXPECT_EQ(tcp.exit_code, 1);
    EXPECT_THAT(tcp.err, HasSubstr("another process has the port: ss -ltnp"));
    const Finished elsewhere = run({"metrics", "--listen", "192.0.2.7:0"});
    EXPECT_EQ(elsewhere.exit_code, 1);
    EXPECT_THAT(elsewhere.err, HasSubstr("an address of this machine"));
}

TEST_F(Metrics, a_socket_that_a_killed_process_left_is_replaced) {
    serve()->finish(SIGKILL);
    ASSERT_TRUE(fs::exists(socket_));
    const Program second({"metrics", "--listen", "unix:" + socket_});
    EXPECT_TRUE(await([this] { return curl("").find("rstat_tsa_build_info") != std::string::npos; }, kPatience));
}

TEST_F(Metrics, a_file_is_replaced_as_a_whole_and_removed_at_the_end) {
    const std::string file = folder_.path() + "/tsa.prom";
    Program program({"metrics", "--textfile", file, "-i", "1000"});
    ASSERT_TRUE(await([&file] { return fs::exists(file); }, kPatience));
    struct stat first {};
    ASSERT_EQ(::stat(file.c_str(), &first), 0);
    EXPECT_EQ(first.st_mode & 0777U, 0644U) << "node_exporter runs as another user";
    // Whenever it is read, it is whole.
    ino_t inode = first.st_ino;
    const bool replaced = await(
        [&] {
            const std::string text = output_of("cat " + file);
            EXPECT_THAT(text, HasSubstr("rstat_tsa_build_info{"));
            EXPECT_THAT(text, EndsWith("} 1\n"));
            struct stat now {};
            return ::stat(file.c_str(), &now) == 0 && now.st_ino != inode;
        },
        kPatience);
    EXPECT_TRUE(replaced);
    EXPECT_EQ(program.finish(SIGTERM).exit_code, 0);
    EXPECT_TRUE(fs::is_empty(folder_.path())) << "nothing remains";
}

TEST_F(Metrics, a_file_that_cannot_be_written_is_an_error_with_a_hint) {
    const Finished none = run({"metrics", "--textfile", folder_.path() + "/none/tsa.prom"});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_THAT(none.err, HasSubstr("hint: the directory must exist"));
    EXPECT_THAT(none.err, Not(HasSubstr("end in .prom")));
    EXPECT_THAT(run({"metrics", "--textfile", folder_.path() + "/none/tsa"}).err, HasSubstr("end in .prom"));
    const Finished foreign = run({"metrics", "--source", "procfs", "--textfile", folder_.path() + "/tsa.prom"}, true);
    EXPECT_EQ(foreign.exit_code, 1);
    EXPECT_THAT(foreign.err, HasSubstr("hint: a directory that this user may write to"));
}

TEST_F(Metrics, from_proc_has_only_what_proc_shows) {
    const auto program = serve({"--source", "procfs"});
    const std::string text = curl("");
    EXPECT_THAT(text, HasSubstr("source=\"procfs\""));
    EXPECT_THAT(text, HasSubstr("state=\"exec\""));
    EXPECT_THAT(text, Not(HasSubstr("state=\"lock_wait\"")));
    EXPECT_THAT(text, Not(HasSubstr("rstat_tsa_run_queue_wait_seconds")));
}

}  // namespace
}  // namespace tsa::test
