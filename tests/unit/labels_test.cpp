// SPDX-License-Identifier: MIT
// Labels of stacks: names of functions, rules, files of rules, and the built-in rules on stacks of real programs.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "labels/bare_name.h"
#include "labels/label_file.h"
#include "labels/label_sources.h"
#include "model/wait_labels.h"
#include "unit/document.h"

namespace tsa {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(BareName, is_without_what_differs_from_build_to_build) {
    EXPECT_EQ(bare_name("ProcSleep"), "ProcSleep");
    EXPECT_EQ(bare_name("LWLockAttemptLock.isra.0"), "LWLockAttemptLock");
    EXPECT_EQ(bare_name("f.part.0.cold"), "f");
    EXPECT_EQ(bare_name("runtime.futex.abi0"), "runtime.futex");
    EXPECT_EQ(bare_name("runtime.lock2"), "runtime.lock2");
    EXPECT_EQ(bare_name("pthread_cond_wait@@GLIBC_2.3.2"), "pthread_cond_wait");
    EXPECT_EQ(bare_name("internal/poll.(*FD).Read"), "internal/poll.(*FD).Read");
}

TEST(BareName, of_cpp_has_neither_parameters_nor_arguments_nor_a_return_type) {
    EXPECT_EQ(bare_name("ObjectMonitor::enter(JavaThread*)"), "ObjectMonitor::enter");
    EXPECT_EQ(bare_name("unsigned long a::b<int, c<d> >::e<f>(g<h>) const [clone .constprop.1]"), "a::b::e");
    EXPECT_EQ(bare_name("node::(anonymous namespace)::PlatformWorkerThread(void*)"),
              "node::(anonymous namespace)::PlatformWorkerThread");
    EXPECT_EQ(bare_name("S::Start()::{lambda(void*)#1}::_FUN(void*)"), "S::Start");
    EXPECT_EQ(bare_name("a::operator<<(b)"), "a::operator<<");
    EXPECT_EQ(bare_name("a::operator()(b) const"), "a::operator()");
    EXPECT_EQ(bare_name("a::operator bool() const"), "a::operator bool");
    EXPECT_EQ(bare_name("a::operator->()"), "a::operator->");
}

TEST(BareName, of_rust_is_that_of_both_of_its_forms) {
    EXPECT_EQ(bare_name("<std::sys::sync::mutex::futex::Mutex>::lock_contended"),
              "std::sys::sync::mutex::futex::Mutex::lock_contended");
    EXPECT_EQ(bare_name("<std::sync::mpmc::list::Channel<T>>::recv"), "std::sync::mpmc::list::Channel::recv");
    EXPECT_EQ(bare_name("core::ptr::drop_in_place::<alloc::vec::Vec<u8>>"), "core::ptr::drop_in_place");
    EXPECT_EQ(bare_name("<a::T as b::U>::f"), "<a::T as b::U>::f");
    EXPECT_EQ(bare_name("a::f::{closure#0}"), "a::f::{closure#0}");
}

TEST(BareName, of_a_name_that_was_cut_off_or_is_hostile_ends) {
    for (const std::string_view name : {"",
                                        "<",
                                        ">",
                                        "a<",
                                        "a<b(",
                                        "(",
                                        "(*",
                                        "{",
                                        "[abi:",
                                        " ",
                                        "operator",
                                        "::operator",
                                        "a::operator<",
                                        "->",
                                        "<>",
                                        "<::>",
                                        "a ",
                                        "::",
                                        "a<->b",
                                        "@",
                                        ".isra",
                                        ".0",
                                        "(anonymous namespace)"}) {
        EXPECT_LE(bare_name(name).size(), name.size()) << name;
    }
    EXPECT_EQ(bare_name("a::b<c(d"), "a::b");
    EXPECT_EQ(bare_name(std::string(240, '<')).size(), 240U);
}

/// "epoll_wait < postgres!ProcSleep < main": innermost first; the module of a frame without one is that of `program`.
std::vector<StackFrame> stack_of(std::string_view text, const std::string& program) {
    std::vector<StackFrame> frames;
    while (!text.empty()) {
        constexpr std::string_view kBetween = " < ";
        const std::size_t end = std::min(text.find(kBetween), text.size());
        std::string name(text.substr(0, end));
        text.remove_prefix(std::min(end + kBetween.size(), text.size()));
        const std::size_t mark = name.find('!');
        StackFrame frame;
        frame.module = mark == std::string::npos ? program : name.substr(0, mark);
        frame.function = mark == std::string::npos ? name : name.substr(mark + 1);
        frame.function = frame.function == "?" ? "" : frame.function;
        frames.push_back(std::move(frame));
    }
    return frames;
}

LabelTable table_of(const std::string& text) {
    auto rules = read_label_file(text, "test.toml");
    EXPECT_TRUE(rules.ok()) << rules.error().text();
    LabelTable table;
    table.add(rules.ok() ? std::move(rules).value() : std::vector<LabelRule>{});
    return table;
}

std::string rule(const std::string& keys) {
    return "[[label]]\n" + keys + "\nkind = \"lock\"\n";
}

std::string label(const LabelTable& table, std::string_view stack, const std::string& program = "prog") {
    const StackLabel* found = table.find(stack_of(stack, program));
    return found != nullptr ? found->text : "";
}

TEST(LabelTable, the_first_rule_that_applies_decides) {
    const LabelTable table = table_of(rule("functions = [\"inner\"]\ncallers = [\"special\"]\nlabel = \"special\"") +
                                      rule("functions = [\"outer\", \"inner\"]\nlabel = \"general\""));
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(label(table, "libc.so.6!read < inner < special < main"), "special");
    EXPECT_EQ(label(table, "libc.so.6!read < inner < main"), "general");
    EXPECT_EQ(label(table, "special < x < inner"), "general") << "further in is no caller";
    EXPECT_EQ(label(table, "outer"), "general");
    EXPECT_EQ(label(table, "main"), "");
    EXPECT_EQ(label(table, ""), "");
}

TEST(LabelTable, a_function_is_of_the_rule_s_module) {
    const LabelTable table = table_of(rule("functions = [\"f\"]\nmodule = \"libx.so*\"\nlabel = \"x\""));
    EXPECT_EQ(label(table, "libx.so.3!f"), "x");
    EXPECT_EQ(label(table, "libx.so.3 (deleted)!f"), "x");
    EXPECT_EQ(label(table, "liby.so!f < main"), "");
    EXPECT_EQ(label(table, "liby.so!f < libx.so!f"), "x");
}

TEST(LabelTable, further_in_bounds_what_the_function_may_have_called) {
    const std::string start = "functions = [\"loop\"]\nmodule = \"libl.so\"\nlabel = \"idle loop\"\n";
    const LabelTable nothing = table_of(rule(start + "further_in = \"nothing\""));
    const LabelTable module = table_of(rule(start + "further_in = \"module\""));
    const LabelTable anything = table_of(rule(start));
    const auto all = [&](std::string_view stack) {
        return std::vector<bool>{!label(nothing, stack).empty(), !label(module, stack).empty(),
                                 !label(anything, stack).empty()};
    };
    EXPECT_THAT(all("libc.so.6!epoll_wait < libl.so!loop < main"), ElementsAre(true, true, true));
    EXPECT_THAT(all("libc.so.6!read < __interceptor_read.part.0 < libl.so!loop"), ElementsAre(true, true, true));
    EXPECT_THAT(all("libc.so.6!read < libasan.so.8!? < libl.so!loop"), ElementsAre(true, true, true));
    EXPECT_THAT(all("ld-musl-x86_64.so.1!? < libl.so!loop"), ElementsAre(true, true, true));
    EXPECT_THAT(all("libl.so!loop"), ElementsAre(true, true, true));
    EXPECT_THAT(all("libc.so.6!poll < libl.so!? < libl.so!loop"), ElementsAre(false, true, true));
    EXPECT_THAT(all("libc.so.6!read < callback < libl.so!loop"), ElementsAre(false, false, true));
    EXPECT_THAT(all("!jit < libl.so!loop"), ElementsAre(false, false, true)) << "memory without a file";
}

TEST(LabelTable, one_star_stands_for_any_text) {
    const LabelTable table = table_of(rule("functions = [\"std::*::lock\", \"pg_*\", \"*_end\"]\nlabel = \"x\""));
    EXPECT_EQ(label(table, "std::sys::Mutex::lock"), "x");
    EXPECT_EQ(label(table, "pg_"), "x");
    EXPECT_EQ(label(table, "the_end"), "x");
    EXPECT_EQ(label(table, "std::lock"), "") << "both ends need their text";
    EXPECT_EQ(label(table, "xpg_lock"), "");
}

TEST(LabelTable, a_rule_s_name_is_the_whole_one_or_the_bare_one) {
    const LabelTable table = table_of(rule("functions = [\"f(int)\", \"LazyCompile:*work\"]\nlabel = \"whole\"") +
                                      rule("functions = [\"f\"]\nlabel = \"bare\""));
    EXPECT_EQ(label(table, "f(int)"), "whole");
    EXPECT_EQ(label(table, "f(long)"), "bare");
    EXPECT_EQ(label(table, "LazyCompile:~do work"), "whole");
}

std::string error_of(const std::string& text) {
    const auto rules = read_label_file(text, "l.toml");
    return rules.ok() ? "" : rules.error().text();
}

StackFrame kernel_frame(std::string_view function) {
    StackFrame frame;
    frame.function = function;
    return frame;
}

TEST(LabelTable, kernel_functions_have_only_the_rules_for_the_kernel) {
    const LabelSources sources = read_labels({});
    // As in the kernel's source: an ioctl that waits for a buffer of a graphics card, and a page flip.
    const std::vector<StackFrame> ioctl{kernel_frame("schedule_timeout"),       kernel_frame("dma_fence_default_wait"),
                                        kernel_frame("dma_fence_wait_timeout"), kernel_frame("dma_resv_wait_timeout"),
                                        kernel_frame("drm_gem_dma_resv_wait"),  kernel_frame("drm_ioctl")};
    const StackLabel* label = sources.table.find_in_kernel(ioctl);
    ASSERT_NE(label, nullptr);
    EXPECT_EQ(label->text, "gpu");
    EXPECT_EQ(sources.table.find(ioctl), nullptr) << "a program may call its functions the same";
    const std::vector<StackFrame> other{kernel_frame("pthread_cond_wait"), kernel_frame("do_sys_poll")};
    EXPECT_EQ(sources.table.find_in_kernel(other), nullptr);
    EXPECT_EQ(sources.table.find_in_kernel({}), nullptr);
}

TEST(StackLabels, are_looked_for_in_uninterruptible_waits_for_a_fence_only) {
    Thread thread;
    thread.state = ThreadState::uninterruptible;
    EXPECT_FALSE(may_have_stack_label(thread));
    thread.wait.kernel_function = "dma_fence_default_wait";
    EXPECT_TRUE(may_have_stack_label(thread));
    thread.kernel = true;
    EXPECT_FALSE(may_have_stack_label(thread));
}

TEST(LabelFile, an_error_has_its_place_and_a_hint) {
    EXPECT_THAT(error_of("[[label]]\nfunctions = [\"f\"]\nlabel = \"x\"\nkind = \"lokc\"\n"),
                AllOf(StartsWith("l.toml:4:8: kind: unknown 'lokc'; hint: "), HasSubstr("lock")));
    EXPECT_THAT(error_of("[[label]]\n  function = [\"f\"]\n"),
                AllOf(StartsWith("l.toml:2:3: unknown key 'function'; hint: "), HasSubstr("functions")));
    EXPECT_THAT(error_of("\n[[label]]\nlabel = \"x\"\nkind = \"io\"\n"),
                StartsWith("l.toml:2:1: this label has no functions; hint: "));
    EXPECT_THAT(error_of("[[label]]\nfunctions = [\"a\", \"b*c*\"]\n"),
                StartsWith("l.toml:2:19: functions: 'b*c*' has more than one *; hint: "));
    EXPECT_THAT(error_of("[[label]]\nfunctions = \"f\"\n"), StartsWith("l.toml:2:13: functions: not a list of 1 to "));
    EXPECT_THAT(error_of("[[label]]\nfunctions = []\n"), StartsWith("l.toml:2:13: functions: not a list of 1 to "));
    EXPECT_THAT(error_of("[[label]]\nlabel = \"\"\n"), StartsWith("l.toml:2:9: label: not a text of 1 to "));
    EXPECT_THAT(error_of("[[label]]\nlabel = \"a\\nb\"\n"), StartsWith("l.toml:2:9: label: not a text of 1 to "));
    EXPECT_THAT(error_of("[[label]]\nlabel = 7\n"), StartsWith("l.toml:2:9: label: not a text of 1 to "));
    EXPECT_THAT(error_of("[label]\nkind = \"io\"\n"), StartsWith("l.toml:1:2: 'label' is not a section [[label]]"));
    EXPECT_THAT(error_of("x = 1\n"), StartsWith("l.toml:1:1: 'x' is not a section [[label]]"));
    EXPECT_THAT(error_of("[[label]\n"), StartsWith("l.toml:1:9: "));
    EXPECT_THAT(error_of(std::string(kMaxLabelFileBytes + 1, '#')), StartsWith("l.toml: the file is too long"));
}

TEST(LabelFile, its_size_is_bounded) {
    const std::string one = rule("functions = [\"f\"]\nlabel = \"x\"");
    std::string text;
    for (std::size_t number = 0; number < kMaxLabelRules; ++number) {
        text += one;
    }
    EXPECT_EQ(error_of(text), "");
    EXPECT_THAT(error_of(text + one), HasSubstr("more than"));
    EXPECT_THAT(error_of(rule("functions = [\"" + std::string(kMaxLabelNameBytes + 1, 'f') + "\"]")),
                HasSubstr("functions: not a text"));
}

TEST(LabelFile, without_a_label_is_valid) {
    EXPECT_EQ(table_of("").size(), 0U);
    EXPECT_EQ(table_of("# nothing yet\n").size(), 0U);
}

class Labels : public ::testing::Test {
  protected:
    Labels() : folder_(std::filesystem::temp_directory_path() / ("rstat-labels-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
    }
    ~Labels() override { std::filesystem::remove_all(folder_); }
    std::string file(const std::string& name, const std::string& text) {
        const std::string path = folder_ / name;
        std::ofstream(path) << text;
        return path;
    }

    std::filesystem::path folder_;
};

TEST_F(Labels, earlier_files_come_before_later_ones_and_before_the_built_in_ones) {
    const std::string own = file("own.toml", rule("functions = [\"ProcSleep\"]\nlabel = \"mine\""));
    const std::string system = file("system.toml", rule("functions = [\"ProcSleep\", \"f\"]\nlabel = \"ours\""));
    const LabelSources sources = read_labels({own, system, folder_ / "absent.toml"});
    ASSERT_EQ(sources.files.size(), 2U);
    EXPECT_EQ(sources.files[0].path, own);
    EXPECT_EQ(sources.table.size(), 2 + sources.built_in);
    EXPECT_EQ(label(sources.table, "ProcSleep < main", "postgres"), "mine");
    EXPECT_EQ(label(sources.table, "f < main"), "ours");
    EXPECT_EQ(label(sources.table, "LWLockAcquire < main", "postgres"), "LWLock");
    EXPECT_EQ(damaged_labels(sources.files), "");
}

TEST_F(Labels, a_damaged_file_is_not_used_and_said) {
    const std::string damaged = file("damaged.toml", rule("functions = [\"f\"]\nlabel = \"mine\"") + "oops\n");
    const LabelSources sources = read_labels({damaged, folder_});
    EXPECT_EQ(label(sources.table, "f"), "");
    EXPECT_EQ(sources.table.size(), sources.built_in);
    EXPECT_THAT(damaged_labels(sources.files),
                AllOf(HasSubstr(damaged + ":5:5: "), HasSubstr("; hint: "), HasSubstr("not a regular file")));
}

TEST(LabelPaths, the_user_s_file_comes_first) {
    const char* const before = std::getenv("XDG_CONFIG_HOME");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("XDG_CONFIG_HOME", "/home/a/conf", 1);
    EXPECT_THAT(label_paths(), ElementsAre("/home/a/conf/rstat-tsa/labels.toml", "/etc/rstat-tsa/labels.toml"));
    before != nullptr ? ::setenv("XDG_CONFIG_HOME", kept.c_str(), 1) : ::unsetenv("XDG_CONFIG_HOME");
}

/// The combined label, and "+" if it is a delay.
std::string combined(ThreadState state, std::string_view found, const StackLabel& of_stack, bool delays = false) {
    Thread thread;
    thread.state = state;
    WaitLabel object;
    object.set_text(found);
    object.delays = delays;
    WaitLabel label;
    combine(thread, found == "(null)" ? nullptr : &object, of_stack, label);
    return std::string(label.text()) + (label.delays ? "+" : "");
}

TEST(CombinedLabel, has_what_the_stack_says_and_the_object) {
    const StackLabel lock{"row lock", StackLabelKind::lock};
    const StackLabel read{"client read", StackLabelKind::idle};
    EXPECT_EQ(combined(ThreadState::idle, "(null)", lock), "row lock+");
    EXPECT_EQ(combined(ThreadState::idle, "", read), "client read");
    EXPECT_EQ(combined(ThreadState::sleep, "tcp 10.0.0.7:1 (psql 7)", read), "client read: tcp 10.0.0.7:1 (psql 7)");
    EXPECT_EQ(combined(ThreadState::idle, "epoll: unix /run/x", read), "client read: unix /run/x");
    EXPECT_EQ(combined(ThreadState::idle, "epoll: 1 socket, 1 pipe", read), "client read");
    EXPECT_EQ(combined(ThreadState::idle, "epoll: no descriptors", read), "client read");
    EXPECT_EQ(combined(ThreadState::sleep, "pipe to 7 cat", {}, true), "pipe to 7 cat+") << "a reader that is too slow";
    EXPECT_EQ(combined(ThreadState::sleep, "pipe to 7 cat", read, true), "client read: pipe to 7 cat+");
    EXPECT_EQ(combined(ThreadState::sync, "join 7 worker", {"join", StackLabelKind::other}), "join 7 worker");
}

TEST(CombinedLabel, of_a_wait_that_is_known_as_a_lock_is_another_name_only_if_that_is_a_lock_too) {
    EXPECT_EQ(combined(ThreadState::lock_wait, "(null)", {"condition variable", StackLabelKind::other}), "");
    EXPECT_EQ(combined(ThreadState::lock_wait, "flock /run/x", {"idle", StackLabelKind::idle}), "flock /run/x");
    EXPECT_EQ(combined(ThreadState::lock_wait, "(null)", {"rust mutex", StackLabelKind::lock}), "rust mutex+");
    EXPECT_EQ(combined(ThreadState::sync, "(null)", {"condition variable", StackLabelKind::other}),
              "condition variable");
}

TEST(CombinedLabel, a_long_one_is_cut_between_numbers) {
    const std::string text =
        combined(ThreadState::sleep, "unix " + std::string(90, 'x') + " 12345", {"client read", StackLabelKind::idle});
    EXPECT_LE(text.size(), kMaxLabelBytes);
    EXPECT_THAT(text, StartsWith("client read: unix xxx"));
}

struct Known {
    std::string_view program, stack, label;
    StackLabelKind kind;
};

/// As read from running programs; what is beyond the functions that matter is left out.
constexpr std::array kKnown = std::to_array<Known>({
    {"postgres",
     "libc.so.6!epoll_wait < WaitEventSetWait < WaitLatch < ProcSleep < ? < LockAcquireExtended < XactLockTableWait < "
     "heap_update < ? < PortalRun < ? < PostgresMain < ? < PostmasterMain < main",
     "heavyweight lock transactionid", StackLabelKind::lock},
    {"postgres",
     "libc.so.6!epoll_wait < WaitEventSetWait < WaitLatch < ProcSleep < ? < LockAcquireExtended < LockTuple < "
     "heap_update < ? < ?",
     "heavyweight lock tuple", StackLabelKind::lock},
    {"postgres",
     "libc.so.6!epoll_wait < WaitEventSetWait < WaitLatch < ProcSleep < ? < LockAcquireExtended < "
     "pg_advisory_lock_int8 < ?",
     "heavyweight lock advisory", StackLabelKind::lock},
    {"postgres",
     "libc.so.6!epoll_wait < WaitEventSetWait < secure_read < ? < pq_getbyte < PostgresMain < ? < PostmasterMain",
     "client read", StackLabelKind::idle},
    {"postgres", "libc.so.6!epoll_wait < WaitEventSetWait < WaitLatch < CheckpointerMain < AuxiliaryProcessMain",
     "idle checkpointer", StackLabelKind::idle},
    {"postgres", "libc.so.6!epoll_wait < WaitEventSetWait < WaitLatch < heap_vacuum_rel < ?", "", {}},
    {"java",
     "libc.so.6!? < libc.so.6!pthread_cond_wait < libjvm.so!os::PlatformEvent::park() < "
     "libjvm.so!ObjectMonitor::EnterI(JavaThread*) < libjvm.so!ObjectMonitor::enter(JavaThread*) < !? < !?",
     "java monitor", StackLabelKind::lock},
    {"java",
     "libc.so.6!? < libc.so.6!pthread_cond_wait < libjvm.so!Parker::park(bool, long) < libjvm.so!Unsafe_Park < !?",
     "java park", StackLabelKind::other},
    {"java",
     "libc.so.6!? < libc.so.6!pthread_cond_timedwait < libjvm.so!os::PlatformMonitor::wait(long) < "
     "libjvm.so!Monitor::wait(long) < libjvm.so!CompileQueue::get() < libjvm.so!CompileBroker::compiler_thread_loop()",
     "idle JVM thread", StackLabelKind::idle},
    {"w",
     "runtime.futex.abi0 < runtime.futexsleep < runtime.notesleep < runtime.stopm < runtime.findRunnable < "
     "runtime.schedule < runtime.park_m < runtime.mcall",
     "idle go thread", StackLabelKind::idle},
    {"w",
     "runtime/internal/syscall.Syscall6 < syscall.RawSyscall6 < syscall.read < os.(*File).Read < main.main",
     "",
     {}},
    {"python3.11", "libc.so.6!? < libc.so.6!? < PyThread_acquire_lock_timed < ? < ? < PyObject_Call",
     "python lock, condition or join", StackLabelKind::other},
    {"node", "libc.so.6!epoll_pwait < uv__io_poll < uv_run < node::SpinEventLoopInternal(node::Environment*)",
     "libuv loop", StackLabelKind::idle},
    {"node", "libc.so.6!read < uv_fs_read < !? < node::X() < uv__io_poll < uv_run", "", {}},
    {"node",
     "libc.so.6!? < libc.so.6!pthread_cond_wait < uv_cond_wait < node::(anonymous "
     "namespace)::PlatformWorkerThread(void*) < libc.so.6!?",
     "idle node worker", StackLabelKind::idle},
    {"nginx", "libc.so.6!epoll_wait < ? < ngx_process_events_and_timers < ? < ngx_spawn_process < ? < main",
     "idle nginx worker", StackLabelKind::idle},
    {"prog", "libc.so.6!syscall < <std::sys::sync::mutex::futex::Mutex>::lock_contended < main", "rust mutex",
     StackLabelKind::lock},
    {"prog",
     "libc.so.6!syscall < <std::sys::sync::condvar::futex::Condvar>::wait < "
     "tokio::runtime::scheduler::multi_thread::park::Parker::park < "
     "tokio::runtime::scheduler::multi_thread::worker::Context::park_timeout < "
     "tokio::runtime::blocking::pool::Inner::run",
     "idle tokio worker", StackLabelKind::idle},
    {"prog",
     "libc.so.6!epoll_wait < mio::poll::Poll::poll < tokio::runtime::io::Driver::turn < "
     "tokio::runtime::time::Driver::park_internal < tokio::runtime::scheduler::current_thread::Context::park < main",
     "idle tokio worker", StackLabelKind::idle},
    {"prog",
     "libc.so.6!syscall < <std::sys::sync::condvar::futex::Condvar>::wait < tokio::runtime::park::Inner::park < "
     "tokio::runtime::park::CachedParkThread::block_on < main",
     "tokio block_on", StackLabelKind::other},
    {"prog",
     "libc.so.6!syscall < <std::sys::sync::condvar::futex::Condvar>::wait_optional_timeout < "
     "tokio::runtime::blocking::pool::Inner::run < main",
     "rust condition variable", StackLabelKind::other},
    {"prog", "libc.so.6!? < libc.so.6!pthread_cond_wait < worker", "condition variable", StackLabelKind::other},
});

TEST(BuiltInLabels, name_what_real_programs_wait_for) {
    const LabelSources sources = read_labels({});
    EXPECT_GT(sources.built_in, 30U);
    for (const Known& known : kKnown) {
        const StackLabel* found = sources.table.find(stack_of(known.stack, std::string(known.program)));
        const StackLabel expected{std::string(known.label), known.label.empty() ? StackLabelKind::none : known.kind};
        EXPECT_EQ(found != nullptr ? *found : StackLabel{}, expected) << known.stack;
    }
}

TEST(BuiltInLabels, the_file_is_valid) {
    const auto rules = read_label_file(built_in_labels(), "built_in.toml");
    EXPECT_TRUE(rules.ok()) << rules.error().text();
}

/// The first block of code of a document that has the text.
std::string code_block(const std::string& text, std::string_view has) {
    constexpr std::string_view kFence = "```toml\n";
    std::size_t begin = text.find(kFence);
    while (begin != std::string::npos) {
        begin += kFence.size();
        const std::string block = text.substr(begin, text.find("```", begin) - begin);
        if (block.find(has) != std::string::npos) {
            return block;
        }
        begin = text.find(kFence, begin);
    }
    return "";
}

TEST(BuiltInLabels, the_documented_example_is_valid) {
    const std::string example = code_block(test::document("docs/labels.md"), "[[label]]");
    ASSERT_THAT(example, Not(IsEmpty()));
    const LabelTable table = table_of(example);
    EXPECT_GE(table.size(), 2U);
    EXPECT_EQ(label(table, "libc.so.6!? < libc.so.6!pthread_cond_wait < app::Pool::take(int) < app::handle", "app"),
              "connection pool");
}

TEST(LabelFiles, letters_that_the_librarys_classes_leave_out_are_an_error_with_a_place) {
    const auto rules = read_label_file("l\307\217oll.(*", "f");
    ASSERT_FALSE(rules.ok());
    EXPECT_THAT(rules.error().message, testing::StartsWith("f:1:"));
}

}  // namespace
}  // namespace tsa
