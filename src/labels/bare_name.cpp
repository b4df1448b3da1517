// SPDX-License-Identifier: MIT
// See bare_name.h.
#include "labels/bare_name.h"

#include <algorithm>
#include <array>

namespace tsa {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Without the version of a dynamic symbol, and without the suffixes of clones, which may be numbered: "f.part.0.cold".
std::string_view without_suffixes(std::string_view name) {
    constexpr std::array<std::string_view, 9> kSuffixes{".isra", ".part", ".constprop",  ".cold",       ".lto_priv",
                                                        ".llvm", ".abi0", ".localalias", ".abiinternal"};
    name = name.substr(0, name.find('@'));
    for (;;) {
        std::string_view stem = name;
        while (!stem.empty() && is_digit(stem.back())) {
            stem.remove_suffix(1);
        }
        const bool is_numbered = stem.size() < name.size() && stem.ends_with('.');
        stem = is_numbered ? stem.substr(0, stem.size() - 1) : name;
        const auto suffix = std::ranges::find_if(kSuffixes, [&](std::string_view one) { return stem.ends_with(one); });
        if (suffix == kSuffixes.end()) {
            return name;
        }
        name = stem.substr(0, stem.size() - suffix->size());
    }
}

/// The size of the bracketed text at the start; all of the text, if its end was cut off.
std::size_t group_size(std::string_view text, char open, char close) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_arrow = close == '>' && at > 0 && text[at - 1] == '-';
        depth += text[at] == open ? 1 : 0;
        if (text[at] == close && !is_arrow && --depth == 0) {
            return at + 1;
        }
    }
    return text.size();
}

/// "a::Type::f" of "<a::Type>::f", Rust's name of a method. A method of a trait, "<a::Type as b::Trait>::f", is left.
std::string method_of_type(std::string_view name) {
    const std::size_t size = name.starts_with('<') ? group_size(name, '<', '>') : 0;
    if (size < 2 || size == name.size() || name.substr(0, size).find(" as ") != std::string_view::npos) {
        return std::string(name);
    }
    return std::string(name.substr(1, size - 2)).append(name.substr(size));
}

/// Copies the parts of a demangled name that are to stay.
class BareName {
  public:
    explicit BareName(std::string_view rest) : rest_(rest) {}

    std::string make() {
        while (!rest_.empty() && !is_done_) {
            step();
        }
        while (out_.ends_with(':')) {
            out_.pop_back();
        }
        return std::move(out_);
    }

  private:
    void step() {
        switch (rest_.front()) {
            case '<':
                return out_.empty() ? copy_group('<', '>') : skip_arguments();
            case '(':
                return parenthesis();
            case '{':
                return copy_group('{', '}');
            case '[':
                return rest_.starts_with("[abi:") ? skip_group('[', ']') : copy(1);
            case ' ':
                return space();
            default:
                return copy(1);
        }
    }

    void copy(std::size_t size) {
        out_ += rest_.substr(0, size);
        rest_.remove_prefix(std::min(size, rest_.size()));
        if (is_operator()) {
            const std::size_t symbols = std::min(rest_.find_first_not_of("<>-+*/%^&|~!=,[]"), rest_.size());
            out_ += rest_.substr(0, symbols);
            rest_.remove_prefix(symbols);
        }
    }

    [[nodiscard]] bool is_operator() const {
        constexpr std::string_view kOperator = "operator";
        return out_.ends_with(kOperator) && (out_.size() == kOperator.size() || out_.ends_with("::operator"));
    }

    void copy_group(char open, char close) { copy(group_size(rest_, open, close)); }
    void skip_group(char open, char close) { rest_.remove_prefix(group_size(rest_, open, close)); }

    /// Also Rust's "::<T>".
    void skip_arguments() {
        while (out_.ends_with(':')) {
            out_.pop_back();
        }
        skip_group('<', '>');
    }

    /// Parameters end the name. "(anonymous namespace)" and Go's "(*FD)" are parts of it.
    void parenthesis() {
        if (rest_.starts_with("(anonymous namespace)") || rest_.starts_with("(*")) {
            copy_group('(', ')');
        } else if (is_operator() && rest_.starts_with("()")) {
            copy(2);
        } else {
            is_done_ = true;
        }
    }

    /// What precedes it is the return type, but for "operator bool".
    void space() {
        if (is_operator()) {
            return copy(1);
        }
        out_.clear();
        rest_.remove_prefix(1);
    }

    std::string_view rest_;
    std::string out_;
    bool is_done_ = false;
};

}  // namespace

std::string bare_name(std::string_view function) {
    const std::string_view name = without_suffixes(function);
    if (name.find_first_of("<({ [") == std::string_view::npos) {
        return std::string(name);
    }
    const std::string method = method_of_type(name);
    return BareName(method).make();
}

}  // namespace tsa
