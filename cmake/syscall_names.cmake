# SPDX-License-Identifier: MIT
# Script: cmake -DCOMPILER=... -DOUTPUT=... -P syscall_names.cmake
# Writes one `{SYS_read, "read"},` per system call that the compiler's <sys/syscall.h> knows. Only names are taken from
# the preprocessor; the numbers stay the header's own, so that the table cannot disagree with it.
execute_process(
  COMMAND ${COMPILER} -dM -E -x c -include sys/syscall.h /dev/null
  OUTPUT_VARIABLE macros
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "#define SYS_[a-z0-9_]+ " defines "${macros}")
list(SORT defines)
list(LENGTH defines count)
if(count LESS 200)
  message(FATAL_ERROR "only ${count} system calls found in <sys/syscall.h>")
endif()
set(text "")
foreach(define IN LISTS defines)
  string(REGEX REPLACE "#define SYS_([a-z0-9_]+) " "\\1" name "${define}")
  string(APPEND text "{SYS_${name}, \"${name}\"},\n")
endforeach()
file(WRITE ${OUTPUT}.tmp "${text}")
file(RENAME ${OUTPUT}.tmp ${OUTPUT})
