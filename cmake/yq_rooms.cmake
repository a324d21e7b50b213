# Rooms, tests and fuzz targets. A room sees only the headers of the rooms that it links: each has an include
# directory of its own (a link to its folder), so that a wrong include does not build.
include_guard(GLOBAL)
find_package(PkgConfig REQUIRED)

set(YQ_WARNINGS
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wcast-qual -Wvla -Wundef -Wformat=2 -Wswitch-enum)

add_library(yq_flags INTERFACE)
target_compile_options(yq_flags INTERFACE ${YQ_WARNINGS} -fno-strict-aliasing -fno-common)
target_compile_definitions(yq_flags INTERFACE _GNU_SOURCE)
if(YQ_SANITIZE)
    target_compile_options(yq_flags INTERFACE -fsanitize=${YQ_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(yq_flags INTERFACE -fsanitize=${YQ_SANITIZE})
endif()
if(YQ_COVERAGE)
    target_compile_options(yq_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(yq_flags INTERFACE --coverage)
endif()
if(YQ_FUZZ)
    target_compile_options(yq_flags INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(yq_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# An include directory that holds one folder only: <build>/include/<tag>/<path> -> <source>/<path>.
function(yq_include_of out path)
    string(MAKE_C_IDENTIFIER ${path} tag)
    set(dir ${CMAKE_BINARY_DIR}/include/${tag})
    get_filename_component(parent ${dir}/${path} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${path} ${dir}/${path} SYMBOLIC)
    set(${out} ${dir} PARENT_SCOPE)
endfunction()

yq_include_of(YQ_PUBLIC_INCLUDE include/yuqiao)
set(YQ_PUBLIC_INCLUDE ${YQ_PUBLIC_INCLUDE}/include)

# yq_room(NAME [PURE] [LINKS target...] [SYSTEM target...] [EXCLUDE file...])
# Builds every *.c of the folder but test_*, fuzz_*, bench_* and main* as the static library NAME; LINKS are rooms of
# ours, SYSTEM are libraries of others. PURE adds the test that the archive imports nothing but yq_ symbols.
function(yq_room name)
    cmake_parse_arguments(R "PURE" "" "LINKS;SYSTEM;EXCLUDE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    list(FILTER sources EXCLUDE REGEX "/(test_|fuzz_|bench_|main)[^/]*$")
    foreach(file ${R_EXCLUDE})
        list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
    list(SORT sources)
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    yq_include_of(include ${path})
    if(NOT sources)
        # A room that has only headers so far.
        file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.c "typedef int yq_empty_room;\n")
        set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.c)
    endif()
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${include} ${YQ_PUBLIC_INCLUDE})
    target_link_libraries(${name} PUBLIC ${R_LINKS} PRIVATE yq_flags ${R_SYSTEM})
    if(R_PURE)
        add_test(NAME purity.${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/purity $<TARGET_FILE:${name}>)
        set_tests_properties(purity.${name} PROPERTIES LABELS unit)
    endif()
    yq_tests(${name})
    yq_fuzzers(${name})
endfunction()

# Unit tests: test_*.c beside the code, one Criterion program each, linked with the room. Criterion does not start under
# the thread sanitizer: what that build runs are the plain programs.
function(yq_tests room)
    cmake_parse_arguments(T "" "LABEL" "LINKS" ${ARGN})
    if(YQ_FUZZ OR YQ_SANITIZE MATCHES "thread")
        return()
    endif()
    if(NOT T_LABEL)
        set(T_LABEL unit)
    endif()
    file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/test_*.c)
    foreach(source ${tests})
        get_filename_component(stem ${source} NAME_WE)
        string(REPLACE "test_" "" stem ${stem})
        set(target test.${room}.${stem})
        add_executable(${target} ${source})
        target_link_libraries(${target} PRIVATE ${room} ${T_LINKS} yq_flags criterion)
        target_compile_definitions(${target} PRIVATE YQ_SOURCE_DIR="${CMAKE_SOURCE_DIR}" YQ_BINARY_DIR="${CMAKE_BINARY_DIR}")
        set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
        add_test(NAME ${target} COMMAND ${target} -j1)
        set_tests_properties(${target} PROPERTIES LABELS ${T_LABEL} TIMEOUT 300)
    endforeach()
endfunction()

# Fuzz targets: fuzz_*.c beside the code, each with LLVMFuzzerTestOneInput. Under the fuzz preset they are libFuzzer
# programs; everywhere else a small driver replays the corpus (corpus/<stem>/ beside the source, when there is one) and a fixed number of
# mutations of it from a fixed seed, as a test with the label fuzz-smoke.
function(yq_fuzzers room)
    cmake_parse_arguments(F "" "" "LINKS" ${ARGN})
    file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz_*.c)
    foreach(source ${fuzzers})
        get_filename_component(stem ${source} NAME_WE)
        string(REPLACE "fuzz_" "" short ${stem})
        set(target fuzz.${room}.${short})
        set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${short})
        add_executable(${target} ${source})
        target_link_libraries(${target} PRIVATE ${room} ${F_LINKS} yq_flags)
        set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
        if(YQ_FUZZ)
            target_link_options(${target} PRIVATE -fsanitize=fuzzer)
            file(WRITE ${CMAKE_BINARY_DIR}/fuzz/${target}.corpus "${corpus}\n") # for scripts/fuzz
        else()
            target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/conformance/fuzz/driver.c)
            add_test(NAME ${target} COMMAND ${target} ${corpus})
            set_tests_properties(${target} PROPERTIES LABELS fuzz-smoke TIMEOUT 120)
        endif()
    endforeach()
endfunction()

# yq_program(NAME SOURCE... LINKS target... SYSTEM target...): a program in bin/.
function(yq_program name)
    cmake_parse_arguments(P "" "" "LINKS;SYSTEM" ${ARGN})
    add_executable(${name} ${P_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${P_LINKS} yq_flags ${P_SYSTEM})
    target_compile_definitions(${name} PRIVATE YQ_VERSION="${PROJECT_VERSION}")
endfunction()

# Adds each subfolder of a folder that has a CMakeLists.txt, and its contracts where it has some, in the order of their names.
function(yq_add_found folder)
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*/CMakeLists.txt
        ${CMAKE_SOURCE_DIR}/${folder}/*/contracts/CMakeLists.txt)
    list(SORT found)
    foreach(file ${found})
        get_filename_component(dir ${file} DIRECTORY)
        if(NOT dir STREQUAL "${CMAKE_SOURCE_DIR}/conformance/chains")
            add_subdirectory(${dir})
        endif()
    endforeach()
endfunction()

# yq_light_client(FRAMEWORK [TEMPLATE] [LINKS ...]): a verifier. It is a pure room, linked into the node through the
# generated table of verifiers, and built as a loadable .so for the conformance kit and the offline verifier. TEMPLATE: the
# .so alone, no node offers it. With a folder kit/ the .so is put through the conformance kit; main_kit.c makes its cases.
# bench_chain.c offers chains to yuqiao-bench (relay/hub/test_bench_chain.h). LONG_CHAIN names the unit test with the chain of
# two hundred blocks (default: verifier): it records the chain (relay/hub/test_recorder.h) for conformance.clients.
# The folder defines: const yq_verifier *yq_verifier_<framework with _>(void);
define_property(GLOBAL PROPERTY YQ_LIGHT_CLIENTS BRIEF_DOCS "frameworks" FULL_DOCS "frameworks that have a verifier")
set(YQ_CHAINS ${CMAKE_BINARY_DIR}/chains)
function(yq_light_client framework)
    cmake_parse_arguments(L "TEMPLATE" "LONG_CHAIN" "LINKS" ${ARGN})
    string(MAKE_C_IDENTIFIER ${framework} id)
    if(NOT L_LONG_CHAIN)
        set(L_LONG_CHAIN verifier)
    endif()
    yq_room(yq_light_client_${id} PURE LINKS ${L_LINKS})
    if(NOT L_TEMPLATE)
        set_property(GLOBAL APPEND PROPERTY YQ_LIGHT_CLIENTS ${framework})
    endif()
    set(recorder test.yq_light_client_${id}.${L_LONG_CHAIN})
    if(TARGET ${recorder})
        set_tests_properties(${recorder} PROPERTIES ENVIRONMENT YQ_CHAINS=${YQ_CHAINS}
            FIXTURES_REQUIRED no_chains FIXTURES_SETUP chains)
    endif()
    set(entry ${CMAKE_CURRENT_BINARY_DIR}/entry.c)
    file(CONFIGURE OUTPUT ${entry} CONTENT [[
#include "yuqiao/verifier.h"

const yq_verifier *yq_verifier_@id@(void);

const yq_verifier *yq_verifier_v1(void)
{
    return yq_verifier_@id@();
}
]] @ONLY)
    add_library(yq_verifier_${id}_so MODULE ${entry})
    target_link_libraries(yq_verifier_${id}_so PRIVATE yq_light_client_${id} yq_flags)
    set_target_properties(yq_verifier_${id}_so PROPERTIES PREFIX "" OUTPUT_NAME verifier-${framework})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main_kit.c AND NOT YQ_FUZZ)
        add_executable(yq-kit-${framework} main_kit.c)
        target_link_libraries(yq-kit-${framework} PRIVATE yq_light_client_${id} yq_hub yq_crypto yq_flags)
        set_target_properties(yq-kit-${framework} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    endif()
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/bench_chain.c)
        set_property(GLOBAL APPEND PROPERTY YQ_BENCH_SOURCES ${framework})
        add_library(yq_bench_chain_${id} STATIC bench_chain.c)
        target_link_libraries(yq_bench_chain_${id} PUBLIC yq_light_client_${id} yq_hub yq_crypto PRIVATE yq_flags)
    endif()
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/kit AND NOT YQ_FUZZ)
        set(cases ${CMAKE_BINARY_DIR}/share/yuqiao/light-clients/${framework}/kit)
        add_custom_target(yq_kit_cases_${id} ALL
            COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_CURRENT_SOURCE_DIR}/kit ${cases})
        add_test(NAME conformance.kit.${framework} COMMAND yuqiao-conformance kit ${CMAKE_CURRENT_SOURCE_DIR}
            --verifier $<TARGET_FILE:yq_verifier_${id}_so> --json --quiet)
        set_tests_properties(conformance.kit.${framework} PROPERTIES LABELS conformance TIMEOUT 300)
    endif()
endfunction()

# The static table of all verifiers: yq_verifier_table() of include/yuqiao/verifier.h, as the library yq_verifiers.
function(yq_verifier_table)
    get_property(frameworks GLOBAL PROPERTY YQ_LIGHT_CLIENTS)
    if(NOT frameworks)
        return()
    endif()
    list(SORT frameworks)
    set(declarations "")
    set(entries "")
    set(links "")
    foreach(framework ${frameworks})
        string(MAKE_C_IDENTIFIER ${framework} id)
        string(APPEND declarations "const yq_verifier *yq_verifier_${id}(void);\n")
        string(APPEND entries "    yq_verifier_${id},\n")
        list(APPEND links yq_light_client_${id})
    endforeach()
    set(file ${CMAKE_BINARY_DIR}/generated/verifier_table.c)
    file(CONFIGURE OUTPUT ${file} CONTENT [[
#include "yuqiao/verifier.h"

@declarations@
static const yq_verifier *(*const table[])(void) = {
@entries@};

size_t yq_verifier_count(void)
{
    return sizeof table / sizeof table[0];
}

const yq_verifier *yq_verifier_at(size_t idx)
{
    return idx < yq_verifier_count() ? table[idx]() : NULL;
}
]] @ONLY)
    add_library(yq_verifiers STATIC ${file})
    target_include_directories(yq_verifiers PUBLIC ${YQ_PUBLIC_INCLUDE})
    target_link_libraries(yq_verifiers PUBLIC ${links} PRIVATE yq_flags)
endfunction()

# The table of the chains that light clients offer to yuqiao-bench, as the library yq_bench_sources.
define_property(GLOBAL PROPERTY YQ_BENCH_SOURCES BRIEF_DOCS "frameworks" FULL_DOCS "frameworks with a bench_chain.c")
function(yq_bench_table)
    get_property(frameworks GLOBAL PROPERTY YQ_BENCH_SOURCES)
    list(SORT frameworks)
    set(declarations "")
    set(entries "")
    set(links "")
    foreach(framework ${frameworks})
        string(MAKE_C_IDENTIFIER ${framework} id)
        string(APPEND declarations "const test_bench_source *yq_bench_source_${id}(void);\n")
        string(APPEND entries "    yq_bench_source_${id},\n")
        list(APPEND links yq_bench_chain_${id})
    endforeach()
    set(file ${CMAKE_BINARY_DIR}/generated/bench_table.c)
    file(CONFIGURE OUTPUT ${file} CONTENT [[
#include "conformance/bench/bench.h"

@declarations@
static const test_bench_source *(*const table[])(void) = {
@entries@};

const test_bench_source *bench_source_at(size_t idx)
{
    return idx < sizeof table / sizeof table[0] ? table[idx]() : NULL;
}
]] @ONLY)
    yq_include_of(include conformance/bench)
    add_library(yq_bench_sources STATIC ${file})
    target_include_directories(yq_bench_sources PRIVATE ${include})
    target_link_libraries(yq_bench_sources PUBLIC ${links} PRIVATE yq_flags)
endfunction()

# yq_adapter(FRAMEWORK LINKS ... SYSTEM ...): an adapter plugin, lib/adapter-<framework>.so, exporting yq_adapter_v1().
function(yq_adapter framework)
    cmake_parse_arguments(A "" "" "LINKS;SYSTEM" ${ARGN})
    string(MAKE_C_IDENTIFIER ${framework} id)
    yq_room(yq_adapter_${id} LINKS ${A_LINKS} SYSTEM ${A_SYSTEM})
    set(anchor ${CMAKE_CURRENT_BINARY_DIR}/plugin.c)
    file(CONFIGURE OUTPUT ${anchor} CONTENT "#include \"yuqiao/adapter.h\"\nextern const yq_adapter *(*const yq_adapter_entry)(void);\nconst yq_adapter *(*const yq_adapter_entry)(void) = yq_adapter_v1;\n")
    add_library(yq_adapter_${id}_so MODULE ${anchor})
    target_link_libraries(yq_adapter_${id}_so PRIVATE yq_adapter_${id} yq_flags)
    set_target_properties(yq_adapter_${id}_so PROPERTIES PREFIX "" OUTPUT_NAME adapter-${framework})
endfunction()

# yq_mock_chain(FRAMEWORK LINKS ... SYSTEM ... EXCLUDE ...): a mock foreign chain, linked into yuqiao-mockchain through the
# generated table. The folder defines: const yq_mock_framework *yq_mock_<framework with _>(void);
define_property(GLOBAL PROPERTY YQ_MOCK_CHAINS BRIEF_DOCS "frameworks" FULL_DOCS "frameworks that have a mock chain")
function(yq_mock_chain framework)
    cmake_parse_arguments(M "" "" "LINKS;SYSTEM;EXCLUDE" ${ARGN})
    string(MAKE_C_IDENTIFIER ${framework} id)
    yq_room(yq_mock_${id} LINKS yq_mock_common ${M_LINKS} SYSTEM ${M_SYSTEM} EXCLUDE ${M_EXCLUDE})
    set_property(GLOBAL APPEND PROPERTY YQ_MOCK_CHAINS ${framework})
endfunction()

# The static table of all mock chains: yq_mock_at() of conformance/chains/common/mock.h, as the library yq_mocks.
function(yq_mock_table)
    get_property(frameworks GLOBAL PROPERTY YQ_MOCK_CHAINS)
    list(SORT frameworks)
    set(declarations "")
    set(entries "")
    set(links "")
    foreach(framework ${frameworks})
        string(MAKE_C_IDENTIFIER ${framework} id)
        string(APPEND declarations "const yq_mock_framework *yq_mock_${id}(void);\n")
        string(APPEND entries "    yq_mock_${id},\n")
        list(APPEND links yq_mock_${id})
    endforeach()
    set(file ${CMAKE_BINARY_DIR}/generated/mock_table.c)
    file(CONFIGURE OUTPUT ${file} CONTENT [[
#include "conformance/chains/common/mock.h"

@declarations@
static const yq_mock_framework *(*const table[])(void) = {
@entries@    NULL,
};

size_t yq_mock_count(void)
{
    return sizeof table / sizeof table[0] - 1;
}

const yq_mock_framework *yq_mock_at(size_t idx)
{
    return idx < yq_mock_count() ? table[idx]() : NULL;
}
]] @ONLY)
    add_library(yq_mocks STATIC ${file})
    target_link_libraries(yq_mocks PUBLIC yq_mock_common ${links} PRIVATE yq_flags)
endfunction()
