#ifndef YQ_ADAPTERS_FISCO_BCOS_2_TEST_CHAIN_FILES_H
#define YQ_ADAPTERS_FISCO_BCOS_2_TEST_CHAIN_FILES_H

/* For tests: replies of a recorded chain, one file each. */
#include "adapters/fisco-bcos-2/evidence.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_VECTORS      YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"
#define TEST_FILE_MAX     (1u << 20)
#define TEST_EVIDENCE_MAX (1u << 20)

/* Returns the text of a file, NULL when it is not there; free it. */
static inline char *test_read(const char *chain, const char *name, size_t *size)
{
    char path[1024];
    YQ_ASSERT(
        snprintf(path, sizeof path, TEST_VECTORS "%s/%s.json", chain, name) < (int)sizeof path);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    char *text = malloc(TEST_FILE_MAX);
    YQ_ASSERT(text != NULL);
    *size = fread(text, 1, TEST_FILE_MAX, f);
    (void)fclose(f);
    return text;
}

/* Returns the document of a file, NULL when it is not there; free it with yq_json_free. */
__attribute__((format(printf, 2, 3))) static inline yq_json *test_file(
    const char *chain, const char *format, ...)
{
    char name[128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    size_t size;
    char *text = test_read(chain, name, &size);
    if (text == NULL) {
        return NULL;
    }
    yq_fault why;
    yq_json *document = yq_json_parse(yq_slice_of(text, size), TEST_FILE_MAX, &why);
    YQ_ASSERT(document != NULL);
    free(text);
    return document;
}

static inline const yq_json *test_result(const yq_json *document)
{
    return yq_json_get(yq_json_root(document), "result");
}

static inline yq_fisco2_profile test_profile(const char *chain)
{
    uint8_t sm = strstr(chain, "keccak") == NULL;
    return (yq_fisco2_profile){
        .suite = sm ? YQ_FISCO2_SUITE_SM : YQ_FISCO2_SUITE_KECCAK,
        .receipt_items = strstr(chain, "280") == NULL ? 8 : 7,
        .chain_id = 1,
        .group_id = 1,
    };
}

#endif /* YQ_ADAPTERS_FISCO_BCOS_2_TEST_CHAIN_FILES_H */
