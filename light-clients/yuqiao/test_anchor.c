#include "light-clients/yuqiao/test_client.h"

/* What a client may begin with. */

TestSuite(anchor, .init = setup, .fini = teardown);

static yq_status anchor(const test_anchor_wish *wish, const char *letters)
{
    const yq_final_info info = test_info(&chain, 1, 10);
    test_client_reset(client);
    return test_client_init(
        client, test_anchor_wished(&chain, first_set, &info, wish, letters, room));
}

Test(anchor, validators)
{
    test_anchor_wish wish = test_anchor_usual(&chain, first_set);
    EXPECT(anchor(&wish, NULL), YQ_OK);
    EXPECT(anchor(&wish, "ss--"), YQ_E_QUORUM);
    EXPECT(anchor(&wish, "ssxs"), YQ_E_SIG);
    wish.pinned = (yq_digest){{0}};
    EXPECT(anchor(&wish, NULL), YQ_E_ZERO_ROOT);
    wish.pinned.b[0] = 1;
    EXPECT(anchor(&wish, NULL), YQ_E_VALSET_HASH);
    wish = test_anchor_usual(&chain, (test_set){1, 0, 3});
    EXPECT(anchor(&wish, "sss"), YQ_E_LIMIT);
    wish = test_anchor_usual(&chain, (test_set){1, 0, YQ_VALIDATORS_MAX});
    EXPECT(anchor(&wish, NULL), YQ_E_QUORUM);
    wish = test_anchor_usual(&chain, first_set);
    memcpy(wish.set.key[3], wish.set.key[2], 64);
    EXPECT(anchor(&wish, NULL), YQ_E_DUP_SIGNER);
    memcpy(wish.set.key[3], wish.set.key[1], 64);
    EXPECT(anchor(&wish, NULL), YQ_E_NONCANONICAL);
    wish = test_anchor_usual(&chain, (test_set){2, 0, 4});
    EXPECT(anchor(&wish, NULL), YQ_E_DOMAIN);
    wish = test_anchor_usual(&chain, first_set);
    wish.set.chain_id_hash.b[0] ^= 1;
    EXPECT(anchor(&wish, NULL), YQ_E_VALSET_HASH);
    yq_valset_hash(chain.alg, &wish.set, &wish.pinned);
    EXPECT(anchor(&wish, NULL), YQ_E_DOMAIN);
    wish.set.chain_id_hash = (yq_digest){{0}};
    EXPECT(anchor(&wish, NULL), YQ_E_ZERO_ROOT);
}

/* Byte `at` of a good anchor replaced. */
static yq_status replaced(size_t at, uint8_t byte)
{
    const yq_final_info info = test_info(&chain, 1, 10);
    const yq_slice in = test_anchor(&chain, first_set, &info, room);
    test_client_reset(client);
    room[at] = byte;
    return test_client_init(client, in);
}

/* Offsets: version, hash, trust 8, hub 1 + 10, outbox suite, own 1 + 6, two hashes, epoch 8. */
Test(anchor, fields)
{
    EXPECT(replaced(0, 0), YQ_E_VERSION);
    EXPECT(replaced(1, 0), YQ_E_FIELD_UNKNOWN);
    EXPECT(replaced(1, YQ_HASH_KECCAK256), YQ_E_FIELD_UNKNOWN);
    EXPECT(replaced(1, YQ_HASH_SHA256), YQ_E_VALSET_HASH);
    EXPECT(replaced(10, 2), YQ_E_LEN);
    EXPECT(replaced(10, 49), YQ_E_LIMIT);
    EXPECT(replaced(21, 5), YQ_E_FIELD_UNKNOWN);
    EXPECT(replaced(22, 0), YQ_E_LEN);
    EXPECT(replaced(29 + 64 + 8, 0), YQ_E_FIELD_UNKNOWN);
    EXPECT(replaced(29 + 64 + 8, 5), YQ_E_FIELD_UNKNOWN);
    const yq_final_info info = test_info(&chain, 1, 10);
    yq_slice in = test_anchor(&chain, first_set, &info, room);
    room[in.n++] = 0;
    EXPECT(test_client_init(client, in), YQ_E_TRAILING);
}

Test(anchor, time_and_epoch)
{
    test_anchor_wish wish = test_anchor_usual(&chain, first_set);
    yq_final_info info = test_info(&chain, 1, 10);
    client->now_ms = info.time_ms + TEST_TRUST;
    EXPECT(anchor(&wish, NULL), YQ_OK);
    client->now_ms++;
    EXPECT(anchor(&wish, NULL), YQ_E_TRUST_EXPIRED);
    wish.trust_ms = 0;
    EXPECT(anchor(&wish, NULL), YQ_OK);
    yq_client_view view;
    EXPECT(test_client_describe(client, &view), YQ_OK);
    cr_expect_eq(view.trusted_until_ms, 0);
    client->now_ms = info.time_ms - YQ_YUQIAO_DRIFT_MS;
    EXPECT(anchor(&wish, NULL), YQ_OK);
    client->now_ms--;
    EXPECT(anchor(&wish, NULL), YQ_E_TIME_FUTURE);
    client->now_ms += 1000;
    test_ends(&chain, &info, (test_set){2, 0, 5});
    test_client_reset(client);
    EXPECT(test_client_init(client, test_anchor(&chain, first_set, &info, room)), YQ_E_ANCHOR);
}

/* A host that lends less than state_size_max, and one that lets nothing be kept. */
Test(anchor, a_host_that_gives_too_little)
{
    const yq_verifier *v = client->verifier;
    const yq_final_info info = test_info(&chain, 1, 10);
    const yq_slice in = test_anchor(&chain, first_set, &info, room);
    uint8_t state[YQ_YUQIAO_STATE_MAX];
    yq_buf out = {state, 100, 0};
    EXPECT(
        v->init(test_client_begin(client, 1), in, client->now_ms, &out, &client->why), YQ_E_LIMIT);
    out = (yq_buf){state, sizeof state, 0};
    EXPECT(
        v->init(test_client_begin(client, 0), in, client->now_ms, &out, &client->why), YQ_E_STATE);
    EXPECT(v->init(test_client_begin(client, 1), in, client->now_ms, &out, &client->why), YQ_OK);
}
