# SPDX-License-Identifier: MIT
# Manual pages and completions, written by a program of the build from the tables of the options. Another architecture's
# build cannot run that program without an emulator, and then has neither.
add_executable(rstat-tsa-manual src/manual_main.cpp)
target_compile_definitions(rstat-tsa-manual PRIVATE RSTAT_TSA_VERSION="${PROJECT_VERSION}")
target_link_libraries(rstat-tsa-manual PRIVATE tsa_manual)

set(RSTAT_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "where zsh looks for completions")

if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
  set(manual_dir ${CMAKE_CURRENT_BINARY_DIR}/manual)
  add_custom_command(
    OUTPUT ${manual_dir}/done
    COMMAND rstat-tsa-manual ${manual_dir}
    COMMAND ${CMAKE_COMMAND} -E touch ${manual_dir}/done
    DEPENDS rstat-tsa-manual
    COMMENT "manual pages and completions"
    VERBATIM)
  add_custom_target(manual ALL DEPENDS ${manual_dir}/done)
  install(DIRECTORY ${manual_dir}/man1 ${manual_dir}/man5 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(FILES ${manual_dir}/completions/bash/rstat-tsa DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${manual_dir}/completions/zsh/_rstat-tsa DESTINATION ${RSTAT_ZSH_DIR})
  install(FILES ${manual_dir}/completions/fish/rstat-tsa.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
