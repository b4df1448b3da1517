// SPDX-License-Identifier: MIT
// See meta.h.
#include "record/meta.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <charconv>
#include <system_error>

#include "output/json.h"
#include "text/characters.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

using PrettyJson = rapidjson::PrettyWriter<rapidjson::StringBuffer>;
using rapidjson::SizeType;

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_character(text).length;
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

/// The text unchanged if JSON can hold it, otherwise with escapes for invalid bytes.
void put_raw(PrettyJson& json, std::string_view text) {
    if (is_utf8(text)) {
        json.String(text.data(), static_cast<SizeType>(text.size()));
        return;
    }
    const std::string valid = printable(text);
    json.String(valid.data(), static_cast<SizeType>(valid.size()));
}

void put_string(PrettyJson& json, std::string_view key, std::string_view text) {
    put_key(json, key);
    put_raw(json, text);
}

void put_strings(PrettyJson& json, std::string_view key, const std::vector<std::string>& texts) {
    put_key(json, key);
    json.StartArray();
    for (const std::string& text : texts) {
        put_raw(json, text);
    }
    json.EndArray();
}

void put_users(PrettyJson& json, const std::map<std::uint32_t, std::string>& users) {
    put_key(json, "users");
    json.StartObject();
    for (const auto& [uid, name] : users) {
        put_string(json, std::to_string(uid), name);
    }
    json.EndObject();
}

void put_labels(PrettyJson& json, const std::map<std::string, std::string>& labels) {
    put_key(json, "labels");
    json.StartObject();
    for (const auto& [key, value] : labels) {
        put_string(json, key, value);
    }
    json.EndObject();
}

void put_offset(PrettyJson& json, std::int64_t offset_s) {
    put_key(json, "utc_offset_s");
    json.Int64(offset_s);
}

void put_offsets(PrettyJson& json, const UtcOffsets& offsets) {
    put_offset(json, offsets.first());
    put_key(json, "utc_offset_changes");
    json.StartArray();
    for (const UtcOffsets::Change& change : offsets.changes()) {
        json.StartObject();
        put(json, "from_unix_ns", change.from_unix_ns);
        put_offset(json, change.offset_s);
        json.EndObject();
    }
    json.EndArray();
}

void put_end(PrettyJson& json, const std::optional<RecordingEnd>& end) {
    put_key(json, "end");
    if (!end) {
        json.Null();
        return;
    }
    json.StartObject();
    put(json, "time_unix_ns", end->time_unix_ns);
    put_string(json, "why", end->why);
    put(json, "intervals", end->intervals);
    put(json, "rows", end->rows);
    put(json, "threads", end->threads);
    put(json, "lost", end->lost);
    put(json, "exit_code", end->exit_code);
    put(json, "signal", end->signal);
    json.EndObject();
}

/// Only where there is one: other recordings are as before.
void put_capture(PrettyJson& json, const std::optional<CaptureNote>& capture) {
    if (!capture) {
        return;
    }
    put_key(json, "capture");
    json.StartObject();
    put_string(json, "rule", capture->rule);
    put(json, "time_unix_ns", capture->time_unix_ns);
    put_key(json, "values");
    json.StartObject();
    for (const CaptureNote::Value& value : capture->values) {
        put_string(json, value.name, value.text);
    }
    json.EndObject();
    put(json, "before_ns", capture->before_ns);
    put(json, "after_ns", capture->after_ns);
    if (capture->detail_from_unix_ns) {
        put(json, "detail_from_unix_ns", *capture->detail_from_unix_ns);
    }
    json.EndObject();
}

/// Reads the value of a key into a field, which keeps its value if the key is missing or has another type.
class Fields {
  public:
    explicit Fields(const rapidjson::Value& object) : object_(object) {}

    [[nodiscard]] const rapidjson::Value* find(const char* key) const {
        const auto found = object_.FindMember(key);
        return found != object_.MemberEnd() ? &found->value : nullptr;
    }
    void read(const char* key, std::string& text) const {
        const rapidjson::Value* value = find(key);
        if (value != nullptr && value->IsString()) {
            text.assign(value->GetString(), value->GetStringLength());
        }
    }
    void read(const char* key, std::uint64_t& number) const {
        const rapidjson::Value* value = find(key);
        number = value != nullptr && value->IsUint64() ? value->GetUint64() : number;
    }
    void read(const char* key, std::optional<std::uint64_t>& number) const {
        const rapidjson::Value* value = find(key);
        number = value != nullptr && value->IsUint64() ? std::optional(value->GetUint64()) : number;
    }
    void read(const char* key, std::uint32_t& number) const {
        const rapidjson::Value* value = find(key);
        number = value != nullptr && value->IsUint() ? value->GetUint() : number;
    }
    void read(const char* key, std::int64_t& number) const {
        const rapidjson::Value* value = find(key);
        number = value != nullptr && value->IsInt64() ? value->GetInt64() : number;
    }
    void read(const char* key, std::optional<int>& number) const {
        const rapidjson::Value* value = find(key);
        number = value != nullptr && value->IsInt() ? std::optional<int>(value->GetInt()) : number;
    }
    void read(const char* key, bool& flag) const {
        const rapidjson::Value* value = find(key);
        flag = value != nullptr && value->IsBool() ? value->GetBool() : flag;
    }
    void read(const char* key, std::vector<std::string>& texts) const {
        const rapidjson::Value* value = find(key);
        if (value == nullptr || !value->IsArray()) {
            return;
        }
        texts.clear();
        for (const rapidjson::Value& element : value->GetArray()) {
            if (element.IsString()) {
                texts.emplace_back(element.GetString(), element.GetStringLength());
            }
        }
    }

  private:
    const rapidjson::Value& object_;
};

void read_users(const Fields& fields, std::map<std::uint32_t, std::string>& users) {
    const rapidjson::Value* value = fields.find("users");
    if (value == nullptr || !value->IsObject()) {
        return;
    }
    for (const auto& [key, name] : value->GetObject()) {
        const char* const end = key.GetString() + key.GetStringLength();
        std::uint32_t uid = 0;
        const auto parsed = std::from_chars(key.GetString(), end, uid);
        if (parsed.ec == std::errc{} && parsed.ptr == end && name.IsString()) {
            users[uid].assign(name.GetString(), name.GetStringLength());
        }
    }
}

void read_labels(const Fields& fields, std::map<std::string, std::string>& labels) {
    const rapidjson::Value* value = fields.find("labels");
    if (value == nullptr || !value->IsObject()) {
        return;
    }
    for (const auto& [key, text] : value->GetObject()) {
        if (text.IsString()) {
            labels[std::string(key.GetString(), key.GetStringLength())].assign(text.GetString(),
                                                                               text.GetStringLength());
        }
    }
}

void read_capture(const Fields& fields, std::optional<CaptureNote>& capture) {
    const rapidjson::Value* value = fields.find("capture");
    if (value == nullptr || !value->IsObject()) {
        return;
    }
    const Fields of_capture(*value);
    capture.emplace();
    of_capture.read("rule", capture->rule);
    of_capture.read("time_unix_ns", capture->time_unix_ns);
    of_capture.read("before_ns", capture->before_ns);
    of_capture.read("after_ns", capture->after_ns);
    of_capture.read("detail_from_unix_ns", capture->detail_from_unix_ns);
    const rapidjson::Value* values = of_capture.find("values");
    if (values == nullptr || !values->IsObject()) {
        return;
    }
    for (const auto& [name, text] : values->GetObject()) {
        if (text.IsString()) {
            capture->values.push_back(
                {{name.GetString(), name.GetStringLength()}, {text.GetString(), text.GetStringLength()}});
        }
    }
}

void read_end(const Fields& fields, std::optional<RecordingEnd>& end) {
    const rapidjson::Value* value = fields.find("end");
    if (value == nullptr || !value->IsObject()) {
        return;
    }
    const Fields of_end(*value);
    end.emplace();
    of_end.read("time_unix_ns", end->time_unix_ns);
    of_end.read("why", end->why);
    of_end.read("intervals", end->intervals);
    of_end.read("rows", end->rows);
    of_end.read("threads", end->threads);
    of_end.read("lost", end->lost);
    of_end.read("exit_code", end->exit_code);
    of_end.read("signal", end->signal);
}

/// 0 where it is absent, or not one that exists.
std::int64_t read_offset(const Fields& fields) {
    std::int64_t offset_s = 0;
    fields.read("utc_offset_s", offset_s);
    return offset_s >= -UtcOffsets::kMaxS && offset_s <= UtcOffsets::kMaxS ? offset_s : 0;
}

void read_offsets(const Fields& fields, UtcOffsets& offsets) {
    offsets = read_offset(fields);
    const rapidjson::Value* changes = fields.find("utc_offset_changes");
    if (changes == nullptr || !changes->IsArray()) {
        return;
    }
    for (const rapidjson::Value& element : changes->GetArray()) {
        UtcOffsets::Change change;
        if (element.IsObject()) {
            const Fields of_change(element);
            of_change.read("from_unix_ns", change.from_unix_ns);
            change.offset_s = read_offset(of_change);
            (void)offsets.change(change);
        }
    }
}

void read_source(const Fields& fields, Source& source) {
    std::string key;
    fields.read("source", key);
    for (const Source known : {Source::bpf, Source::procfs, Source::replay}) {
        source = source_key(known) == key ? known : source;
    }
}

}  // namespace

std::string encode_meta(const RecordingMeta& meta) {
    rapidjson::StringBuffer buffer;
    PrettyJson json(buffer);
    json.SetIndent(' ', 2);
    json.StartObject();
    put(json, "schema", std::uint64_t{meta.schema});
    put_string(json, "version", meta.version);
    put_string(json, "host", meta.host);
    put_string(json, "kernel", meta.kernel);
    put_string(json, "machine", meta.machine);
    put(json, "cpus", std::uint64_t{meta.cpus});
    put_string(json, "boot_id", meta.boot_id);
    put_string(json, "id", meta.id);
    put_string(json, "name", meta.name);
    put_labels(json, meta.labels);
    put_flag(json, "container", meta.container);
    put_string(json, "source", source_key(meta.source));
    put(json, "begin_unix_ns", meta.begin_unix_ns);
    put(json, "interval_ms", meta.interval_ms);
    put(json, "quiet_limit_ns", meta.quiet_limit_ns);
    put_offsets(json, meta.utc_offsets);
    put_flag(json, "compressed", meta.compressed);
    put_flag(json, "taskstats", meta.taskstats);
    put_strings(json, "filters", meta.filters);
    put_strings(json, "command", meta.command);
    put_users(json, meta.users);
    put_capture(json, meta.capture);
    put_end(json, meta.end);
    json.EndObject();
    std::string text(buffer.GetString(), buffer.GetSize());
    text += '\n';
    return text;
}

Result<RecordingMeta> decode_meta(std::string_view json) {
    rapidjson::Document document;
    // Iterative: deep nesting in a hostile file must not overflow the stack.
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
    if (document.HasParseError()) {
        return Error{"not valid JSON: " + std::string(rapidjson::GetParseError_En(document.GetParseError())) +
                         " (at byte " + std::to_string(document.GetErrorOffset()) + ")",
                     "", 0};
    }
    if (!document.IsObject()) {
        return Error{"not a JSON object", "", 0};
    }
    const Fields fields(document);
    RecordingMeta meta;
    fields.read("schema", meta.schema);
    fields.read("version", meta.version);
    fields.read("host", meta.host);
    fields.read("kernel", meta.kernel);
    fields.read("machine", meta.machine);
    fields.read("cpus", meta.cpus);
    fields.read("boot_id", meta.boot_id);
    fields.read("id", meta.id);
    fields.read("name", meta.name);
    read_labels(fields, meta.labels);
    fields.read("container", meta.container);
    read_source(fields, meta.source);
    fields.read("begin_unix_ns", meta.begin_unix_ns);
    fields.read("interval_ms", meta.interval_ms);
    fields.read("quiet_limit_ns", meta.quiet_limit_ns);
    read_offsets(fields, meta.utc_offsets);
    fields.read("compressed", meta.compressed);
    fields.read("taskstats", meta.taskstats);
    fields.read("filters", meta.filters);
    fields.read("command", meta.command);
    read_users(fields, meta.users);
    read_capture(fields, meta.capture);
    read_end(fields, meta.end);
    return meta;
}

Result<void> check_schema(const RecordingMeta& meta) {
    if (meta.schema > kRecordingSchema) {
        return Error{"schema " + std::to_string(meta.schema) + " of the recording is newer than this program's, " +
                         std::to_string(kRecordingSchema),
                     "read it with the rstat-tsa version that wrote it, or a newer one", 0};
    }
    return {};
}

}  // namespace tsa
