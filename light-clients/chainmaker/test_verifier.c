#include "light-clients/chainmaker/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", client->why.text)

static test_chain c;
static test_client *client;
static test_block b[8];
static uint8_t *room;

static const test_votes all = {NULL, 0, NULL};
static const yq_slice none = {0};

static void start(uint8_t alg, size_t n)
{
    c = test_chain_new(alg, n);
    b[0] = test_next(&c, NULL);
    for (size_t i = 1; i < 8; i++) {
        b[i] = test_next(&c, &b[i - 1]);
    }
    cr_assert_eq(
        test_client_init(client, test_anchor(&c, &b[0], room)), YQ_OK, "%s", client->why.text);
}

static void setup(void)
{
    client = test_client_new(yq_verifier_chainmaker());
    room = malloc(TEST_BYTES_MAX);
    start(YQ_HASH_SM3, 4);
}

static void teardown(void)
{
    test_chain_free(&c);
    test_client_free(client);
    free(room);
}

TestSuite(verifier, .init = setup, .fini = teardown);

static yq_status update(const test_block *block, test_votes votes)
{
    return test_client_update(client, test_update(&c, block, votes, none, room));
}

Test(verifier, follows_blocks_in_every_hash)
{
    static const uint8_t alg[] = {YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_SHA3_256};
    for (size_t k = 0; k < YQ_ARRAY_N(alg); k++) {
        test_chain_free(&c);
        test_client_reset(client);
        start(alg[k], 7);
        EXPECT(update(&b[1], all), YQ_OK);
        EXPECT(update(&b[2], ((test_votes){"--sssss", 3, NULL})), YQ_OK);
        EXPECT(update(&b[3], ((test_votes){NULL, 1, "bad-tx"})), YQ_OK);
        EXPECT(update(&b[4], ((test_votes){"---ssss", 0, NULL})), YQ_E_QUORUM);
        yq_client_view view;
        cr_assert_eq(test_client_describe(client, &view), YQ_OK);
        cr_expect(view.height == 3 && view.validators == 7 && view.quorum == 5);
        cr_expect_eq(memcmp(view.hash, b[3].hash.b, 32), 0);
    }
}

/* floor(2n/3) + 1 of n. */
Test(verifier, quorums)
{
    static const size_t quorum[] = {0, 1, 2, 3, 3, 4, 5, 5};
    for (size_t n = 1; n <= 7; n++) {
        test_chain_free(&c);
        test_client_reset(client);
        start(YQ_HASH_SHA256, n);
        for (size_t votes = 0; votes <= quorum[n]; votes++) {
            char letters[8] = "-------";
            memset(letters, 's', votes);
            yq_status expected = votes == 0          ? YQ_E_SIGNATURES_MISSING
                                 : votes < quorum[n] ? YQ_E_QUORUM
                                                     : YQ_OK;
            cr_expect_eq(update(&b[1], ((test_votes){letters, 0, NULL})), expected, "%zu", n);
        }
    }
}

Test(verifier, votes_that_do_not_count)
{
    EXPECT(update(&b[1], ((test_votes){"2ss", 0, NULL})), YQ_E_DUP_SIGNER);
    /* Votes for another block, round or of another node. */
    yq_slice e = test_update(&c, &b[1], all, none, room);
    const size_t votes = 1 + 4 + b[1].raw_n;
    room[votes + 3] ^= 1; /* the round */
    EXPECT(test_client_update(client, e), YQ_E_SIG);
    e = test_update(&c, &b[1], all, none, room);
    room[votes + 6 + 1] = 9;
    EXPECT(test_client_update(client, e), YQ_E_SIGNER_UNKNOWN);
    test_block other = b[1];
    memcpy(other.raw, b[2].raw, sizeof other.raw);
    other.raw_n = b[2].raw_n;
    EXPECT(update(&b[1], all), YQ_OK);
    EXPECT(update(&other, all), YQ_E_SIG); /* header 2 under the votes for header 1 */
}

Test(verifier, what_links_a_block)
{
    EXPECT(update(&b[2], all), YQ_E_HEIGHT);
    test_block bad = b[1];
    bad.parent.b[0] ^= 1;
    test_seal(&c, &bad);
    EXPECT(update(&bad, all), YQ_E_PARENT);
    bad = b[1];
    bad.conf_height = 5;
    test_seal(&c, &bad);
    EXPECT(update(&bad, all), YQ_E_CONFIG_SEQUENCE);
    bad = b[1];
    bad.time_s = b[0].time_s - 1;
    test_seal(&c, &bad);
    EXPECT(update(&bad, all), YQ_E_TIME_ORDER);
    EXPECT(update(&b[1], all), YQ_OK);
    EXPECT(update(&b[1], all), YQ_E_REPLAY);
    bad = b[1];
    bad.time_s++;
    test_seal(&c, &bad);
    EXPECT(update(&bad, all), YQ_E_MISBEHAVIOUR);
    EXPECT(update(&bad, ((test_votes){"ss--", 0, NULL})), YQ_E_QUORUM);
    bad = b[0];
    bad.time_s++;
    test_seal(&c, &bad);
    EXPECT(update(&bad, all), YQ_E_HEADER_UNKNOWN); /* the anchor's own nodes are not known */
}

Test(verifier, misbehaviour)
{
    EXPECT(update(&b[1], all), YQ_OK);
    test_block other = b[1];
    other.time_s++;
    test_seal(&c, &other);
    const struct {
        const test_block *x, *y;
        const char *votes;
        yq_status status;
    } row[] = {
        {&b[1], &other, NULL, YQ_OK},
        {&b[1], &b[1], NULL, YQ_E_NOT_PROVEN},
        {&b[1], &b[2], NULL, YQ_E_NOT_PROVEN},
        {&b[1], &other, "ss--", YQ_E_QUORUM},
        {&b[0], &other, NULL, YQ_E_NOT_PROVEN},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        test_evidence_put(&w, &c, row[i].x, all, none);
        test_evidence_put(&w, &c, row[i].y, (test_votes){row[i].votes, 0, NULL}, none);
        EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), row[i].status);
    }
}

/* ---- configuration blocks ---- */

typedef struct config_wish {
    const char *chain_id, *hash, *contract;
    uint64_t type, code;
    int missing, not_config;
    uint32_t tx_count;
} config_wish;

static const config_wish usual = {"chain1", "SM3", "CHAIN_CONFIG", 1, 0, 0, 0, 1};

static const char *config_votes; /* as test_votes.text */

/* A configuration block after prev that names next's nodes, voted for by c's. */
static yq_status configure(
    const test_block *prev, const test_chain *next, config_wish wish, test_block *out)
{
    static uint8_t config[8192], tx[16384];
    size_t n = test_config(next, wish.chain_id, wish.hash, wish.type, config, sizeof config);
    const test_tx_wish tx_wish = {
        .contract = wish.contract, .result = {config, n}, .contract_code = wish.code};
    size_t tx_n = test_tx(tx, sizeof tx, tx_wish);
    const yq_slice raw = {tx, tx_n};
    *out = test_next(&c, prev);
    out->is_config = !wish.not_config;
    out->tx_count = wish.tx_count;
    out->tx_root = test_hash(&c, &raw, 1);
    test_seal(&c, out);
    return test_client_update(
        client,
        test_update(&c, out, (test_votes){config_votes, 0, NULL}, wish.missing ? none : raw, room));
}

Test(verifier, what_a_configuration_block_is_refused_for)
{
    static const struct {
        config_wish wish;
        yq_status status;
    } row[] = {
        {{"chain1", "SM3", "CHAIN_CONFIG", 1, 0, 1, 0, 1}, YQ_E_PROOF_REQUIRED},
        {{"chain1", "SM3", "CHAIN_CONFIG", 1, 0, 0, 1, 1}, YQ_E_NONCANONICAL},
        {{"chain1", "SM3", "CHAIN_CONFIG", 1, 0, 0, 0, 2}, YQ_E_SET_CHANGE},
        {{"chain1", "SM3", "outbox", 1, 0, 0, 0, 1}, YQ_E_SET_CHANGE},
        {{"chain1", "SM3", "CHAIN_CONFIG", 1, 1, 0, 0, 1}, YQ_E_TX_FAILED},
        {{"chain2", "SM3", "CHAIN_CONFIG", 1, 0, 0, 0, 1}, YQ_E_DOMAIN},
        {{"chain1", "SHA256", "CHAIN_CONFIG", 1, 0, 0, 0, 1}, YQ_E_SET_CHANGE},
        {{"chain1", "SM3", "CHAIN_CONFIG", 4, 0, 0, 0, 1}, YQ_E_SET_CHANGE},
        {{"chain1", "SM3", "CHAIN_CONFIG", 1, 0, 0, 0, 1}, YQ_OK},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        test_block block;
        cr_expect_eq(
            configure(&b[0], &c, row[i].wish, &block),
            row[i].status,
            "row %zu: %s",
            i,
            client->why.text);
    }
}

Test(verifier, a_new_node_counts_and_cannot_vote)
{
    test_chain next = c;
    test_block config;
    next.member[next.n++] = 8;
    EXPECT(configure(&b[0], &next, usual, &config), YQ_OK);
    c = next;
    test_block block = test_next(&c, &config);
    EXPECT(update(&block, all), YQ_E_SIGNER_UNKNOWN); /* its key is bound nowhere */
    EXPECT(update(&block, ((test_votes){"sss--", 0, NULL})), YQ_E_QUORUM); /* four of five */
    EXPECT(update(&block, ((test_votes){"ssss-", 0, NULL})), YQ_OK);
    /* Three strangers of seven: the four that are known are not five. */
    next.member[next.n++] = 10;
    next.member[next.n++] = 12;
    test_block again;
    c.member[4] = 8;
    const test_chain voters = c;
    c.n = 4;
    static uint8_t cfg[8192], tx[16384];
    size_t n = test_config(&next, "chain1", "SM3", 1, cfg, sizeof cfg);
    const test_tx_wish wish = {.contract = "CHAIN_CONFIG", .result = {cfg, n}};
    const yq_slice raw = {tx, test_tx(tx, sizeof tx, wish)};
    again = test_next(&c, &block);
    again.is_config = 1;
    again.tx_count = 1;
    again.tx_root = test_hash(&c, &raw, 1);
    test_seal(&c, &again);
    EXPECT(test_client_update(client, test_update(&c, &again, all, raw, room)), YQ_E_SET_CHANGE);
    c = voters;
}

/* A second header of this one's height, as an update and beside the first one. */
static yq_status contradict(const test_block *known, const char *letters, yq_status expected)
{
    const test_votes votes = {letters, 0, NULL};
    test_block other = *known;
    other.time_s++;
    test_seal(&c, &other);
    EXPECT(update(&other, votes), expected);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_evidence_put(&w, &c, known, votes, none);
    test_evidence_put(&w, &c, &other, votes, none);
    return test_client_misbehaviour(client, yq_writer_slice(&w));
}

Test(verifier, ten_set_changes_in_two_hundred_blocks, .timeout = 120)
{
    test_chain_free(&c);
    test_client_reset(client);
    test_client_record(client, "sm3");
    start(YQ_HASH_SM3, 8);
    test_block last = b[0], known = last;
    for (size_t k = 0; k < 10; k++) {
        test_chain next = c;
        test_block config;
        next.n = k % 2 == 0 ? 7 : 8; /* one goes; when it comes again, its key is forgotten */
        config_votes = k > 0 && c.n == 8 ? "sssssss-" : NULL;
        EXPECT(configure(&last, &next, usual, &config), YQ_OK);
        last = config;
        c = next;
        for (size_t i = 0; i < 19; i++) {
            test_block block = test_next(&c, &last);
            const char *votes = c.n == 8 ? "sssssss-" : NULL;
            EXPECT(update(&block, ((test_votes){votes, 0, NULL})), YQ_OK);
            last = block;
            known = k == 9 && i == 10 ? block : known;
        }
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect_eq(view.height, 200);
    EXPECT(contradict(&known, "sssssss-", YQ_E_MISBEHAVIOUR), YQ_OK);
    EXPECT(contradict(&b[0], "sssssss-", YQ_E_HEADER_UNKNOWN), YQ_E_HEADER_UNKNOWN);
    test_client_recorded(client);
}

Test(verifier, every_changed_byte_of_an_update_is_refused, .timeout = 120)
{
    static uint8_t copy[4096];
    yq_slice e = test_update(&c, &b[1], ((test_votes){"sss-", 1, "x"}), none, room);
    memcpy(copy, e.p, e.n);
    for (size_t i = 0; i < e.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            copy[i] ^= (uint8_t)(1u << bit);
            yq_status status = test_client_update(client, yq_slice_of(copy, e.n));
            cr_assert(status < 0 && status > -400, "byte %zu: %d", i, status);
            copy[i] = e.p[i];
        }
        cr_assert(test_client_update(client, yq_slice_of(copy, i)) < 0);
    }
}

Test(verifier, anchors)
{
    test_client_reset(client);
    yq_slice anchor = test_anchor(&c, &b[0], room);
    const size_t pin = 1 + 1 + 1 + 6, nodes = pin + 32 + 4 + b[0].raw_n;
    room[pin] ^= 1;
    EXPECT(test_client_init(client, anchor), YQ_E_HASH);
    memset(room + pin, 0, 32);
    EXPECT(test_client_init(client, anchor), YQ_E_ZERO_ROOT);
    anchor = test_anchor(&c, &b[0], room);
    room[1] = YQ_HASH_KECCAK256;
    EXPECT(test_client_init(client, anchor), YQ_E_FIELD_UNKNOWN);
    anchor = test_anchor(&c, &b[0], room);
    room[3] = 'C';
    EXPECT(test_client_init(client, anchor), YQ_E_DOMAIN);
    anchor = test_anchor(&c, &b[0], room);
    room[nodes + 2 + 1] = 'Z'; /* no longer in order */
    EXPECT(test_client_init(client, anchor), YQ_E_NONCANONICAL);
    anchor = test_anchor(&c, &b[0], room);
    room[nodes + 2 + 1 + 18] = 9;
    EXPECT(test_client_init(client, anchor), YQ_E_FIELD_UNKNOWN);
    c.member[1] = c.member[0];
    EXPECT(test_client_init(client, test_anchor(&c, &b[0], room)), YQ_E_DUP_SIGNER);
    c.n = 0;
    EXPECT(test_client_init(client, test_anchor(&c, &b[0], room)), YQ_E_ANCHOR);
    c.n = 1;
    anchor = test_anchor(&c, &b[0], room);
    room[nodes + 2 + 1 + 18] = 0; /* unbound */
    EXPECT(test_client_init(client, yq_slice_of(room, anchor.n - 64)), YQ_E_ANCHOR);
}

/* ---- events ---- */

typedef struct txs {
    uint8_t raw[TEST_TXS_MAX][TEST_TX_MAX];
    size_t size[TEST_TXS_MAX], n;
    yq_digest leaf[TEST_TXS_MAX];
} txs;

static txs list;

static void block_of(size_t n, size_t odd, test_tx_wish wish)
{
    list.n = n;
    for (size_t i = 0; i < n; i++) {
        test_tx_wish w = i == odd ? wish : (test_tx_wish){.events = 2, .data = 1};
        w.idx = i;
        list.size[i] = test_tx(list.raw[i], TEST_TX_MAX, w);
        const yq_slice raw = {list.raw[i], list.size[i]};
        list.leaf[i] = test_hash(&c, &raw, 1);
    }
    yq_digest path[8];
    size_t path_n;
    test_client_reset(client);
    cr_assert_eq(test_client_init(client, test_anchor(&c, &b[0], room)), YQ_OK);
    test_block block = test_next(&c, &b[0]);
    block.tx_count = (uint32_t)n;
    block.tx_root = test_tree(&c, list.leaf, n, 0, path, &path_n);
    test_seal(&c, &block);
    EXPECT(update(&block, all), YQ_OK);
}

static yq_slice event_proof(size_t idx, uint32_t event)
{
    yq_digest path[8];
    size_t path_n;
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    (void)test_tree(&c, list.leaf, list.n, idx, path, &path_n);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_u32(&w, (uint32_t)idx);
    yq_put_u8(&w, (uint8_t)path_n);
    yq_put_bytes(&w, path, path_n * 32);
    yq_put_blob32(&w, yq_slice_of(list.raw[idx], list.size[idx]));
    yq_put_u32(&w, event);
    return yq_writer_slice(&w);
}

Test(verifier, every_event_of_blocks_of_every_size)
{
    for (size_t n = 1; n <= 40; n += n < 10 ? 1 : 7) {
        block_of(n, TEST_TXS_MAX, (test_tx_wish){0});
        for (size_t i = 0; i < n; i++) {
            for (uint32_t k = 0; k < 2; k++) {
                yq_verified_event e;
                char id[68], topic[16];
                (void)snprintf(id, sizeof id, "%064zu", i);
                (void)snprintf(topic, sizeof topic, "topic%u", k);
                EXPECT(test_client_event(client, event_proof(i, k), &e), YQ_OK);
                cr_expect(yq_slice_equal(e.tx_id, yq_slice_text(id)) && e.event_index == k);
                cr_expect(yq_slice_equal(e.emitter, yq_slice_text("outbox")));
                cr_expect(yq_slice_equal(e.name, yq_slice_text(topic)));
                cr_expect(e.bytes.n == 2 && e.bytes.p[0] == k && e.bytes.p[1] == 0);
                cr_expect(e.height == 1 && e.time_ms == b[1].time_s * 1000);
            }
        }
    }
}

Test(verifier, what_an_event_is_refused_for)
{
    const struct {
        test_tx_wish wish;
        yq_status status;
    } row[] = {
        {{.code = 1, .events = 1, .data = 1}, YQ_E_TX_FAILED},
        {{.contract_code = 1, .events = 1, .data = 1}, YQ_E_TX_FAILED},
        {{.events = 0}, YQ_E_EVENT_UNPROVEN},
        {{.events = 1, .event_tx_id = "another"}, YQ_E_EVENT_UNPROVEN},
        {{.events = 1, .chain_id = "chain2"}, YQ_E_DOMAIN},
        {{.events = 1, .gas = 77}, YQ_E_NONCANONICAL}, /* gas is not hashed here */
        {{.events = 1, .no_id = 1}, YQ_E_FIELD_MISSING},
        {{.events = 1, .odd = 1}, YQ_E_FIELD_UNKNOWN},
        {{.events = 1, .data = 3}, YQ_OK},
        {{.events = 1, .data = 0}, YQ_OK},
    };
    yq_verified_event e;
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        block_of(5, 3, row[i].wish);
        cr_expect_eq(
            test_client_event(client, event_proof(3, 0), &e),
            row[i].status,
            "row %zu: %s",
            i,
            client->why.text);
        cr_expect(row[i].status != YQ_OK || e.bytes.n == 0); /* not one text */
    }
    block_of(5, TEST_TXS_MAX, row[0].wish);
    yq_slice p = event_proof(3, 0);
    room[12] = 5;
    EXPECT(test_client_event(client, p, &e), YQ_E_PROOF_BOUNDS);
    p = event_proof(3, 0);
    room[12] = 2;
    EXPECT(test_client_event(client, p, &e), YQ_E_PROOF);
    p = event_proof(4, 0); /* the fifth of five: two levels without a sibling */
    room[12] = 3;
    EXPECT(test_client_event(client, p, &e), YQ_E_PROOF_DEPTH);
    p = event_proof(3, 0);
    room[8] = 9;
    EXPECT(test_client_event(client, p, &e), YQ_E_HEADER_UNKNOWN);
}

/* Before 2300 the hash covers gas_used. */
Test(verifier, gas_of_older_blocks)
{
    yq_verified_event e;
    c.block_version = 220;
    b[0] = test_next(&c, NULL);
    block_of(3, 1, (test_tx_wish){.events = 1, .data = 1, .gas = 77});
    EXPECT(test_client_event(client, event_proof(1, 0), &e), YQ_OK);
}

Test(verifier, every_changed_byte_of_an_event_is_refused)
{
    static uint8_t copy[8192];
    block_of(21, TEST_TXS_MAX, (test_tx_wish){0});
    yq_slice p = event_proof(13, 1);
    memcpy(copy, p.p, p.n);
    for (size_t i = 0; i + 4 < p.n; i++) { /* the event's index is a claim */
        yq_verified_event e;
        copy[i] ^= (uint8_t)(1u << i % 8);
        yq_status status = test_client_event(client, yq_slice_of(copy, p.n), &e);
        cr_assert(status < 0 && status > -400, "byte %zu: %d", i, status);
        copy[i] = p.p[i];
        cr_assert(test_client_event(client, yq_slice_of(copy, i), &e) < 0);
    }
}
