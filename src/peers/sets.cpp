// SPDX-License-Identifier: MIT
// Labels of sets of descriptors (epoll, poll, select): see label_reader.h.
#include <poll.h>

#include <algorithm>
#include <array>

#include "peers/label_reader.h"

namespace tsa {

namespace {

/// Members whose type is looked up one by one.
constexpr std::size_t kMaxLooks = 24;
constexpr std::size_t kMaxPolled = 1024;

/// How many members of each type a set has.
class TypeCounts {
  public:
    void add(FileType type, std::size_t count = 1) { counts_[static_cast<std::size_t>(type)] += count; }
    /// "3 sockets, 1 timer"
    [[nodiscard]] std::string text() const {
        std::string out;
        for (std::size_t at = 0; at < counts_.size(); ++at) {
            if (counts_[at] != 0) {
                out += out.empty() ? "" : ", ";
                out += std::to_string(counts_[at]) + " ";
                out += type_name(static_cast<FileType>(at), counts_[at] != 1);
            }
        }
        return out;
    }

  private:
    std::array<std::size_t, static_cast<std::size_t>(FileType::other) + 1> counts_{};
};

std::string number_of_descriptors(std::string_view call, std::size_t count, bool more) {
    return std::string(call) + ": " + (more ? "more than " : "") + std::to_string(count) + " descriptors";
}

}  // namespace

void LabelReader::describe_epoll(std::int32_t fd, Draft& draft) {
    const FdInfo& info = other_files_.fdinfo(query_.tid, fd);
    if (!other_files_.fdinfo_complete() || info.members_left_out != 0) {
        draft.text = number_of_descriptors("epoll", info.members.size(), true);
        return;
    }
    if (info.members.empty()) {
        // Without a member it waits for time only; without permission nothing is known.
        draft.text = info.mount_id ? "epoll: no descriptors" : "";
        return;
    }
    TypeCounts counts;
    std::size_t looks = 0;
    for (const EpollMember& member : info.members) {
        if (socket_device_ != 0 && member.device == socket_device_) {
            counts.add(FileType::socket);
        } else if (pipe_device_ != 0 && member.device == pipe_device_) {
            counts.add(FileType::pipe);
        } else if (looks < kMaxLooks) {
            ++looks;
            const FileLink link = parse_link(files_.link(query_.tid, member.fd));
            const bool reused = link.type == FileType::socket || link.type == FileType::pipe;
            counts.add(reused ? FileType::other : link.type);
        } else {
            counts.add(FileType::other);
        }
    }
    draft.text = "epoll: " + counts.text();
    if (info.members.size() == 1) {
        // The number may be another file's by now, or be closed here: the inode decides.
        const EpollMember member = info.members.front();
        const FileLink link = parse_link(files_.link(query_.tid, member.fd));
        if (link.inode != 0 && link.inode == member.inode) {
            Draft only;
            describe(member.fd, Direction::unknown, only);
            only.text = "epoll: " + only.text;
            draft = std::move(only);
        }
    }
}

void LabelReader::describe_set(std::string_view call, std::vector<std::int32_t>& fds, Draft& draft) {
    if (fds.empty()) {
        return;  // only a pause
    }
    if (fds.size() == 1) {
        describe(fds.front(), Direction::unknown, draft);
        return;
    }
    if (fds.size() > kMaxLooks) {
        draft.text = number_of_descriptors(call, fds.size(), false);
        return;
    }
    TypeCounts counts;
    for (const std::int32_t fd : fds) {
        const std::string_view link = files_.link(query_.tid, fd);
        if (link.empty()) {
            return;  // no permission
        }
        counts.add(parse_link(link).type);
    }
    draft.text = std::string(call) + ": " + counts.text();
}

void LabelReader::describe_poll(const Subject& subject, Draft& draft) {
    std::array<pollfd, kMaxPolled> polled{};
    if (subject.count > polled.size()) {
        draft.text = number_of_descriptors("poll", static_cast<std::size_t>(subject.count), false);
        return;
    }
    const auto bytes = std::as_writable_bytes(std::span(polled).first(static_cast<std::size_t>(subject.count)));
    if (bytes.empty() || ProcFiles::memory(query_.tid, subject.address, bytes) != bytes.size()) {
        return;
    }
    fds_.clear();
    for (std::size_t at = 0; at < subject.count; ++at) {
        if (polled[at].fd >= 0) {
            fds_.push_back(polled[at].fd);
        }
    }
    describe_set("poll", fds_, draft);
}

void LabelReader::describe_select(const Subject& subject, Draft& draft) {
    constexpr std::size_t kBits = 64;
    const std::size_t count = std::min<std::size_t>(subject.count, kMaxPolled);
    const std::size_t words = (count + kBits - 1) / kBits;
    words_.assign(words, 0);
    std::vector<std::uint64_t> set(words);
    for (const std::uint64_t address : {subject.address, subject.address2}) {
        const auto bytes = std::as_writable_bytes(std::span(set));
        if (address == 0 || bytes.empty()) {
            continue;
        }
        if (ProcFiles::memory(query_.tid, address, bytes) != bytes.size()) {
            return;
        }
        for (std::size_t at = 0; at < words; ++at) {
            words_[at] |= set[at];
        }
    }
    fds_.clear();
    for (std::size_t fd = 0; fd < count; ++fd) {
        if ((words_[fd / kBits] >> (fd % kBits) & 1U) != 0) {
            fds_.push_back(static_cast<std::int32_t>(fd));
        }
    }
    describe_set("select", fds_, draft);
}

}  // namespace tsa
