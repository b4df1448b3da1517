// SPDX-License-Identifier: MIT
// Stacks of waiting threads of stripped programs without frame pointers, on the live kernel: each wait of the puppet is
// in known functions.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "observer.h"
#include "paths.h"
#include "stacks/helper_process.h"
#include "stacks/helper_protocol.h"
#include "stacks/stack_feed.h"
#include "stacks/target_files.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The program's functions above its waits.
constexpr std::array<std::string_view, 5> kDepths{"depth_1", "depth_2", "depth_3", "depth_4", "depth_5"};
constexpr StackLimits kPatient{std::chrono::seconds(5), std::chrono::seconds(5)};

/// A feed on a live probe, and the report that it fills.
class StackWorld {
  public:
    explicit StackWorld(bool debuginfod = false) { feed_.start(&observer_.probe(), debuginfod); }

    /// The stack of the thread's open wait. Fails if there is none within a few tries.
    const WaitStack& read(std::uint32_t tid) {
        static const WaitStack kNone;
        const WaitStack* stack = nullptr;
        EXPECT_TRUE(await([&] {
            observer_.report();
            const Thread* thread = observer_.thread(tid);
            if (thread == nullptr) {
                return false;
            }
            const std::array<ThreadKey, 1> wanted{key_of(*thread)};
            feed_.update(wanted, kPatient, observer_.sample(), report_);
            stack = feed_.find(*thread);
            return stack != nullptr && stack->status == StackStatus::read;
        })) << feed_.unavailable();
        return stack != nullptr ? *stack : kNone;
    }
    [[nodiscard]] Observer& observer() { return observer_; }
    [[nodiscard]] StackFeed& feed() { return feed_; }

  private:
    Observer observer_;
    StackFeed feed_;
    Report report_;
};

std::vector<std::string> functions(const WaitStack& stack) {
    std::vector<std::string> names;
    for (const StackFrame& frame : stack.user) {
        names.push_back(frame_words(frame));
    }
    return names;
}

/// `first` and then the depths, one directly after the other.
void expect_known(const WaitStack& stack, std::initializer_list<std::string_view> first) {
    std::vector<std::string> known(first.begin(), first.end());
    known.insert(known.end(), kDepths.begin(), kDepths.end());
    const std::vector<std::string> all = functions(stack);
    const auto begin = std::ranges::find(all, known.front());
    ASSERT_LE(known.size(), static_cast<std::size_t>(all.end() - begin)) << ::testing::PrintToString(all);
    EXPECT_THAT(std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(known.size())),
                ElementsAreArray(known));
    EXPECT_EQ(stack.end, StackEnd::complete) << ::testing::PrintToString(all);
    EXPECT_FALSE(stack.by_frame_pointer);
}

class Stacks : public ::testing::TestWithParam<const char*> {};

TEST_P(Stacks, each_wait_is_in_the_functions_that_the_program_called) {
    const Puppet puppet(GetParam());
    StackWorld world;
    for (const std::string_view kind : {"nanosleep", "pipe", "epoll", "condition", "semaphore", "mutex"}) {
        SCOPED_TRACE(kind);
        expect_known(world.read(puppet.tid(kind)), {"wait_" + std::string(kind)});
    }
    EXPECT_EQ(world.feed().unread(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Puppets, Stacks, ::testing::Values("stacks", "stacks_fixed"));

TEST(Stack, the_kernel_part_starts_below_the_system_call) {
    const Puppet puppet("stacks");
    StackWorld world;
    const WaitStack& stack = world.read(puppet.tid("epoll"));
    std::vector<std::string> names;
    for (const StackFrame& frame : stack.kernel) {
        names.push_back(frame.function);
    }
    EXPECT_THAT(names, Contains(HasSubstr("epoll_wait")));
}

TEST(Stack, a_signal_handler_is_above_the_function_that_it_interrupted) {
    const Puppet puppet("stacks");
    StackWorld world;
    const WaitStack& stack = world.read(puppet.tid("handler"));
    const std::vector<std::string> all = functions(stack);
    const auto handler = std::ranges::find(all, "on_signal");
    ASSERT_NE(handler, all.end()) << ::testing::PrintToString(all);
    EXPECT_NE(std::find(handler, all.end(), "wait_handler"), all.end()) << ::testing::PrintToString(all);
    EXPECT_EQ(stack.end, StackEnd::complete);
}

TEST(Stack, the_holder_of_a_lock_has_one_too) {
    const Puppet puppet("stacks");
    StackWorld world;
    ASSERT_TRUE(await([&] {
        world.observer().report();
        return world.observer().thread(puppet.tid("mutex"))->wait.owner_tid == puppet.tid("holder");
    }));
    expect_known(world.read(puppet.tid("holder")), {"wait_pipe", "hold_mutex"});
}

TEST(Stack, a_frame_larger_than_the_copy_ends_it_and_is_said) {
    const Puppet puppet("stacks");
    StackWorld world;
    const WaitStack& stack = world.read(puppet.tid("big"));
    ASSERT_FALSE(functions(stack).empty());
    EXPECT_EQ(functions(stack).back(), "wait_big");
    EXPECT_EQ(stack.end, StackEnd::truncated);
    EXPECT_THAT(std::string(stack_note(stack)), HasSubstr("copied"));
}

TEST(Stack, a_loaded_object_that_was_deleted_keeps_its_names_and_says_so) {
    const std::string copy = "/tmp/rstat-stack-plugin-" + std::to_string(::getpid()) + ".so";
    std::filesystem::copy_file(paths::kPuppets + "/stack_plugin.so", copy);
    Puppet puppet("stacks", {copy});
    StackWorld world;
    expect_known(world.read(puppet.tid("plugin")), {"plugin_inner", "plugin_outer", "wait_plugin"});
    ASSERT_EQ(puppet.ask("delete"), "deleted");
    StackWorld after;
    const WaitStack& stack = after.read(puppet.tid("plugin"));
    expect_known(stack, {"plugin_inner", "plugin_outer", "wait_plugin"});
    EXPECT_THAT(stack.user[1].module, HasSubstr(".so (deleted)"));
}

TEST(Stack, in_another_mount_namespace_the_files_are_those_that_the_process_sees) {
    const TempDir folder;
    const std::string hidden = folder.path() + "/hidden";
    const Puppet puppet("/bin/sh", {"-c", fmt::format("exec unshare --mount --propagation private sh -c '"
                                                      "mount -t tmpfs none {0} && cp {1}/stacks {2} && exec {2}'",
                                                      folder.path(), paths::kPuppets, hidden)});
    ASSERT_FALSE(std::filesystem::exists(hidden)) << "here is no such file";
    StackWorld world;
    const WaitStack& stack = world.read(puppet.tid("pipe"));
    expect_known(stack, {"wait_pipe"});
    EXPECT_TRUE(std::ranges::any_of(stack.user, [](const StackFrame& frame) { return frame.module == "hidden"; }));
}

/// Of stacks_nameless: an option of its linker.
constexpr const char* kBuildId = "5eed000102030405060708090a0b0c0d0e0f1011";

/// Where the client of debuginfod keeps its files.
class FetchedFiles {
  public:
    FetchedFiles() { ::setenv("DEBUGINFOD_CACHE_PATH", folder_.path().c_str(), 1); }
    FetchedFiles(const FetchedFiles&) = delete;
    FetchedFiles& operator=(const FetchedFiles&) = delete;
    ~FetchedFiles() { ::unsetenv("DEBUGINFOD_CACHE_PATH"); }

    void add(const std::string& build_id, const std::string& file) const {
        std::filesystem::create_directory(folder_.path() + "/" + build_id);
        std::filesystem::copy_file(file, folder_.path() + "/" + build_id + "/debuginfo");
    }

  private:
    TempDir folder_;
};

bool has_name(const WaitStack& stack, std::string_view name) {
    return std::ranges::any_of(stack.user, [&](const StackFrame& frame) { return frame.function == name; });
}

TEST(Stack, names_of_a_stripped_program_come_from_its_debug_file) {
    const Puppet puppet("stacks_nameless");
    const FetchedFiles fetched;
    {
        StackWorld world;
        EXPECT_FALSE(has_name(world.read(puppet.tid("pipe")), "wait_pipe")) << "it is not there yet";
    }
    fetched.add(kBuildId, paths::kPuppets + "/stacks_nameless.debug");
    StackWorld world;
    expect_known(world.read(puppet.tid("pipe")), {"wait_pipe"});
}

/// A variable of this process's environment, for a while.
class Variable {
  public:
    Variable(const char* name, const std::string& value) : name_(name) {
        if (const char* before = std::getenv(name)) {
            before_ = before;
        }
        ::setenv(name, value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

  private:
    const char* name_;
    std::optional<std::string> before_;
};

TEST(Stack, names_that_debuginfod_fetches_come_later) {
    const Puppet puppet("stacks_nameless");
    const FetchedFiles fetched;
    const TempDir programs;
    const std::string client = programs.path() + "/debuginfod-find";
    std::ofstream(client) << "#!/bin/sh\n"
                          << "[ \"$1 $2\" = 'debuginfo " << kBuildId << "' ] || exit 1\n"
                          << "mkdir $DEBUGINFOD_CACHE_PATH/$2\n"
                          << "cp " << paths::kPuppets << "/stacks_nameless.debug $DEBUGINFOD_CACHE_PATH/$2/debuginfo\n";
    std::filesystem::permissions(client, std::filesystem::perms::owner_all);
    const Variable path("PATH", programs.path() + ":" + std::getenv("PATH"));
    const Variable servers("DEBUGINFOD_URLS", "http://localhost:1");
    StackWorld world(true);
    ASSERT_EQ(world.feed().no_debuginfod(), "");
    EXPECT_TRUE(await([&] { return has_name(world.read(puppet.tid("pipe")), "wait_pipe"); }));
}

TEST(Stack, without_servers_or_a_client_nothing_is_fetched_and_that_is_said) {
    const TempDir programs;
    {
        const Variable servers("DEBUGINFOD_URLS", "");
        StackWorld world(true);
        EXPECT_THAT(world.feed().no_debuginfod(), HasSubstr("DEBUGINFOD_URLS"));
    }
    const Variable path("PATH", programs.path());
    const Variable servers("DEBUGINFOD_URLS", "http://localhost:1");
    StackWorld world(true);
    EXPECT_THAT(world.feed().no_debuginfod(), HasSubstr("debuginfod-find is not in $PATH"));
}

TEST(Stack, the_debug_file_of_another_build_is_refused) {
    const Puppet puppet("stacks_nameless");
    const FetchedFiles fetched;
    fetched.add(kBuildId, paths::kPuppets + "/stacks");
    StackWorld world;
    const WaitStack& stack = world.read(puppet.tid("pipe"));
    EXPECT_FALSE(has_name(stack, "wait_pipe"));
    EXPECT_EQ(stack.end, StackEnd::complete);
}

TEST(Stack, names_of_a_stripped_program_come_from_its_compressed_symbols) {
    const Puppet puppet("stacks_nameless_mini");
    StackWorld world;
    expect_known(world.read(puppet.tid("pipe")), {"wait_pipe"});
}

TEST(Stack, a_kernel_thread_has_only_the_kernel_part) {
    StackWorld world;
    const WaitStack& stack = world.read(2);  // kthreadd
    EXPECT_TRUE(stack.kernel_thread);
    EXPECT_THAT(stack.user, IsEmpty());
    EXPECT_THAT(stack.kernel, Not(IsEmpty()));
}

TEST(Stack, an_open_wait_is_read_once) {
    const Puppet puppet("stacks");
    StackWorld world;
    world.read(puppet.tid("pipe"));
    const std::uint64_t used_ns = world.feed().helper_cpu_ns();
    EXPECT_GT(used_ns, 0U);
    for (int refresh = 0; refresh < 3; ++refresh) {
        world.read(puppet.tid("pipe"));
    }
    EXPECT_EQ(world.feed().helper_cpu_ns(), used_ns);
}

/// The helper that is the child of this process.
HelperProcess started() {
    auto helper = HelperProcess::start();
    if (!helper.ok()) {
        throw std::runtime_error(helper.error().text());
    }
    return std::move(helper).value();
}

std::string request_of(HelperTask task) {
    HelperRequest request;
    request.task = task;
    request.slot = 0;
    std::string message;
    append(message, request);
    return message;
}

TEST(StackHelper, has_no_privileges_and_few_system_calls) {
    HelperProcess helper = started();
    ASSERT_TRUE(helper.ask(request_of(HelperTask::unwind), -1)) << "it is ready once it answers";
    const std::string status = text_of("/proc/" + std::to_string(helper.pid()) + "/status");
    EXPECT_THAT(status, HasSubstr("CapEff:\t0000000000000000"));
    EXPECT_THAT(status, HasSubstr("CapPrm:\t0000000000000000"));
    EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
    EXPECT_THAT(status, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(status, HasSubstr("Uid:\t65534\t65534\t65534\t65534"));
}

TEST(StackHelper, is_replaced_when_it_ends) {
    HelperProcess helper = started();
    ASSERT_TRUE(helper.ask(request_of(HelperTask::unwind), -1));
    const pid_t first = helper.pid();
    ::kill(first, SIGKILL);
    EXPECT_FALSE(helper.ask(request_of(HelperTask::unwind), -1));
    EXPECT_NE(helper.pid(), first);
    EXPECT_TRUE(helper.ask(request_of(HelperTask::unwind), -1));
    EXPECT_EQ(helper.restarts(), 1U);
}

TEST(StackHelper, is_replaced_when_it_does_not_answer) {
    HelperProcess helper = started();
    ASSERT_TRUE(helper.ask(request_of(HelperTask::unwind), -1));
    const pid_t first = helper.pid();
    ::kill(first, SIGSTOP);
    EXPECT_FALSE(helper.ask(request_of(HelperTask::unwind), -1));
    EXPECT_TRUE(helper.ask(request_of(HelperTask::unwind), -1));
    EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(first)));
}

TEST(StackHelper, reads_a_perf_map_of_a_process) {
    const std::string path = "/tmp/perf-" + std::to_string(::getpid()) + ".map";
    std::ofstream(path) << "1000 10 jit\n";
    const Fd map = open_perf_map(static_cast<std::uint32_t>(::getpid()), static_cast<std::uint32_t>(::getpid()));
    EXPECT_TRUE(map.valid());
    std::filesystem::remove(path);
    std::filesystem::create_symlink("/etc/passwd", path);
    EXPECT_FALSE(open_perf_map(static_cast<std::uint32_t>(::getpid()), static_cast<std::uint32_t>(::getpid())).valid())
        << "a link to another file";
    std::filesystem::remove(path);
    HelperProcess helper = started();
    const auto answer = helper.ask(request_of(HelperTask::load_perf_map), map.get());
    std::string_view bytes = answer ? *answer : std::string_view{};
    const auto reply = take<HelperReply>(bytes);
    EXPECT_TRUE(reply && reply->ok != 0);
}

}  // namespace
}  // namespace tsa::test
