#ifndef YQ_ADAPTERS_ATTESTED_TEST_MAPPING_H
#define YQ_ADAPTERS_ATTESTED_TEST_MAPPING_H

/* For tests: a good mapping, and what becomes of it when a line is another one. */
#include "adapters/attested/mapping.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char test_head[] = "version: 1\n"
                                "records:\n"
                                "  path: /journal?after={after}&limit={limit}\n"
                                "  page: 10\n"
                                "  last: last\n"
                                "  number: seq\n"
                                "  time: at\n"
                                "  clock: ms\n"
                                "  id: id\n"
                                "  emitter: from.topic\n"
                                "  name: =Changed\n"
                                "  data: body\n"
                                "  form: hex\n"
                                "inbox:\n"
                                "  submit: /inbox\n"
                                "  ticket: ticket\n"
                                "  fate: /inbox/{ticket}\n"
                                "  state: state\n"
                                "  done: done\n"
                                "  failed: failed\n"
                                "  number: record\n"
                                "epoch: 1\n"
                                "threshold: 3\n"
                                "attesters:\n";

/* Four attesters of four organisations, of the key type SM2. Returns a text; free it. */
static inline char *test_mapping_text(void)
{
    size_t cap = 8192;
    char *text = malloc(cap), hex[129];
    YQ_ASSERT(text != NULL);
    size_t at = (size_t)snprintf(text, cap, "%s", test_head);
    for (unsigned i = 0; i < 4; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "a%u", i);
        yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("mapping"), name);
        (void)yq_hex_encode(hex, sizeof hex, yq_key_public(key).p, 64);
        yq_key_free(key);
        at += (size_t)snprintf(
            text + at,
            cap - at,
            "  - {name: a%u, organisation: org%u, suite: sm2, key: \"%s\"}\n",
            i,
            i,
            hex);
    }
    return text;
}

/* With the first `from` replaced. from NULL: as it is. */
static inline yq_status test_mapping_with(
    const char *from, const char *to, yq_atd_mapping *out, yq_fault *why)
{
    char *text = test_mapping_text();
    char *at = from == NULL ? NULL : strstr(text, from);
    YQ_ASSERT(from == NULL || at != NULL);
    size_t cap = strlen(text) + 8192;
    char *other = malloc(cap);
    YQ_ASSERT(other != NULL);
    if (at == NULL) {
        (void)snprintf(other, cap, "%s", text);
    } else {
        (void)snprintf(other, cap, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    }
    *why = (yq_fault){0};
    yq_status status = yq_atd_mapping_parse(yq_slice_text(other), out, why);
    free(other);
    free(text);
    return status;
}

#endif /* YQ_ADAPTERS_ATTESTED_TEST_MAPPING_H */
