// SPDX-License-Identifier: MIT
// See screen.h. newterm instead of initscr: an unknown TERM is an error to report, not an exit() inside a library.
#include "tui/screen.h"

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "base/clock.h"
#include "base/time_units.h"
#include "tui/terminal/background.h"
#include "tui/terminal/clipboard.h"
#include "tui/terminal/description.h"
#include "tui/terminal/input_decoder.h"
#include "tui/terminal/styles.h"
#include "tui/terminal/terminal_mode.h"
#include "tui/terminal/terminal_output.h"
#include "tui/terminal/terminfo.h"

namespace tsa {
namespace {

/// A terminal that takes nothing for this long at the end does not get back its former screen, only its settings.
constexpr int kLastOutputMs = 500;
/// How long the terminal has to say what its background is.
constexpr std::uint64_t kAnswerMs = 100;
/// Read at once. A flood of input must not keep the loop from its other work.
constexpr std::size_t kInputBytes = 1024;

bool is_utf8() {
    return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int usable_colors(const ScreenOptions& options) {
    if (!options.colors || options.theme == ThemeChoice::mono || !has_colors()) {
        return 0;
    }
    start_color();
    use_default_colors();
    return COLORS >= 256 ? 256 : (COLORS >= 8 ? 8 : 0);
}

void set_up_drawing(bool mouse) {
    set_escdelay(Screen::kEscapeDelayMs);
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    typeahead(-1);  // what is drawn is always drawn completely
    if (mouse) {
        mouseinterval(0);
        mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, nullptr);
    }
}

/// Unless the program handles SIGTSTP, ncurses ignores it while it draws, and that discards a Ctrl-Z that waits to be
/// taken. This handler does nothing: the signal is blocked and taken from a queue.
void keep_from_ncurses(int signal) {
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};
    nothing.sa_flags = SA_RESTART;
    sigaction(signal, &nothing, nullptr);
}

/// The default action of SIGTSTP, whatever the process does with the signal otherwise. Without a shell that could
/// continue the process it has no effect.
void stop_as_by_default() {
    struct sigaction stop {
    }, before{};
    stop.sa_handler = SIG_DFL;
    sigset_t only, mask;
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    sigaction(SIGTSTP, &stop, &before);
    ::raise(SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &only, &mask);
    pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    sigaction(SIGTSTP, &before, nullptr);
}

/// One of these signals, which are blocked, has arrived.
bool is_pending(std::initializer_list<int> signals) {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return std::ranges::any_of(signals, [&](int signal) { return sigismember(&pending, signal) == 1; });
}

}  // namespace

bool use_utf8_locale() {
    return std::setlocale(LC_CTYPE, "") != nullptr && is_utf8();
}

struct Screen::Impl {
    std::unique_ptr<TerminalOutput> output;
    SCREEN* screen = nullptr;
    std::unique_ptr<TerminalMode> mode;
    std::string restoring;  ///< leaves ncurses' modes of the terminal
    std::optional<InputDecoder> input;
    Styles styles;
    std::optional<Frame> drawn;

    ~Impl();
    Result<void> start_ncurses(const ScreenOptions& options);
    void make_styles(const ScreenOptions& options, bool is_light);
    bool has_light_background();
    int colors = 0;
    bool read_within(int ms);
    void leave();
    void write(int x, int y, const Cell& cell);
};

Screen::Impl::~Impl() {
    if (mode != nullptr) {
        leave();
    }
    if (screen != nullptr) {
        delscreen(screen);
    }
}

Result<void> Screen::Impl::start_ncurses(const ScreenOptions& options) {
    TRY(check_terminal_type(STDOUT_FILENO));
    const ScreenSize size = TRY(initial_size(STDOUT_FILENO));
    output = TRY(TerminalOutput::open(STDOUT_FILENO));
    keep_from_ncurses(SIGTSTP);
    screen = newterm(nullptr, output->stream(), stdin);
    if (screen == nullptr) {
        return Error{"ncurses cannot use this terminal", "try another TERM; `rstat-tsa stat` prints without screens",
                     0};
    }
    set_term(screen);
    resizeterm(size.height, size.width);
    set_up_drawing(options.mouse);
    colors = usable_colors(options);
    make_styles(options, options.theme == ThemeChoice::light);
    static_cast<void>(output->take_drawn());  // the first refresh() enters those modes again
    endwin();
    restoring = output->take_drawn();
    return {};
}

void Screen::Impl::make_styles(const ScreenOptions& options, bool is_light) {
    Theme theme = *find_theme(colors == 0 ? "mono" : is_light ? "light" : "dark");
    if (colors != 0) {
        set_state_looks(theme, options.state_looks);
    }
    styles.make(theme, colors);
}

/// Asks the terminal, unless the environment says it. What is typed meanwhile is not lost.
bool Screen::Impl::has_light_background() {
    const char* const variable = std::getenv("COLORFGBG");
    if (const auto is_light = is_light_by_variable(variable != nullptr ? variable : "")) {
        return *is_light;
    }
    const char* const type = std::getenv("TERM");
    if (type != nullptr && std::string_view(type) == "linux") {
        return false;  // always dark, and it prints what it does not know
    }
    output->put(kBackgroundQuestion);
    std::string arrived;
    BackgroundAnswer answer;
    const std::uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + kAnswerMs * kNsPerMs;
    for (std::uint64_t now_ns = 0; !answer.is_whole && (now_ns = clock_ns(CLOCK_MONOTONIC)) < until_ns;) {
        pollfd input_ready{STDIN_FILENO, POLLIN, 0};
        std::array<char, kInputBytes> bytes;
        if (::poll(&input_ready, 1, static_cast<int>((until_ns - now_ns) / kNsPerMs) + 1) <= 0) {
            break;
        }
        const ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (size <= 0 || arrived.size() > kInputBytes) {
            break;
        }
        arrived.append(bytes.data(), static_cast<std::size_t>(size));
        answer = read_background(arrived);
    }
    if (!answer.rest.empty()) {
        input->feed(answer.rest, clock_ns(CLOCK_MONOTONIC));
    }
    return answer.is_light.value_or(false);
}

/// What the terminal showed before, then its settings.
void Screen::Impl::leave() {
    if (!TerminalMode::is_entered()) {
        return;
    }
    endwin();
    if (!output->flush_within(kLastOutputMs)) {
        output->replace(restoring);
    }
    mode->leave();
}

/// False: nothing has arrived.
bool Screen::Impl::read_within(int ms) {
    pollfd arrived{STDIN_FILENO, POLLIN, 0};
    if (::poll(&arrived, 1, ms) <= 0 || (arrived.revents & POLLIN) == 0) {
        return false;
    }
    std::array<char, kInputBytes> bytes;
    const ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size <= 0) {
        return false;
    }
    input->feed({bytes.data(), static_cast<std::size_t>(size)}, clock_ns(CLOCK_MONOTONIC));
    return true;
}

void Screen::Impl::write(int x, int y, const Cell& cell) {
    const Styles::Style& style = styles.of(cell.role, cell.selected);
    const wchar_t text[2] = {static_cast<wchar_t>(cell.glyph), L'\0'};
    cchar_t character;
    if (setcchar(&character, text, static_cast<attr_t>(style.attributes), style.pair, nullptr) == OK) {
        mvadd_wch(y, x, &character);  // the last cell of the screen returns ERR after having been written
    }
}

Screen::Screen(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Screen::~Screen() = default;

Result<std::unique_ptr<Screen>> Screen::open(const ScreenOptions& options) {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
        return Error{"the screen needs a terminal on standard input and output", "`rstat-tsa stat` prints without one",
                     0};
    }
    auto impl = std::make_unique<Impl>();
    TRY(impl->start_ncurses(options));
    const auto characters = is_utf8() ? InputDecoder::Characters::utf8 : InputDecoder::Characters::single_bytes;
    impl->input.emplace(characters, described_keys());
    impl->mode = TRY(TerminalMode::enter(STDIN_FILENO, impl->restoring, impl->output->fd()));
    if (options.theme == ThemeChoice::automatic && impl->colors != 0 && TerminalMode::is_entered() &&
        impl->has_light_background()) {
        impl->make_styles(options, true);
    }
    std::unique_ptr<Screen> screen(new Screen(std::move(impl)));
    screen->resume();
    return screen;
}

int Screen::input_fd() const {
    return STDIN_FILENO;
}

void Screen::read_input() {
    if (TerminalMode::is_entered() && impl_->read_within(0) && impl_->input->is_ambiguous() &&
        !impl_->read_within(kEscapeDelayMs)) {
        impl_->input->settle();
    }
}

std::optional<KeyEvent> Screen::next_event() {
    auto event = impl_->input->next();
    // With a keyboard protocol that the terminal still has from another program, Ctrl-Z is not a signal.
    if (event && *event == control(U'Z')) {
        suspend();
        event = impl_->input->next();
    }
    return event;
}

bool Screen::update_size() {
    const auto size = current_size(STDOUT_FILENO);
    if (!size || (size->width == width() && size->height == height())) {
        return false;
    }
    resizeterm(size->height, size->width);
    redraw_all();
    return true;
}

int Screen::width() const {
    return getmaxx(stdscr);
}

int Screen::height() const {
    return getmaxy(stdscr);
}

void Screen::draw(const Frame& frame) {
    if (!TerminalMode::is_entered()) {
        return;
    }
    flush();
    if (is_stalled()) {
        return;
    }
    std::optional<Frame>& drawn = impl_->drawn;
    const bool all = !drawn || drawn->width() != frame.width() || drawn->height() != frame.height();
    if (all) {
        erase();
    }
    for (int y = 0; y < std::min(frame.height(), height()); ++y) {
        for (int x = 0; x < std::min(frame.width(), width()); ++x) {
            const Cell& cell = frame.at(x, y);
            // The right half of a wide character is drawn with its left half, which has changed along with it.
            if (cell.glyph == 0 || (!all && cell == drawn->at(x, y) &&
                                    (x + 1 == frame.width() || frame.at(x + 1, y) == drawn->at(x + 1, y)))) {
                continue;
            }
            impl_->write(x, y, cell);
        }
    }
    refresh();
    flush();
    drawn = frame;
}

void Screen::copy(std::string_view text) {
    const auto variable = [](const char* name) {
        const char* const value = std::getenv(name);
        return std::string_view(value != nullptr ? value : "");
    };
    const std::string sequence = clipboard_sequence(text, multiplexer_of(variable("TMUX"), variable("TERM")));
    impl_->output->put(sequence);
}

void Screen::redraw_all() {
    impl_->drawn.reset();
    clearok(stdscr, TRUE);
}

int Screen::output_fd() const {
    return impl_->output->fd();
}

bool Screen::is_stalled() const {
    return impl_->output->pending();
}

void Screen::flush() {
    impl_->output->flush();
}

/// In the background it stops again, as a job that writes to its terminal; but it does not stop the end of a job.
void Screen::suspend() {
    impl_->leave();
    do {
        stop_as_by_default();
    } while (is_pending({SIGCONT}) && impl_->mode->in_background() && !is_pending({SIGHUP, SIGINT, SIGTERM, SIGQUIT}));
    resume();
}

void Screen::resume() {
    impl_->mode->enter_again();
    if (TerminalMode::is_entered()) {
        keypad(stdscr, TRUE);
        redraw_all();
    }
}

}  // namespace tsa
