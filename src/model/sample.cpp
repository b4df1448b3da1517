// SPDX-License-Identifier: MIT
// Texts and names of a sample's parts.

#include <cstring>

#include "model/health.h"
#include "model/thread.h"

namespace tsa {

std::string_view source_key(Source source) {
    switch (source) {
        case Source::bpf:
            return "bpf";
        case Source::procfs:
            return "procfs";
        case Source::replay:
            return "replay";
    }
    return "";
}

std::string_view comm_of(const Thread& thread) {
    return {thread.comm.data(), strnlen(thread.comm.data(), thread.comm.size())};
}

}  // namespace tsa
