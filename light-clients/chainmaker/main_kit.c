/* Makes the cases of the conformance kit: yq-kit-chainmaker FOLDER. */
#include "light-clients/chainmaker/test_chain.h"
#include "relay/hub/test_kit_file.h"

#define TXS 5u

static uint8_t room[TEST_BYTES_MAX];
static const yq_slice none = {0};

/* What the chain did: block 1 has transactions, block 2 changes the nodes. */
typedef struct story {
    test_chain c, next; /* the first node leaves, another one joins */
    test_block b[4];
    uint8_t tx[TXS][TEST_TX_MAX], config[TEST_TX_MAX];
    size_t tx_n[TXS], config_n;
    yq_digest leaf[TXS];
} story;

static test_block transactions(story *s)
{
    yq_digest path[8];
    size_t path_n;
    test_block b = test_next(&s->c, &s->b[0]);
    for (size_t i = 0; i < TXS; i++) {
        const test_tx_wish wish = {
            .idx = i, .events = 2, .data = 1, .chain_id = i == 2 ? "chain2" : NULL};
        s->tx_n[i] = test_tx(s->tx[i], TEST_TX_MAX, wish);
        const yq_slice raw = {s->tx[i], s->tx_n[i]};
        s->leaf[i] = test_hash(&s->c, &raw, 1);
    }
    b.tx_count = TXS;
    b.tx_root = test_tree(&s->c, s->leaf, TXS, 0, path, &path_n);
    test_seal(&s->c, &b);
    return b;
}

/* A block behind prev whose one transaction names the nodes of next. */
static test_block configuration(
    story *s, const test_block *prev, const test_chain *next, uint64_t type)
{
    uint8_t config[1024];
    test_block b = test_next(&s->c, prev);
    size_t n = test_config(next, TEST_CHAIN_ID, "SM3", type, config, sizeof config);
    s->config_n = test_tx(
        s->config,
        sizeof s->config,
        (test_tx_wish){.contract = "CHAIN_CONFIG", .result = {config, n}});
    const yq_slice raw = {s->config, s->config_n};
    b.is_config = 1;
    b.tx_count = 1;
    b.tx_root = test_hash(&s->c, &raw, 1);
    test_seal(&s->c, &b);
    return b;
}

static yq_slice update(const test_chain *c, const test_block *b, const char *letters)
{
    return test_update(c, b, (test_votes){letters, 1, NULL}, none, room);
}

static void anchors(test_kit *k, story *s)
{
    test_chain empty = s->c;
    empty.n = 0;
    test_kit_refused(k, "17", "init", "no nodes", test_anchor(&empty, &s->b[0], room), "E_ANCHOR");
    yq_slice in = test_anchor(&s->c, &s->b[0], room);
    room[1] = 5;
    test_kit_refused(k, "16", "init", "a hash that has no rule", in, "E_FIELD_UNKNOWN");
    test_block altered = s->b[0];
    altered.raw[1] ^= 1;
    test_kit_refused(
        k,
        "7",
        "init",
        "a header that does not have the pinned hash",
        test_anchor(&s->c, &altered, room),
        "E_HASH");
    test_kit_step(k, "init", "genesis", test_anchor(&s->c, &s->b[0], room), NULL);
}

static void votes(test_kit *k, const story *s)
{
    static const struct {
        const char *holes, *name, *letters, *status;
    } row[] = {
        {"1", "one of four, three times", "3---", "E_DUP_SIGNER"},
        {"2, 17", "no votes", "----", "E_SIGNATURES_MISSING"},
        {"3", "one vote of four", "s---", "E_QUORUM"},
        {"4", "index outside the nodes", "ssx-", "E_SIGNER_UNKNOWN"}};
    const test_block *b = &s->b[1];
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = update(&s->c, b, row[i].letters);
        test_kit_refused(k, row[i].holes, "update", row[i].name, in, row[i].status);
    }
    test_chain other = s->c;
    other.member[1] += 12;
    test_kit_refused(k, "4", "update", "an outsider's vote", update(&other, b, NULL), "E_SIG");
    test_block altered = *b;
    altered.time_s++;
    test_seal(&s->c, &altered);
    altered.hash = b->hash;
    test_kit_refused(k, "7, 8", "update", "another time", update(&s->c, &altered, NULL), "E_SIG");
    other = s->c;
    other.chain_id = "chain2";
    altered = *b;
    test_seal(&other, &altered);
    test_kit_refused(
        k, "11", "update", "of another chain", update(&other, &altered, NULL), "E_DOMAIN");
    yq_slice in = test_update(&s->c, b, (test_votes){NULL, 1, "x"}, none, room);
    YQ_ASSERT(
        test_kit_replace(room, in.n, yq_slice_text("\x3a\x01x"), yq_slice_text("\x2a\x01x")) == 4);
    test_kit_refused(
        k, "18", "update", "a second hash behind what is signed", in, "E_NONCANONICAL");
    in = update(&s->c, b, NULL);
    room[0] = 2;
    test_kit_refused(k, "16", "update", "a version that has no rule", in, "E_VERSION");
}

static yq_slice event(const story *s, size_t idx, uint32_t which)
{
    yq_digest path[8];
    size_t path_n;
    yq_writer w = yq_writer_of(room, sizeof room);
    (void)test_tree(&s->c, s->leaf, TXS, idx, path, &path_n);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_u32(&w, (uint32_t)idx);
    yq_put_u8(&w, (uint8_t)path_n);
    yq_put_bytes(&w, path, path_n * sizeof path[0]);
    yq_put_blob32(&w, yq_slice_of(s->tx[idx], s->tx_n[idx]));
    yq_put_u32(&w, which);
    return yq_writer_slice(&w);
}

static void altered_event(
    test_kit *k,
    const story *s,
    const char *holes,
    const char *name,
    const char *from,
    const char *to)
{
    yq_slice in = event(s, 1, 0);
    YQ_ASSERT(test_kit_replace(room, in.n, yq_slice_text(from), yq_slice_text(to)) > 0);
    test_kit_refused(k, holes, "event", name, in, "E_PROOF");
}

static void events(test_kit *k, const story *s)
{
    static const size_t idx[] = {1, TXS - 1};
    for (size_t i = 0; i < YQ_ARRAY_N(idx); i++) {
        yq_slice in = event(s, idx[i], 1);
        test_kit_step(k, "event", i == 0 ? "between others" : "alone on its level", in, NULL);
        test_kit_claim(k, in.n - 4, 4, "which of the proven events is meant");
        test_kit_holes(k, "10");
        test_kit_emitter(k, yq_slice_text("outbox"));
    }
    altered_event(k, s, "10", "under a foreign contract", "outbox", "nobody");
    altered_event(k, s, "9", "data that were not there", "*\0040000", "*\0040001");
    altered_event(k, s, "13", "split elsewhere", "\x06topic0\x12@0", "\x07topic00\x12?");
    test_kit_refused(
        k, "11", "event", "a transaction of another chain", event(s, 2, 0), "E_DOMAIN");
}

static void changes(test_kit *k, story *s)
{
    const test_block *last = &s->b[1];
    const test_votes three = {"sss-", 0, NULL};
    test_chain own = s->c;
    for (size_t i = 0; i < own.n; i++) {
        own.member[i] += 8;
    }
    test_block b = configuration(s, last, &own, 1);
    yq_slice raw = {s->config, s->config_n};
    test_kit_refused(
        k,
        "5",
        "update",
        "nodes that vote for themselves",
        test_update(&own, &b, three, raw, room),
        "E_SIG");
    b = configuration(s, last, &s->next, 4);
    raw.n = s->config_n;
    test_kit_refused(
        k,
        "16",
        "update",
        "a consensus that has no rule",
        test_update(&s->c, &b, three, raw, room),
        "E_SET_CHANGE");
    s->b[2] = configuration(s, last, &s->next, 1);
    raw.n = s->config_n;
    test_kit_refused(
        k,
        "6",
        "update",
        "no configuration",
        test_update(&s->c, &s->b[2], three, none, room),
        "E_PROOF_REQUIRED");
    yq_slice in = test_update(&s->c, &s->b[2], three, raw, room);
    YQ_ASSERT(test_kit_replace(room, in.n, yq_slice_text("Chain04"), yq_slice_text("Chain05")) > 0);
    test_kit_refused(k, "6", "update", "another configuration", in, "E_PROOF");
    b = s->b[2];
    b.is_config = 0;
    test_seal(&s->c, &b);
    test_kit_refused(
        k,
        "6",
        "update",
        "a configuration in a block of another type",
        test_update(&s->c, &b, three, raw, room),
        "E_NONCANONICAL");
    test_kit_step(
        k, "update", "a configuration", test_update(&s->c, &s->b[2], three, raw, room), NULL);
    s->b[3] = test_next(&s->c, &s->b[2]);
    test_kit_refused(
        k, "12", "update", "the nodes of before", update(&s->c, &s->b[3], "sss-"), "E_SIG");
    test_kit_refused(
        k,
        "5",
        "update",
        "a node whose key nobody bound",
        update(&s->next, &s->b[3], NULL),
        "E_SIGNER_UNKNOWN");
    b = s->b[3];
    b.conf_height = 0;
    test_seal(&s->c, &b);
    test_kit_refused(
        k,
        "6, 12",
        "update",
        "as if nothing had been configured",
        update(&s->next, &b, "sss-"),
        "E_CONFIG_SEQUENCE");
    test_kit_step(k, "update", "block 3", update(&s->next, &s->b[3], "sss-"), NULL);
}

int main(int argc, char **argv)
{
    static story s;
    const test_votes three = {"sss-", 0, NULL};
    YQ_ASSERT(argc == 2);
    s.c = test_chain_new(YQ_HASH_SM3, 4);
    s.next = s.c;
    for (size_t i = 0; i < s.c.n; i++) {
        s.c.member[i] = i; /* one of each scheme */
        s.next.member[i] = i + 1;
    }
    s.b[0] = test_next(&s.c, NULL);
    s.b[1] = transactions(&s);
    test_kit k = test_kit_begin(argv[1], "chain", 0);
    anchors(&k, &s);
    votes(&k, &s);
    test_kit_step(
        &k,
        "update",
        "block 1",
        test_update(&s.c, &s.b[1], (test_votes){"ss-s", 1, "x"}, none, room),
        NULL);
    test_kit_step(&k, "update", "block 1 again", update(&s.c, &s.b[1], NULL), "E_REPLAY");
    events(&k, &s);
    test_block other = s.b[1];
    other.time_s++;
    test_seal(&s.c, &other);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_evidence_put(&w, &s.c, &s.b[1], three, none);
    test_evidence_put(&w, &s.c, &other, three, none);
    test_kit_step(&k, "misbehaviour", "two blocks 1", yq_writer_slice(&w), NULL);
    changes(&k, &s);
    test_kit_no_hole(
        &k,
        "14",
        "no layout has a place for an address, and what is in a header or a transaction is hashed");
    test_kit_end(&k);
    test_chain_free(&s.c);
    return 0;
}
