// SPDX-License-Identifier: MIT
// `rstat-tsa waybar` from outside: lines, signals in bursts, readers that stop or leave, one instance, and its numbers
// against /proc/stat.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include "paths.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/strict_json.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;

rapidjson::Document parse(const std::string& line) {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str(), line.size());
    EXPECT_FALSE(json.HasParseError()) << line.substr(0, 400);
    EXPECT_TRUE(json.IsObject());
    return json;
}

/// What a pattern finds first in the tooltip without markup and commas, as a number; -1: nothing.
double number_in(const rapidjson::Document& json, const char* pattern) {
    const std::string markup(json["tooltip"].GetString());
    const std::string text = std::regex_replace(markup, std::regex("<[^>]*>|,"), "");
    std::smatch found;
    return std::regex_search(text, found, std::regex(pattern)) ? std::stod(found[1]) : -1;
}

int interval_of(const rapidjson::Document& json) {
    return static_cast<int>(number_in(json, "· (\\d+) ms ·"));
}

/// The program behind a pipe, or a socket, of which the test keeps both ends.
class Bar {
  public:
    explicit Bar(std::vector<std::string> arguments, bool socket = false) {
        int ends[2];
        const int made = socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC);
        EXPECT_EQ(made, 0);
        read_ = ends[0];
        write_ = ends[1];
        arguments.insert(arguments.begin(), {"rstat-tsa", "waybar"});
        std::vector<char*> argv;
        for (std::string& argument : arguments) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) {
            dup2(write_, STDOUT_FILENO);
            execv(paths::kBinary.c_str(), argv.data());
            _exit(99);
        }
    }
    Bar(const Bar&) = delete;
    Bar& operator=(const Bar&) = delete;
    ~Bar() {
        if (pid_ > 0) {
            end(SIGKILL);
        }
        close(read_);
        close(write_);
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int write_end() const { return write_; }

    /// The next whole line; empty when none came within 30 s.
    std::string line() {
        constexpr int kPatienceMs = 30'000;
        while (text_.find('\n') == std::string::npos) {
            pollfd readable{read_, POLLIN, 0};
            std::array<char, 4096> some;
            if (poll(&readable, 1, kPatienceMs) <= 0) {
                return {};
            }
            const ssize_t got = read(read_, some.data(), some.size());
            text_.append(some.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        }
        const std::size_t end = text_.find('\n') + 1;
        std::string first = text_.substr(0, end);
        text_.erase(0, end);
        return first;
    }

    /// The first of the next lines whose interval is that; null when it is not among them.
    rapidjson::Document line_at(int interval_ms) {
        for (int tries = 0; tries < 50; ++tries) {
            auto json = parse(line());
            if (json.IsObject() && interval_of(json) == interval_ms) {
                return json;
            }
        }
        ADD_FAILURE() << "no line at " << interval_ms << " ms";
        return {};
    }

    /// Exit code, -signal when killed.
    int end(int signal) {
        kill(pid_, signal);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    pid_t pid_ = -1;
    int read_ = -1, write_ = -1;
    std::string text_;
};

class WaybarProgram : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
        setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
    }
    void TearDown() override {
        unsetenv("XDG_CONFIG_HOME");
        unsetenv("XDG_RUNTIME_DIR");
    }
    std::string write_config(const std::string& text) {
        const std::string path = folder_.path() + "/my.toml";
        std::ofstream(path) << text;
        return path;
    }

    TempDir folder_;
};

TEST_F(WaybarProgram, a_line_has_all_keys_and_its_tooltip_is_well_formed) {
    Bar bar({"-i", "100"});
    for (int i = 0; i < 3; ++i) {
        const auto json = parse(bar.line());
        for (const char* key : {"text", "alt", "tooltip"}) {
            EXPECT_TRUE(json[key].IsString()) << key;
        }
        EXPECT_TRUE(json["class"].IsArray());
        EXPECT_GE(json["percentage"].GetInt(), 0);
        EXPECT_LE(json["percentage"].GetInt(), 100);
        EXPECT_THAT(json["tooltip"].GetString(), HasSubstr("Kernel included"));
        EXPECT_GT(number_in(json, "· ([0-9]+) threads"), 0);
    }
    EXPECT_EQ(bar.end(SIGTERM), 0);
}

TEST_F(WaybarProgram, names_of_real_threads_reach_pango_as_xml_that_parses) {
    TSA_REQUIRE(missing_file("/usr/bin/python3"));
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, "<b>&\xff\x1b[1m\"'");
        for (volatile unsigned spin = 0;;) {
            spin = spin + 1;
        }
    }
    const std::string path = folder_.path() + "/line.json";
    {
        Bar bar({"-i", "200", "--top", "1000"});
        const std::string line = bar.line();
        std::ofstream(path) << line;
        EXPECT_THAT(line, HasSubstr("&lt;b&gt;&amp;"));
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const std::string check =
        "python3 -c 'import json,sys,xml.etree.ElementTree as E; j=json.load(open(sys.argv[1])); "
        "E.fromstring(\"<m>\"+j[\"tooltip\"]+\"</m>\"); E.fromstring(\"<m>\"+j[\"text\"]+\"</m>\")' " +
        path;
    EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST_F(WaybarProgram, each_signal_of_a_burst_moves_the_interval_on) {
    Bar bar({"-i", "500"});
    EXPECT_EQ(interval_of(parse(bar.line())), 500);
    for (const auto& [signals, interval_ms] : {std::pair(1, 250), std::pair(7, 2000), std::pair(13, 250)}) {
        for (int i = 0; i < signals; ++i) {
            kill(bar.pid(), SIGRTMIN);
        }
        const auto json = bar.line_at(interval_ms);
        EXPECT_TRUE(json.IsObject());
    }
    EXPECT_EQ(bar.end(SIGTERM), 0);
}

TEST_F(WaybarProgram, a_signal_prints_a_line_at_once_and_an_interval_outside_of_the_cycle_joins_it) {
    Bar bar({"-i", "3600000"});
    EXPECT_NE(bar.line(), "");
    kill(bar.pid(), SIGRTMIN + 1);
    const auto hidden = parse(bar.line());
    EXPECT_THAT(hidden["tooltip"].GetString(), HasSubstr("Kernel excluded"));
    kill(bar.pid(), SIGRTMIN + 1);
    const auto included = parse(bar.line());
    EXPECT_THAT(included["tooltip"].GetString(), HasSubstr("Kernel included"));
    EXPECT_LT(number_in(hidden, "· ([0-9]+) threads"), number_in(included, "· ([0-9]+) threads"));
    kill(bar.pid(), SIGRTMIN);
    EXPECT_EQ(interval_of(parse(bar.line())), 2000);
    EXPECT_EQ(interval_of(parse(bar.line())), 2000);  // and it ticks
}

TEST_F(WaybarProgram, the_first_line_does_not_wait_for_a_long_interval) {
    Bar bar({"-i", "3600000"});
    EXPECT_EQ(interval_of(parse(bar.line())), 3'600'000);
}

TEST_F(WaybarProgram, signals_that_are_not_for_it_do_not_end_it) {
    Bar bar({"-i", "100"});
    const auto blocks_signals = [&] {
        const std::string status = text_of("/proc/" + std::to_string(bar.pid()) + "/status");
        const std::size_t at = status.find("SigBlk:\t");
        return at != std::string::npos && status.substr(at + 8, 16) != "0000000000000000";
    };
    ASSERT_TRUE(await(blocks_signals));
    const auto send_all = [&] {
        for (const int signal :
             {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGRTMIN + 2, SIGRTMAX}) {
            EXPECT_EQ(kill(bar.pid(), signal), 0);
        }
    };
    send_all();  // while it starts
    EXPECT_NE(bar.line(), "");
    send_all();
    EXPECT_NE(bar.line(), "");
    EXPECT_EQ(bar.end(SIGTERM), 0);
}

TEST_F(WaybarProgram, it_ends_with_0_by_each_signal_that_asks_for_it) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        Bar bar({"-i", "100"});
        EXPECT_NE(bar.line(), "");
        EXPECT_EQ(bar.end(signal), 0);
    }
}

TEST_F(WaybarProgram, a_bar_that_leaves_ends_it_at_once_though_no_line_is_due) {
    Program program({"waybar", "-i", "3600000"});
    program.close_stdout();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "");
}

TEST_F(WaybarProgram, a_reader_that_stopped_for_a_while_then_gets_a_whole_new_line) {
    for (const bool socket : {false, true}) {
        Bar bar({"-i", "20"}, socket);
        EXPECT_NE(bar.line(), "");
        std::this_thread::sleep_for(std::chrono::seconds(2));
        double dropped = -1;
        int old_lines = 0;
        for (; old_lines < 200 && dropped < 20; ++old_lines) {
            dropped = number_in(parse(bar.line()), "([0-9]+) lines? dropped");
        }
        EXPECT_GE(dropped, 20);
        // A pipe holds one line that was not read; a socket as many as it has room for.
        EXPECT_LE(old_lines, socket ? 150 : 3);
        EXPECT_EQ(bar.end(SIGTERM), 0);
    }
}

TEST_F(WaybarProgram, a_pipe_smaller_than_a_line_gets_whole_lines_all_the_same) {
    Bar bar({"-i", "20", "--format", std::string(4000, 'x') + "{cpu}"});
    ASSERT_GE(fcntl(bar.write_end(), F_SETPIPE_SZ, 4096), 4096);
    std::size_t longest = 0;
    for (int i = 0; i < 10; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(i < 5 ? 70 : 0));
        const std::string line = bar.line();
        longest = std::max(longest, line.size());
        EXPECT_TRUE(parse(line).HasMember("tooltip"));
    }
    EXPECT_GT(longest, 4096U);
}

TEST_F(WaybarProgram, descriptors_that_others_share_stay_as_they_were) {
    for (const bool socket : {false, true}) {
        Bar bar({"-i", "20"}, socket);
        EXPECT_NE(bar.line(), "");
        EXPECT_EQ(fcntl(bar.write_end(), F_GETFL) & O_NONBLOCK, 0);
        EXPECT_EQ(bar.end(SIGTERM), 0);
        EXPECT_EQ(fcntl(bar.write_end(), F_GETFL) & O_NONBLOCK, 0);
    }
}

TEST_F(WaybarProgram, a_second_single_instance_is_refused_and_told_of_the_first) {
    Bar first({"-i", "100", "--single-instance"});
    EXPECT_NE(first.line(), "");
    const Finished second = run({"waybar", "--single-instance"});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr("another instance with PID " + std::to_string(first.pid()) + " runs"));
    EXPECT_EQ(second.out, "");
    EXPECT_EQ(first.end(SIGKILL), -SIGKILL);
    Bar third({"-i", "100", "--single-instance"});  // a lock does not outlive its holder
    EXPECT_NE(third.line(), "");
}

TEST_F(WaybarProgram, settings_come_from_the_usual_file_and_a_mistake_in_it_is_wrong_usage) {
    ASSERT_EQ(mkdir((folder_.path() + "/rstat-tsa").c_str(), 0700), 0);
    std::ofstream(folder_.path() + "/rstat-tsa/waybar.toml") << "interval = 100\nformat = \"now {interval}\"\n";
    Bar bar({"--kernel-threads", "off"});
    const auto json = parse(bar.line());
    EXPECT_STREQ(json["text"].GetString(), "now 100");
    EXPECT_THAT(json["tooltip"].GetString(), HasSubstr("Kernel excluded"));

    const std::string path = write_config("\nintervall = 100\n");
    const Finished wrong = run({"waybar", "--config", path});
    EXPECT_EQ(wrong.exit_code, 2);
    EXPECT_THAT(wrong.err, HasSubstr(path + ":2: intervall"));
    EXPECT_THAT(wrong.err, HasSubstr("hint: did you mean interval?"));
    EXPECT_EQ(run({"waybar", "--config", "/no/such/file"}).exit_code, 2);
}

TEST_F(WaybarProgram, who_is_stuck_and_who_was_not_reaped_is_named_also_from_before_the_start) {
    const Puppet vforker("vforker");
    const pid_t dead = fork();
    if (dead == 0) {
        _exit(0);
    }
    siginfo_t ended{};
    waitid(P_PID, static_cast<id_t>(dead), &ended, WEXITED | WNOWAIT);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    Bar bar({"-i", "300", "--color", "never", "--top", "1000", "--tooltip", "stuck"});
    const auto json = parse(bar.line());
    waitpid(dead, nullptr, 0);
    const std::string tooltip = json["tooltip"].GetString();
    const auto line_with = [&](const std::string& pattern) { return std::regex_search(tooltip, std::regex(pattern)); };
    EXPECT_TRUE(line_with("ZOMB +" + std::to_string(dead) + " .*≥.* not reaped by " + std::to_string(getpid())))
        << tooltip;
    EXPECT_TRUE(line_with("D +" + std::to_string(vforker.tid("parent")) + " .*≥.* vfork")) << tooltip;
}

TEST_F(WaybarProgram, the_full_list_of_cpu_users_adds_up_to_what_proc_stat_says) {
    const Puppet hogs("hogs", {"0", "2"});
    Bar bar({"-i", "1000", "--top", "1000", "--tooltip", "cpu", "--color", "never"});
    EXPECT_NE(bar.line(), "");
    double worst = 0;
    for (int i = 0; i < 3; ++i) {
        const auto json = parse(bar.line());
        std::istringstream lines(json["tooltip"].GetString());
        double sum = 0;
        for (std::string line; std::getline(lines, line);) {
            std::smatch found;
            if (std::regex_search(line, found, std::regex("([0-9.]+) %"))) {
                sum += std::stod(found[1]);
            }
        }
        const auto cpus = static_cast<double>(std::thread::hardware_concurrency());
        worst = std::max(worst, std::abs(sum / cpus - json["percentage"].GetInt()));
    }
    EXPECT_THAT(worst, Lt(8)) << "percent of the machine";
}

TEST_F(WaybarProgram, a_refresh_takes_few_system_calls) {
    TSA_REQUIRE(missing_file("/usr/bin/strace"));
    const std::string trace = folder_.path() + "/trace";
    const std::string command =
        "timeout -s TERM 5 strace -o " + trace + " " + paths::kBinary + " waybar -i 50 > /dev/null";
    (void)!std::system(command.c_str());
    std::ifstream file(trace);
    std::vector<int> calls;
    int since = 0;
    for (std::string line; std::getline(file, line);) {
        ++since;
        if (line.find("write(1, \"{") != std::string::npos) {
            calls.push_back(since);
            since = 0;
        }
    }
    ASSERT_GT(calls.size(), 10U);
    std::sort(calls.begin(), calls.end());
    EXPECT_LE(calls[calls.size() / 2], 25);
}

}  // namespace
}  // namespace tsa::test
