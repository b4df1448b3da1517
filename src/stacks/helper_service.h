// SPDX-License-Identifier: MIT
// What the helper process does: it keeps the files that it is given, and unwinds stacks with them. One message in, one
// out; no system call but reading those files.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "stacks/elf_object.h"
#include "stacks/helper_protocol.h"
#include "stacks/unwind.h"

namespace tsa {

class HelperService {
  public:
    /// `file`: what came with the message. The answer is a whole message, whatever the request was.
    [[nodiscard]] std::string answer(std::string_view message, Fd file);

  private:
    /// A perf map with the text that its names refer to.
    struct PerfMap {
        std::string text;
        SymbolTable symbols;
    };
    struct Slot {
        std::unique_ptr<ElfObject> object;
        std::unique_ptr<PerfMap> perf_map;
    };

    bool load(const HelperRequest& request, Fd file, HelperReply& reply);
    static bool load_elf(Slot& slot, Fd file, HelperReply& reply);
    bool unwind_into(const HelperRequest& request, std::string_view rest, HelperReply& reply, std::string& frames);
    [[nodiscard]] ElfObject* object_of(const HelperMapping& mapping);
    ElfObject* vdso();
    CodePlace place_of(std::span<const HelperMapping> mappings, std::uint64_t address);
    [[nodiscard]] static std::string name_of(const CodePlace& place, const PerfMap* perf_map, std::uint64_t address);
    void put_frame(const UnwoundFrame& frame, std::span<const HelperMapping> mappings, const PerfMap* perf_map,
                   std::string& out);

    std::array<Slot, kHelperSlots> slots_;
    std::unique_ptr<ElfObject> vdso_;
    bool vdso_sought_ = false;
    std::uint64_t symbols_dropped_ = 0;
};

}  // namespace tsa
