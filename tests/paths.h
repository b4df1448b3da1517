// SPDX-License-Identifier: MIT
// Where the build and the sources are. Only paths.cpp is compiled with the paths, so that the tests' object files are
// the same in every folder and a compiler cache finds them.
#pragma once

#include <string>

namespace paths {

extern const std::string kBinary;       // rstat-tsa
extern const std::string kPuppets;      // the folder of the puppets
extern const std::string kTestData;     // tests/data
extern const std::string kSources;      // the root of the repository
extern const std::string kManual;       // the folder of manual pages and completions
extern const std::string kCountAllocs;  // the library that counts allocations; empty if it was not built

}  // namespace paths
