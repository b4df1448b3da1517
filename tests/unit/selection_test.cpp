// SPDX-License-Identifier: MIT
// Which rows an output prints, and in what order.
#include "output/selection.h"

#include <gtest/gtest.h>

#include "model/wait_labels.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::LiteralReport;

TEST(Selection, delay_is_what_the_table_shows_labeled_waits_included) {
    LiteralReport literal;
    literal.add(1, "works", 999'999'000);  // 1 us of lock wait
    Thread& writer = literal.add(2, "writes", 1'000'000'000);
    writer.state = ThreadState::sleep;
    ThreadRow& row = literal.report.threads[1];
    row.state_ns = {};
    row.state_ns[index(ThreadState::sleep)] = row.wall_ns;
    const Selection by_delay{.sort = find_sort_column("delay"), .descending = true, .top = 2};
    const Selection by_latency{.sort = find_sort_column("latency_ns"), .descending = true, .top = 2};
    SelectedRows rows;
    rows.select_apart(literal.report, by_delay);
    EXPECT_EQ(rows.threads()[0]->now->tid, 1U) << "no label was looked for yet";
    WaitLabels labels;
    WaitLabel& label = labels.put(writer);
    label.set_text("reader too slow: pipe");
    label.delays = true;
    literal.report.labels = &labels;
    rows.order_again(literal.report, by_delay);
    EXPECT_EQ(rows.threads()[0]->now->tid, 2U);
    rows.order_again(literal.report, by_latency);
    EXPECT_EQ(rows.threads()[0]->now->tid, 1U) << "a column of the data is what it is";
}

}  // namespace
}  // namespace tsa
