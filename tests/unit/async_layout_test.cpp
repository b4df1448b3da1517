// SPDX-License-Identifier: MIT
// async_layout() on type information made for the test.
#include "sched/async_layout.h"

#include <bpf/btf.h>
#include <gtest/gtest.h>

#include <memory>

namespace tsa {
namespace {

struct Free {
    void operator()(btf* types) const { btf__free(types); }
};

/// Types of a kernel, member by member; offsets in bytes.
class Types {
  public:
    Types() : types_(btf__new_empty()) { word_ = btf__add_int(types_.get(), "long", 8, 0); }

    Types& structure(const char* name) {
        last_ = btf__add_struct(types_.get(), name, 4096);
        return *this;
    }
    Types& member(const char* name, std::uint32_t offset) { return member(name, word_, offset); }
    Types& member(const char* name, int type, std::uint32_t offset) {
        btf__add_field(types_.get(), name, type, offset * 8, 0);
        return *this;
    }
    [[nodiscard]] int last() const { return last_; }
    [[nodiscard]] tsa_async_layout layout() const { return async_layout(types_.get()); }

  private:
    std::unique_ptr<btf, Free> types_;
    int word_ = 0;
    int last_ = 0;
};

void add_aio(Types& types) {
    types.structure("kioctx_table").member("nr", 16).member("table", 24);
    types.structure(nullptr).member("reqs_available", 0);
    const int aligned = types.last();
    types.structure("kioctx")
        .member("user_id", 32)
        .member("cpu", 40)
        .member("nr_events", 56)
        .member(nullptr, aligned, 128)
        .member("active_reqs", 200)
        .member("completed_events", 260);
}

TEST(AsyncLayout, of_members_also_inside_unnamed_structures) {
    Types types;
    types.structure(nullptr).member("mmap", 0).member("ioctx_table", 72);
    const int unnamed = types.last();
    types.structure("mm_struct").member(nullptr, unnamed, 64);
    types.structure("task_struct").member("io_uring", 1000);
    types.structure("io_uring_task").member("io_wq", 8).member("registered_rings", 16);
    add_aio(types);
    const tsa_async_layout layout = types.layout();
    EXPECT_EQ(layout.task_io_uring, 1000U);
    EXPECT_EQ(layout.registered_rings, 16U);
    EXPECT_EQ(layout.mm_contexts, 136U);
    EXPECT_EQ(layout.contexts_count, 16U);
    EXPECT_EQ(layout.contexts, 24U);
    EXPECT_EQ(layout.aio_user_id, 32U);
    EXPECT_EQ(layout.aio_total, 56U);
    EXPECT_EQ(layout.aio_set_aside, 40U);
    EXPECT_EQ(layout.aio_available, 128U);
    EXPECT_EQ(layout.aio_polls, 200U);
    EXPECT_EQ(layout.aio_completed, 260U);
}

TEST(AsyncLayout, of_a_kernel_without_them_is_unknown) {
    Types types;
    types.structure("task_struct").member("pid", 8);
    types.structure("mm_struct").member("mmap", 8);
    EXPECT_EQ(types.layout().registered_rings, 0U);
    EXPECT_EQ(types.layout().aio_total, 0U);
}

TEST(AsyncLayout, of_an_aio_context_that_lacks_one_member_is_unknown) {
    Types types;
    types.structure("mm_struct").member("other", 64);
    add_aio(types);
    EXPECT_EQ(types.layout().aio_total, 0U) << "there is no way to the contexts";
}

}  // namespace
}  // namespace tsa
