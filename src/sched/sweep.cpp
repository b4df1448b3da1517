// See sweep.h.
#include "sched/sweep.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>

#include "base/fd.h"

namespace tsa {

namespace {

bool is_older_than(const tsa_slot& slot, std::uint64_t now_ns, std::uint64_t age_ns) {
    const std::uint64_t since_ns = __atomic_load_n(&slot.since_ns, __ATOMIC_RELAXED);
    return now_ns > since_ns && now_ns - since_ns > age_ns;
}

}  // namespace

const Swept& Sweeper::sweep(std::span<const tsa_slot> used, std::uint64_t now_ns, TaskExists exists) {
    swept_.ended.clear();
    swept_.abandoned.clear();
    if (now_ns - last_ns_ < kSweepEveryNs || used.empty()) {
        return swept_;
    }
    last_ns_ = now_ns;
    std::size_t looks = 0;
    std::size_t resume = 0;
    for (std::size_t step = 0; step < used.size(); ++step) {
        const std::size_t i = (next_ + step) % used.size();
        const tsa_slot& slot = used[i];
        if (slot.state != TSA_ZOMBIE || slot.life == 0) {
            continue;
        }
        if ((slot.flags & TSA_F_GONE) != 0) {
            if (is_older_than(slot, now_ns, kSurelyFreedNs)) {
                swept_.abandoned.push_back(static_cast<std::uint32_t>(i));
            }
        } else if (is_older_than(slot, now_ns, kZombieDoubtedNs) && looks < kMaxLooks) {
            ++looks;
            resume = i + 1;
            if (!exists(slot.tid, slot.start_time_ns)) {
                swept_.ended.push_back(static_cast<std::uint32_t>(i));
            }
        }
    }
    next_ = looks == kMaxLooks ? resume : 0;
    return swept_;
}

std::uint64_t start_ticks_of(std::string_view stat_line) {
    // "TID (name) S ...": the name may hold anything, so count from its last parenthesis. Start time is field 22.
    constexpr int kFieldsToSkip = 20;
    const std::size_t name_end = stat_line.rfind(')');
    if (name_end == std::string_view::npos) {
        return 0;
    }
    std::string_view rest = stat_line.substr(name_end + 1);
    for (int field = 0; field < kFieldsToSkip; ++field) {
        const std::size_t space = rest.find(' ');
        if (space == std::string_view::npos) {
            return 0;
        }
        rest.remove_prefix(space + 1);
    }
    std::uint64_t ticks = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    return error == std::errc{} ? ticks : 0;
}

bool task_exists(std::uint32_t tid, std::uint64_t start_time_ns) {
    std::array<char, 64> path{};
    std::snprintf(path.data(), path.size(), "/proc/%u/stat", tid);
    const Fd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return false;
    }
    std::array<char, 1024> text{};
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got <= 0) {
        return false;
    }
    const std::uint64_t ticks = start_ticks_of({text.data(), static_cast<std::size_t>(got)});
    const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    const std::uint64_t expected = start_time_ns / (1'000'000'000ULL / per_second);
    return ticks + 1 >= expected && ticks <= expected + 1;
}

}  // namespace tsa
