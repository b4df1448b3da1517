// See screen.h. newterm instead of initscr: an unknown TERM is an error to report, not an exit() inside a library.
#include "tui/screen.h"

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <tuple>

namespace tsa {
namespace {

// What must be undone if the process ends without running destructors.
volatile std::sig_atomic_t terminal_is_ours = 0;
std::terminate_handler previous_terminate = nullptr;

void give_terminal_back() {
    if (terminal_is_ours != 0) {
        terminal_is_ours = 0;
        endwin();
    }
}

[[noreturn]] void on_terminate() {
    give_terminal_back();
    if (previous_terminate != nullptr) {
        previous_terminate();
    }
    std::abort();
}

// A crash: the process is ending anyway, so a best effort in a handler is better than leaving the terminal raw. The
// default action follows, core dump included (SA_RESETHAND).
void on_crash(int signal) {
    give_terminal_back();
    raise(signal);
}

constexpr std::array kCrashSignals{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGQUIT};

using Pair = std::pair<short, short>;

KeyEvent plain(Key key) {
    return {key, 0, 0, 0};
}

Key special_key(wint_t code) {
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        return static_cast<Key>(static_cast<int>(Key::f1) + static_cast<int>(code - KEY_F(1)));
    }
    switch (code) {
        case KEY_UP:
            return Key::up;
        case KEY_DOWN:
            return Key::down;
        case KEY_LEFT:
            return Key::left;
        case KEY_RIGHT:
            return Key::right;
        case KEY_PPAGE:
            return Key::page_up;
        case KEY_NPAGE:
            return Key::page_down;
        case KEY_HOME:
            return Key::home;
        case KEY_END:
            return Key::end;
        case KEY_ENTER:
            return Key::enter;
        case KEY_BTAB:
            return Key::back_tab;
        case KEY_BACKSPACE:
            return Key::backspace;
        case KEY_DC:
            return Key::del;
        case KEY_IC:
            return Key::insert;
        case KEY_RESIZE:
            return Key::resize;
        default:
            return Key::unnamed;
    }
}

KeyEvent character_event(wint_t code) {
    switch (code) {
        case L'\r':
        case L'\n':
            return plain(Key::enter);
        case L'\t':
            return plain(Key::tab);
        case 0x1b:
            return plain(Key::escape);
        case 0x7f:
        case 0x08:
            return plain(Key::backspace);
        default:
            return {Key::character, static_cast<char32_t>(code), 0, 0};
    }
}

std::optional<KeyEvent> mouse_event() {
    MEVENT mouse;
    if (getmouse(&mouse) != OK) {
        return std::nullopt;
    }
    if ((mouse.bstate & BUTTON4_PRESSED) != 0) {
        return KeyEvent{Key::wheel_up, 0, mouse.x, mouse.y};
    }
    if ((mouse.bstate & BUTTON5_PRESSED) != 0) {
        return KeyEvent{Key::wheel_down, 0, mouse.x, mouse.y};
    }
    if ((mouse.bstate & (BUTTON1_CLICKED | BUTTON1_PRESSED)) != 0) {
        return KeyEvent{Key::click, 0, mouse.x, mouse.y};
    }
    return std::nullopt;
}

}  // namespace

bool use_utf8_locale() {
    if (std::setlocale(LC_CTYPE, "") == nullptr) {
        return false;
    }
    return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

struct Screen::Impl {
    SCREEN* screen = nullptr;
    const Theme* theme = nullptr;
    int colors = 0;  // 0, 8 or 256
    std::array<struct sigaction, kCrashSignals.size()> previous_actions{};
    std::optional<Frame> drawn;
    std::map<Pair, short> pairs;

    struct Style {
        attr_t attributes = A_NORMAL;
        short pair = 0;
    };
    std::array<Style, kRoles * 2> styles{};

    ~Impl();
    void make_styles();
    short pair_of(short foreground, short background);
    Style style_of(const Look& look, bool selected);
    void write(int x, int y, const Cell& cell);
    void install_handlers();
};

Screen::Impl::~Impl() {
    if (screen != nullptr) {
        give_terminal_back();
        delscreen(screen);
        std::set_terminate(previous_terminate);
        for (std::size_t at = 0; at < kCrashSignals.size(); ++at) {
            sigaction(kCrashSignals[at], &previous_actions[at], nullptr);
        }
    }
}

void Screen::Impl::install_handlers() {
    terminal_is_ours = 1;
    previous_terminate = std::set_terminate(on_terminate);
    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (std::size_t at = 0; at < kCrashSignals.size(); ++at) {
        sigaction(kCrashSignals[at], &action, &previous_actions[at]);
    }
}

short Screen::Impl::pair_of(short foreground, short background) {
    if (foreground < 0 && background < 0) {
        return 0;
    }
    const auto [found, added] = pairs.try_emplace({foreground, background}, static_cast<short>(pairs.size() + 1));
    if (added) {
        init_pair(found->second, foreground, background);
    }
    return found->second;
}

Screen::Impl::Style Screen::Impl::style_of(const Look& look, bool selected) {
    const Look& chosen = theme->selected;
    Style style;
    const bool rich = colors >= 256;
    if (colors > 0) {
        short foreground = rich ? look.color_256 : look.color_8;
        short background = rich ? look.background_256 : look.background_8;
        if (selected) {
            background = rich ? chosen.background_256 : chosen.background_8;
            // With 8 colors a state's color can be that of the selection: only 256 are enough to keep both.
            foreground = rich && foreground >= 0 && !look.dim ? foreground : (rich ? chosen.color_256 : chosen.color_8);
        }
        style.pair = pair_of(foreground, background);
    }
    const bool needs_reverse = look.reverse || (colors == 0 && look.background_8 >= 0);
    const bool selected_reverse = selected && (chosen.reverse || colors == 0);
    style.attributes |= look.bold ? A_BOLD : A_NORMAL;
    // A 256-color gray is dim enough; A_DIM on top of it is unreadable.
    style.attributes |= look.dim && !selected && !(rich && look.color_256 >= 0) ? A_DIM : A_NORMAL;
    style.attributes |= needs_reverse || selected_reverse ? A_REVERSE : A_NORMAL;
    return style;
}

void Screen::Impl::make_styles() {
    for (std::size_t role = 0; role < kRoles; ++role) {
        styles[role * 2] = style_of(theme->looks[role], false);
        styles[role * 2 + 1] = style_of(theme->looks[role], true);
    }
}

void Screen::Impl::write(int x, int y, const Cell& cell) {
    const Style& style = styles[static_cast<std::size_t>(cell.role) * 2 + (cell.selected ? 1 : 0)];
    const wchar_t text[2] = {static_cast<wchar_t>(cell.glyph), L'\0'};
    cchar_t character;
    if (setcchar(&character, text, style.attributes, style.pair, nullptr) == OK) {
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
    set_escdelay(kEscapeDelayMs);
    auto impl = std::make_unique<Impl>();
    impl->screen = newterm(nullptr, stdout, stdin);
    if (impl->screen == nullptr) {
        const char* term = std::getenv("TERM");
        return Error{std::string("unknown terminal type \"") + (term != nullptr ? term : "") + "\"",
                     "set TERM to what your terminal is, for example TERM=xterm-256color", 0};
    }
    impl->install_handlers();
    set_term(impl->screen);
    cbreak();  // not raw(): Ctrl-C stays SIGINT for the poll loop, and Ctrl-Z suspends as everywhere
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    if (options.mouse) {
        mouseinterval(0);
        mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, nullptr);
    }
    const Theme* mono = find_theme("mono");
    impl->theme = options.theme != nullptr ? options.theme : &themes().front();
    if (options.colors && impl->theme != mono && has_colors()) {
        start_color();
        use_default_colors();
        impl->colors = COLORS >= 256 ? 256 : (COLORS >= 8 ? 8 : 0);
    }
    if (impl->colors == 0) {
        impl->theme = mono;
    }
    impl->make_styles();
    return std::unique_ptr<Screen>(new Screen(std::move(impl)));
}

int Screen::input_fd() const {
    return STDIN_FILENO;
}

std::optional<KeyEvent> Screen::next_event() {
    wint_t code = 0;
    for (int kind = get_wch(&code); kind != ERR; kind = get_wch(&code)) {
        if (kind == OK) {
            return character_event(code);
        }
        if (code == KEY_MOUSE) {
            if (const auto event = mouse_event()) {
                return event;
            }
            continue;  // an unused button: read the next event
        }
        const Key key = special_key(code);
        if (key == Key::resize) {
            redraw_all();
        }
        return plain(key);
    }
    return std::nullopt;
}

bool Screen::update_size() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        return false;
    }
    if (size.ws_col == width() && size.ws_row == height()) {
        return false;
    }
    resizeterm(size.ws_row, size.ws_col);
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
    drawn = frame;
}

void Screen::redraw_all() {
    impl_->drawn.reset();
    clearok(stdscr, TRUE);
}

}  // namespace tsa
