// SPDX-License-Identifier: MIT
// Labels and holders of file locks and of SysV semaphores: see label_reader.h.
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <array>

#include "peers/label_reader.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxSemaphoreOperations = 64;
/// More time for the search for an open file, which begins at the first process each time.
constexpr std::uint64_t kSearchNs = 80'000'000;

bool exists(std::int64_t tgid) {
    return ::access(("/proc/" + std::to_string(tgid)).c_str(), F_OK) == 0;
}

}  // namespace

LockedFile LabelReader::locked_file(std::int32_t fd) {
    const FdInfo& info = files_.fdinfo(query_.tid, fd);
    if (!info.mount_id || !info.inode) {
        return {};
    }
    const auto mount = find_mount(other_files_.mountinfo(query_.tid), *info.mount_id);
    return mount ? LockedFile{mount->major, mount->minor, *info.inode} : LockedFile{};
}

void LabelReader::describe_file_lock(const Subject& subject, Draft& draft, LockReading& lock) {
    if (query_.holder_only) {
        (void)find_file_holder(subject, lock, false);
        return;
    }
    const std::string_view call = subject.kind == SubjectKind::flock ? "flock" : "fcntl";
    const FileLink link = parse_link(files_.link(query_.tid, subject.fd));
    draft.text = call;
    if (link.type == FileType::file || link.type == FileType::terminal) {
        draft.text +=
            " " + std::string(link.name.size() > kMaxLabelBytes / 2
                                  ? link.name.substr(link.name.find('/', link.name.size() - kMaxLabelBytes / 2))
                                  : link.name);
    }
    lock.file = locked_file(subject.fd);
    draft.incomplete = !find_file_holder(subject, lock, true);
}

/// `search`: look through all processes for the one whose open file has the lock; false: there was not enough time.
bool LabelReader::find_file_holder(const Subject& subject, LockReading& lock, bool search) {
    if (!locks_read_) {
        locks_read_ = true;
        locks_ = std::string(other_files_.text("locks"));
    }
    const std::uint32_t known_tgid = lock.tgid;
    lock.tgid = 0;
    if (!lock.file.valid()) {
        return true;
    }
    const LockHolder holder =
        find_lock_holder(locks_, lock.file, subject.kind == SubjectKind::flock, subject.open_file, query_.tgid);
    if (holder.pid > 0 && exists(holder.pid)) {
        lock.tgid = static_cast<std::uint32_t>(holder.pid);
        lock.fd = -1;
        return true;
    }
    if (!holder.waits) {
        return true;
    }
    // The lock belongs to an open file: it is no process's, or the one that took it has ended.
    const auto has_lock = [&](std::uint32_t tgid, std::int32_t fd) {
        const FdInfo& info = other_files_.fdinfo(tgid, fd);
        return info.has_lock && info.inode == lock.file.inode;
    };
    if (lock.fd >= 0 && known_tgid != 0 && has_lock(known_tgid, lock.fd)) {
        lock.tgid = known_tgid;
        return true;
    }
    lock.fd = -1;
    if (!search) {
        return true;
    }
    const std::string path(files_.link(query_.tid, subject.fd));
    std::int32_t found_fd = -1;
    const auto found = owners_.of_path(path, until_ns_ + kSearchNs, [&](std::uint32_t tgid, std::int32_t fd) {
        const bool has = has_lock(tgid, fd);
        found_fd = has && found_fd < 0 ? fd : found_fd;
        return has;
    });
    if (found && found->count == 1) {
        lock.tgid = found->tgid;
        lock.fd = found_fd;
    }
    return found.has_value();
}

bool LabelReader::in_own_ipc_namespace() {
    if (ipc_namespace_.empty()) {
        ipc_namespace_ = std::string(files_.link(static_cast<std::uint32_t>(::getpid()), "ns/ipc"));
    }
    return !ipc_namespace_.empty() && files_.link(query_.tid, "ns/ipc") == ipc_namespace_;
}

void LabelReader::describe_semaphore(const Subject& subject, Draft& draft, LockReading& lock, bool& is_lock) {
    const auto set = static_cast<int>(subject.id);
    draft.text = "semop set " + std::to_string(set);
    std::array<sembuf, kMaxSemaphoreOperations> operations{};
    if (subject.count == 0 || subject.count > operations.size() || !in_own_ipc_namespace()) {
        return;
    }
    const auto bytes = std::as_writable_bytes(std::span(operations).first(static_cast<std::size_t>(subject.count)));
    if (ProcFiles::memory(query_.tid, subject.address, bytes) != bytes.size()) {
        return;
    }
    // It waits for the first operation that cannot be done.
    for (std::size_t at = 0; at < subject.count; ++at) {
        const sembuf& operation = operations[at];
        const int value = ::semctl(set, operation.sem_num, GETVAL);
        if (value < 0) {
            return;  // no permission, or another set by now
        }
        if (operation.sem_op == 0 && value != 0) {
            draft.text += " semaphore " + std::to_string(operation.sem_num) + ": zero";
            return;
        }
        if (operation.sem_op < 0 && value < -operation.sem_op) {
            draft.text += " semaphore " + std::to_string(operation.sem_num);
            is_lock = true;
            const int holder = value == 0 ? ::semctl(set, operation.sem_num, GETPID) : 0;
            lock.tgid = holder > 0 && exists(holder) ? static_cast<std::uint32_t>(holder) : 0;
            return;
        }
    }
}

}  // namespace tsa
