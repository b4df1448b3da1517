// SPDX-License-Identifier: MIT
// Conditions as users type them: what they mean, what is wrong with them and where, and what completes them.
#include "expression/expression.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "expression/glob.h"
#include "expression/row_terms.h"
#include "model/process_table.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LiteralReport;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// Terms with literal values; functions too.
class Terms final : public TermResolver, public TermValues {
  public:
    struct Known {
        TermKind kind;
        TermValue value;
    };
    std::map<std::string, Known, std::less<>> known{
        {"exec", {TermKind::share, {true, 12.5, 125e6, {}}}},
        {"age", {TermKind::duration, {true, 3e9, 0, {}}}},
        {"rss", {TermKind::bytes, {true, 2.0 * 1024 * 1024, 0, {}}}},
        {"read", {TermKind::bytes_per_s, {true, 1024, 0, {}}}},
        {"switches", {TermKind::per_s, {true, 40, 0, {}}}},
        {"full", {TermKind::percent, {true, 80, 0, {}}}},
        {"tid", {TermKind::number, {true, 255, 0, {}}}},
        {"comm", {TermKind::text, {true, 0, 0, "worker-3"}}},
        {"unit", {TermKind::text, {}}},
        {"kernel", {TermKind::flag, {true, 1, 0, {}}}},
        {"lost", {TermKind::share, {}}},
        {"cpu_wait(postgres)", {TermKind::share, {true, 60, 600e6, {}}}},
        {"finding(deadlock)", {TermKind::flag, {true, 0, 0, {}}}},
    };

    TermLookup resolve(std::string_view name, std::optional<std::span<const std::string>> arguments) override {
        std::string key(name);
        if (arguments) {
            key += "(" + (arguments->empty() ? std::string() : arguments->front()) + ")";
        }
        if (name == "finding" && arguments && !arguments->empty() && arguments->front() != "deadlock") {
            return {{}, "no finding " + arguments->front(), "did you mean deadlock?", 0};
        }
        const auto found = known.find(key);
        if (found == known.end()) {
            return {};
        }
        return {Term{found->second.kind, static_cast<std::uint32_t>(std::distance(known.begin(), found))}};
    }
    [[nodiscard]] std::vector<std::string_view> names() const override {
        return {"age", "comm", "cpu_wait(", "exec", "finding(", "full", "kernel", "rss"};
    }
    [[nodiscard]] std::vector<std::string_view> values(std::string_view name) const override {
        return name == "comm" ? std::vector<std::string_view>{"walwriter", "worker-3"}
                              : std::vector<std::string_view>{};
    }
    [[nodiscard]] TermValue value(const Term& term) const override {
        return std::next(known.begin(), term.id)->second.value;
    }
};

Truth truth(std::string_view text) {
    Terms terms;
    const auto parsed = parse_expression(text, terms, {true});
    if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
        ADD_FAILURE() << text << ": " << error->message;
        return Truth::unknown;
    }
    return std::get<Expression>(parsed).evaluate(terms);
}

ExpressionError error_of(std::string_view text, bool allows_for = true) {
    Terms terms;
    const auto parsed = parse_expression(text, terms, {allows_for});
    const auto* error = std::get_if<ExpressionError>(&parsed);
    if (error == nullptr) {
        ADD_FAILURE() << text << " was accepted";
        return {};
    }
    return *error;
}

TEST(UserExpression, each_operator_compares_numbers) {
    for (const std::string_view text :
         {"tid > 254", "tid >= 255", "tid<256", "tid <= 255", "tid=255", "tid != 7", "tid = 0xff", "tid > 254.5"}) {
        EXPECT_EQ(truth(text), Truth::yes) << text;
    }
    for (const std::string_view text :
         {"tid > 255", "tid >= 256", "tid < 255", "tid <= 254", "tid = 256", "tid!=255"}) {
        EXPECT_EQ(truth(text), Truth::no) << text;
    }
}

TEST(UserExpression, values_have_the_units_of_their_terms) {
    for (const std::string_view text :
         {"exec = 12.5",   "exec = 12.5%",  "exec = 125ms",    "exec > 124999us", "exec > 124999µs",
          "exec < 1s",     "age = 3s",      "age = 3000ms",    "age < 1m",        "age < 1min",
          "age < 1h",      "age < 1d",      "age > 0",         "rss = 2M",        "rss = 2MiB",
          "rss = 2097152", "rss > 2MB",     "rss < 3GB",       "read = 1K",       "read = 1KiB/s",
          "read = 1024",   "switches = 40", "switches = 40/s", "full > 79%",      "full < 81"}) {
        EXPECT_EQ(truth(text), Truth::yes) << text;
    }
}

TEST(UserExpression, text_is_compared_whole_or_with_a_pattern) {
    for (const std::string_view text :
         {"comm = worker-3", "comm = \"worker-3\"", "comm = 'worker-3'", "comm ~ work*", "comm ~ 'w?rker-[0-9]'",
          "comm != worker", "comm~*3", "not comm ~ x*", "unit = ''", "unit != nginx.service", "not unit ~ ?*"}) {
        EXPECT_EQ(truth(text), Truth::yes) << text;
    }
    for (const std::string_view text : {"comm = Worker-3", "comm = worker", "comm ~ worker", "unit ~ ?*"}) {
        EXPECT_EQ(truth(text), Truth::no) << text;
    }
}

TEST(UserExpression, and_binds_closer_than_or_and_not_closest) {
    EXPECT_EQ(truth("tid = 255 or tid = 1 and tid = 2"), Truth::yes);
    EXPECT_EQ(truth("(tid = 255 or tid = 1) and tid = 2"), Truth::no);
    EXPECT_EQ(truth("not tid = 1 and tid = 2"), Truth::no);
    EXPECT_EQ(truth("not (tid = 1 and tid = 2)"), Truth::yes);
    EXPECT_EQ(truth("not not tid = 255"), Truth::yes);
    EXPECT_EQ(truth("not(tid=1)and(tid=255)"), Truth::yes);
}

TEST(UserExpression, a_flag_stands_alone_or_is_compared) {
    EXPECT_EQ(truth("kernel"), Truth::yes);
    EXPECT_EQ(truth("not kernel"), Truth::no);
    EXPECT_EQ(truth("kernel = true and kernel != no"), Truth::yes);
    EXPECT_EQ(truth("finding(deadlock)"), Truth::no);
    EXPECT_EQ(truth("kernel and not finding( deadlock )"), Truth::yes);
    EXPECT_EQ(truth("cpu_wait(postgres) > 50% and cpu_wait(\"postgres\") < 1s"), Truth::yes);
}

// Not measured is not zero.
TEST(UserExpression, what_was_not_measured_is_neither_true_nor_false) {
    for (const std::string_view text :
         {"lost > 0", "lost < 1", "not lost > 0", "lost > 0 and tid = 255", "tid = 1 or lost != 0"}) {
        EXPECT_EQ(truth(text), Truth::unknown) << text;
    }
    EXPECT_EQ(truth("lost > 0 and tid = 1"), Truth::no);
    EXPECT_EQ(truth("lost > 0 or tid = 255"), Truth::yes);
}

TEST(UserExpression, for_needs_the_whole_time_without_a_break) {
    Terms terms;
    const auto parsed = parse_expression("exec > 10 for 2s and not kernel for 1s", terms, {true});
    const Expression& rule = std::get<Expression>(parsed);
    HoldTimes times;
    terms.known.at("kernel").value.number = 0;
    std::uint64_t now_ns = 100 * kSecond;
    const auto after = [&](double exec) {
        terms.known.at("exec").value.number = exec;
        now_ns += kSecond;
        return rule.evaluate(terms, now_ns, times);
    };
    EXPECT_EQ(after(11), Truth::no);
    EXPECT_EQ(after(11), Truth::no);
    EXPECT_EQ(after(11), Truth::yes);
    EXPECT_EQ(after(9), Truth::no);
    EXPECT_EQ(after(11), Truth::no);
    EXPECT_EQ(after(11), Truth::no);
    EXPECT_EQ(after(11), Truth::yes);
    times.reset();
    EXPECT_EQ(after(11), Truth::no);
}

TEST(UserExpression, a_for_on_the_right_counts_while_the_left_is_settled) {
    Terms terms;
    const auto parsed = parse_expression("tid = 1 and exec > 10 for 2s or exec > 10 for 1s", terms, {true});
    const Expression& rule = std::get<Expression>(parsed);
    HoldTimes times;
    EXPECT_EQ(rule.evaluate(terms, 10 * kSecond, times), Truth::no);
    EXPECT_EQ(rule.evaluate(terms, 11 * kSecond, times), Truth::yes);
    terms.known.at("tid").value.number = 1;
    terms.known.at("exec").value.number = 12;
    EXPECT_EQ(rule.evaluate(terms, 12 * kSecond, times), Truth::yes);
}

struct Mistake {
    std::string_view text;
    std::size_t at, size;
    std::string_view message, hint;
};

TEST(UserExpression, errors_have_their_place_and_a_hint) {
    const auto mistakes = std::to_array<Mistake>({
        {"", 0, 0, "a comparison is missing", "exec > 10%"},
        {"  ", 2, 0, "a comparison is missing", ""},
        {"exce > 10", 0, 4, "unknown name 'exce'", "did you mean exec?"},
        {"findin(x)", 0, 6, "unknown name 'findin'", "did you mean finding(...)?"},
        {"zebra > 10", 0, 5, "unknown name 'zebra'", "Tab"},
        {"kernel and finding(deadlok)", 19, 7, "no finding deadlok", "did you mean deadlock?"},
        {"exec", 4, 0, "a comparison is missing after exec", "exec > 10%"},
        {"exec 10", 5, 1, "after exec there is a comparison", "exec > 10%"},
        {"exec >", 6, 0, "a value is missing", ""},
        {"exec > )", 7, 1, "a value is missing", ""},
        {"exec > ten", 7, 3, "'ten' is not a value of exec", "50%, 10ms"},
        {"exec > 10MiB", 7, 5, "'10MiB' is not a value", "50%, 10ms"},
        {"age > 10", 6, 2, "'10' is not a value of age", "with its unit"},
        {"rss > 10%", 6, 3, "'10%' is not a value of rss", "1MiB"},
        {"kernel = maybe", 9, 5, "'maybe' is not a value", "true or false"},
        {"exec == 10", 5, 2, "there is no operator ==", "write ="},
        {"exec => 10", 5, 2, "there is no operator =>", "write >="},
        {"comm !~ a*", 5, 2, "there is no operator !~", "not NAME ~ PATTERN"},
        {"comm > a", 5, 1, "comm is text: > does not apply", "comm ~ pattern*"},
        {"exec ~ 1*", 5, 1, "exec is a number: ~ does not apply", "exec > 10%"},
        {"kernel > 1", 7, 1, "kernel is true or false", "not kernel"},
        {"exec > 1 && age > 1s", 9, 1, "after a comparison there is and, or", "write and"},
        {"exec > 1 || age > 1s", 9, 1, "after a comparison there is and, or", "write or"},
        {"!kernel", 0, 1, "a name belongs here", "write not"},
        {"exec > 1 adn age > 1s", 9, 3, "after a comparison there is and, or", ""},
        {"comm = work er", 12, 2, "after a comparison there is and, or", "quotes"},
        {"exec > 1 and", 12, 0, "a comparison is missing", ""},
        {"and exec > 1", 0, 3, "a name belongs here", ""},
        {"(exec > 1", 0, 1, "not closed", "add )"},
        {"exec > 1)", 8, 1, "no parenthesis to close", ""},
        {"comm = \"work", 7, 1, "this quote is not closed", "add \""},
        {"finding(deadlock", 7, 1, "not closed", "add )"},
        {"finding(a b)", 10, 1, "after an argument", "quotes"},
        {"cpu_wait(1,2,3,4,5) > 1", 17, 1, "more than 4 arguments", ""},
        {"exec > 1 for", 12, 0, "a time is missing", ""},
        {"exec > 1 for 5", 13, 1, "'5' is not a duration", "unit"},
        {"exec > 1 for 0s", 13, 2, "'0s' is not a duration", ""},
    });
    for (const Mistake& mistake : mistakes) {
        const ExpressionError error = error_of(mistake.text);
        EXPECT_EQ(error.at, mistake.at) << mistake.text;
        EXPECT_EQ(error.size, mistake.size) << mistake.text;
        EXPECT_THAT(error.message, HasSubstr(std::string(mistake.message))) << mistake.text;
        EXPECT_THAT(error.hint, HasSubstr(std::string(mistake.hint))) << mistake.text;
    }
    EXPECT_THAT(error_of("exec > 1 for 5s", false).message, HasSubstr("\"for\""));
}

TEST(UserExpression, length_and_depth_are_bounded) {
    EXPECT_THAT(error_of(std::string(kMaxExpressionBytes + 1, ' ')).message, HasSubstr("longer than 4096 bytes"));
    const std::string deep(kMaxExpressionDepth, '(');
    EXPECT_THAT(error_of(deep + "exec > 1" + std::string(kMaxExpressionDepth, ')')).message, HasSubstr("more than 32"));
    const std::string allowed(kMaxExpressionDepth - 1, '(');
    EXPECT_EQ(truth(allowed + "exec > 1" + std::string(kMaxExpressionDepth - 1, ')')), Truth::yes);
    std::string nots;
    for (std::size_t i = 0; i <= kMaxExpressionDepth; ++i) {
        nots += "not ";
    }
    EXPECT_THAT(error_of(nots + "kernel").message, HasSubstr("more than 32"));
    std::string chain = "tid = 255";
    while (chain.size() + 14 < kMaxExpressionBytes) {
        chain += " and tid = 255";
    }
    EXPECT_EQ(truth(chain), Truth::yes);
}

TEST(UserExpression, a_mark_is_under_what_is_wrong) {
    const std::string_view text = "comm = \"zwölf\" and exce > 1";
    const ExpressionError error = error_of(text);
    EXPECT_EQ(caret_lines(text, error),
              "  comm = \"zwölf\" and exce > 1\n"
              "                     ^^^^");
    EXPECT_EQ(caret_lines("exec >", error_of("exec >")), "  exec >\n        ^");
    const Error shown = to_error(text, error, "--filter");
    EXPECT_EQ(shown.message, "--filter: unknown name 'exce'\n" + caret_lines(text, error));
    EXPECT_EQ(shown.hint, "did you mean exec?");
    EXPECT_EQ(to_error("\x1b[2J > 1", error_of("\x1b[2J > 1"), "--filter").message,
              "--filter: a name belongs here: \\x1b[2J > 1");
}

std::vector<std::string_view> choices(std::string_view text, bool allows_for = true) {
    Terms terms;
    return complete_expression(text, terms, {allows_for}).choices;
}

TEST(UserExpression, completion_knows_what_may_follow) {
    EXPECT_THAT(choices("ex"), ElementsAre("exec"));
    EXPECT_THAT(choices("f"), ElementsAre("finding(", "full"));
    EXPECT_THAT(choices("exec > 10 and co"), ElementsAre("comm"));
    EXPECT_THAT(choices("not (ke"), ElementsAre("kernel"));
    EXPECT_THAT(choices("n"), ElementsAre("not"));
    EXPECT_THAT(choices("exec > 10 "), ElementsAre("and", "for", "or"));
    EXPECT_THAT(choices("exec > 10 ", false), ElementsAre("and", "or"));
    EXPECT_THAT(choices("(kernel a"), ElementsAre("and"));
    EXPECT_THAT(choices("exec "), ElementsAre("!=", "<", "<=", "=", ">", ">="));
    EXPECT_THAT(choices("comm "), ElementsAre("!=", "=", "~"));
    EXPECT_THAT(choices("comm = w"), ElementsAre("walwriter", "worker-3"));
    EXPECT_THAT(choices("comm = wo"), ElementsAre("worker-3"));
    EXPECT_THAT(choices("exec > 1"), IsEmpty());
    EXPECT_THAT(choices("nonsense x"), IsEmpty());
    Terms terms;
    const Completion completion = complete_expression("exec > 1 and f", terms);
    EXPECT_EQ(completion.at, 13U);
    EXPECT_EQ(completion.common, "f");
    EXPECT_EQ(complete_expression("comm = w", terms).common, "w");
    EXPECT_EQ(complete_expression("comm = wa", terms).common, "walwriter");
}

TEST(UserExpression, plain_text_is_told_from_expressions) {
    const Terms terms;
    for (const std::string_view text : {"exec > 10", "exec>10", "(exec > 1", "not comm ~ x", "not kernel", "exce > 10",
                                        "comm=x", "finding(", "kernel and exec > 1", "not (kernel)", "comm ~"}) {
        EXPECT_TRUE(is_meant_as_expression(text, terms)) << text;
    }
    for (const std::string_view text : {"", "postgres", "exec", "kernel", "--user=x", "foo=bar", "a|b", "/usr/bin/x",
                                        "worker (2", "f(", "not here", "exec 10"}) {
        EXPECT_FALSE(is_meant_as_expression(text, terms)) << text;
    }
}

TEST(Glob, patterns_cover_the_whole_text) {
    struct Case {
        std::string_view pattern, text;
        bool matches;
    };
    for (const Case& each : std::to_array<Case>({
             {"", "", true},
             {"", "a", false},
             {"*", "", true},
             {"**", "abc", true},
             {"abc", "abc", true},
             {"abc", "abcd", false},
             {"a*c", "abbbc", true},
             {"a*c", "abbbcd", false},
             {"*a*b*", "xaxbx", true},
             {"?", "a", true},
             {"?", "ö", true},
             {"?", "", false},
             {"??", "ö", false},
             {"[abc]", "b", true},
             {"[a-c]x", "bx", true},
             {"[!a-c]", "b", false},
             {"[^a-c]", "d", true},
             {"[]]", "]", true},
             {"[a-]", "-", true},
             {"[ä-ü]", "ö", true},
             {"[abc", "[abc", true},
             {"\\*", "*", true},
             {"\\*", "a", false},
             {"\\", "\\", true},
             {"*.service", "nginx.service", true},
             {"a\\[b", "a[b", true},
         })) {
        EXPECT_EQ(matches_glob(each.pattern, each.text), each.matches) << each.pattern << " on " << each.text;
    }
}

// A matcher that tries every star again takes a time that doubles with each of them.
TEST(Glob, many_stars_take_no_more_than_their_product) {
    std::string pattern;
    for (int i = 0; i < 1000; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(matches_glob(pattern + "b", std::string(4000, 'a')));
}

bool row_matches(const LiteralReport& literal, std::string_view text, std::size_t row = 0,
                 const ProcessRow* process = nullptr) {
    const auto parsed = parse_row_expression(text);
    if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
        ADD_FAILURE() << text << ": " << error->message;
        return false;
    }
    RowValues values([](std::uint32_t uid) { return uid == 26 ? std::string("postgres") : std::string(); });
    values.set(literal.report, literal.report.threads.at(row), process);
    return std::get<Expression>(parsed).matches(values);
}

TEST(RowExpression, columns_mean_what_the_screens_show) {
    LiteralReport literal;
    Thread& thread = literal.add(4177, "worker-3", 200'000'000, 500'000'000);
    thread.uid = 26;
    thread.tgid = 4000;
    thread.rss_bytes = 3 << 20;
    thread.state = ThreadState::lock_wait;
    for (const std::string_view text : {"exec = 40",
                                        "exec_ns > 39%",
                                        "cpu = 200ms",
                                        "lock = 60%",
                                        "lock_wait > 59",
                                        "delay = 60",
                                        "lost > 10",
                                        "wall = 50",
                                        "tid = 4177",
                                        "pid = 4000",
                                        "tgid = 4000",
                                        "user = postgres",
                                        "uid = 26",
                                        "name ~ work*",
                                        "comm = worker-3",
                                        "rss = 3MiB",
                                        "mem > 2M",
                                        "not kernel",
                                        "state = lock_wait",
                                        "age = 4.2ms",
                                        "exec > 10 and user = postgres and comm ~ work*",
                                        "cmdline = '' and unit = '' and container = ''"}) {
        EXPECT_TRUE(row_matches(literal, text)) << text;
    }
    for (const std::string_view text : {"exec > 40", "user = 26", "kernel", "state = exec"}) {
        EXPECT_FALSE(row_matches(literal, text)) << text;
    }
    thread.uid = 7;
    EXPECT_TRUE(row_matches(literal, "user = 7"));
}

TEST(RowExpression, what_is_known_of_processes_can_be_asked_for) {
    LiteralReport literal;
    literal.add(10, "nginx");
    ProcessTable facts;
    CgroupPlace place;
    place.path = "/system.slice/nginx.service";
    place.unit = "nginx.service";
    place.container = "web";
    ProcessFacts& of = facts.put(10, 0);
    of.command = "nginx: worker process";
    of.place = facts.intern("a", place);
    literal.report.facts = &facts;
    for (const std::string_view text :
         {"unit ~ nginx*", "container = web", "cgroup ~ /system.slice/*", "cmdline ~ '*worker process'"}) {
        EXPECT_TRUE(row_matches(literal, text)) << text;
        EXPECT_TRUE(needs_facts(std::get<Expression>(parse_row_expression(text)))) << text;
    }
    EXPECT_FALSE(needs_facts(std::get<Expression>(parse_row_expression("exec > 1"))));
}

TEST(RowExpression, sums_are_those_of_the_process_and_the_rest_of_its_thread) {
    LiteralReport literal;
    literal.add(10, "main", 200'000'000).state = ThreadState::sleep;
    literal.add(11, "worker", 400'000'000).state = ThreadState::exec;
    ProcessRow process;
    process.tgid = 10;
    process.leader = literal.report.threads[0].now;
    process.state_ns[index(ThreadState::exec)] = 600'000'000;
    EXPECT_TRUE(row_matches(literal, "exec = 60 and state = exec", 1, &process));
    EXPECT_FALSE(row_matches(literal, "exec = 60 and state = exec", 0, &process));
    EXPECT_TRUE(row_matches(literal, "comm = main", 1, &process));
}

TEST(RowExpression, names_are_complete_and_resolve) {
    RowTerms terms;
    const std::vector<std::string_view> names = terms.names();
    EXPECT_THAT(names, ::testing::IsSupersetOf({"exec", "cpu", "user", "unit", "container", "cmdline", "cgroup", "pid",
                                                "tid", "delay", "state_age", "comm", "name"}));
    for (const std::string_view name : names) {
        EXPECT_TRUE(terms.resolve(name, std::nullopt).term) << name;
    }
    const std::vector<std::string> arguments{"x"};
    EXPECT_THAT(terms.resolve("exec", arguments).problem, HasSubstr("no parentheses"));
    EXPECT_THAT(terms.resolve("taskstats_cpu_delay_ns", std::nullopt).problem, HasSubstr("after the filter"));
    EXPECT_THAT(complete_expression("state = lo", terms).choices, ElementsAre("lock_wait"));
    EXPECT_THAT(complete_expression("cont", terms).choices, ElementsAre("container"));
    EXPECT_THAT(complete_expression("kernel = t", terms).choices, ElementsAre("true"));
}

}  // namespace
}  // namespace tsa
