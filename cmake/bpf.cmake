# SPDX-License-Identifier: MIT
# bpf_object(<output> <source> <arch> [flags...]) compiles one BPF program; bpf_skeleton(<target> <source> <name> [flags...])
# also makes the libbpf skeleton "<name>.skel.h" of it and gives it to <target> as a system include. The target
# bpf_other_arch compiles the programs for the other architecture.
find_program(RSTAT_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 REQUIRED)
find_program(RSTAT_LLVM_STRIP NAMES llvm-strip llvm-strip-19 llvm-strip-18 llvm-strip-17 llvm-strip-16 llvm-strip-15
                                    llvm-strip-14 REQUIRED)

# Ubuntu's bpftool is a wrapper that fails unless the tools of the running kernel are installed; the real one of any
# other kernel, in /usr/lib/linux-tools, generates the same skeleton. So: the first one that runs.
if(NOT RSTAT_BPFTOOL)
  find_program(RSTAT_BPFTOOL_IN_PATH NAMES bpftool PATHS /usr/local/sbin /usr/sbin /sbin)
  file(GLOB packaged /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool)
  foreach(candidate ${RSTAT_BPFTOOL_IN_PATH} ${packaged})
    execute_process(COMMAND ${candidate} version RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(status EQUAL 0)
      set(RSTAT_BPFTOOL ${candidate} CACHE FILEPATH "the bpftool that makes the skeletons")
      break()
    endif()
  endforeach()
  if(NOT RSTAT_BPFTOOL)
    message(FATAL_ERROR "no bpftool that runs; scripts/deps installs one")
  endif()
endif()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(RSTAT_BPF_ARCH arm64)
  set(RSTAT_BPF_OTHER_ARCH x86)
else()
  set(RSTAT_BPF_ARCH x86)
  set(RSTAT_BPF_OTHER_ARCH arm64)
endif()
# Compiles every skeleton's program for the architecture that this is not: only to see that it does. Not in "all".
add_custom_target(bpf_other_arch)

function(bpf_object output source arch)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  # <asm/types.h> lives in the multiarch folder, which a -target bpf compile does not search.
  set(includes -I${PROJECT_SOURCE_DIR}/bpf)
  if(CMAKE_LIBRARY_ARCHITECTURE)
    list(APPEND includes -idirafter ${CMAKE_SYSROOT}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
  endif()
  if(RSTAT_REPRODUCIBLE)
    # The names of sources are in the programs' line information.
    list(APPEND includes -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
  endif()
  set(warnings -Wall -Wextra -Wno-unused-parameter)
  if(RSTAT_WERROR)
    list(APPEND warnings -Werror)
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${RSTAT_CLANG} -target bpf -mcpu=v3 -O2 -g -std=gnu11 ${warnings} -D__TARGET_ARCH_${arch} ${ARGN} ${includes}
            -MMD -MQ ${output} -MF ${output}.d -c ${source} -o ${output}.tmp
    COMMAND ${CMAKE_COMMAND} -E rename ${output}.tmp ${output}
    DEPENDS ${source}
    DEPFILE ${output}.d
    COMMENT "BPF ${output}"
    VERBATIM)
endfunction()

function(bpf_skeleton target source name)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/bpf-${target})
  file(MAKE_DIRECTORY ${dir})
  set(object ${dir}/${name}.bpf.o)
  set(header ${dir}/${name}.skel.h)
  bpf_object(${object} ${source} ${RSTAT_BPF_ARCH} ${ARGN})
  # DWARF is only the verifier's line source and is in .BTF.ext too: stripping it makes the binary smaller.
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -E copy ${object} ${dir}/${name}.stripped.o
    COMMAND ${RSTAT_LLVM_STRIP} -g ${dir}/${name}.stripped.o
    COMMAND sh -c "\"$1\" gen skeleton \"$2\" name \"$3\" > \"$4.tmp\" && mv \"$4.tmp\" \"$4\"" sh ${RSTAT_BPFTOOL}
            ${dir}/${name}.stripped.o ${name}_bpf ${header}
    DEPENDS ${object}
    COMMENT "skeleton ${name}.skel.h"
    VERBATIM)
  add_custom_target(${target}_${name}_skeleton DEPENDS ${header})
  add_dependencies(${target} ${target}_${name}_skeleton)
  target_include_directories(${target} SYSTEM PRIVATE ${dir})

  set(other ${dir}/${name}.${RSTAT_BPF_OTHER_ARCH}.bpf.o)
  bpf_object(${other} ${source} ${RSTAT_BPF_OTHER_ARCH} ${ARGN})
  add_custom_target(${target}_${name}_other_arch DEPENDS ${other})
  add_dependencies(bpf_other_arch ${target}_${name}_other_arch)
endfunction()
