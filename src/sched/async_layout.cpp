// SPDX-License-Identifier: MIT
// See async_layout.h.
#include "sched/async_layout.h"

#include <bpf/btf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace tsa {

namespace {

constexpr int kMaxNesting = 8;

const btf_type* without_modifiers(const btf* types, std::uint32_t id) {
    const btf_type* type = btf__type_by_id(types, id);
    while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type))) {
        type = btf__type_by_id(types, type->type);
    }
    return type;
}

/// Offset of a member in bits, also of one inside unnamed structs and unions.
std::optional<std::uint32_t> member_bits(const btf* types, const btf_type* owner, std::string_view name,
                                         int nesting = 0) {
    if (owner == nullptr || !btf_is_composite(owner) || nesting > kMaxNesting) {
        return std::nullopt;
    }
    const std::span members(btf_members(owner), btf_vlen(owner));
    for (std::uint32_t i = 0; i < members.size(); ++i) {
        const char* const text = btf__name_by_offset(types, members[i].name_off);
        const std::uint32_t bits = btf_member_bit_offset(owner, i);
        if (text != nullptr && name == text) {
            return bits;
        }
        if (text == nullptr || *text == '\0') {
            if (const auto inside = member_bits(types, without_modifiers(types, members[i].type), name, nesting + 1)) {
                return bits + *inside;
            }
        }
    }
    return std::nullopt;
}

/// A structure of the kernel: found once, because each search by name walks all of its types.
class Structure {
  public:
    Structure(const btf* types, const char* name) : types_(types) {
        const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
        type_ = id > 0 ? btf__type_by_id(types, static_cast<std::uint32_t>(id)) : nullptr;
    }
    /// In bytes; 0: no such structure or member.
    [[nodiscard]] std::uint32_t offset_of(std::string_view name) const {
        return member_bits(types_, type_, name).value_or(0) / 8;
    }

  private:
    const btf* types_;
    const btf_type* type_;
};

void find_rings(const btf* types, tsa_async_layout& layout) {
    layout.task_io_uring = Structure(types, "task_struct").offset_of("io_uring");
    layout.registered_rings =
        layout.task_io_uring != 0 ? Structure(types, "io_uring_task").offset_of("registered_rings") : 0;
}

void find_aio(const btf* types, tsa_async_layout& layout) {
    const Structure contexts(types, "kioctx_table");
    const Structure context(types, "kioctx");
    layout.mm_contexts = Structure(types, "mm_struct").offset_of("ioctx_table");
    layout.contexts_count = contexts.offset_of("nr");
    layout.contexts = contexts.offset_of("table");
    layout.aio_user_id = context.offset_of("user_id");
    layout.aio_set_aside = context.offset_of("cpu");
    layout.aio_available = context.offset_of("reqs_available");
    layout.aio_completed = context.offset_of("completed_events");
    layout.aio_polls = context.offset_of("active_reqs");
    const bool all = layout.mm_contexts != 0 && layout.contexts_count != 0 && layout.contexts != 0 &&
                     layout.aio_user_id != 0 && layout.aio_set_aside != 0 && layout.aio_available != 0 &&
                     layout.aio_completed != 0 && layout.aio_polls != 0;
    layout.aio_total = all ? context.offset_of("nr_events") : 0;
}

}  // namespace

tsa_async_layout async_layout(const btf* types) {
    tsa_async_layout layout{};
    find_rings(types, layout);
    find_aio(types, layout);
    return layout;
}

}  // namespace tsa
