#ifndef YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_WORLD_H
#define YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_WORLD_H

/* For tests: one chain of each suite, and a client of it. */
#include "light-clients/fisco-bcos-3/test_chain.h"
#include "light-clients/fisco-bcos-3/test_client.h"

#include <criterion/criterion.h>

/* Blocks 10, 11, ...: b[0] is the anchor. */
typedef struct world {
    test_chain chain;
    test_client *client;
    test_block *b[6];
    uint8_t *room;
} world;

static world w[2];

static inline yq_status start(world *x)
{
    return test_client_init(x->client, test_anchor(&x->chain, x->b[0], x->room));
}

static inline void setup(void)
{
    static const uint8_t suite[2] = {TEST_SM, TEST_KECCAK};
    for (size_t k = 0; k < 2; k++) {
        w[k] = (world){.chain = test_chain_new(suite[k], 10, 4), .client = test_fisco3_client()};
        w[k].room = malloc(TEST_BYTES_MAX);
        for (size_t i = 0; i < 6; i++) {
            w[k].b[i] = calloc(1, sizeof *w[k].b[i]);
        }
        w[k].client->now_ms = w[k].chain.time_ms;
        test_header_make(&w[k].chain, NULL, w[k].b[0]);
        test_plain_block(&w[k].chain, w[k].b[0], w[k].b[1]);
        cr_assert_eq(start(&w[k]), YQ_OK, "%s", w[k].client->why.text);
    }
}

static inline void teardown(void)
{
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < 6; i++) {
            free(w[k].b[i]);
        }
        free(w[k].room);
        test_client_free(w[k].client);
        test_chain_free(&w[k].chain);
    }
}

static inline yq_status update(world *x, size_t i, uint32_t mask, size_t changes)
{
    return test_client_update(
        x->client,
        test_update(&x->chain, x->b[i], mask, i == 0 ? NULL : x->b[i - 1], changes, x->room));
}

/* Builds block i with one plain transaction and gives it to the client. */
static inline void advance(world *x, size_t i)
{
    test_plain_block(&x->chain, x->b[i - 1], x->b[i]);
    cr_assert_eq(update(x, i, 0x3ff, 0), YQ_OK, "%s", x->client->why.text);
}

static inline yq_status event(world *x, size_t i, size_t tx, uint32_t log, yq_verified_event *e)
{
    return test_client_event(x->client, test_event(&x->chain, x->b[i], tx, log, x->room), e);
}

#define FOR_BOTH(x) for (world *x = w; x < w + 2; x++)

#endif /* YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_WORLD_H */
