// SPDX-License-Identifier: MIT
// Lines of `stat --json` parsed back, for the tests that run the program.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "program/run.h"
#include "support/strict_json.h"

namespace tsa::test {

[[nodiscard]] inline rapidjson::Document json_of(const std::string& line) {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str());
    EXPECT_FALSE(json.HasParseError()) << line.substr(0, 400);
    return json;
}

/// Every line of an output.
[[nodiscard]] inline std::vector<rapidjson::Document> reports_of(const std::string& out) {
    std::vector<rapidjson::Document> reports;
    for (const std::string& line : lines_of(out)) {
        reports.push_back(json_of(line));
    }
    return reports;
}

/// A thread's row in "threads"; null when it is not listed.
[[nodiscard]] inline const rapidjson::Value* row_of(const rapidjson::Value& report, std::uint64_t tid) {
    for (const auto& row : report["threads"].GetArray()) {
        if (row["tid"].GetUint64() == tid) {
            return &row;
        }
    }
    return nullptr;
}

/// One of the objects in "reconciliation" of a row or of the system; null when it is not there.
[[nodiscard]] inline const rapidjson::Value* pair_of(const rapidjson::Value& where, const std::string& pair) {
    for (const auto& comparison : where["reconciliation"].GetArray()) {
        if (comparison["pair"].GetString() == pair) {
            return &comparison;
        }
    }
    return nullptr;
}

/// A number of a row as a share of the interval, in percent.
[[nodiscard]] inline double pct_of(const rapidjson::Value& number, const rapidjson::Value& report) {
    return 100.0 * number.GetDouble() / report["interval_ns"].GetDouble();
}

}  // namespace tsa::test
