/* Makes the cases of the conformance kit: yq-kit-fisco-bcos-2 FOLDER. */
#include "light-clients/fisco-bcos-2/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];

/* The transactions of block 1. */
enum {
    TX_LOGS,
    TX_ADD,
    TX_REMOVE,
    TX_NOTHING, /* a set change that did nothing */
    TX_FOREIGN, /* the same call of another contract */
    TX_METHOD,  /* a call of 0x1003 that changes no set */
    TX_CHAIN,   /* a set change for another chain */
    TX_FAILED,
    BLOCK_1_TXS
};

/* One chain and its kit; a header of block 2 with its own set is signed as the case says. */
typedef struct scene {
    test_chain chain, sister; /* another group of the same sealers */
    test_block b[5], sister_1, other;
    test_kit kit;
    const char *sig; /* the code of a signature over another hash */
    int items;       /* of the chain's receipts */
} scene;

/* An update's evidence as a case wants it. */
typedef struct wish {
    const test_block *b;
    const char *votes; /* pairs of digits: the key that signs, the index that it signs for */
    const yq_digest *signed_hash; /* NULL: the header's own */
    const test_block *before;
    const uint32_t *change; /* transactions of before */
    size_t change_n;
} wish;

static wish by(const test_block *b, const char *votes)
{
    return (wish){.b = b, .votes = votes};
}

static wish signing(wish v, const test_block *instead)
{
    v.signed_hash = &instead->hash;
    return v;
}

static wish proven(wish v, const test_block *before, const uint32_t *change, size_t n)
{
    v.before = before;
    v.change = change;
    v.change_n = n;
    return v;
}

static const uint8_t emitter[20] = {0xee}, foreign[20] = {0xf0};

static void put_signed(yq_writer *w, const scene *s, const wish *v)
{
    size_t n = strlen(v->votes) / 2;
    yq_put_blob32(w, yq_slice_of(v->b->header, v->b->header_n));
    yq_put_u16(w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        const yq_key *key = s->chain.key[v->votes[2 * i] - '0'];
        uint16_t index = (uint16_t)(v->votes[2 * i + 1] - '0');
        test_sign(&s->chain, v->signed_hash == NULL ? &v->b->hash : v->signed_hash, key, index, w);
    }
}

static void update(scene *s, const char *name, wish v, const char *expect, const char *holes)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    put_signed(&w, s, &v);
    yq_put_u16(&w, (uint16_t)v.change_n);
    for (size_t i = 0; i < v.change_n; i++) {
        test_inclusion(&s->chain, v.before, v.change[i], &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    test_kit_step(&s->kit, "update", name, yq_writer_slice(&w), expect);
    if (holes != NULL) {
        test_kit_holes(&s->kit, holes);
    }
}

static void misbehaviour(
    scene *s, const char *name, wish a, wish b, const char *expect, const char *holes)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    put_signed(&w, s, &a);
    put_signed(&w, s, &b);
    YQ_ASSERT(w.status == YQ_OK);
    test_kit_step(&s->kit, "misbehaviour", name, yq_writer_slice(&w), expect);
    if (holes != NULL) {
        test_kit_holes(&s->kit, holes);
    }
}

/* The sealers from now on: digits of keys. */
static void sealers(test_chain *c, const char *keys)
{
    for (size_t i = 0; i < c->key_n; i++) {
        c->member[i] = strchr(keys, (int)('0' + i)) != NULL;
    }
}

/* A transaction with a log of a foreign contract and one of ours. */
static void tx_with_logs(const scene *s, uint64_t nonce, const char *data, test_tx *out)
{
    test_log log[2] = {
        {.topics = 1, .data = yq_slice_text("other")}, {.topics = 1, .data = yq_slice_text(data)}};
    memcpy(log[0].address, foreign, sizeof foreign);
    memcpy(log[1].address, emitter, sizeof emitter);
    test_tx_make(&s->chain, nonce, emitter, yq_slice_text("call"), out);
    test_receipt_make(0, (yq_slice){0}, log, 2, s->items, out);
}

/* Blocks 0 to 4: block 1 adds sealer 5 and removes sealer 0, block 2 has seventeen transactions. */
static void make_chain(scene *s)
{
    test_chain *c = &s->chain;
    test_tx *tx = s->b[1].tx;
    sealers(c, "0123");
    test_header_make(c, NULL, &s->b[0]);
    tx_with_logs(s, 1, "data", &tx[TX_LOGS]);
    test_change_make(c, "addSealer(string)", c->key[5], 0, 1, &tx[TX_ADD]);
    test_change_make(c, "remove(string)", c->key[0], 0, 1, &tx[TX_REMOVE]);
    test_change_make(c, "addSealer(string)", c->key[4], 0, 0, &tx[TX_NOTHING]);
    test_change_of(c, 0x04, "addSealer(string)", c->key[4], 0, 1, &tx[TX_FOREIGN]);
    test_change_make(c, "setWeight(string)", c->key[4], 0, 1, &tx[TX_METHOD]);
    c->chain_id = 2;
    test_change_make(c, "addSealer(string)", c->key[4], 0, 1, &tx[TX_CHAIN]);
    c->chain_id = 1;
    tx_with_logs(s, 2, "none", &tx[TX_FAILED]);
    test_log log = {.topics = 1};
    test_receipt_make(0x16, (yq_slice){0}, &log, 1, s->items, &tx[TX_FAILED]);
    s->b[1].tx_n = BLOCK_1_TXS;
    test_header_make(c, &s->b[0], &s->b[1]);
    sealers(c, "1235");
    s->b[2].tx_n = 17;
    for (size_t i = 0; i < 17; i++) {
        tx_with_logs(s, 10 + i, i == 16 ? "last" : "data", &s->b[2].tx[i]);
    }
    test_header_make(c, &s->b[1], &s->b[2]);
    test_plain_block(c, &s->b[2], &s->b[3]);
    test_plain_block(c, &s->b[3], &s->b[4]);
    s->sister.group_id = 2;
    static test_block genesis;
    test_header_make(&s->sister, NULL, &genesis);
    test_plain_block(&s->sister, &genesis, &s->sister_1);
}

/* Another block after parent, with these sealers. */
static const test_block *branch(scene *s, const test_block *parent, const char *keys)
{
    char kept[TEST_KEYS_MAX];
    memcpy(kept, s->chain.member, sizeof kept);
    sealers(&s->chain, keys);
    s->other = *parent;
    s->other.tx_n = 1;
    tx_with_logs(s, 77, "other", &s->other.tx[0]);
    test_header_make(&s->chain, parent, &s->other);
    memcpy(s->chain.member, kept, sizeof kept);
    return &s->other;
}

static void init(scene *s, const char *name, yq_slice in, const char *expect, const char *holes)
{
    test_kit_step(&s->kit, "init", name, in, expect);
    if (holes != NULL) {
        test_kit_holes(&s->kit, holes);
    }
}

/* A genesis whose text is another one of the same length. */
static yq_slice genesis_with(scene *s, const char *from, const char *to)
{
    test_block *b = &s->other;
    size_t n = strlen(from), i = 0;
    *b = s->b[0];
    while (memcmp(b->header + i, from, n) != 0) {
        i++;
        YQ_ASSERT(i + n <= b->header_n);
    }
    memcpy(b->header + i, to, n);
    yq_hash_one(test_alg(&s->chain), yq_slice_of(b->header, b->header_n), b->hash.b);
    return test_anchor(&s->chain, b, room);
}

static void anchors(scene *s)
{
    yq_slice in = test_anchor(&s->chain, &s->b[0], room);
    room[in.n - 60] ^= 1; /* in the text */
    init(s, "a genesis of another hash than the one stated", in, "E_HASH", "7");
    in = test_anchor(&s->chain, &s->b[0], room);
    room[1] = 2;
    init(s, "a suite that there is not", in, "E_FIELD_UNKNOWN", "16");
    init(s, "Raft", genesis_with(s, "-pbft-", "-raft-"), "E_UNSUPPORTED", "16");
    in = genesis_with(s, "-pbft-storage-0-", "-rpbft-storage-9");
    init(s, "rPBFT", in, "E_UNSUPPORTED", "16");
    in = genesis_with(s, "-pbft-storage-", "-pbft-oracles-");
    init(s, "a kind of state that there is not", in, "E_ANCHOR", "16");
    test_chain none = s->chain;
    sealers(&none, "");
    static test_block empty;
    test_header_make(&none, NULL, &empty);
    init(s, "no sealers", test_anchor(&none, &empty, room), "E_ANCHOR", "17");
    in = genesis_with(s, ",-pbft-", "0-pbft-");
    init(s, "an id that runs into the next field", in, "E_ANCHOR", NULL);
    init(s, "genesis", test_anchor(&s->chain, &s->b[0], room), NULL, NULL);
}

/* Block 1, by sealers 0 to 3. */
static void signers(scene *s)
{
    const test_block *b = &s->b[1];
    update(s, "one signer twice", by(b, "001111"), "E_DUP_SIGNER", "1");
    update(s, "one signer alone, three times", by(b, "111111"), "E_DUP_SIGNER", "1");
    update(s, "one signer under three indexes", by(b, "000102"), "E_SIGNER_MISMATCH", "1");
    update(s, "no signatures", by(b, ""), "E_SIGNATURES_MISSING", "2, 17");
    update(s, "one of four", by(b, "00"), "E_QUORUM", "3");
    update(s, "two of four", by(b, "0011"), "E_QUORUM", NULL);
    update(s, "an outsider for a sealer", by(b, "001152"), "E_SIGNER_UNKNOWN", "4");
    update(s, "an outsider with an index", by(b, "001154"), "E_SIGNER_UNKNOWN", "4");
    const test_block *o = branch(s, &s->b[0], "6789");
    update(s, "sealers of its own", by(o, "607182"), "E_SET_CHANGE", "5");
    o = branch(s, &s->b[0], "0123");
    update(s, "another header under the signatures", signing(by(o, "001122"), b), s->sig, "7, 8");
    update(s, "another group's block", by(&s->sister_1, "001122"), "E_PARENT", "11");
    update(s, "block 2 first", by(&s->b[2], "102132"), "E_HEIGHT", NULL);
    update(s, "block 1", by(b, "001122"), NULL, NULL);
    update(s, "block 1 again", by(b, "001122"), "E_REPLAY", NULL);
}

/* Block 2, whose set is 1, 2, 3 and 5. */
static void set_changes(scene *s)
{
    static const uint32_t good[] = {TX_ADD, TX_REMOVE}, nothing[] = {TX_NOTHING};
    static const uint32_t other[] = {TX_FOREIGN}, method[] = {TX_METHOD}, chain[] = {TX_CHAIN};
    static const uint32_t turned[] = {TX_REMOVE, TX_ADD};
    static test_block forged;
    const test_block *b = &s->b[2], *one = &s->b[1];
    const char *votes = "102132", *five = "00112233";
    update(s, "no proof", by(b, votes), "E_SET_CHANGE", "6");
    update(s, "half a proof", proven(by(b, votes), one, good, 1), "E_SET_CHANGE", "6");
    update(s, "turned round", proven(by(b, votes), one, turned, 2), "E_NONCANONICAL", NULL);
    const test_block *o = branch(s, one, "01234");
    update(s, "it did nothing", proven(by(o, five), one, nothing, 1), "E_SET_CHANGE", "6, 16");
    update(s, "another contract", proven(by(o, five), one, other, 1), "E_SET_CHANGE", "6, 10");
    update(s, "another method", proven(by(o, five), one, method, 1), "E_SET_CHANGE", "6, 16");
    update(s, "another chain's", proven(by(o, five), one, chain, 1), "E_DOMAIN", "6, 11");
    forged = *one;
    test_change_make(&s->chain, "addSealer(string)", s->chain.key[4], 0, 1, &forged.tx[TX_ADD]);
    update(s, "a call not in the block", proven(by(o, five), &forged, good, 1), "E_PROOF", "6");
    update(s, "the old set", by(o, five), "E_SET_CHANGE", "6");
    update(s, "block 2", proven(by(b, votes), one, good, 2), NULL, NULL);
}

/* Block 3: the set before is gone. */
static void replaced(scene *s)
{
    const test_block *b = &s->b[3], *o = branch(s, &s->b[2], "0123");
    update(s, "by the set before", by(o, "001122"), "E_SET_CHANGE", "12");
    update(s, "with a sealer that was removed", by(b, "002132"), "E_SIGNER_UNKNOWN", "4, 12");
    o = branch(s, &s->b[0], "1235");
    update(s, "a block 1 by the present set", by(o, "102132"), "E_SIGNER_MISMATCH", "12");
    update(s, "block 3", by(b, "102132"), NULL, NULL);
    o = branch(s, &s->b[2], "1235");
    update(s, "a second block 3", by(o, "102132"), "E_MISBEHAVIOUR", NULL);
}

static void contradictions(scene *s)
{
    const wish one = by(&s->b[1], "001122");
    misbehaviour(s, "one block twice", one, one, "E_NOT_PROVEN", NULL);
    misbehaviour(s, "two heights", one, by(&s->b[2], "102132"), "E_HEIGHT", NULL);
    wish o = by(branch(s, &s->b[0], "0123"), "112233");
    misbehaviour(s, "two blocks 1", one, o, NULL, NULL);
    o = signing(o, &s->b[1]);
    misbehaviour(s, "the first one's signatures for both", one, o, s->sig, "8");
    o = by(o.b, "");
    misbehaviour(s, "the second one by nobody", one, o, "E_SIGNATURES_MISSING", "2, 17");
    o = by(branch(s, &s->b[3], "1235"), "213253");
    misbehaviour(s, "two blocks 4", by(&s->b[4], "102132"), o, NULL, NULL);
}

static void event(scene *s, const char *name, yq_slice in, const char *expect, const char *holes)
{
    test_kit_step(&s->kit, "event", name, in, expect);
    if (expect == NULL) {
        test_kit_claim(&s->kit, in.n - 4, 4, "which of the receipt's logs is meant");
        test_kit_emitter(&s->kit, yq_slice_of(emitter, sizeof emitter));
    }
    if (holes != NULL) {
        test_kit_holes(&s->kit, holes);
    }
}

/* Block 1's first transaction with another receipt and the honest path. */
static yq_slice receipt_with(scene *s, const uint8_t *address, uint8_t topics, yq_slice data)
{
    test_log log[2] = {
        {.topics = 1, .data = yq_slice_text("other")}, {.topics = topics, .data = data}};
    memcpy(log[0].address, foreign, sizeof foreign);
    memcpy(log[1].address, address, sizeof emitter);
    s->other = s->b[1];
    test_receipt_make(0, (yq_slice){0}, log, 2, s->items, &s->other.tx[TX_LOGS]);
    return test_event(&s->chain, &s->other, TX_LOGS, 1, room);
}

static void events(scene *s)
{
    const test_chain *c = &s->chain;
    const test_block *b = &s->b[1];
    event(s, "a log", test_event(c, b, TX_LOGS, 1, room), NULL, "10");
    event(s, "the last of seventeen", test_event(c, &s->b[2], 16, 1, room), NULL, NULL);
    yq_slice in = receipt_with(s, emitter, 1, yq_slice_text("date"));
    event(s, "other data in the receipt", in, "E_PROOF", "9");
    in = receipt_with(s, foreign, 1, yq_slice_text("data"));
    event(s, "another contract in the receipt", in, "E_PROOF", "9, 10");
    uint8_t joined[36] = {[0] = 0xee, [32] = 'd', [33] = 'a', [34] = 't', [35] = 'a'};
    in = receipt_with(s, emitter, 0, yq_slice_of(joined, sizeof joined));
    event(s, "the topic as the head of the data", in, "E_PROOF", "13");
    s->other = *b;
    memcpy(&s->other.tx[TX_ADD], &b->tx[TX_LOGS], sizeof b->tx[0]);
    in = test_event(c, &s->other, TX_ADD, 1, room);
    event(s, "another transaction's receipt", in, "E_PROOF", "9");
    s->other = s->sister_1;
    s->other.number = 3; /* whose shape is the same */
    event(s, "of another group", test_event(c, &s->other, 0, 0, room), "E_PROOF", "11");
    event(s, "for another chain", test_event(c, b, TX_CHAIN, 0, room), "E_DOMAIN", "11");
    event(s, "that failed", test_event(c, b, TX_FAILED, 0, room), "E_TX_FAILED", "16");
    event(s, "no such log", test_event(c, b, TX_LOGS, 2, room), "E_EVENT_UNPROVEN", NULL);
    event(s, "not reached", test_event(c, &s->b[4], 0, 0, room), "E_HEADER_UNKNOWN", "16");
    s->other = s->b[3];
    s->other.number = 0;
    event(s, "of the genesis", test_event(c, &s->other, 0, 0, room), "E_ZERO_ROOT", "16");
}

static void suite_cases(const char *dir, const char *name, uint8_t suite)
{
    static scene s;
    char layouts[96];
    const int sm = suite == YQ_FISCO2_SUITE_SM;
    memset(&s, 0, sizeof s);
    s.chain = test_chain_new(suite, 10, 4);
    s.sister = s.chain;
    s.items = sm ? 8 : 7;
    s.sig = sm ? "E_SIG" : "E_SIGNER_UNKNOWN"; /* recovery gives a key of nobody */
    s.kit = test_kit_begin(dir, name, 0);
    (void)snprintf(
        layouts,
        sizeof layouts,
        "{\"update\": \"update_%s\", \"misbehaviour\": \"misbehaviour_%s\"}",
        name,
        name);
    test_kit_layouts(&s.kit, layouts);
    make_chain(&s);
    anchors(&s);
    signers(&s);
    set_changes(&s);
    replaced(&s);
    events(&s);
    contradictions(&s);
    init(&s, "block 3 as anchor", test_anchor(&s.chain, &s.b[3], room), NULL, NULL);
    update(&s, "block 4", by(&s.b[4], "102153"), NULL, NULL);
    test_kit_no_hole(&s.kit, "14", "an input has no address of a node: nothing is fetched");
    test_kit_no_hole(
        &s.kit, "18", "the hash of one RLP list is signed, in which every string has its length");
    test_kit_end(&s.kit);
    test_chain_free(&s.chain);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    suite_cases(argv[1], "sm", YQ_FISCO2_SUITE_SM);
    suite_cases(argv[1], "keccak", YQ_FISCO2_SUITE_KECCAK);
    return 0;
}
