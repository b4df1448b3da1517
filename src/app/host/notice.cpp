// See notice.h.
#include "app/host/notice.h"

#include <cstdio>

#include "app/host/collector.h"

namespace tsa {

void notice(std::string_view words) {
    std::fprintf(stderr, "rstat-tsa: %.*s\n", static_cast<int>(words.size()), words.data());
}

void notice_of_source(const Collector& collector) {
    if (!collector.without_probes().empty()) {
        notice(collector.without_probes());
        notice("/proc is read instead: exec and cpu wait of threads that live long enough (--source procfs)");
    }
}

}  // namespace tsa
