// SPDX-License-Identifier: MIT
// A small HTTP server on libmicrohttpd, in the thread of its loop: it has no thread, and does something only in run().
// The library is loaded when a server starts, since no other command needs it or the libraries that it needs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/host/listener.h"
#include "base/result.h"

namespace tsa {

struct HttpRequest {
    std::string_view path;    ///< without what is after a '?'
    std::string_view accept;  ///< that header; empty: none
};

struct HttpReply {
    unsigned status = 200;
    std::string_view type;  ///< of the content. Must be valid until the next request, as must `body`
    std::string_view body;
};

class HttpServer {
  public:
    /// Connections at a time; more wait in the listening socket's queue.
    static constexpr unsigned kMaxConnections = 16;
    static constexpr unsigned kMaxConnectionsPerAddress = 8;
    /// Without progress; a reader that is slower loses its connection.
    static constexpr unsigned kTimeoutSeconds = 10;
    /// Of a request, headers included.
    static constexpr std::size_t kMaxRequestBytes = 16U << 10U;

    using Answer = std::function<HttpReply(const HttpRequest&)>;

    /// Only GET and HEAD are answered by `answer`. Error: the library is not installed; with a hint.
    static Result<std::unique_ptr<HttpServer>> start(Listener listener, Answer answer);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// Readable when run() has something to do.
    [[nodiscard]] int fd() const;
    /// Never waits. Call it also once in a while: connections that do nothing end by time.
    void run();
    [[nodiscard]] const ListenAddress& address() const;

  private:
    struct Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether start() would find the library.
[[nodiscard]] bool http_library_is_there();

}  // namespace tsa
