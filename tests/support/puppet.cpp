// SPDX-License-Identifier: MIT
// The test's side of a puppet: pipes, the READY line, and termination.
#include "support/puppet.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include "paths.h"

namespace tsa::test {

namespace {

constexpr int kAnswerTimeoutMs = 60'000;

struct Pipe {
    Fd read;
    Fd write;
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error("pipe2 for a puppet");
        }
        read = Fd(ends[0]);
        write = Fd(ends[1]);
    }
};

[[noreturn]] void become(const std::vector<std::string>& words, int input, int output) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

Puppet::Puppet(const std::string& name, const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {name.starts_with('/') ? name : paths::kPuppets + "/" + name};
    words.insert(words.end(), arguments.begin(), arguments.end());
    Pipe input;
    Pipe output;
    pid_ = ::fork();
    if (pid_ == 0) {
        become(words, input.read.get(), output.write.get());
    }
    if (pid_ < 0) {
        throw std::runtime_error("fork for puppet " + name);
    }
    to_ = std::move(input.write);
    from_ = std::move(output.read);
    output.write.reset();
    try {
        await_ready();
    } catch (...) {
        kill();
        throw;
    }
}

Puppet::~Puppet() {
    kill();
}

std::uint32_t Puppet::tid(std::string_view name) const {
    const auto found = numbers_.find(name);
    if (found == numbers_.end()) {
        throw std::runtime_error("the puppet has no thread " + std::string(name));
    }
    return found->second;
}

void Puppet::send(std::string_view command) {
    const std::string line = std::string(command) + "\n";
    if (::write(to_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        throw std::runtime_error("the puppet does not listen to: " + std::string(command));
    }
}

std::string Puppet::read_line() {
    for (;;) {
        const std::size_t end = buffer_.find('\n');
        if (end != std::string::npos) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line;
        }
        pollfd wait{from_.get(), POLLIN, 0};
        if (::poll(&wait, 1, kAnswerTimeoutMs) == 0) {
            throw std::runtime_error("the puppet does not answer");
        }
        char bytes[4096];
        const ssize_t got = ::read(from_.get(), bytes, sizeof bytes);
        if (got <= 0 && errno != EINTR) {
            throw std::runtime_error("the puppet has ended: " + buffer_);
        }
        buffer_.append(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
}

std::string Puppet::ask(std::string_view command) {
    send(command);
    return read_line();
}

void Puppet::await_ready() {
    const std::string line = read_line();
    constexpr std::string_view kMissing = "MISSING ";
    if (line.starts_with(kMissing)) {
        missing_ = line.substr(kMissing.size());
        return;
    }
    if (!line.starts_with("READY")) {
        throw std::runtime_error("unexpected line from the puppet: " + line);
    }
    numbers_.clear();
    for (std::size_t at = line.find(' '); at != std::string::npos; at = line.find(' ', at + 1)) {
        const std::size_t equals = line.find('=', at);
        const std::string key = line.substr(at + 1, equals - at - 1);
        numbers_[key] = static_cast<std::uint32_t>(number_of(std::string_view(line).substr(at), key));
    }
}

void Puppet::finish() {
    to_.reset();
    reap();
}

void Puppet::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
    }
    reap();
}

void Puppet::reap() {
    while (pid_ > 0 && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

std::uint64_t number_of(std::string_view answer, std::string_view key) {
    const std::string needle = std::string(key) + "=";
    const std::size_t at = answer.find(needle);
    std::uint64_t value = 0;
    if (at == std::string_view::npos ||
        std::from_chars(answer.data() + at + needle.size(), answer.data() + answer.size(), value).ec != std::errc()) {
        throw std::runtime_error("no " + std::string(key) + " in: " + std::string(answer));
    }
    return value;
}

}  // namespace tsa::test
