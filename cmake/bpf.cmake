# bpf_object(<output> <source> <arch>) compiles one BPF program; bpf_skeleton(<target> <source> <name>) also makes the
# libbpf skeleton "<name>.skel.h" of it and gives it to <target> as a system include.
find_program(RSTAT_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 REQUIRED)
find_program(RSTAT_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)
find_program(RSTAT_LLVM_STRIP NAMES llvm-strip llvm-strip-19 llvm-strip-18 llvm-strip-17 llvm-strip-16 llvm-strip-15
                                    llvm-strip-14)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(RSTAT_BPF_ARCH arm64)
else()
  set(RSTAT_BPF_ARCH x86)
endif()

function(bpf_object output source arch)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  # <asm/types.h> lives in the multiarch folder, which a -target bpf compile does not search.
  set(includes -I${PROJECT_SOURCE_DIR}/bpf)
  if(CMAKE_LIBRARY_ARCHITECTURE)
    list(APPEND includes -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${RSTAT_CLANG} -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -D__TARGET_ARCH_${arch} ${includes}
            -MMD -MT ${output} -MF ${output}.d -c ${source} -o ${output}.tmp
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
  bpf_object(${object} ${source} ${RSTAT_BPF_ARCH})
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
endfunction()
