#ifndef YQ_LIGHT_CLIENTS_YUQIAO_TEST_CLIENT_H
#define YQ_LIGHT_CLIENTS_YUQIAO_TEST_CLIENT_H

/* For unit tests: a chain of SM2 validators and a client that stands at its height 10. */
#include "light-clients/yuqiao/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(given, status)                                                                      \
    do {                                                                                           \
        yq_status given_status = (given);                                                          \
        cr_expect_eq(given_status, (status), "%d: %s", (int)given_status, client->why.text);       \
    } while (0)

static test_chain chain;
static test_client *client;
static uint8_t room[TEST_BYTES_MAX];
static const test_set first_set = {1, 0, 4};

static void start_with(uint32_t alg, uint8_t suite, uint8_t outbox)
{
    test_chain_init(&chain, alg, suite, outbox);
    client = test_client_new(yq_verifier_yuqiao());
    client->now_ms = TEST_NOW + 5000;
    const yq_final_info info = test_info(&chain, 1, 10);
    cr_assert_eq(
        test_client_init(client, test_anchor(&chain, first_set, &info, room)),
        YQ_OK,
        "%s",
        client->why.text);
}

static inline void setup(void)
{
    start_with(YQ_HASH_SM3, YQ_SUITE_SM2, YQ_SUITE_SM2);
}

static inline void teardown(void)
{
    test_chain_free(&chain);
    test_client_free(client);
}

static inline yq_status update(test_set set, const yq_final_info *info, const char *letters)
{
    return test_client_update(client, test_update_letters(&chain, set, info, letters, NULL, room));
}

static inline yq_status update_ending(test_set set, const yq_final_info *info, test_set next)
{
    return test_client_update(client, test_update(&chain, set, info, &next, room));
}

#endif /* YQ_LIGHT_CLIENTS_YUQIAO_TEST_CLIENT_H */
