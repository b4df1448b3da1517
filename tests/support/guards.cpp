// SPDX-License-Identifier: MIT
// Directories, cgroups and swap areas that clean up after themselves.
#include "support/guards.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "base/fd.h"
#include "support/witness.h"

namespace tsa::test {

namespace {

constexpr const char* kPrefix = "rstat-tsa-test-";

std::string own_name() {
    static int count = 0;
    return kPrefix + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

/// Left by a test run that no longer exists.
bool is_leftover(const std::string& name) {
    if (!name.starts_with(kPrefix)) {
        return false;
    }
    const pid_t owner = std::atoi(name.c_str() + std::strlen(kPrefix));
    return owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
}

void sweep(const std::string& folder) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (is_leftover(entry.path().filename())) {
            ::rmdir(entry.path().c_str());
        }
    }
}

void sweep_temporary() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/tmp", error)) {
        if (is_leftover(entry.path().filename())) {
            ::swapoff((entry.path() / "swap").c_str());
            std::filesystem::remove_all(entry.path(), error);
        }
    }
}

bool write_text(const std::string& path, const std::string& text) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return file.valid() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool has_word(const std::string& list, const std::string& word, char separator) {
    std::istringstream words(list);
    for (std::string each; std::getline(words, each, separator);) {
        if (each == word) {
            return true;
        }
    }
    return false;
}

/// "8:0" of a disk, or of the whole disk that contains a file: throttling does not support partitions.
std::string disk_of(const std::string& file) {
    struct stat status {};
    ::stat(file.c_str(), &status);
    const dev_t device = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    std::string number = std::to_string(major(device)) + ":" + std::to_string(minor(device));
    const std::string partition = "/sys/dev/block/" + number + "/partition";
    if (::access(partition.c_str(), F_OK) == 0) {
        std::ifstream parent("/sys/dev/block/" + number + "/../dev");
        std::getline(parent, number);
    }
    return number;
}

void write_swap_header(const std::string& path, std::uint64_t bytes) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::vector<char> header(static_cast<std::size_t>(page), 0);
    const auto last_page = static_cast<std::uint32_t>(bytes / page - 1);
    const std::uint32_t version = 1;
    std::memcpy(header.data() + 1024, &version, sizeof version);
    std::memcpy(header.data() + 1028, &last_page, sizeof last_page);
    std::memcpy(header.data() + page - 10, "SWAPSPACE2", 10);
    const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (::pwrite(file.get(), header.data(), header.size(), 0) != static_cast<ssize_t>(header.size())) {
        throw std::runtime_error("write the header of a swap area");
    }
    ::fsync(file.get());
}

}  // namespace

TempDir::TempDir() : path_("/tmp/" + own_name()) {
    sweep_temporary();
    if (::mkdir(path_.c_str(), 0700) != 0) {
        throw std::runtime_error("mkdir " + path_);
    }
}

TempDir::~TempDir() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
}

void write_file(const std::string& path, std::uint64_t bytes) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const std::vector<char> block(1U << 20U, 'x');
    for (std::uint64_t left = bytes; left > 0;) {
        const std::size_t size = left < block.size() ? static_cast<std::size_t>(left) : block.size();
        const ssize_t put = ::write(file.get(), block.data(), size);
        if (put <= 0) {
            throw std::runtime_error("write " + path);
        }
        left -= static_cast<std::uint64_t>(put);
    }
    ::fsync(file.get());
}

std::string scratch_disk() {
    const char* device = std::getenv("RSTAT_SCRATCH_DISK");
    return device != nullptr ? device : "";
}

DiskFile::DiskFile(std::uint64_t bytes) : path_(scratch_disk()) {
    if (path_.empty()) {
        path_ = folder_.path() + "/file";
    }
    write_file(path_, bytes);
}

std::string cgroup_root(const std::string& controller) {
    std::ifstream mounts("/proc/self/mounts");
    std::string v2;
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string device, place, type, options;
        words >> device >> place >> type >> options;
        if (type == "cgroup" && has_word(options, controller, ',')) {
            return place;
        }
        if (type == "cgroup2") {
            v2 = place;
        }
    }
    if (v2.empty() || controller == "unified") {
        return v2;
    }
    // Only controllers already enabled for children: a test must not affect others.
    std::ifstream enabled(v2 + "/cgroup.subtree_control");
    std::string list;
    std::getline(enabled, list);
    // blkio is called io in v2; freezing and CPU times are always available in v2.
    const bool here = controller == "freezer" || controller == "cpuacct" ||
                      has_word(list, controller == "blkio" ? "io" : controller, ' ');
    return here ? v2 : std::string();
}

Cgroup::Cgroup(const std::string& controller) {
    const std::string root = cgroup_root(controller);
    sweep(root);
    path_ = root + "/" + own_name();
    if (root.empty() || ::mkdir(path_.c_str(), 0755) != 0) {
        throw std::runtime_error("cgroup for " + controller);
    }
    v2_ = ::access((path_ + "/cgroup.events").c_str(), F_OK) == 0;
}

Cgroup::~Cgroup() {
    // A frozen thread cannot exit (v1), and an exiting one leaves its cgroup slightly later.
    if (!v2_) {
        (void)try_set("freezer.state", "THAWED");
    }
    std::istringstream members(get("cgroup.procs"));
    for (pid_t process = 0; members >> process;) {
        ::kill(process, SIGKILL);
    }
    (void)await([&] { return ::rmdir(path_.c_str()) == 0 || errno == ENOENT; });
}

std::uint64_t Cgroup::id() const {
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0) {
        throw std::runtime_error(path_ + ": " + std::strerror(errno));
    }
    return status.st_ino;
}

void Cgroup::add(pid_t process) {
    set("cgroup.procs", std::to_string(process));
}

void Cgroup::set(const std::string& file, const std::string& value) {
    if (!try_set(file, value)) {
        throw std::runtime_error(path_ + "/" + file + " refuses " + value + ": " + std::strerror(errno));
    }
}

bool Cgroup::try_set(const std::string& file, const std::string& value) {
    return write_text(path_ + "/" + file, value);
}

std::string Cgroup::get(const std::string& file) const {
    std::ifstream in(path_ + "/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void Cgroup::limit_memory(std::uint64_t bytes) {
    const std::string file = v2_ ? "memory.max" : "memory.limit_in_bytes";
    // v1 gives up after a few rounds of reclaim if pages are still under writeback.
    if (!await([&] { return try_set(file, std::to_string(bytes)); })) {
        throw std::runtime_error("the kernel does not shrink the cgroup to " + std::to_string(bytes));
    }
}

void Cgroup::unlimit_memory() {
    set(v2_ ? "memory.max" : "memory.limit_in_bytes", v2_ ? "max" : "-1");
}

void Cgroup::limit_reads_per_s(const std::string& disk_or_its_file, std::uint64_t reads) {
    const std::string number = std::to_string(reads);
    if (v2_) {
        set("io.max", disk_of(disk_or_its_file) + " riops=" + number);
    } else {
        set("blkio.throttle.read_iops_device", disk_of(disk_or_its_file) + " " + number);
    }
}

void Cgroup::limit_cpu(int percent) {
    constexpr int kPeriodUs = 100'000;
    const std::string quota = std::to_string(kPeriodUs / 100 * percent);
    if (v2_) {
        set("cpu.max", quota + " " + std::to_string(kPeriodUs));
    } else {
        set("cpu.cfs_period_us", std::to_string(kPeriodUs));
        set("cpu.cfs_quota_us", quota);
    }
}

void Cgroup::freeze(bool on) {
    set(v2_ ? "cgroup.freeze" : "freezer.state", v2_ ? (on ? "1" : "0") : (on ? "FROZEN" : "THAWED"));
    if (!on) {
        return;
    }
    const bool frozen = await([&] {
        return v2_ ? get("cgroup.events").find("frozen 1") != std::string::npos
                   : get("freezer.state").starts_with("FROZEN");
    });
    if (!frozen) {
        throw std::runtime_error("the cgroup does not freeze");
    }
}

std::uint64_t Cgroup::cpu_ns() const {
    constexpr std::uint64_t kPerMicrosecond = 1000;
    std::istringstream lines(get(v2_ ? "cpu.stat" : "cpuacct.usage"));
    std::uint64_t value = 0;
    if (std::string key; v2_ ? !(lines >> key >> value) || key != "usage_usec" : !(lines >> value)) {
        throw std::runtime_error(path_ + " does not tell its CPU time");
    }
    return v2_ ? value * kPerMicrosecond : value;
}

SwapFile::SwapFile(const TempDir& folder, std::uint64_t bytes) : path_(scratch_disk()) {
    if (path_.empty()) {
        path_ = folder.path() + "/swap";
    }
    write_file(path_, bytes);
    write_swap_header(path_, bytes);
    on_ = ::swapon(path_.c_str(), 0) == 0;
}

SwapFile::~SwapFile() {
    if (on_) {
        ::swapoff(path_.c_str());
    }
}

ZramSwap::ZramSwap(std::uint64_t bytes) {
    // Reading this file creates a device and returns its number.
    std::ifstream add("/sys/class/zram-control/hot_add");
    if (!std::getline(add, number_)) {
        number_.clear();
        return;
    }
    const std::string device = "/dev/zram" + number_;
    if (!write_text("/sys/block/zram" + number_ + "/disksize", std::to_string(bytes)) ||
        !await([&] { return ::access(device.c_str(), W_OK) == 0; })) {
        return;
    }
    write_swap_header(device, bytes);
    constexpr int kFirst = 1000;
    on_ = ::swapon(device.c_str(), SWAP_FLAG_PREFER | kFirst) == 0;
}

ZramSwap::~ZramSwap() {
    if (on_) {
        ::swapoff(("/dev/zram" + number_).c_str());
    }
    if (!number_.empty()) {
        (void)await([&] {
            return write_text("/sys/block/zram" + number_ + "/reset", "1") &&
                   write_text("/sys/class/zram-control/hot_remove", number_);
        });
    }
}

AccountingSwitch::AccountingSwitch() : before_(text_of(kAccountingSysctl)) {}

AccountingSwitch::~AccountingSwitch() {
    (void)write_text(kAccountingSysctl, before_);
}

void AccountingSwitch::set(bool on) {
    if (!write_text(kAccountingSysctl, on ? "1" : "0")) {
        throw std::runtime_error("switch delay accounting");
    }
}

}  // namespace tsa::test
