// SPDX-License-Identifier: MIT
// Writes the two kinds of protobuf fields that profile.proto needs: numbers, and bytes with a length. That is all of
// the encoding, so no library and no code generator is needed for it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tsa {

class ProtobufMessage {
  public:
    /// 0 is what is meant without a field, so it is left out.
    void number(std::uint32_t field, std::uint64_t value) {
        if (value != 0) {
            put_key(field, kVarint);
            put_varint(bytes_, value);
        }
    }
    /// Text, or another message.
    void bytes(std::uint32_t field, std::string_view value) {
        put_key(field, kLengthDelimited);
        put_varint(bytes_, value.size());
        bytes_.append(value);
    }
    /// A packed repeated number.
    void numbers(std::uint32_t field, std::span<const std::uint64_t> values) {
        std::string packed;
        for (const std::uint64_t value : values) {
            put_varint(packed, value);
        }
        bytes(field, packed);
    }
    [[nodiscard]] const std::string& encoded() const { return bytes_; }

  private:
    static constexpr std::uint64_t kVarint = 0, kLengthDelimited = 2;

    static void put_varint(std::string& out, std::uint64_t value) {
        constexpr std::uint64_t kMore = 0x80;
        for (; value >= kMore; value >>= 7U) {
            out.push_back(static_cast<char>(value | kMore));
        }
        out.push_back(static_cast<char>(value));
    }
    void put_key(std::uint32_t field, std::uint64_t type) { put_varint(bytes_, (std::uint64_t{field} << 3U) | type); }

    std::string bytes_;
};

}  // namespace tsa
