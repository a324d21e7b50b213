#ifndef YQ_ADAPTERS_EVM_TEST_REPLIES_H
#define YQ_ADAPTERS_EVM_TEST_REPLIES_H

/* For tests: replies of recorded chains, one file each, and the profiles of these chains. */
#include "adapters/evm/evidence.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/hub/test_light_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_VECTORS  YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"
#define TEST_FILE_MAX (1u << 20)
#define TEST_ROOM_MAX (4u << 20)

typedef struct test_recording {
    const char *folder;
    unsigned height;      /* of its last block */
    unsigned tx_block[2]; /* blocks of its two transactions: receipt0, receipt1 */
    yq_evma_profile profile;
} test_recording;

static const test_recording test_clique = {
    "geth-clique", 25, {18, 23}, {.mode = YQ_EVM_CLIQUE, .epoch = 10, .depth = 2}};
static const test_recording test_ibft = {
    "quorum-ibft", 15, {9, 13}, {.mode = YQ_EVM_IBFT1, .epoch = 30000}};

/* Returns the text of a file, NULL when it is not there; free it. */
__attribute__((format(printf, 3, 4))) static inline char *test_text(
    const char *folder, size_t *size, const char *format, ...)
{
    char name[64], path[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    YQ_ASSERT(
        snprintf(path, sizeof path, TEST_VECTORS "%s/%s.json", folder, name) < (int)sizeof path);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    char *text = malloc(TEST_FILE_MAX);
    YQ_ASSERT(text != NULL);
    *size = fread(text, 1, TEST_FILE_MAX - 1, f);
    text[*size] = '\0';
    (void)fclose(f);
    return text;
}

static inline yq_json *test_parse(const char *text)
{
    yq_json *document = yq_json_parse(yq_slice_text(text), TEST_FILE_MAX, NULL);
    YQ_ASSERT(document != NULL);
    return document;
}

static inline yq_json *test_block(const test_recording *r, unsigned number)
{
    size_t size;
    char *text = test_text(r->folder, &size, "b%u", number);
    YQ_ASSERT(text != NULL);
    yq_json *document = test_parse(text);
    free(text);
    return document;
}

static inline const yq_json *test_result(const yq_json *document)
{
    return yq_json_get(yq_json_root(document), "result");
}

#endif /* YQ_ADAPTERS_EVM_TEST_REPLIES_H */
