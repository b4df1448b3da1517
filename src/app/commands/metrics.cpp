// SPDX-License-Identifier: MIT
// The loop of `metrics`: reads the slots at each scrape, and once a second in between, so that threads that end are
// counted however rare scrapes are.
#include "app/commands/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "app/host/http_server.h"
#include "app/host/live_session.h"
#include "app/host/notice.h"
#include "app/host/service_manager.h"
#include "app/host/text_file_writer.h"
#include "base/clock.h"
#include "base/text_file.h"
#include "metrics/metrics.h"
#include "procfs/process_feed.h"
#include "procfs/user_names.h"

namespace tsa {

namespace {

/// Between two readings without a scrape.
constexpr std::uint64_t kReadNs = kNsPerSecond;
/// Scrapes that come together get the same reading.
constexpr std::uint64_t kSameReadingNs = 20 * kNsPerMs;

constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kFrontPage =
    "<!DOCTYPE html><html lang=\"en\"><title>rstat-tsa</title><h1>rstat-tsa</h1><p><a href=\"/metrics\">Metrics</a></p>"
    "</html>\n";

/// "VmRSS" without the formatting: the second number of statm, in pages.
std::optional<std::uint64_t> own_memory_bytes() {
    const std::string text = read_text_file("/proc/self/statm").value_or("");
    const std::size_t space = text.find(' ');
    if (space == std::string::npos) {
        return std::nullopt;
    }
    return std::strtoull(text.c_str() + space, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class MetricsLoop {
  public:
    MetricsLoop(const MetricsOptions& options, LiveSession& session)
        : options_(options),
          session_(session),
          collector_(session.collector()),
          groups_(options.by, options.max_groups),
          file_interval_ns_(options.interval_ms.value_or(kDefaultTextfileMs) * kNsPerMs) {
        machine_.version = options.version;
        machine_.start_unix_ns = collector_.newest().time_unix_ns;
    }

    /// Before capabilities are dropped: threads and sockets that need them.
    Result<void> start() {
        if (options_.listen) {
            auto listener = TRY(Listener::open(*options_.listen));
            server_ =
                TRY(HttpServer::start(std::move(listener), [this](const HttpRequest& one) { return answer(one); }));
        }
        facts_.start();
        collector_.report_now({});
        collector_.fill_facts(facts_);
        read();
        if (!options_.textfile.empty()) {
            if (!options_.textfile.ends_with(".prom")) {
                notice(options_.textfile + ": node_exporter reads only files whose names end in .prom");
            }
            file_.emplace(options_.textfile);
            TRY(write_file());
        }
        return {};
    }

    Result<void> run(ServiceManager& manager) {
        if (server_ != nullptr) {
            const ListenAddress& address = server_->address();
            notice(address.is_unix() ? "metrics at " + to_text(address)
                                     : fmt::format("metrics at http://{}{}", shown(address), kMetricsPath),
                   Severity::info);
            session_.loop().watch(server_->fd(), Interest::readable, [this](Ready) {
                server_->run();
                return Result<void>{};
            });
        }
        session_.on_signal([this] {
            session_.loop().stop();
            return Result<void>{};
        });
        session_.on_tick([this] { return tick(); });
        TRY(manager.ready(session_, [this] { return state(); }));
        auto ended = session_.loop().run();
        manager.stopping();
        return ended;
    }

  private:
    /// An address that a client can use.
    static std::string shown(ListenAddress address) {
        address.host = address.host.empty() ? "localhost" : address.host;
        return to_text(address);
    }

    /// For the service manager.
    [[nodiscard]] std::string state() const {
        const std::uint64_t scrapes = machine_.scrapes;
        std::string text = fmt::format("{} threads in {} groups", threads_, groups_.live());
        text += server_ != nullptr ? fmt::format(", {} scrape{}", scrapes, scrapes == 1 ? "" : "s") : "";
        text += machine_.health.lost() != 0 ? fmt::format(", dropped {}", machine_.health.lost()) : "";
        return text + (file_failure_.empty() ? "" : "; " + file_failure_);
    }

    Result<void> tick() {
        read();
        if (server_ != nullptr) {
            server_->run();  // ends connections that do nothing
        }
        if (file_ && machine_time_ns_ - file_written_ns_ >= file_interval_ns_) {
            report_failure(write_file());
        }
        return {};
    }

    void read() {
        const Report& report = collector_.collect(report_options_);
        machine_time_ns_ = report.now_ns;
        threads_ = report.threads.size();
        collector_.add_facts(facts_, {}, true);
        groups_.add(report, user_name_);
        machine_.take(report, collector_.newest());
    }

    std::string_view text(Exposition format) {
        machine_.own_memory_bytes = own_memory_bytes();
        machine_.run_queue = collector_.probe() != nullptr ? collector_.probe()->run_queue_waits() : std::nullopt;
        return text_.render(groups_, machine_, format);
    }

    HttpReply answer(const HttpRequest& request) {
        if (request.path == "/") {
            return {200, "text/html; charset=utf-8", kFrontPage};
        }
        if (request.path != kMetricsPath) {
            return {404, "text/plain", "not found; metrics are at /metrics\n"};
        }
        if (clock_ns(CLOCK_MONOTONIC) - machine_time_ns_ >= kSameReadingNs) {
            read();
        }
        ++machine_.scrapes;
        const Exposition format = accepted_exposition(request.accept);
        return {200, content_type(format), text(format)};
    }

    /// The collector of node_exporter reads the text format only.
    Result<void> write_file() {
        file_written_ns_ = machine_time_ns_;
        return file_->write(text(Exposition::text));
    }

    /// A full disk may have room again: each change is reported, and the loop continues.
    void report_failure(const Result<void>& written) {
        const std::string failure = written.ok() ? std::string() : written.error().text();
        if (failure != file_failure_) {
            notice(failure.empty() ? options_.textfile + " is written again" : failure,
                   failure.empty() ? Severity::info : Severity::warning);
        }
        file_failure_ = failure;
    }

    const MetricsOptions& options_;
    LiveSession& session_;
    Collector& collector_;
    ReportOptions report_options_;
    ProcessFeed facts_;
    UserName user_name_ = [names = names_of_users()](std::uint32_t uid) { return names(uid).value_or(std::string()); };
    MetricGroups groups_;
    MachineMetrics machine_;
    MetricsText text_;
    std::unique_ptr<HttpServer> server_;
    std::optional<TextFileWriter> file_;
    std::uint64_t file_interval_ns_;
    std::uint64_t file_written_ns_ = 0;
    std::size_t threads_ = 0;
    std::uint64_t machine_time_ns_ = 0;  // of the last reading
    std::string file_failure_;
};

}  // namespace

Result<Outcome> run_metrics(const MetricsOptions& options) {
    ServiceManager manager = ServiceManager::from_environment();
    CollectorOptions source;
    source.source = options.source;
    source.max_threads = options.max_threads;
    source.run_queue = true;
    auto session = TRY(LiveSession::start(source, SourceNotice::why_and_what));
    MetricsLoop loop(options, *session);
    TRY(loop.start());
    TRY(session->begin(kReadNs, kept_by_stat(session->source(), false)));
    TRY(loop.run(manager));
    return Outcome{};
}

}  // namespace tsa
