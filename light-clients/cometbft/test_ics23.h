#ifndef YQ_LIGHT_CLIENTS_COMETBFT_TEST_ICS23_H
#define YQ_LIGHT_CLIENTS_COMETBFT_TEST_ICS23_H

/* For tests of ICS-23 proofs: a call of the host, and trees of small keys. */
#include "light-clients/cometbft/test_store.h"

#include <criterion/criterion.h>

static test_client *client;
static yq_comet_call call;
static uint8_t room[TEST_PROOF_MAX];

static inline void setup(void)
{
    client = test_comet_client();
}

static inline void teardown(void)
{
    test_client_free(client);
}

static inline void begin(void)
{
    call = (yq_comet_call){test_client_begin(client, 0), &client->why};
}

static inline yq_ics23_spec spec_of(const test_tree *t)
{
    return t->kind == TEST_IAVL     ? yq_ics23_spec_iavl()
           : t->kind == TEST_SIMPLE ? yq_ics23_spec_tendermint()
                                    : yq_ics23_spec_smt();
}

/* n leaves k00, k02, k04, ...; the sparse tree sorts them by their hash. */
static inline test_tree tree_of(test_tree_kind kind, size_t n)
{
    static char key[TEST_LEAVES_MAX][32], value[TEST_LEAVES_MAX][32];
    test_tree t = {.kind = kind, .n = n};
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(key[i], sizeof key[i], "k%02zu", 2 * i);
        (void)snprintf(value[i], sizeof value[i], "value %zu", i);
        t.leaf[i] = (test_leaf){yq_slice_text(key[i]), yq_slice_text(value[i])};
    }
    for (size_t i = 0; i < n && kind == TEST_SMT; i++) {
        for (size_t k = i + 1; k < n; k++) {
            yq_digest a = test_sha(t.leaf[i].key), b = test_sha(t.leaf[k].key);
            if (memcmp(a.b, b.b, 32) > 0) {
                test_leaf kept = t.leaf[i];
                t.leaf[i] = t.leaf[k];
                t.leaf[k] = kept;
            }
        }
    }
    return t;
}

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_TEST_ICS23_H */
