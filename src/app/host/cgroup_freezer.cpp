// SPDX-License-Identifier: MIT
// See cgroup_freezer.h.
#include "app/host/cgroup_freezer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>
#include <utility>

#include "base/directory.h"
#include "base/scan.h"
#include "base/task_identity.h"
#include "base/text_file.h"
#include "procfs/cgroup_lines.h"
#include "procfs/cgroup_stats.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// As in CgroupTree: more below one path are not looked at.
constexpr std::size_t kMaxCgroups = 65'536;
/// How long an action waits until everything has stopped.
constexpr int kFreezeMs = 300;

std::string path_in(const UnifiedMount& mount, std::string_view path) {
    if (mount.root != "/" && path.starts_with(mount.root)) {
        path.remove_prefix(mount.root.size());
    }
    return mount.point + std::string(path);
}

/// 0 or an errno.
int write_file(const std::string& path, std::string_view text) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid()) {
        return errno;
    }
    return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

bool is_on(const std::string& path) {
    return read_text_file(path).value_or("").starts_with('1');
}

/// "frozen 1" in cgroup.events.
bool is_still(const std::string& directory) {
    return read_text_file(directory + "/cgroup.events").value_or("").find("frozen 1") != std::string::npos;
}

std::uint32_t parent_of(std::uint32_t tgid) {
    const std::string status = read_text_file(fmt::format("/proc/{}/status", tgid)).value_or("");
    std::string_view rest = status;
    while (const auto line = next_line(rest)) {
        std::string_view fields = *line;
        if (next_field(fields) == "PPid:") {
            return number<std::uint32_t>(next_field(fields)).value_or(0);
        }
    }
    return 0;
}

/// This program and those that it runs under: if one of them stops, so does the screen.
std::set<std::uint32_t> own_processes() {
    std::set<std::uint32_t> own;
    for (auto tgid = static_cast<std::uint32_t>(::getpid()); tgid > 1 && own.insert(tgid).second;) {
        tgid = parent_of(tgid);
    }
    return own;
}

std::string comm_of_process(std::uint32_t tgid) {
    std::string text = read_text_file(fmt::format("/proc/{}/comm", tgid)).value_or("");
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

/// Those of one directory, and what is below it.
void add_members(const std::string& directory, const std::set<std::uint32_t>& own, CgroupMembers& out,
                 std::vector<std::string>& below) {
    const std::string list = read_text_file(directory + "/cgroup.procs").value_or("");
    std::string_view rest = list;
    while (const auto line = next_line(rest)) {
        const auto tgid = number<std::uint32_t>(*line);
        if (!tgid || *tgid == 0 || out.processes.size() == kMaxCgroupMembers) {
            ++out.left_out;  // 0: of another PID namespace
            continue;
        }
        out.processes.push_back({*tgid, comm_of_process(*tgid)});
        out.has_own = out.has_own || own.contains(*tgid);
        out.has_init = out.has_init || *tgid == 1;
    }
    const Directory entries(::opendir(directory.c_str()));
    while (const dirent* entry = entries != nullptr ? ::readdir(entries.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        if (entry->d_type == DT_DIR && name != "." && name != "..") {
            below.push_back(fmt::format("{}/{}", directory, name));
        }
    }
}

std::string failure(std::string_view what, const std::string& path, int error) {
    const bool denied = error == EACCES || error == EPERM;
    return fmt::format("{} {}: {}{}", what, printable(path), strerrordesc_np(error),
                       denied ? "; cgroups of others need root" : "");
}

std::string processes_text(const CgroupMembers& members) {
    const std::size_t count = members.processes.size() + members.left_out;
    return fmt::format("{} process{}", count, count == 1 ? "" : "es");
}

/// Runs beside this program until that ends: async-signal-safe, since the program has other threads.
[[noreturn]] void guard(int pipe, int other_end, int freeze) {
    ::close(other_end);
    ::setsid();
    ::prctl(PR_SET_NAME, "rstat-thaw");
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    // Everything else: it must hold neither the terminal nor the probes.
    ::dup2(pipe, 0);
    ::dup2(freeze, 1);
    constexpr long kCloseRange = 436;  // on every architecture; old headers lack it
    ::syscall(kCloseRange, 2U, ~0U, 0U);
    char answer = 0;
    ssize_t got = 0;
    do {
        got = ::read(0, &answer, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        [[maybe_unused]] const ssize_t written = ::write(1, "0", 1);
    }
    ::_exit(0);
}

/// The end of the result thaws; a byte in it does not. Invalid: there is no such process.
Fd start_guard(const std::string& directory) {
    const Fd freeze(::open((directory + "/cgroup.freeze").c_str(), O_WRONLY | O_CLOEXEC));
    int ends[2] = {-1, -1};
    if (!freeze.valid() || ::pipe2(ends, O_CLOEXEC) != 0) {
        return Fd();
    }
    Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    // Twice, so that it is not a child of this program: no one waits for it.
    const pid_t between = ::fork();
    if (between == 0) {
        if (::fork() == 0) {
            guard(read_end.get(), write_end.get(), freeze.get());
        }
        ::_exit(0);
    }
    if (between < 0) {
        return Fd();
    }
    while (::waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
    }
    return write_end;
}

}  // namespace

UnifiedMount find_unified_mount() {
    const CgroupMounts mounts = find_cgroup_mounts(read_text_file("/proc/self/mountinfo").value_or(""));
    return {mounts.unified.point, mounts.unified.root.empty() ? "/" : mounts.unified.root};
}

CgroupMembers read_cgroup_members(const std::string& path, std::uint32_t tgid, const UnifiedMount& mount) {
    CgroupMembers out;
    out.path = path;
    const std::set<std::uint32_t> own = own_processes();
    out.process_is_own = tgid == 1 || own.contains(tgid);
    out.is_root = path == "/";
    const std::string directory = path_in(mount, path);
    if (!out.is_root && ::access((directory + "/cgroup.freeze").c_str(), F_OK) != 0) {
        out.problem = fmt::format("its cgroup {} cannot be frozen here", printable(path));
        return out;
    }
    std::vector<std::string> below{directory};
    std::size_t seen = 0;
    while (!below.empty() && seen < kMaxCgroups) {
        const std::string next = std::move(below.back());
        below.pop_back();
        add_members(next, own, out, below);
        ++seen;
    }
    out.cgroups_below = seen - 1;
    std::ranges::sort(out.processes, {}, &CgroupMember::tgid);
    out.is_frozen = is_on(directory + "/cgroup.freeze");
    for (std::string above = path; above.size() > 1;) {
        above.resize(above.rfind('/'));
        out.frozen_above = out.frozen_above || (!above.empty() && is_on(path_in(mount, above) + "/cgroup.freeze"));
    }
    return out;
}

CgroupMembers read_cgroup_members(std::uint32_t tgid, const UnifiedMount& mount) {
    CgroupMembers out;
    if (mount.point.empty()) {
        out.problem = "no cgroup v2 hierarchy is mounted here: nothing can be frozen";
        return out;
    }
    const std::string text = read_text_file(fmt::format("/proc/{}/cgroup", tgid)).value_or("");
    std::string_view rest = text;
    while (const auto line = next_cgroup_line(rest)) {
        if (line->hierarchy == "0" && line->path.starts_with("/..")) {
            out.problem = "its cgroup is outside of this container's";
            return out;
        }
        if (line->hierarchy == "0") {
            return read_cgroup_members(std::string(line->path), tgid, mount);
        }
    }
    out.problem = "the process has ended, or its cgroup is hidden";
    return out;
}

std::string refusal(const CgroupMembers& members) {
    if (!members.problem.empty()) {
        return members.problem;
    }
    if (members.is_root) {
        return "the root of the cgroups cannot be frozen";
    }
    if (members.has_own) {
        return fmt::format("rstat-tsa itself, or what it runs under, is in {}", printable(members.path));
    }
    return members.has_init ? fmt::format("process 1 is in {}", printable(members.path)) : std::string();
}

CgroupFreezer::~CgroupFreezer() {
    thaw_all();
}

std::string CgroupFreezer::directory(const std::string& path) const {
    return path_in(mount_, path);
}

ActionResult CgroupFreezer::freeze_path(const std::string& path, Frozen entry) {
    const std::string where = directory(path);
    entry.path = path;
    entry.guard = start_guard(where);
    if (!entry.guard.valid()) {
        return {failure("freeze", path, errno), true};
    }
    if (const int error = write_file(where + "/cgroup.freeze", "1"); error != 0) {
        return {failure("freeze", path, error), true};
    }
    frozen_.push_back(std::move(entry));
    // The kernel announces the change of cgroup.events as a priority event.
    const Fd events(::open((where + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
    constexpr int kStepMs = 20;
    for (int waited = 0; waited < kFreezeMs && !is_still(where); waited += kStepMs) {
        pollfd change{events.get(), POLLPRI, 0};
        ::poll(&change, 1, kStepMs);
    }
    const CgroupMembers now = read_cgroup_members(path, 0, mount_);
    const std::string how = is_still(where) ? "frozen" : "freezing, not everything has stopped yet";
    return {fmt::format("{} {}: {}; f thaws", how, printable(path), processes_text(now)), false};
}

ActionResult CgroupFreezer::freeze(const Command& command) {
    if (!command.moves_out) {
        const CgroupMembers members = read_cgroup_members(command.cgroup, 0, mount_);
        if (const std::string why = refusal(members); !why.empty()) {
            return {"not frozen: " + why, true};
        }
        return freeze_path(command.cgroup, {});
    }
    const Target& target = command.targets.front();
    const CgroupMembers members = read_cgroup_members(target.tgid, mount_);
    if (!task_exists(target.tid, target.start_time_ns)) {
        return {fmt::format("{} ({}) has ended", printable(target.comm), target.tgid), true};
    }
    if (!members.problem.empty() || members.process_is_own) {
        return {"not frozen: " + (members.problem.empty() ? "rstat-tsa runs under it" : members.problem), true};
    }
    const std::string path = fmt::format("{}/rstat-frozen-{}", members.is_root ? "" : members.path, target.tgid);
    if (::mkdir(directory(path).c_str(), 0755) != 0 && errno != EEXIST) {
        return {failure("create", path, errno), true};
    }
    const std::string tgid = fmt::format("{}", target.tgid);
    if (const int error = write_file(directory(path) + "/cgroup.procs", tgid); error != 0) {
        ::rmdir(directory(path).c_str());
        return {failure("move to", path, error), true};
    }
    Frozen entry;
    entry.moved_from = members.path;
    entry.moved_tgid = target.tgid;
    return freeze_path(path, std::move(entry));
}

bool CgroupFreezer::thaw_entry(Frozen& entry) {
    const bool thawed = write_file(directory(entry.path) + "/cgroup.freeze", "0") == 0;
    if (!entry.moved_from.empty()) {
        write_file(directory(entry.moved_from) + "/cgroup.procs", fmt::format("{}", entry.moved_tgid));
        ::rmdir(directory(entry.path).c_str());  // it may have children there by now: then it stays
    }
    return thawed;
}

ActionResult CgroupFreezer::thaw(const Command& command) {
    const auto own = std::ranges::find(frozen_, command.cgroup, &Frozen::path);
    const CgroupMembers before = read_cgroup_members(command.cgroup, 0, mount_);
    if (own != frozen_.end()) {
        thaw_entry(*own);
        frozen_.erase(own);
    } else if (const int error = write_file(directory(command.cgroup) + "/cgroup.freeze", "0"); error != 0) {
        return {failure("thaw", command.cgroup, error), true};
    }
    return {fmt::format("thawed {}: {}", printable(command.cgroup), processes_text(before)), false};
}

ActionResult CgroupFreezer::kill(const Command& command) {
    const CgroupMembers members = read_cgroup_members(command.cgroup, 0, mount_);
    if (const std::string why = refusal(members); !why.empty()) {
        return {"not killed: " + why, true};
    }
    const std::string file = directory(command.cgroup) + "/cgroup.kill";
    if (const int error = write_file(file, "1"); error != 0) {
        return {error == ENOENT ? "cgroup.kill needs Linux 5.14" : failure("kill", command.cgroup, error), true};
    }
    return {fmt::format("SIGKILL sent to {}: {}", printable(command.cgroup), processes_text(members)), false};
}

std::vector<std::string> CgroupFreezer::frozen() const {
    std::vector<std::string> paths;
    for (const Frozen& entry : frozen_) {
        if (is_on(directory(entry.path) + "/cgroup.freeze")) {
            paths.push_back(entry.path);
        }
    }
    return paths;
}

std::string CgroupFreezer::leave_frozen() {
    std::string words;
    for (Frozen& entry : frozen_) {
        constexpr char kLeave = 'l';
        [[maybe_unused]] const ssize_t written = ::write(entry.guard.get(), &kLeave, 1);
        words += fmt::format("{}left frozen: {}; to thaw it: echo 0 > {}/cgroup.freeze", words.empty() ? "" : "\n",
                             printable(entry.path), printable(directory(entry.path)));
    }
    frozen_.clear();
    return words;
}

std::string CgroupFreezer::thaw_all() {
    std::vector<std::string> done;
    for (Frozen& entry : frozen_) {
        if (thaw_entry(entry)) {
            done.push_back(printable(entry.path));
        }
    }
    frozen_.clear();
    return done.empty() ? std::string() : fmt::format("thawed: {}", fmt::join(done, ", "));
}

}  // namespace tsa
