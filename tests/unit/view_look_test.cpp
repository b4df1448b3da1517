// SPDX-License-Identifier: MIT
// The page that looks closer at a process: whom it is about, what it shows, its search and its keys.
#include <gmock/gmock.h>

#include "tui/look/page.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::text_of;
using test::World;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProcessLook files_of(const LookTopic& topic, std::size_t count) {
    ProcessLook look;
    look.topic = topic;
    for (std::size_t at = 0; at < count; ++at) {
        if (topic.kind != LookKind::files) {
            look.rows.push_back(std::vector<std::string>(look_columns(topic.kind).size(), "x"));
            continue;
        }
        look.rows.push_back({std::to_string(at), at % 2 == 0 ? "file" : "socket", "rwx", at % 2 == 0 ? "4096" : "",
                             at == 17 ? "/var/lib/mysql/Ibdata1" : "/some/path"});
    }
    return look;
}

/// The overview with one thread of mysqld selected, and the page open over it.
World world_on(std::string_view key, std::size_t rows = 40) {
    World world;
    world.fill();
    world.draw(100, 24);
    world.type("4178");
    world.draw(100, 24);
    world.type(key);
    world.look = files_of(world.state.look.topic, rows);
    world.draw(100, 24);
    return world;
}

TEST(LookPage, is_about_the_process_of_the_selected_thread) {
    World world = world_on("l");
    EXPECT_EQ(world.state.look.topic, (LookTopic{LookKind::files, 4121, 1000 + 4121}));
    const std::string text = text_of(world.draw(100, 24));
    EXPECT_THAT(text, HasSubstr("Open files of mysqld (4121)"));
    EXPECT_THAT(text, HasSubstr("1-20 of 40"));
    EXPECT_THAT(text, HasSubstr("NAME, OR WHAT IT IS CONNECTED TO"));
}

TEST(LookPage, each_kind_has_its_key_here_and_on_the_screens) {
    World world = world_on("e");
    EXPECT_EQ(world.state.look.topic.kind, LookKind::environment);
    world.type("x");
    EXPECT_EQ(world.state.look.topic.kind, LookKind::locks);
    EXPECT_THAT(text_of(world.draw(100, 24)), HasSubstr("not read yet")) << "the files are not its locks";
    world.type("l");
    EXPECT_EQ(world.state.look.topic.kind, LookKind::files);
    world.press(Key::escape);
    EXPECT_TRUE(world.state.pages.empty());
    world.press(Key::enter);  // the thread's page
    world.type("x");
    EXPECT_EQ(world.state.look.topic, (LookTopic{LookKind::locks, 4121, 1000 + 4121}));
    EXPECT_EQ(world.state.pages.size(), 2U);
}

TEST(LookPage, moves_and_keeps_the_cursor_on_the_screen) {
    World world = world_on("l");
    world.press(Key::end);
    EXPECT_THAT(text_of(world.draw(100, 24)), HasSubstr("21-40 of 40"));
    world.type("k");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 38U);
    world.type("g");
    world.draw(100, 24);
    world.press(Key::page_down);
    world.type("j");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 21U);
    EXPECT_EQ(world.state.look.scroll, 2U);
    world.look = files_of(world.state.look.topic, 5);
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 4U) << "it has fewer rows by now";
}

TEST(LookPage, search_goes_to_rows_and_around) {
    World world = world_on("l");
    world.type("/ibdata");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 17U) << "without case";
    world.press(Key::enter);
    world.type("n");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 17U) << "the only one";
    world.type("/zzz");
    EXPECT_THAT(text_of(world.draw(100, 24)), HasSubstr("Search: zzz"));
    world.draw(100, 24);
    EXPECT_THAT(text_of(world.draw(100, 24)), HasSubstr("not found"));
    world.press(Key::escape);
    world.type("/socket");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 17U);
    world.press(Key::enter);
    world.type("N");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 15U);
    world.type("n");
    world.draw(100, 24);
    EXPECT_EQ(world.state.look.cursor, 17U);
}

TEST(LookPage, the_rest_of_a_long_line_is_to_the_right) {
    World world = world_on("l", 1);
    world.look->rows[0][4] = std::string(90, 'a') + "the-end";
    EXPECT_THAT(text_of(world.draw(100, 24)), Not(HasSubstr("the-end")));
    for (int step = 0; step < 5; ++step) {
        world.press(Key::right);
    }
    EXPECT_THAT(text_of(world.draw(100, 24)), HasSubstr("the-end"));
    for (int step = 0; step < 9; ++step) {
        world.press(Key::left);
    }
    EXPECT_EQ(world.state.look.shift, 0);
}

TEST(LookPage, says_why_there_is_nothing) {
    World world = world_on("l", 0);
    EXPECT_THAT(text_of(world.draw(100, 24)), HasSubstr("it has no open files"));
    world.look->problem = "its descriptors: Permission denied";
    EXPECT_THAT(text_of(world.draw(100, 24)),
                AllOf(HasSubstr("Permission denied"), Not(HasSubstr("it has no open files"))));
    world.look = files_of(world.state.look.topic, 3);
    world.look->ended = true;
    EXPECT_THAT(text_of(world.draw(100, 24)), AllOf(HasSubstr("the process has ended"), HasSubstr("/some/path")));
}

TEST(LookPage, kernel_threads_and_groups_have_none) {
    World world;
    world.fill();
    world.draw(100, 24);
    world.type("61");
    world.draw(100, 24);
    world.type("l");
    EXPECT_TRUE(world.state.pages.empty());
    EXPECT_THAT(world.state.message, HasSubstr("is a kernel thread"));
}

}  // namespace
}  // namespace tsa
