# Targets that check the source text: format, format-check, tidy, cppcheck; and the test that a wrong include fails.
include_guard(GLOBAL)

file(GLOB_RECURSE YQ_TEXTS CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/include/*.h ${CMAKE_SOURCE_DIR}/relay/*.[ch] ${CMAKE_SOURCE_DIR}/light-clients/*.[ch]
    ${CMAKE_SOURCE_DIR}/adapters/*.[ch] ${CMAKE_SOURCE_DIR}/conformance/*.[ch])
list(FILTER YQ_TEXTS EXCLUDE REGEX "/node_modules/")
set(YQ_SOURCES ${YQ_TEXTS})
list(FILTER YQ_SOURCES INCLUDE REGEX "\\.c$")
list(FILTER YQ_SOURCES EXCLUDE REGEX "/conformance/negative/")

add_custom_target(format COMMAND clang-format-14 -i ${YQ_TEXTS} VERBATIM)
add_custom_target(format-check COMMAND clang-format-14 --dry-run --Werror ${YQ_TEXTS} VERBATIM)
add_custom_target(tidy COMMAND ${CMAKE_SOURCE_DIR}/scripts/tidy ${CMAKE_BINARY_DIR} VERBATIM)
add_custom_target(cppcheck
    COMMAND cppcheck --std=c17 --enable=warning,performance,portability --inline-suppr --error-exitcode=2 --quiet
            --suppressions-list=${CMAKE_SOURCE_DIR}/.cppcheck-suppressions -j2
            --project=${CMAKE_BINARY_DIR}/compile_commands.json
    VERBATIM)
