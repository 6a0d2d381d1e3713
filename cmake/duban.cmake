# The only CMake logic of the project: library, binary, test, protos, data, and the layer check.

# g++ 12 finds overlaps and unset members in std::string and std::optional that are not there once it optimises (GCC bugs 105651,
# 105562); the sanitizers look for the real ones.
set(DUBAN_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers -Werror $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

function(_duban_common target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${DUBAN_WARNINGS})
endfunction()

# duban_library(NAME SRCS a.cc ... DEPS target ...)
function(duban_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS})
  _duban_common(${name})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

# duban_binary(NAME SRCS main.cc DEPS target ...)
function(duban_binary name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  _duban_common(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# duban_test(NAME SRCS a_test.cc ... DEPS target ... [LABELS label ...] [TIMEOUT seconds]): one binary, registered as one test.
function(duban_test name)
  if(NOT DUBAN_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  _duban_common(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# duban_data(TARGET file ...): embeds files as `extern const absl::string_view k<CamelCaseName>` of namespace duban::data; the
# declarations are in <target>.h of the build folder, included as "<target>.h".
function(duban_data name)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(sources "")
  foreach(file IN LISTS ARGN)
    list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  add_custom_command(OUTPUT ${out}.cc ${out}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${name} "-DFILES=${sources}" -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  add_library(${name} STATIC ${out}.cc)
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC absl::strings)
endfunction()

function(duban_check_layers)
  execute_process(COMMAND ${CMAKE_COMMAND} -P ${CMAKE_SOURCE_DIR}/cmake/check_layers.cmake
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "Layer check failed: see the lines above and docs/adr/0001-layers.md")
  endif()
endfunction()
