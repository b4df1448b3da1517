// SPDX-License-Identifier: MIT
// RapidJSON's documents with their checks on, also in a release build: a key that is not there, or a value of another
// type, fails the test. Without them, such a key reads as null.
#pragma once

#ifdef RAPIDJSON_DOCUMENT_H_
#error "rapidjson/document.h was included without its checks"
#endif
#include <rapidjson/rapidjson.h>

#include <stdexcept>

#undef RAPIDJSON_ASSERT
#define RAPIDJSON_ASSERT(condition) ((condition) ? static_cast<void>(0) : throw std::logic_error("JSON: " #condition))

#include <rapidjson/document.h>
