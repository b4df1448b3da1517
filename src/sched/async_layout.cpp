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

/// Offset of a member in bytes; 0: no such structure or member.
std::uint32_t offset_of(const btf* types, const char* structure, std::string_view name) {
    const int id = btf__find_by_name_kind(types, structure, BTF_KIND_STRUCT);
    const auto found =
        id > 0 ? member_bits(types, btf__type_by_id(types, static_cast<std::uint32_t>(id)), name) : std::nullopt;
    return found ? *found / 8 : 0;
}

void find_aio(const btf* types, tsa_async_layout& layout) {
    layout.mm_contexts = offset_of(types, "mm_struct", "ioctx_table");
    layout.contexts_count = offset_of(types, "kioctx_table", "nr");
    layout.contexts = offset_of(types, "kioctx_table", "table");
    layout.aio_user_id = offset_of(types, "kioctx", "user_id");
    layout.aio_set_aside = offset_of(types, "kioctx", "cpu");
    layout.aio_available = offset_of(types, "kioctx", "reqs_available");
    layout.aio_completed = offset_of(types, "kioctx", "completed_events");
    layout.aio_polls = offset_of(types, "kioctx", "active_reqs");
    const bool all = layout.mm_contexts != 0 && layout.contexts_count != 0 && layout.contexts != 0 &&
                     layout.aio_user_id != 0 && layout.aio_set_aside != 0 && layout.aio_available != 0 &&
                     layout.aio_completed != 0 && layout.aio_polls != 0;
    layout.aio_total = all ? offset_of(types, "kioctx", "nr_events") : 0;
}

}  // namespace

tsa_async_layout async_layout(const btf* types) {
    tsa_async_layout layout{};
    layout.task_io_uring = offset_of(types, "task_struct", "io_uring");
    layout.registered_rings = layout.task_io_uring != 0 ? offset_of(types, "io_uring_task", "registered_rings") : 0;
    find_aio(types, layout);
    return layout;
}

}  // namespace tsa
