// SPDX-License-Identifier: MIT
// slowfs [async]: a FUSE file system with one file, mounted in a new mount namespace and served by the thread
// `server`. "read": the thread `reader` reads the file; "fault": it maps the file and touches it. The server holds the
// answer back until "release", which answers "done" when the reader has it.
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "puppet.h"

namespace {

constexpr std::uint64_t kFile = 2;  ///< inode; the root is 1
constexpr std::uint32_t kFileBytes = 4096;
constexpr char kFolder[] = "/mnt";

class Server {
  public:
    explicit Server(bool async) : async_(async) {
        fuse_ = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (fuse_ < 0 || ::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            puppet::missing("FUSE in a new mount namespace");
        }
        const std::string options = "fd=" + std::to_string(fuse_) + ",rootmode=040000,user_id=0,group_id=0";
        if (::mount("slowfs", kFolder, "fuse.slowfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
            puppet::missing("a mount of a FUSE file system");
        }
    }

    [[noreturn]] void serve() {
        alignas(8) static char request[1U << 17U];
        for (;;) {
            const ssize_t got = ::read(fuse_, request, sizeof request);
            if (got < static_cast<ssize_t>(sizeof(fuse_in_header))) {
                puppet::fail("read /dev/fuse");
            }
            const auto* head = reinterpret_cast<const fuse_in_header*>(request);
            answer(*head, request + sizeof(fuse_in_header));
        }
    }

    /// From another thread: lets the next read be answered.
    void release() { held_.open(); }

  private:
    static fuse_attr attributes(std::uint64_t inode) {
        fuse_attr out{};
        out.ino = inode;
        out.mode = inode == kFile ? S_IFREG | 0644 : S_IFDIR | 0755;
        out.nlink = 1;
        out.size = inode == kFile ? kFileBytes : 0;
        return out;
    }

    void answer(const fuse_in_header& head, const char* body) {
        switch (head.opcode) {
            case FUSE_INIT: {
                fuse_init_out out{};
                out.major = FUSE_KERNEL_VERSION;
                out.minor = 31;
                out.max_write = kFileBytes;
                out.flags = async_ ? FUSE_ASYNC_READ : 0;  // the kernel waits for the page, not for the answer
                return reply(head, &out, sizeof out);
            }
            case FUSE_LOOKUP: {
                fuse_entry_out out{};
                out.nodeid = kFile;
                out.attr_valid = out.entry_valid = 3600;
                out.attr = attributes(kFile);
                return reply(head, &out, sizeof out);
            }
            case FUSE_GETATTR: {
                fuse_attr_out out{};
                out.attr_valid = 3600;
                out.attr = attributes(head.nodeid);
                return reply(head, &out, sizeof out);
            }
            case FUSE_OPEN: {
                const fuse_open_out out{};
                return reply(head, &out, sizeof out);
            }
            case FUSE_READ: {
                const auto* wanted = reinterpret_cast<const fuse_read_in*>(body);
                static const char data[kFileBytes] = "slow";
                held_.wait();
                return reply(head, data, wanted->offset == 0 ? std::min(wanted->size, kFileBytes) : 0);
            }
            case FUSE_FORGET:
            case FUSE_BATCH_FORGET:
                return;  // no answer
            case FUSE_FLUSH:
            case FUSE_RELEASE:
                return reply(head, nullptr, 0);
            default:
                return reply(head, nullptr, 0, -ENOSYS);
        }
    }

    void reply(const fuse_in_header& head, const void* data, std::size_t bytes, int error = 0) const {
        std::string all(sizeof(fuse_out_header) + bytes, '\0');
        const fuse_out_header out{static_cast<std::uint32_t>(all.size()), error, head.unique};
        std::memcpy(all.data(), &out, sizeof out);
        if (bytes > 0) {
            std::memcpy(all.data() + sizeof out, data, bytes);
        }
        if (::write(fuse_, all.data(), all.size()) != static_cast<ssize_t>(all.size())) {
            puppet::fail("write /dev/fuse");
        }
    }

    bool async_;
    int fuse_ = -1;
    puppet::Gate held_;
};

void read_file() {
    const int file = ::open("/mnt/file", O_RDONLY | O_CLOEXEC);
    char byte = 0;
    if (file < 0 || ::read(file, &byte, 1) != 1 || byte != 's') {
        puppet::fail("read /mnt/file");
    }
    ::close(file);
}

void touch_file() {
    const int file = ::open("/mnt/file", O_RDONLY | O_CLOEXEC);
    auto* bytes = static_cast<volatile char*>(::mmap(nullptr, kFileBytes, PROT_READ, MAP_SHARED, file, 0));
    if (bytes == MAP_FAILED || bytes[0] != 's') {
        puppet::fail("map /mnt/file");
    }
    ::munmap(const_cast<char*>(bytes), kFileBytes);
    ::close(file);
}

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    Server server(argc == 2 && std::string_view(argv[1]) == "async");
    puppet::Gate work;
    puppet::Gate done;
    std::atomic<bool> by_fault{false};
    const pid_t server_tid = puppet::start([&] { server.serve(); });
    const pid_t reader = puppet::start([&] {
        for (;;) {
            work.wait();
            by_fault ? touch_file() : read_file();
            done.open();
        }
    });
    puppet::await_blocked(reader);
    puppet::Cast().add("main", puppet::tid()).add("server", server_tid).add("reader", reader).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command == "read" || command == "fault") {
            by_fault = command == "fault";
            work.open();
            return "started";
        }
        server.release();
        done.wait();
        return "done";
    });
}
