// SPDX-License-Identifier: MIT
// Google Benchmark of labels: the rules that are built in on a stack of PostgreSQL (C), of the JVM (C++), and on the
// longest stack of hostile names; and reading the rules.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "labels/label_sources.h"

namespace {

constexpr std::size_t kMostFrames = 128;
constexpr std::size_t kLongestName = 240;

using Frames = std::vector<tsa::StackFrame>;

Frames of_postgres() {
    Frames frames;
    for (const char* name : {"epoll_wait",
                             "WaitEventSetWait",
                             "WaitLatch",
                             "ProcSleep",
                             "",
                             "LockAcquireExtended",
                             "XactLockTableWait",
                             "heap_update",
                             "",
                             "",
                             "",
                             "",
                             "standard_ExecutorRun",
                             "",
                             "",
                             "PortalRun",
                             "",
                             "PostgresMain",
                             "",
                             "PostmasterMain",
                             "main",
                             "",
                             "_start"}) {
        frames.push_back({name, "postgres", 0, 0});
    }
    return frames;
}

Frames of_java() {
    Frames frames;
    for (const char* name :
         {"pthread_cond_wait", "os::PlatformEvent::park()", "ObjectMonitor::EnterI(JavaThread*)",
          "ObjectMonitor::enter(JavaThread*)", "ObjectSynchronizer::enter(Handle, BasicLock*, JavaThread*)",
          "InterpreterRuntime::monitorenter(JavaThread*, BasicObjectLock*)", "", "", "",
          "JavaCalls::call_helper(JavaValue*, methodHandle const&, JavaCallArguments*, JavaThread*)",
          "JavaCalls::call_virtual(JavaValue*, Handle, Klass*, Symbol*, Symbol*, JavaThread*)",
          "thread_entry(JavaThread*, JavaThread*)", "JavaThread::thread_main_inner()", "Thread::call_run()",
          "thread_native_entry(Thread*)"}) {
        frames.push_back({name, "libjvm.so", 0, 0});
    }
    return frames;
}

Frames hostile() {
    return {kMostFrames, tsa::StackFrame{"std::sys::" + std::string(kLongestName - 10, '<'), "prog", 0, 0}};
}

void label(benchmark::State& state, const Frames& frames) {
    const tsa::LabelSources sources = tsa::read_labels({});
    for (auto _ : state) {
        benchmark::DoNotOptimize(sources.table.find(frames));
    }
}

void read_rules(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(tsa::read_labels({}).built_in);
    }
}

BENCHMARK_CAPTURE(label, postgres, of_postgres());
BENCHMARK_CAPTURE(label, java, of_java());
BENCHMARK_CAPTURE(label, hostile, hostile());
BENCHMARK(read_rules);

}  // namespace
