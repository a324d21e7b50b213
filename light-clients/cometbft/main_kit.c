/* Makes the cases of the conformance kit: yq-kit-cometbft FOLDER. */
#include "light-clients/cometbft/test_ibc.h"
#include "relay/hub/test_kit_file.h"

static const test_votes all = {NULL, 0};
static uint8_t room[TEST_BYTES_MAX];

static void kit_case(
    test_kit *k,
    const char *op,
    const char *name,
    yq_slice in,
    const char *expect,
    const char *holes)
{
    test_kit_step(k, op, name, in, expect);
    if (holes != NULL) {
        test_kit_holes(k, holes);
    }
}

/* An update of parts. */
typedef struct parts {
    uint64_t trusted_height;
    yq_slice header, commit;
    const test_set *set, *trusted; /* NULL: none */
} parts;

static yq_slice parts_put(const test_chain *c, parts p)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, p.trusted_height);
    yq_put_blob32(&w, p.header);
    yq_put_blob32(&w, p.commit);
    test_set_put(&w, c, p.set);
    test_set_put(&w, c, p.trusted);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static yq_slice raw_of(const test_header *h)
{
    return yq_slice_of(h->raw, h->raw_n);
}

/* The commit that these members make for a header, whose own set is another one. */
static yq_slice commit_of(
    const test_chain *c, const test_header *h, const size_t *who, size_t n, uint8_t *out)
{
    test_header other = *h;
    other.set.n = n;
    for (size_t i = 0; i < n; i++) {
        other.set.who[i] = who[i];
    }
    return test_commit(c, &other, (test_votes){NULL, 0}, out, TEST_BYTES_MAX);
}

/* The first place of part in whole. */
static size_t find(yq_slice whole, yq_slice part)
{
    size_t at = 0;
    while (at + part.n <= whole.n && memcmp(whole.p + at, part.p, part.n) != 0) {
        at++;
    }
    YQ_ASSERT(at + part.n <= whole.n);
    return at;
}

/* A chain whose block 4 has other validators than block 3. */
typedef struct scene {
    test_chain *c;
    test_kit kit;
    test_set set, next;
    test_header h[8];
} scene;

static void update(scene *s, const char *name, yq_slice in, const char *expect, const char *holes)
{
    kit_case(&s->kit, "update", name, in, expect, holes);
}

static yq_slice step(scene *s, uint64_t from, const test_header *h, const char *votes)
{
    return test_update(s->c, from, h, (test_votes){votes, 0}, NULL, room);
}

/* The header with its own set, under this commit. */
static yq_slice under(scene *s, const test_header *h, yq_slice commit)
{
    return parts_put(s->c, (parts){1, raw_of(h), commit, &h->set, NULL});
}

static void anchor(
    scene *s, const char *name, test_settings settings, const char *expect, const char *holes)
{
    kit_case(&s->kit, "init", name, test_anchor(&s->h[1], settings, room), expect, holes);
}

static void anchors(scene *s)
{
    test_settings low = test_usual, short_trust = test_usual, stores = test_usual;
    low.num = 1;
    low.den = 4;
    short_trust.trusting_ms = 1000;
    stores.stores = 3;
    anchor(s, "a quarter as level of trust", low, "E_THRESHOLD_LOW", "16");
    anchor(s, "a header whose trust is over", short_trust, "E_TRUST_EXPIRED", "12");
    anchor(s, "stores of no known kind", stores, "E_ANCHOR", "16");
    yq_slice in = test_anchor(&s->h[1], test_usual, room);
    room[in.n - 1] ^= 1; /* the proposer's address */
    kit_case(&s->kit, "init", "another header under the stated hash", in, "E_HASH", "7");
    anchor(s, "block 1", test_usual, NULL, NULL);
}

/* Block 2: who may vote, and for what. */
static void votes(scene *s)
{
    static uint8_t commit[TEST_BYTES_MAX];
    static const size_t alone[] = {0, 0, 0, 0}, outsider[] = {0, 1, 2, 9}, none[] = {0};
    const test_header *h = &s->h[2];
    update(s, "no votes", step(s, 1, h, "aaaa"), "E_SIGNATURES_MISSING", "2, 17");
    update(s, "one of four", step(s, 1, h, "caaa"), "E_QUORUM", "3");
    update(s, "half of the power", step(s, 1, h, "caac"), "E_QUORUM", "3");
    yq_slice votes_of = commit_of(s->c, h, alone, 4, commit);
    update(s, "one voter in every place", under(s, h, votes_of), "E_SIGNER_MISMATCH", "1");
    votes_of = commit_of(s->c, h, outsider, 4, commit);
    update(s, "an outsider", under(s, h, votes_of), "E_SIGNER_UNKNOWN", "4");
    votes_of = commit_of(s->c, h, none, 0, commit);
    update(s, "a list without votes", under(s, h, votes_of), "E_LEN", "17");
    test_header twice = *h;
    twice.set = (test_set){.n = 3, .who = {0, 1, 0}, .power = {5, 4, 3}};
    test_header_seal(s->c, &twice);
    update(s, "a set with one twice", step(s, 1, &twice, NULL), "E_DUP_SIGNER", "1");
    yq_slice in = step(s, 1, h, NULL);
    room[find(in, raw_of(h)) + h->raw_n - 1] ^= 1; /* the proposer's address */
    update(s, "an altered header under its commit", in, "E_HASH", "7");
    test_header other = *h;
    other.app_root = test_digest("another state");
    test_header_seal(s->c, &other);
    votes_of = test_commit(s->c, h, all, commit, sizeof commit);
    update(s, "another block's commit", under(s, &other, votes_of), "E_HASH", "8");
    size_t at = find(votes_of, YQ_SLICE_OF(h->hash.b));
    memcpy(commit + at, other.hash.b, sizeof other.hash.b);
    update(s, "another block's signatures", under(s, &other, votes_of), "E_SIG", "8");
    other = *h;
    other.chain_id = "city-411300-3";
    test_header_seal(s->c, &other);
    update(s, "another chain's block", step(s, 1, &other, NULL), "E_DOMAIN", "11");
}

/* Block 2 with a member whose key is of a kind that is not offered. */
static yq_slice foreign_key(scene *s)
{
    static uint8_t commit[TEST_BYTES_MAX];
    static const uint8_t key[48] = {1};
    uint8_t member[80];
    const test_header *h = &s->h[2];
    yq_writer m = yq_writer_of(member, sizeof member);
    size_t mark = yq_pb_begin(&m);
    yq_pb_put_bytes(&m, 3, YQ_SLICE_OF(key));
    yq_pb_end(&m, mark, 1);
    yq_pb_put_varint(&m, 2, 9);
    yq_slice votes_of = test_commit(s->c, h, all, commit, sizeof commit);
    yq_slice in = parts_put(s->c, (parts){1, raw_of(h), votes_of, NULL, NULL});
    yq_writer w = yq_writer_of(room, sizeof room);
    w.n = in.n - 4;
    yq_put_u16(&w, 1);
    yq_put_str8(&w, yq_writer_slice(&m));
    yq_put_u16(&w, 0);
    return yq_writer_slice(&w);
}

/* Where the validators come from. */
static void sets(scene *s)
{
    static uint8_t commit[TEST_BYTES_MAX];
    test_header own = s->h[2], lying = s->h[2], far = s->h[6];
    own.set = test_set_of(8, 4, 10);
    test_header_seal(s->c, &own);
    update(s, "validators of its own", step(s, 1, &own, NULL), "E_SET_CHANGE", "5, 6");
    far.set = own.set;
    test_header_seal(s->c, &far);
    yq_slice in = test_update(s->c, 1, &far, all, &own.set, room);
    update(s, "the trusted ones of its own", in, "E_VALSET_HASH", "5");
    in = test_update(s->c, 1, &far, all, &s->set, room);
    update(s, "a skip over all the validators", in, "E_SET_CHANGE", "6");
    lying.set.power[0]++;
    yq_slice votes_of = test_commit(s->c, &s->h[2], all, commit, sizeof commit);
    in = parts_put(s->c, (parts){1, raw_of(&s->h[2]), votes_of, &lying.set, NULL});
    update(s, "another power", in, "E_VALSET_HASH", "6");
    in = parts_put(s->c, (parts){1, raw_of(&s->h[2]), votes_of, NULL, NULL});
    update(s, "no validators", in, "E_FIELD_MISSING", "17");
    update(s, "a key of another kind", foreign_key(s), "E_UNSUPPORTED", "16");
}

static void chain_cases(const char *dir)
{
    static scene s;
    s = (scene){.c = test_chain_new(), .set = test_set_of(0, 4, 10), .next = test_set_of(1, 4, 10)};
    for (size_t i = 1; i < YQ_ARRAY_N(s.h); i++) {
        s.h[i] = test_header_next(s.c, i == 1 ? NULL : &s.h[i - 1], i < 4 ? &s.set : &s.next);
    }
    s.kit = test_kit_begin(dir, "chain", TEST_NOW_MS);
    anchors(&s);
    votes(&s);
    sets(&s);
    yq_slice in = test_update(s.c, 1, &s.h[2], (test_votes){"cccn", 2}, NULL, room);
    update(&s, "block 2, a nil vote", in, NULL, NULL);
    update(&s, "block 2 again", step(&s, 1, &s.h[2], NULL), "E_REPLAY", NULL);
    in = test_update(s.c, 2, &s.h[6], all, &s.set, room);
    update(&s, "skip to block 6", in, NULL, NULL);
    test_header old = s.h[7], other = s.h[6];
    old.set = s.set;
    test_header_seal(s.c, &old);
    update(&s, "by the validators before", step(&s, 6, &old, NULL), "E_SET_CHANGE", "12");
    update(&s, "from a header never kept", step(&s, 3, &s.h[7], NULL), "E_HEADER_UNKNOWN", "12");
    other.app_root = test_digest("another state");
    test_header_seal(s.c, &other);
    in = test_update(s.c, 2, &other, all, &s.set, room);
    update(&s, "a second block 6", in, "E_MISBEHAVIOUR", NULL);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const name[] = {"two blocks 6", "one block twice", "one by nobody"};
        static const char *const expect[] = {NULL, "E_NOT_PROVEN", "E_SIGNATURES_MISSING"};
        const test_votes nobody = {"aaaa", 0};
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_put_u8(&w, 1);
        test_step_put(&w, s.c, 2, &s.h[6], all, &s.set);
        test_step_put(&w, s.c, 2, i == 1 ? &s.h[6] : &other, i == 2 ? nobody : all, &s.set);
        kit_case(
            &s.kit, "misbehaviour", name[i], yq_writer_slice(&w), expect[i], i == 2 ? "17" : NULL);
    }
    update(&s, "block 7", step(&s, 6, &s.h[7], "ccca"), NULL, NULL);
    test_kit_no_hole(&s.kit, "14", "an input has no address of a node: nothing is fetched");
    test_kit_no_hole(
        &s.kit,
        "18",
        "what is signed is one protobuf message, in which every string has its length");
    test_kit_end(&s.kit);
    test_chain_free(s.c);
}

/* A chain whose validators have keys of one kind; its block 4 has others. */
static void key_cases(const char *dir, const char *name, const size_t *who, const char *expect)
{
    test_chain *c = test_chain_new();
    test_set set = {.n = 3}, next;
    test_header h[6];
    for (size_t i = 0; i < set.n; i++) {
        set.who[i] = who[i];
        set.power[i] = 10 - i;
    }
    next = set;
    next.who[0] = who[3];
    test_kit k = test_kit_begin(dir, name, TEST_NOW_MS);
    for (size_t i = 1; i < 6; i++) {
        h[i] = test_header_next(c, i == 1 ? NULL : &h[i - 1], i < 3 ? &set : &next);
    }
    test_kit_step(&k, "init", "block 1", test_anchor(&h[1], test_usual, room), NULL);
    yq_slice in = test_update(c, 1, &h[2], all, NULL, room);
    test_kit_step(&k, "update", "block 2", in, NULL);
    in = test_update(c, 2, &h[3], all, NULL, room);
    const yq_slice last = YQ_SLICE_OF(c->key[set.who[2]].address);
    /* The last vote: address, time (of two numbers), then the signature. */
    size_t at = find(in, last);
    while (!(room[at] == 0x22 && room[at + 1] == 64)) {
        at++;
    }
    memset(room + at + 2 + 32, 0x80, 32);
    kit_case(&k, "update", "a signature out of range", in, expect, "16");
    in = test_update(c, 2, &h[5], all, &set, room);
    test_kit_step(&k, "update", "skip to block 5", in, NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

/* ---- stores ---- */

static size_t find_leaf(const test_ibc *t, const char *key)
{
    size_t who = test_ibc_find(t, yq_slice_text(key));
    YQ_ASSERT(who != TEST_NONE);
    return who;
}

static void event(test_kit *k, const char *name, yq_slice in, const char *expect, const char *holes)
{
    kit_case(k, "event", name, in, expect, holes);
}

static void good_events(test_ibc *t, test_kit *k)
{
    static const struct {
        uint8_t kind;
        uint16_t chosen;
        const char *name, *emitter;
    } row[] = {
        {1, 0, "packet", "yuqiao/channel-4"},
        {2, 0, "first payload of version 2", "client-7/yuqiao"},
        {2, 1, "second payload of version 2", "client-7/yuqiao"},
        {3, 0, "acknowledgement", "yuqiao/channel-4"},
        {4, 0, "acknowledgement of version 2", "client-7"}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = test_event(t, row[i].kind, row[i].chosen);
        event(k, row[i].name, in, NULL, "10");
        test_kit_emitter(k, yq_slice_text(row[i].emitter));
        if (row[i].kind == 2) {
            size_t at = find(in, yq_slice_text("second")) + strlen("second");
            test_kit_claim(k, at, 2, "which of the packet's payloads is meant");
        }
    }
}

/* The packet of version 1 with one text in another one's place. */
static yq_slice packet_with(test_ibc *t, const char *from, const char *to)
{
    yq_slice in = test_event(t, 1, 0);
    YQ_ASSERT(strlen(from) == strlen(to));
    memcpy(t->room + find(in, yq_slice_text(from)), to, strlen(to));
    return in;
}

/* The head of the packet of version 1; then height, store and these proofs. */
static yq_slice packet_under(test_ibc *t, const char *store, yq_slice lower, yq_slice upper)
{
    yq_writer w;
    (void)test_v1_head(t, &w, 1, 12);
    yq_put_u64(&w, TEST_V1_TIMEOUT);
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 100);
    yq_put_blob32(&w, yq_slice_text("data"));
    yq_put_u64(&w, 1);
    yq_put_str8(&w, yq_slice_text(store));
    yq_put_blob32(&w, lower);
    yq_put_blob32(&w, upper);
    return yq_writer_slice(&w);
}

static void bad_events(test_ibc *t, test_kit *k)
{
    const size_t who = find_leaf(t, "commitments/ports/yuqiao/channels/channel-4/sequences/12");
    event(k, "other data", packet_with(t, "data", "date"), "E_BODY_MISMATCH", "9");
    event(k, "another channel", packet_with(t, "channel-4", "channel-5"), "E_PROOF", "10");
    event(k, "a port with a path", packet_with(t, "yuqiao", "a/port"), "E_NONCANONICAL", "13");
    yq_slice in = test_event(t, 2, 0);
    size_t at = find(in, yq_slice_text("yuqiao"));
    static const uint8_t moved[] = "\0\5yuqia\0\4ohub"; /* yuqiao, hub */
    memcpy(t->room + at - 2, moved, sizeof moved - 1);
    event(k, "a letter over the border of two fields", in, "E_BODY_MISMATCH", "13");
    yq_slice lower = test_member(&t->ibc, who, t->proof[0]);
    yq_slice upper = test_member(&t->stores, 0, t->proof[1]);
    event(k, "the store bank", packet_under(t, "bank", lower, upper), "E_EMITTER", "10");
    event(k, "another store's root", packet_under(t, "ibc", lower, upper), "E_PROOF", "9");
    upper = test_absence(&t->stores, yq_slice_text("ibc"), 0, 2, t->proof[1]);
    event(k, "no such store", packet_under(t, "ibc", lower, upper), "E_PROOF_TYPE", "16");
    upper = test_member(&t->stores, 1, t->proof[1]);
    uint8_t batch[TEST_PROOF_MAX];
    yq_writer b = yq_writer_of(batch, sizeof batch);
    yq_pb_put_bytes(&b, 3, lower);
    in = packet_under(t, "ibc", yq_writer_slice(&b), upper);
    event(k, "a batch of proofs", in, "E_PROOF_TYPE", "16");
    test_tree sister = t->stores;
    static const yq_digest other = {{7}};
    sister.leaf[0].value = YQ_SLICE_OF(other.b);
    upper = test_member(&sister, 1, t->proof[1]);
    event(k, "of another chain", packet_under(t, "ibc", lower, upper), "E_PROOF", "11");
}

static void value(
    test_ibc *t, test_kit *k, const char *name, const char *key, yq_slice lower, const char *expect)
{
    uint8_t full[256];
    yq_writer f = yq_writer_of(full, sizeof full), w = yq_writer_of(room, sizeof room);
    yq_put_str8(&f, yq_slice_text("ibc"));
    yq_put(&f, yq_slice_text(key));
    yq_put_u8(&w, 1);
    test_store_put(&w, t, lower);
    kit_case(k, "value", name, yq_writer_slice(&w), expect, NULL);
    test_kit_key(k, yq_writer_slice(&f));
}

/* How many members stand before a key. */
static size_t place_of(const test_tree *tree, yq_slice key)
{
    const yq_digest own = test_sha(key);
    size_t n = 0;
    for (size_t i = 0; i < tree->n; i++) {
        const yq_digest md = test_sha(tree->leaf[i].key);
        n += (tree->kind == TEST_SMT ? memcmp(md.b, own.b, sizeof md.b)
                                     : yq_slice_compare(tree->leaf[i].key, key)) < 0;
    }
    return n;
}

static yq_slice absence_at(test_ibc *t, yq_slice key, size_t place)
{
    size_t left = place == 0 ? TEST_NONE : place - 1, right = place == t->ibc.n ? TEST_NONE : place;
    return test_absence(&t->ibc, key, left, right, t->proof[0]);
}

static void values(test_ibc *t, test_kit *k)
{
    static const char *const there = "receipts/ports/yuqiao/channels/channel-4/sequences/9";
    static const char *const key[] = {
        "a", "d", "receipts/ports/yuqiao/channels/channel-4/sequences/91", "nobody"};
    size_t who = find_leaf(t, there), place = 0;
    value(t, k, "a receipt", there, test_member(&t->ibc, who, t->proof[0]), NULL);
    for (size_t i = 0; i < YQ_ARRAY_N(key); i++) {
        place = place_of(&t->ibc, yq_slice_text(key[i]));
        value(t, k, "nothing", key[i], absence_at(t, yq_slice_text(key[i]), place), NULL);
        size_t wrong = (place + 1) % (t->ibc.n + 1);
        yq_slice lower = absence_at(t, yq_slice_text(key[i]), wrong);
        value(t, k, "between others", key[i], lower, "E_ABSENCE_PROOF");
    }
    yq_slice lower = test_member(&t->ibc, (who + 1) % t->ibc.n, t->proof[0]);
    value(t, k, "another key's value", there, lower, "E_PROOF");
    test_kit_holes(k, "9");
    test_tree forged = t->ibc;
    forged.leaf[who].value = yq_slice_text("\2");
    lower = test_member(&forged, who, t->proof[0]);
    value(t, k, "another value", there, lower, "E_PROOF");
    test_kit_holes(k, "9");
    lower = absence_at(t, yq_slice_text(there), who);
    value(t, k, "nothing where there is something", there, lower, "E_ABSENCE_PROOF");
}

static void ibc_cases(const char *dir, const char *name, test_tree_kind kind)
{
    test_ibc *t = test_ibc_new(kind);
    test_settings settings = test_usual;
    settings.stores = kind == TEST_SMT ? 2 : 1;
    test_kit k = test_kit_begin(dir, name, TEST_NOW_MS);
    test_kit_step(&k, "init", "block 1", test_anchor(&t->h[1], settings, room), NULL);
    good_events(t, &k);
    bad_events(t, &k);
    values(t, &k);
    test_kit_end(&k);
    test_ibc_free(t);
}

int main(int argc, char **argv)
{
    static const size_t ed25519[] = {0, 1, 2, 4}, secp256k1[] = {3, 7, 11, 15};
    YQ_ASSERT(argc == 2);
    chain_cases(argv[1]);
    key_cases(argv[1], "ed25519", ed25519, "E_SIG_RANGE");
    key_cases(argv[1], "secp256k1", secp256k1, "E_SIG_HIGH_S");
    ibc_cases(argv[1], "iavl", TEST_IAVL);
    ibc_cases(argv[1], "smt", TEST_SMT);
    return 0;
}
