// SPDX-License-Identifier: MIT
// See pages.h.
#include "manual/pages.h"

#include <fmt/format.h>

#include "cli/command_help.h"
#include "cli/help.h"
#include "manual/roff.h"
#include "model/system_columns.h"

namespace tsa {

namespace {

constexpr int kCommands = 1, kFiles = 5;  // sections of the manual

std::string page_name(const CommandHelp& help) {
    return help.name.empty() ? "rstat-tsa" : "rstat-tsa-" + help.name;
}

constexpr std::string_view kPurpose = "where each thread's time goes, and why";

std::string without_period(std::string_view text) {
    return std::string(text.substr(0, text.size() - (text.ends_with('.') ? 1 : 0)));
}

void add_name(RoffPage& page, std::string_view name, std::string_view summary) {
    page.section("Name");
    page.paragraph(fmt::format("{} - {}", name, without_period(summary)));
}

void add_options(RoffPage& page, const CommandHelp& help) {
    page.section("Options");
    for (const OptionHelp& option : help.options) {
        page.entry(option_term(option), option.text);
    }
}

/// Every other page.
void add_see_also(RoffPage& page, const std::vector<CommandHelp>& all, std::string_view self) {
    std::string text;
    const auto add = [&](const std::string& name, int section) {
        if (name != self) {
            text += fmt::format("{}{}({})", text.empty() ? "" : ", ", name, section);
        }
    };
    for (const CommandHelp& help : all) {
        add(page_name(help), kCommands);
    }
    add("rstat-tsa-columns", kFiles);
    add("rstat-tsa-config", kFiles);
    page.section("See also");
    page.paragraph(text);
}

std::string command_page(const CommandHelp& help, const std::vector<CommandHelp>& all, std::string_view version) {
    const std::string name = page_name(help);
    RoffPage page(name, kCommands, version);
    // Of the program itself the help has a question there; whatis(1) lists phrases.
    add_name(page, name, help.summary.ends_with('?') ? kPurpose : std::string_view(help.summary));
    page.section("Synopsis");
    for (const std::string& usage : help.usage) {
        page.line(usage);
    }
    // The description, which has no title, comes before the options, the rest after them.
    for (const HelpPart& part : help.parts) {
        if (part.title.empty()) {
            page.part(part);
        }
    }
    add_options(page, help);
    for (const HelpPart& part : help.parts) {
        if (!part.title.empty()) {
            page.part(part);
        }
    }
    add_see_also(page, all, name);
    return page.text();
}

HelpPart system_part(SystemGroup group, const char* title, const char* paragraph) {
    HelpPart part{title, {paragraph}, {}};
    for (const SystemColumn& column : system_columns()) {
        if (column.group == group) {
            part.entries.push_back({std::string(column.key), std::string(column.help)});
        }
    }
    return part;
}

std::string columns_page(const std::vector<CommandHelp>& all, std::string_view version) {
    const std::string name = "rstat-tsa-columns";
    RoffPage page(name, kFiles, version);
    add_name(page, name, "columns of threads and of the machine, in JSON, CSV and recordings");
    HelpPart threads = columns_part();
    threads.title = "Threads";
    page.part(states_part());
    page.part(threads);
    page.part(system_part(SystemGroup::system, "Machine", "Rates and shares are of the interval."));
    page.part(system_part(SystemGroup::health, "Health", "What was dropped or repaired, since the start."));
    page.part(system_part(SystemGroup::own, "Own cost", "Of the program itself."));
    add_see_also(page, all, name);
    return page.text();
}

/// docs/labels.md has examples.
HelpPart labels_config_part() {
    return {
        "Labels.toml",
        {"Labels of waits, by functions on the stack. The rules of the user's file come first, then those of "
         "/etc/rstat-tsa/labels.toml, then the built-in ones: the first one that applies decides. Each rule is a "
         "section [[label]]. One * in a name of a function stands for any text."},
        {{"functions = [\"app::Pool::take\"]", "one of these functions is on the stack"},
         {"callers = [\"worker_main\"]", "and one of these is further out; default: any"},
         {"module = \"libapp.so*\"", "the file that the function is from; [kernel]: the kernel; default: any"},
         {"further_in = \"nothing\"",
          "what may be further in than the function, apart from the C library: anything (default), module (only "
          "functions of the same file), nothing"},
         {"label = \"connection pool\"", "the text, at most 48 bytes"},
         {"kind = \"lock\"",
          "lock: the wait is a delay; idle: it has nothing to do; io: it waits for data; other: the functions do not "
          "say which"}},
        false};
}

std::string config_page(const std::vector<CommandHelp>& all, std::string_view version) {
    const std::string name = "rstat-tsa-config";
    RoffPage page(name, kFiles, version);
    add_name(page, name, "configuration files of rstat-tsa");
    page.section("Description");
    page.paragraph(
        "Files in TOML, in the folder rstat-tsa of $XDG_CONFIG_HOME or ~/.config. config.toml is that of the screens, "
        "which also write it; without it they read /etc/rstat-tsa/config.toml. waybar.toml is that of rstat-tsa "
        "waybar. "
        "labels.toml has labels of waits for all commands.");
    page.part(screens_config_part());
    page.part(expression_part());
    HelpPart waybar = waybar_config_part();
    waybar.title = "Waybar.toml";
    page.part(waybar);
    page.part(waybar_classes_part());
    page.part(labels_config_part());
    add_see_also(page, all, name);
    return page.text();
}

}  // namespace

std::vector<GeneratedFile> manual_pages(std::string_view version) {
    const std::vector<CommandHelp> all = help_of_all();
    std::vector<GeneratedFile> files;
    files.reserve(all.size() + 2);
    for (const CommandHelp& help : all) {
        files.push_back({fmt::format("man1/{}.1", page_name(help)), command_page(help, all, version)});
    }
    files.push_back({"man5/rstat-tsa-columns.5", columns_page(all, version)});
    files.push_back({"man5/rstat-tsa-config.5", config_page(all, version)});
    return files;
}

}  // namespace tsa
