/* What is too much, too long or left out, in anchors, headers, votes and configurations. */
#include "light-clients/chainmaker/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", client->why.text)

static test_chain c;
static test_client *client;
static test_block genesis;
static uint8_t *room;
static const test_votes all = {NULL, 0, NULL};
static const yq_slice none = {0};

static void setup(void)
{
    client = test_client_new(yq_verifier_chainmaker());
    room = malloc(TEST_BYTES_MAX);
    c = test_chain_new(YQ_HASH_SM3, 4);
    genesis = test_next(&c, NULL);
    cr_assert_eq(test_client_init(client, test_anchor(&c, &genesis, room)), YQ_OK);
}

static void teardown(void)
{
    test_chain_free(&c);
    test_client_free(client);
    free(room);
}

TestSuite(limits, .init = setup, .fini = teardown);

Test(limits, anchors)
{
    yq_slice anchor = test_anchor(&c, &genesis, room);
    const size_t nodes = 1 + 1 + 1 + strlen(TEST_CHAIN_ID) + 32 + 4 + genesis.raw_n;
    room[nodes + 1] = YQ_CMAKER_NODES_MAX + 1;
    EXPECT(test_client_init(client, anchor), YQ_E_LIMIT);
    c.node[0].id[0] = '\0';
    EXPECT(test_client_init(client, test_anchor(&c, &genesis, room)), YQ_E_NONCANONICAL);
}

static yq_status update(const test_block *b)
{
    return test_client_update(client, test_update(&c, b, all, none, room));
}

Test(limits, headers)
{
    test_block b = test_next(&c, &genesis);
    b.height = (uint64_t)INT64_MAX + 1;
    test_seal(&c, &b);
    EXPECT(update(&b), YQ_E_RANGE);
    b = test_next(&c, &genesis);
    c.block_version = 0;
    test_seal(&c, &b);
    EXPECT(update(&b), YQ_E_FIELD_MISSING);
    c.block_version = 2300;
    c.chain_id = "a chain with a name that is longer than sixty-four bytes, by a few";
    test_seal(&c, &b);
    EXPECT(update(&b), YQ_E_LIMIT);
}

Test(limits, votes)
{
    const test_block b = test_next(&c, &genesis);
    const size_t votes = 1 + 4 + b.raw_n;
    yq_slice in = test_update(&c, &b, all, none, room);
    room[votes] = 0x80; /* the round */
    EXPECT(test_client_update(client, in), YQ_E_LIMIT);
    in = test_update(&c, &b, all, none, room);
    room[votes + 5] = YQ_CMAKER_NODES_MAX + 1;
    EXPECT(test_client_update(client, in), YQ_E_LIMIT);
    in = test_update(&c, &b, (test_votes){"x", 0, NULL}, none, room);
    EXPECT(test_client_update(client, in), YQ_E_SIGNER_UNKNOWN);
    cr_expect_str_eq(client->why.text, "index outside the nodes");
    /* Field 7 as it stands, and nothing else. */
    static const char *const other[] = {"\x42\x01x", "\x2a\x01x", "\x38\x81\x01"};
    for (size_t i = 0; i < YQ_ARRAY_N(other); i++) {
        in = test_update(&c, &b, (test_votes){NULL, 0, "x"}, none, room);
        size_t at = votes + 6 + 2;
        cr_assert_eq(memcmp(room + at, "\0\x03\x3a\x01x", 5), 0);
        memcpy(room + at + 2, other[i], 3);
        EXPECT(test_client_update(client, in), YQ_E_NONCANONICAL);
    }
}

/* Too long a path is none, whatever the height. */
Test(limits, paths)
{
    static const uint8_t sibling[32] = {1};
    yq_verified_event e;
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 99);
    yq_put_u32(&w, 0);
    yq_put_u8(&w, YQ_CMAKER_LEVELS_MAX + 1);
    for (size_t i = 0; i <= YQ_CMAKER_LEVELS_MAX; i++) {
        yq_put_bytes(&w, sibling, sizeof sibling);
    }
    yq_put_blob32(&w, yq_slice_text("x"));
    yq_put_u32(&w, 0);
    EXPECT(test_client_event(client, yq_writer_slice(&w), &e), YQ_E_PROOF_DEPTH);
}

/* A root of nothing, or none, proves nothing. */
Test(limits, blocks_without_transactions)
{
    static uint8_t tx[1024];
    const yq_slice raw = {tx, test_tx(tx, sizeof tx, (test_tx_wish){.events = 1})};
    yq_verified_event e;
    for (uint32_t count = 0; count < 2; count++) {
        test_block b = test_next(&c, &genesis);
        b.tx_count = count;
        b.tx_root = count == 0 ? test_hash(&c, &raw, 1) : (yq_digest){{0}};
        test_seal(&c, &b);
        EXPECT(update(&b), YQ_OK);
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        yq_put_u64(&w, 1);
        yq_put_u32(&w, 0);
        yq_put_u8(&w, 0);
        yq_put_blob32(&w, raw);
        yq_put_u32(&w, 0);
        EXPECT(test_client_event(client, yq_writer_slice(&w), &e), YQ_E_ZERO_ROOT);
        test_client_reset(client);
        EXPECT(test_client_init(client, test_anchor(&c, &genesis, room)), YQ_OK);
    }
}

/* ---- what is read of an event ---- */

/* Bytes are one text of lower-case hex digits, and nothing else. */
Test(limits, bytes_of_an_event)
{
    static const struct {
        const char *text;
        size_t n;
    } row[] = {{"0a0b", 2}, {"0A0b", 0}, {"0a0", 0}, {"zz", 0}, {"", 0}};
    static uint8_t tx[1024];
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const test_tx_wish wish = {.events = 1, .data = 1, .text = row[i].text};
        const yq_slice raw = {tx, test_tx(tx, sizeof tx, wish)};
        yq_verified_event e;
        test_block b = test_next(&c, &genesis);
        b.tx_count = 1;
        b.tx_root = test_hash(&c, &raw, 1);
        test_seal(&c, &b);
        test_client_reset(client);
        EXPECT(test_client_init(client, test_anchor(&c, &genesis, room)), YQ_OK);
        EXPECT(update(&b), YQ_OK);
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        yq_put_u64(&w, 1);
        yq_put_u32(&w, 0);
        yq_put_u8(&w, 0);
        yq_put_blob32(&w, raw);
        yq_put_u32(&w, 0);
        EXPECT(test_client_event(client, yq_writer_slice(&w), &e), YQ_OK);
        cr_expect_eq(e.bytes.n, row[i].n, "%s", row[i].text);
        room[w.n - 1] = 1; /* the second event of one */
        EXPECT(test_client_event(client, yq_writer_slice(&w), &e), YQ_E_EVENT_UNPROVEN);
        cr_expect_str_eq(client->why.text, "event index");
    }
}

/* ---- misbehaviour is judged only where the nodes are known ---- */

static yq_status conflict(test_block a, yq_slice config)
{
    test_block other = a;
    other.time_s++;
    test_seal(&c, &a);
    test_seal(&c, &other);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_evidence_put(&w, &c, &a, all, none);
    test_evidence_put(&w, &c, &other, all, config);
    return test_client_misbehaviour(client, yq_writer_slice(&w));
}

Test(limits, misbehaviour)
{
    test_block b = test_next(&c, &genesis);
    EXPECT(conflict(b, none), YQ_OK);
    EXPECT(conflict(b, yq_slice_text("x")), YQ_E_NONCANONICAL);
    EXPECT(conflict(genesis, none), YQ_E_HEADER_UNKNOWN);
    EXPECT(conflict(test_next(&c, &b), none), YQ_E_HEADER_UNKNOWN);
    c.chain_id = "chain2";
    EXPECT(conflict(b, none), YQ_E_DOMAIN);
}

Test(limits, states)
{
    yq_client_view view;
    client->state[1] = YQ_HASH_KECCAK256;
    EXPECT(test_client_describe(client, &view), YQ_E_RANGE);
}

/* ---- configurations ---- */

/* Nodes of a configuration: n with ids of so many bytes, or numbers where ids should stand. */
typedef struct nodes_wish {
    size_t n, id_size;
    int numbers;
    uint64_t code;
    const char *tx_chain; /* of the transaction around it */
} nodes_wish;

static size_t config_of(nodes_wish wish, uint8_t *out, size_t cap)
{
    yq_writer w = yq_writer_of(out, cap);
    yq_pb_put_bytes(&w, 1, yq_slice_text(TEST_CHAIN_ID));
    size_t crypto = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text("SM3"));
    yq_pb_end(&w, crypto, 5);
    size_t consensus = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, 1);
    size_t org = yq_pb_begin(&w);
    for (size_t i = 0; i < wish.n; i++) {
        char id[256];
        (void)snprintf(id, sizeof id, "%0*zu", (int)wish.id_size, i);
        if (wish.numbers) {
            yq_pb_put_varint(&w, 3, 7);
        } else {
            yq_pb_put_bytes(&w, 3, yq_slice_of(id, wish.id_size));
        }
    }
    yq_pb_end(&w, org, 2);
    yq_pb_end(&w, consensus, 8);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

Test(limits, configurations)
{
    static const struct {
        nodes_wish wish;
        yq_status status;
    } row[] = {
        {{YQ_CMAKER_NODES_MAX + 1, 4, 0, 0, NULL}, YQ_E_LIMIT},
        {{YQ_CMAKER_NODES_MAX, 4, 0, 0, NULL}, YQ_E_SET_CHANGE}, /* nobody's key is bound */
        {{0, 4, 0, 0, NULL}, YQ_E_SET_CHANGE},
        {{1, 0, 0, 0, NULL}, YQ_E_LEN},
        {{1, YQ_CMAKER_NODE_MAX + 1, 0, 0, NULL}, YQ_E_LEN},
        {{1, YQ_CMAKER_NODE_MAX, 0, 0, NULL}, YQ_E_SET_CHANGE},
        {{1, 4, 1, 0, NULL}, YQ_E_LEN},
        {{4, 4, 0, 1, NULL}, YQ_E_TX_FAILED},
        {{4, 4, 0, 0, "chain2"}, YQ_E_DOMAIN},
    };
    static uint8_t config[8192], tx[16384];
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        size_t n = config_of(row[i].wish, config, sizeof config);
        const test_tx_wish wish = {
            .contract = "CHAIN_CONFIG",
            .result = {config, n},
            .code = row[i].wish.code,
            .chain_id = row[i].wish.tx_chain};
        const yq_slice raw = {tx, test_tx(tx, sizeof tx, wish)};
        test_block b = test_next(&c, &genesis);
        b.is_config = 1;
        b.tx_count = 1;
        b.tx_root = test_hash(&c, &raw, 1);
        test_seal(&c, &b);
        cr_expect_eq(
            test_client_update(client, test_update(&c, &b, all, raw, room)),
            row[i].status,
            "row %zu: %s",
            i,
            client->why.text);
    }
}
