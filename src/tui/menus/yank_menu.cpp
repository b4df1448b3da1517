// SPDX-License-Identifier: MIT
// The menu of what to copy to the clipboard: a letter copies at once, as `yp` in vi. Of the tagged rows, else of the
// selected one; on the page of a thread of that thread.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/columns.h"
#include "model/process_table.h"
#include "model/state.h"
#include "model/wait_stack.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/targets.h"
#include "tui/overview/row_keys.h"
#include "tui/text.h"

namespace tsa {
namespace {

/// More rows than this are not copied: a terminal takes some ten KB.
constexpr std::size_t kMostRows = 500;
constexpr std::size_t kMostBytes = 64'000;

using Text = std::string (*)(const Report& report, const RowRef& row);

std::string place_text(const Report& report, const RowRef& row, std::string CgroupPlace::*member) {
    const CgroupPlace* place = place_of(report, thread_of(row));
    return place != nullptr ? place->*member : std::string();
}

std::string command_of(const Report& report, const RowRef& row) {
    const ProcessFacts* facts = facts_of(report, thread_of(row));
    return facts != nullptr ? facts->command : std::string();
}

/// "4177 worker-3: lock_wait 98.1 %, exec 1.9 %; futex lock 4.2 s; postgres: writer".
std::string row_text(const Report& report, const RowRef& row) {
    const Thread& thread = thread_of(row);
    const auto& state_ns = row.thread != nullptr ? row.thread->state_ns : row.process->state_ns;
    const std::uint64_t whole_ns = row.thread != nullptr ? row.thread->wall_ns : report.interval_ns;
    std::string text = fmt::format("{} {}:", row.thread != nullptr ? thread.tid : row.process->tgid, comm_of(thread));
    for (const StateInfo& state : state_table()) {
        const double share =
            whole_ns != 0 ? 100.0 * static_cast<double>(state_ns[index(state.state)]) / static_cast<double>(whole_ns)
                          : 0;
        if (share >= 0.05) {
            text += fmt::format(" {} {:.1f} %", state.key, share);
        }
    }
    if (const Value wait = wait_on(thread); row.thread != nullptr && wait.present()) {
        text += fmt::format("; waits on {}", wait.text);
    }
    const std::string command = command_of(report, row);
    return command.empty() ? text : fmt::format("{}; {}", text, command);
}

std::string stack_text(const Report& report, const RowRef& row) {
    const WaitStack* stack =
        report.stacks != nullptr && row.thread != nullptr ? report.stacks->find(*row.thread->now) : nullptr;
    std::string text;
    if (stack != nullptr) {
        for (const auto* frames : {&stack->kernel, &stack->user}) {
            for (const StackFrame& frame : *frames) {
                text += fmt::format("{}{}", text.empty() ? "" : "\n", frame_words(frame));
            }
        }
    }
    return text;
}

struct Choice {
    char32_t letter;
    std::string_view name;
    Text text;
};
constexpr std::array kChoices = std::to_array<Choice>({
    {U'y', "the row as text", row_text},
    {U'p', "process ID", [](const Report&, const RowRef& row) { return fmt::format("{}", row.process->tgid); }},
    {U't', "thread ID", [](const Report&, const RowRef& row) { return fmt::format("{}", thread_of(row).tid); }},
    {U'n', "name", [](const Report&, const RowRef& row) { return std::string(comm_of(thread_of(row))); }},
    {U'c', "command line", command_of},
    {U'u', "unit", [](const Report& report, const RowRef& row) { return place_text(report, row, &CgroupPlace::unit); }},
    {U'g', "cgroup",
     [](const Report& report, const RowRef& row) { return place_text(report, row, &CgroupPlace::path); }},
    {U'o', "container",
     [](const Report& report, const RowRef& row) { return place_text(report, row, &CgroupPlace::container); }},
    {U's', "stack of its wait", stack_text},
});

Menu yank_menu(const ViewState& state, const Report& report, const Machine&) {
    Menu menu{"Copy to the clipboard", "a letter copies, Esc leaves", {}, 24, state.menu.cursor};
    const std::vector<RowRef> rows = chosen_rows(state, report);
    constexpr int kExample = 48;
    for (const Choice& choice : kChoices) {
        std::string example = rows.empty() ? std::string() : choice.text(report, rows.front());
        std::ranges::replace(example, '\n', ' ');
        menu.lines.push_back({fmt::format("{}  {}", static_cast<char>(choice.letter), choice.name),
                              cut_middle(example, kExample, true),
                              example.empty() ? Role::dim : Role::text,
                              {},
                              std::string(choice.name),
                              {}});
    }
    return menu;
}

void copy(KeyPress& press, const Choice& choice) {
    const std::vector<RowRef> rows = chosen_rows(press.state, press.report);
    std::vector<std::string> texts;
    for (const RowRef& row : rows) {
        std::string text = choice.text(press.report, row);
        // Threads of one process have the same.
        if (!text.empty() && std::ranges::find(texts, text) == texts.end() && texts.size() < kMostRows) {
            texts.push_back(std::move(text));
        }
    }
    close_page(press.state);
    if (texts.empty()) {
        press.warn(rows.empty() ? std::string("no live row is selected")
                                : fmt::format("this row has no {}", choice.name));
        return;
    }
    Command command;
    command.kind = Command::Kind::yank;
    for (const std::string& text : texts) {
        command.text += command.text.empty() ? text : "\n" + text;
    }
    if (command.text.size() > kMostBytes) {
        press.warn(fmt::format("more than {} KB: tag fewer rows", kMostBytes / 1000));
        return;
    }
    command.text_name =
        texts.size() == 1 ? std::string(choice.name) : fmt::format("{} of {} rows", choice.name, texts.size());
    press.state.overview.visual.reset();
    press.command = std::move(command);
}

bool copy_by_letter(KeyPress& press) {
    if (press.event.key != Key::character) {
        return false;
    }
    const auto* choice = std::ranges::find(kChoices, press.event.character, &Choice::letter);
    if (choice == kChoices.end()) {
        return false;
    }
    copy(press, *choice);
    return true;
}

void copy_line(KeyPress& press) {
    copy(press, kChoices[std::min(press.state.menu.cursor, kChoices.size() - 1)]);
}

}  // namespace

constinit const Page kYankMenu{
    .name = "yank",
    .kind = PageKind::overlay,
    .type = copy_by_letter,
    .menu = yank_menu,
    .pick = copy_line,
};

void open_yank_menu(KeyPress& press) {
    open_menu(press.state, kYankMenu);
}

}  // namespace tsa
