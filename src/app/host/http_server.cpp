// SPDX-License-Identifier: MIT
// See http_server.h.
#include "app/host/http_server.h"

#include <microhttpd.h>

#include <array>
#include <type_traits>
#include <utility>

#include "base/dynamic_library.h"
#include "base/linkage.h"

namespace tsa {

namespace {

/// The same in all releases since 0.9.71.
constexpr const char* kLibrary = "libmicrohttpd.so.12";
/// More that is ready is answered by the next run().
constexpr int kMaxRounds = 64;

struct Library {
    decltype(&MHD_start_daemon) start_daemon = nullptr;
    decltype(&MHD_stop_daemon) stop_daemon = nullptr;
    decltype(&MHD_run) run = nullptr;
    decltype(&MHD_get_timeout) get_timeout = nullptr;
    decltype(&MHD_get_daemon_info) get_daemon_info = nullptr;
    decltype(&MHD_create_response_from_buffer) create_response = nullptr;
    decltype(&MHD_destroy_response) destroy_response = nullptr;
    decltype(&MHD_add_response_header) add_header = nullptr;
    decltype(&MHD_queue_response) queue_response = nullptr;
    decltype(&MHD_lookup_connection_value) find_value = nullptr;
};

bool find_all(const DynamicLibrary& from, Library& library) {
    return from.find("MHD_start_daemon", library.start_daemon) && from.find("MHD_stop_daemon", library.stop_daemon) &&
           from.find("MHD_run", library.run) && from.find("MHD_get_timeout", library.get_timeout) &&
           from.find("MHD_get_daemon_info", library.get_daemon_info) &&
           from.find("MHD_create_response_from_buffer", library.create_response) &&
           from.find("MHD_destroy_response", library.destroy_response) &&
           from.find("MHD_add_response_header", library.add_header) &&
           from.find("MHD_queue_response", library.queue_response) &&
           from.find("MHD_lookup_connection_value", library.find_value);
}

Error no_library() {
    return kIsStatic ? Error{"the static program has no HTTP server",
                             "metrics --textfile FILE, with node_exporter; or the program of a package", 0}
                     : Error{std::string("load ") + kLibrary + ": it is not installed",
                             "apt install libmicrohttpd12 (Debian 13, Ubuntu 24.04: libmicrohttpd12t64), dnf install "
                             "libmicrohttpd, pacman -S libmicrohttpd; or metrics --textfile FILE",
                             0};
}

}  // namespace

struct HttpServer::Impl {
    Impl(Listener socket, Answer function) : listener(std::move(socket)), answer(std::move(function)) {}

    DynamicLibrary handle;
    Library library;
    Listener listener;
    Answer answer;
    MHD_Daemon* daemon = nullptr;
    int fd = -1;

    MHD_Result reply(MHD_Connection* connection, const HttpReply& reply) const;
    static MHD_Result handle_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                     const char* version, const char* upload, std::size_t* upload_bytes,
                                     void** request);
};

MHD_Result HttpServer::Impl::reply(MHD_Connection* connection, const HttpReply& reply) const {
    // The library copies the body, and only reads it.
    MHD_Response* const response =
        library.create_response(reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) {
        return MHD_NO;
    }
    library.add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, std::string(reply.type).c_str());
    const MHD_Result queued = library.queue_response(connection, reply.status, response);
    library.destroy_response(response);
    return queued;
}

/// Called for each request with its headers, and then again where it has no body to be read.
MHD_Result HttpServer::Impl::handle_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                            const char*, const char*, std::size_t*, void** request) {
    Impl& server = *static_cast<Impl*>(self);
    const std::string_view verb = method;
    if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
        // At the first call: the body is not read, and the connection ends.
        return server.reply(connection, {MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD\n"});
    }
    if (*request == nullptr) {
        *request = self;
        return MHD_YES;
    }
    const char* accept = server.library.find_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    return server.reply(connection, server.answer({url, accept != nullptr ? accept : ""}));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
    if (impl_->daemon != nullptr) {
        impl_->library.stop_daemon(impl_->daemon);
    }
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(Listener listener, Answer answer) {
    auto impl = std::make_unique<Impl>(std::move(listener), std::move(answer));
    impl->handle = DynamicLibrary::open(kLibrary);
    if (!find_all(impl->handle, impl->library)) {
        return no_library();
    }
    const bool counts_addresses = !impl->listener.address().is_unix();
    const std::array options = std::to_array<MHD_OptionItem>({
        {MHD_OPTION_LISTEN_SOCKET, impl->listener.fd(), nullptr},
        {MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, nullptr},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, counts_addresses ? kMaxConnectionsPerAddress : 0, nullptr},
        {MHD_OPTION_CONNECTION_TIMEOUT, kTimeoutSeconds, nullptr},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMaxRequestBytes, nullptr},
        {MHD_OPTION_END, 0, nullptr},
    });
    impl->daemon = impl->library.start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, &Impl::handle_request, impl.get(),
                                              MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
    if (impl->daemon == nullptr) {
        return Error{"start the HTTP server on " + to_text(impl->listener.address()), {}, 0};
    }
    const MHD_DaemonInfo* const info = impl->library.get_daemon_info(impl->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    impl->fd = info != nullptr ? info->epoll_fd : -1;
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::fd() const {
    return impl_->fd;
}

void HttpServer::run() {
    // What is in a connection's buffer makes no descriptor readable: the timeout is 0 then.
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    for (int round = 0; round < kMaxRounds; ++round) {
        if (impl_->library.run(impl_->daemon) != MHD_YES ||
            impl_->library.get_timeout(impl_->daemon, &timeout_ms) != MHD_YES || timeout_ms != 0) {
            return;
        }
    }
}

const ListenAddress& HttpServer::address() const {
    return impl_->listener.address();
}

bool http_library_is_there() {
    Library library;
    return find_all(DynamicLibrary::open(kLibrary), library);
}

}  // namespace tsa
