// SPDX-License-Identifier: MIT
// See label_reader.h. Here: a query from start to end, and labels of single descriptors.
#include "peers/label_reader.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"

namespace tsa {

namespace {

/// The number of an unnamed file system, as the kernel prints it; 0: unknown.
std::uint32_t device_of(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && major(status.st_dev) == 0 ? minor(status.st_dev) : 0;
}

/// Paths lose their start: the end says more.
std::string shortened(std::string_view path) {
    constexpr std::size_t kMaxPathBytes = 72;
    if (path.size() <= kMaxPathBytes) {
        return std::string(path);
    }
    const std::size_t slash = path.find('/', path.size() - kMaxPathBytes);
    return slash != std::string_view::npos ? "..." + std::string(path.substr(slash))
                                           : std::string(cut_at_number(path, kMaxPathBytes)) + "...";
}

}  // namespace

LabelReader::LabelReader() {
    const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    socket_device_ = device_of(socket.get());
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) == 0) {
        const Fd read_end(ends[0]);
        const Fd write_end(ends[1]);
        pipe_device_ = device_of(read_end.get());
    }
}

void LabelReader::begin() {
    locks_read_ = false;
}

void LabelReader::Draft::add_peers(const std::optional<Openers>& found, PeerPlace where) {
    incomplete = incomplete || !found;
    if (found && found->count != 0) {
        peers = *found;
        place = where;
    }
}

void LabelReader::answer(const LabelQuery& query, std::uint64_t until_ns, LabelAnswer& out) {
    query_ = query;
    until_ns_ = until_ns;
    const Subject& subject = query.subject;
    Draft draft;
    switch (subject.kind) {
        case SubjectKind::descriptor:
            describe(subject.fd, subject.writes ? Direction::writes : Direction::reads, draft);
            break;
        case SubjectKind::epoll:
            describe_epoll(subject.fd, draft);
            break;
        case SubjectKind::poll:
            describe_poll(subject, draft);
            break;
        case SubjectKind::select:
            describe_select(subject, draft);
            break;
        case SubjectKind::flock:
        case SubjectKind::fcntl_lock:
            out.is_lock = true;
            out.lock = query.lock;
            describe_file_lock(subject, draft, out.lock);
            break;
        case SubjectKind::semaphore:
            describe_semaphore(subject, draft, out.lock, out.is_lock);
            break;
        case SubjectKind::path:
            describe_path(subject, draft);
            break;
        case SubjectKind::fault:
            describe_fault(draft);
            break;
        case SubjectKind::none:
        case SubjectKind::child:
        case SubjectKind::join:
            break;  // known without a look
    }
    const std::string_view text = cut_at_number(draft.text, out.bytes.size());
    std::ranges::copy(text, out.bytes.begin());
    out.size = static_cast<std::uint8_t>(text.size());
    out.place = draft.place;
    out.peer_tgid = draft.peers.tgid;
    out.peers = draft.peers.count;
    out.served = draft.served;
    out.too_slow = draft.too_slow;
    out.incomplete = draft.incomplete;
}

void LabelReader::describe(std::int32_t fd, Direction direction, Draft& draft) {
    const FileLink link = parse_link(files_.link(query_.tid, fd));
    switch (link.type) {
        case FileType::socket:
            describe_socket(link.inode, fd, direction, draft);
            break;
        case FileType::pipe:
            describe_pipe(link, fd, direction, draft);
            break;
        case FileType::terminal:
            draft.text = "tty " + std::string(link.name);
            break;
        case FileType::file:
            describe_file(link, fd, draft);
            break;
        case FileType::epoll:
            draft.text = "epoll";
            break;
        default:
            draft.text = link.name;  // "eventfd"; nothing for a closed descriptor
            break;
    }
}

void LabelReader::describe_pipe(const FileLink& link, std::int32_t fd, Direction direction, Draft& draft) {
    const bool reads =
        direction == Direction::unknown ? ProcFiles::is_readable(query_.tid, fd) : direction == Direction::reads;
    const auto found = owners_.of_pipe(link.inode, reads ? PipeEnd::write : PipeEnd::read, query_.since_ns, until_ns_);
    draft.text = found && found->count != 0 ? (reads ? "pipe from" : "pipe to") : "pipe";
    draft.add_peers(found, PeerPlace::after);
    // A write to a pipe blocks only while it is full.
    draft.too_slow = direction == Direction::writes;
}

void LabelReader::describe_file(const FileLink& link, std::int32_t fd, Draft& draft) {
    const std::string path = shortened(link.name) + (link.deleted ? " (deleted)" : "");
    const FdInfo& info = files_.fdinfo(query_.tid, fd);
    if (info.mount_id) {
        const auto mount = find_mount(other_files_.mountinfo(query_.tid), *info.mount_id);
        if (mount && describe_fuse(*mount, draft)) {
            return;
        }
    }
    draft.text = path;
}

}  // namespace tsa
