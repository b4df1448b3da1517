// SPDX-License-Identifier: MIT
// Checks for the features that live tests need.
#include "support/feature.h"

#include <bpf/bpf.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "support/guards.h"

namespace tsa::test {

namespace {

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && std::strcmp(value, "1") == 0;
}

}  // namespace

bool features_are_required() {
    return is_set("RSTAT_REQUIRE_KERNEL");
}

bool cpus_are_emulated() {
    return is_set("RSTAT_EMULATED_CPUS");
}

std::optional<std::string> missing_bpf() {
    if (::geteuid() != 0) {
        return "root";
    }
    if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
        return "kernel BTF (/sys/kernel/btf/vmlinux)";
    }
    // Tries the smallest map: only if a container without the capability rejects it may a probe fail to start.
    const int map = ::bpf_map_create(BPF_MAP_TYPE_ARRAY, "test_gate", 4, 4, 1, nullptr);
    if (map < 0) {
        return std::string("BPF (") + std::strerror(errno) + ")";
    }
    ::close(map);
    return std::nullopt;
}

std::optional<std::string> missing_cgroup(const std::string& controller) {
    if (cgroup_root(controller).empty()) {
        return "cgroup controller " + controller;
    }
    return std::nullopt;
}

std::optional<std::string> missing_swap_files() {
    return missing_file("/proc/swaps");
}

std::optional<std::string> missing_http_library() {
    void* const library = ::dlopen("libmicrohttpd.so.12", RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) {
        return "libmicrohttpd";
    }
    ::dlclose(library);
    return std::nullopt;
}

std::optional<std::string> missing_file(const std::string& path) {
    if (::access(path.c_str(), R_OK) != 0) {
        return path;
    }
    return std::nullopt;
}

}  // namespace tsa::test
