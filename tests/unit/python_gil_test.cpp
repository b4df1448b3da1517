// SPDX-License-Identifier: MIT
// Where CPython's interpreter lock is: lines of /proc/PID/maps, and the dynamic symbols of a real ELF file.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/fd.h"
#include "sched/python_gil.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PythonGil, of_the_mapped_files_those_named_python_are_taken_at_their_first_byte) {
    constexpr std::string_view kMaps =
        "00400000-00423000 r--p 00000000 08:02 173521                             /usr/bin/python3.11\n"
        "00423000-006e8000 r-xp 00023000 08:02 173521                             /usr/bin/python3.11\n"
        "7f2c5e400000-7f2c5e4aa000 r--p 00000000 fe:10 9 /opt/my python/lib/libpython3.12.so.1.0\n"
        "7f2c5e500000-7f2c5e600000 r--p 00000000 fe:10 10 /lib/x86_64-linux-gnu/libc.so.6\n"
        "7f2c5e600000-7f2c5e700000 r--p 00000000 fe:10 11 /usr/lib/libpython2.7.so (deleted)\n"
        "7f2c5e700000-7f2c5e800000 rw-p 00000000 00:00 0 [heap]\n"
        "7ffd4a000000-7ffd4a021000 rw-p 00000000 00:00 0\n";
    EXPECT_THAT(mapped_pythons(kMaps), ElementsAre(MappedFile{0x400000, makedev(8, 2), 173521, "/usr/bin/python3.11"},
                                                   MappedFile{0x7f2c5e400000, makedev(0xfe, 0x10), 9,
                                                              "/opt/my python/lib/libpython3.12.so.1.0"}));
}

TEST(PythonGil, lines_that_are_no_mapping_of_a_file_are_skipped) {
    for (const std::string_view line :
         {"\n", "python\n", "00400000-00423000 r--p 00000000 08 1 /usr/bin/python3\n",
          "00400000-00423000 r--p zz 08:02 1 /usr/bin/python3\n", "00400000-00423000 r--p 00000000 08:02 1\n",
          "00400000-00423000 r--p 00000000 08:02 1 python3\n",
          "00400000-00423000 r--p 00000000 08:02 1 /usr/bin/python3"}) {
        EXPECT_THAT(mapped_pythons(line), IsEmpty()) << line;
    }
}

/// The C library as the dynamic linker has placed it.
struct Library {
    std::string path;
    std::uint64_t begin = 0;
};

int take_library(dl_phdr_info* info, std::size_t /*size*/, void* out) {
    const std::string path = info->dlpi_name != nullptr ? info->dlpi_name : "";
    if (path.find("libc.so") == std::string::npos) {
        return 0;
    }
    *static_cast<Library*>(out) = {path, info->dlpi_addr};
    return 1;
}

TEST(PythonGil, a_dynamic_symbol_is_where_the_dynamic_linker_has_put_it) {
    Library library;
    if (::dl_iterate_phdr(take_library, &library) == 0) {
        GTEST_SKIP() << "the C library is linked statically";
    }
    const Fd file(::open(library.path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(file.valid());
    const auto range = dynamic_symbol(file.get(), "_IO_2_1_stdout_", library.begin);
    ASSERT_TRUE(range.has_value());
    const auto address = reinterpret_cast<std::uintptr_t>(stdout);
    EXPECT_EQ(range->begin, address);
    EXPECT_GT(range->end, range->begin);
    EXPECT_EQ(dynamic_symbol(file.get(), "_PyRuntime", library.begin), std::nullopt);
}

TEST(PythonGil, a_file_that_is_no_elf_file_has_no_symbols) {
    const Fd file(::open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(file.valid());
    EXPECT_EQ(dynamic_symbol(file.get(), "_PyRuntime", 0), std::nullopt);
    EXPECT_EQ(dynamic_symbol(-1, "_PyRuntime", 0), std::nullopt);
}

TEST(PythonGil, this_process_has_none_and_a_process_that_does_not_exist_neither) {
    EXPECT_EQ(python_runtime(static_cast<std::uint32_t>(::getpid())), std::nullopt);
    EXPECT_EQ(python_runtime(0xfffffff0), std::nullopt);
}

}  // namespace
}  // namespace tsa
