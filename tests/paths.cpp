// SPDX-License-Identifier: MIT
#include "paths.h"

namespace paths {

const std::string kBinary = RSTAT_BINARY;
const std::string kPuppets = RSTAT_PUPPETS;
const std::string kTestData = RSTAT_TEST_DATA;
const std::string kSources = RSTAT_SOURCE_DIR;
const std::string kManual = RSTAT_MANUAL;
const std::string kCountAllocs = RSTAT_COUNT_ALLOCS;

}  // namespace paths
