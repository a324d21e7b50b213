#ifndef YQ_LIGHT_CLIENTS_YUQIAO_TEST_START_H
#define YQ_LIGHT_CLIENTS_YUQIAO_TEST_START_H

/* For fuzz targets: a client at height 1 of a chain of four validators. */
#include "light-clients/yuqiao/test_chain.h"

static inline test_client *test_start(test_chain *c)
{
    static uint8_t room[TEST_BYTES_MAX];
    const test_set set = {1, 0, 4};
    test_chain_init(c, YQ_HASH_SHA256, YQ_SUITE_P256, YQ_SUITE_SM2);
    const yq_final_info info = test_info(c, 1, 1);
    test_client *client = test_client_new(yq_verifier_yuqiao());
    client->now_ms = TEST_NOW + 1000;
    YQ_ASSERT(test_client_init(client, test_anchor(c, set, &info, room)) == YQ_OK);
    return client;
}

#endif /* YQ_LIGHT_CLIENTS_YUQIAO_TEST_START_H */
