/* Makes the cases of the conformance kit: yq-kit-xuperchain FOLDER. */
#include "light-clients/xuperchain/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX], tx_room[2][16384], list_room[16384];
static test_block block[8], fork[4];

/* Four blocks after one, of which number `odd` is as wished; their update's evidence. */
static yq_slice odd_update(const test_chain *c, const test_block *after, size_t odd, test_wish wish)
{
    static test_block b[4];
    for (size_t i = 0; i < 4; i++) {
        const test_wish good = {.votes = "sss-", .no_cert = i == 0};
        test_next(c, i == 0 ? after : &b[i - 1], i == odd ? wish : good, &b[i]);
    }
    return test_update(b, 4, room);
}

static void refused(
    test_kit *k,
    const test_chain *c,
    const test_block *after,
    const char *name,
    test_wish wish,
    const char *expect,
    const char *holes)
{
    test_kit_step(k, "update", name, odd_update(c, after, 3, wish), expect);
    if (holes != NULL) {
        test_kit_holes(k, holes);
    }
}

/* What a certificate may not be, after the block that the client knows. */
static void certificates(test_kit *k, const test_chain *c, const test_block *after)
{
    refused(
        k,
        c,
        after,
        "one validator three times",
        (test_wish){.votes = "2s--"},
        "E_DUP_SIGNER",
        "1");
    refused(
        k, c, after, "no certificate", (test_wish){.no_cert = 1}, "E_SIGNATURES_MISSING", "2, 16");
    refused(k, c, after, "no votes", (test_wish){.votes = "----"}, "E_SIGNATURES_MISSING", "17");
    refused(k, c, after, "one vote of four", (test_wish){.votes = "s---"}, "E_QUORUM", "3");
    refused(
        k,
        c,
        after,
        "an outsider's vote",
        (test_wish){.votes = "ssx-"},
        "E_SIGNER_UNKNOWN",
        "4, 5");
    refused(k, c, after, "two votes of four", (test_wish){.votes = "ss--"}, "E_QUORUM", NULL);
    refused(k, c, after, "another's key", (test_wish){.votes = "ssm-"}, "E_SIGNER_MISMATCH", NULL);
    refused(k, c, after, "a forged vote", (test_wish){.votes = "sssf"}, "E_SIG", NULL);
    refused(
        k, c, after, "of another block", (test_wish){.proposal = &after->id}, "E_CERT_MIXED", "8");
    refused(k, c, after, "of another view", (test_wish){.view = 77}, "E_CERT_MIXED", NULL);
    refused(k, c, after, "made outside", (test_wish){.outside = 1}, "E_SIGNER_UNKNOWN", NULL);
}

/* Where the root stands in a header. */
static size_t test_root_at(const test_block *b)
{
    size_t at = 12u + 1 + b->raw[12] + 8;
    return at + 2 + (size_t)(b->raw[at] << 8 | b->raw[at + 1]) + 32;
}

/* The texts of errors have no length in what is hashed. */
static void errors(test_kit *k, const test_chain *c, const test_block *after)
{
    yq_slice in = odd_update(c, after, 0, (test_wish){.errors = "reason"});
    test_kit_step(k, "update", "errors in front of a certificate", in, NULL);
    in = odd_update(c, after, 0, (test_wish){.errors = "reason", .proposal = &after->parent});
    test_kit_step(k, "update", "errors whose end nothing tells", in, "E_PROOF_NONCANONICAL");
    test_kit_holes(k, "13, 18");
}

static void events(test_kit *k, const yq_slice *raw, const yq_digest *leaf)
{
    yq_digest path[8];
    size_t n;
    (void)test_tree(leaf, 2, 0, path, &n);
    test_proof_wish wish = {.height = 2, .path = path, .path_n = n};
    yq_slice in = test_proof(wish, raw[0], room);
    test_kit_step(k, "event", "the first of two writes", in, NULL);
    test_kit_claim(k, in.n - 4, 4, "which write is meant");
    test_kit_emitter(k, yq_slice_text("outbox"));
    test_kit_step(k, "event", "another transaction", test_proof(wish, raw[1], room), "E_PROOF");
    test_kit_holes(k, "9, 11");
    wish.height = 9;
    test_kit_step(
        k,
        "event",
        "a block that is not final",
        test_proof(wish, raw[0], room),
        "E_HEADER_UNKNOWN");
}

static void conflicts(test_kit *k, const test_chain *c)
{
    for (size_t i = 0; i < 4; i++) {
        test_next(
            c,
            i == 0 ? &block[0] : &fork[i - 1],
            (test_wish){.branch = 'b', .votes = "-sss"},
            &fork[i]);
    }
    test_kit_step(k, "update", "another block 2", test_update(fork, 4, room), "E_MISBEHAVIOUR");
    test_kit_step(
        k, "misbehaviour", "two final blocks 2", test_forks(&block[1], 4, fork, 4, room), NULL);
}

static void chain_case(const char *dir, uint8_t scheme)
{
    test_chain *c = test_chain_new(scheme, 4);
    test_kit k = test_kit_begin(dir, scheme == YQ_XUPER_SM2 ? "sm2" : "p256", 0);
    yq_slice raw[2] = {
        test_tx((test_tx_wish){0}, tx_room[0]), test_tx((test_tx_wish){.nonce = 1}, tx_room[1])};
    yq_digest leaf[2], path[8];
    size_t n;
    for (size_t i = 0; i < 2; i++) {
        leaf[i] = test_twice(YQ_HASH_SHA256, raw[i]);
    }
    const test_wish with_txs = {
        .votes = "sss-", .root = test_tree(leaf, 2, 0, path, &n), .tx_count = 2};
    const test_wish plain = {.votes = "s-ss"};
    for (size_t i = 0; i < 5; i++) {
        test_next(c, i == 0 ? NULL : &block[i - 1], i == 1 ? with_txs : plain, &block[i]);
    }
    test_kit_step(&k, "init", "block 1", test_anchor(c, &block[0], 0, room), NULL);
    test_block kept = block[1];
    block[1].raw[test_root_at(&kept)] ^= 1;
    test_kit_step(&k, "update", "another root", test_update(&block[1], 4, room), "E_PARENT");
    test_kit_holes(&k, "7");
    block[1] = kept;
    test_kit_step(&k, "update", "block 2", test_update(&block[1], 4, room), NULL);
    test_kit_step(&k, "update", "block 2 again", test_update(&block[1], 4, room), "E_REPLAY");
    events(&k, raw, leaf);
    if (scheme == YQ_XUPER_SM2) {
        certificates(&k, c, &block[1]);
        errors(&k, c, &block[1]);
        conflicts(&k, c);
    }
    test_kit_end(&k);
    test_chain_free(c);
}

static yq_slice change(uint64_t height, yq_slice raw)
{
    return test_proof((test_proof_wish){.height = height, .change = 1}, raw, room);
}

/* A block's headers and the list that it wrote in one update. */
static yq_slice headers_and_list(yq_slice raw)
{
    static uint8_t both[TEST_BYTES_MAX];
    yq_writer w = yq_writer_of(both, sizeof both);
    yq_put(&w, test_update(&block[1], 4, room));
    both[1] = 3;
    const yq_slice proof = test_proof((test_proof_wish){.height = 2}, raw, room);
    yq_put(&w, yq_slice_of(proof.p + 1, proof.n - 1));
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* A list of validators that is written in block 2 and in force from block 6 on. */
static test_chain *changing_chain(yq_slice *raw, yq_slice *other)
{
    static char list[512];
    test_chain *c = test_chain_new(YQ_XUPER_SM2, 4);
    (void)snprintf(
        list,
        sizeof list,
        "{\"address\":[\"%s\",\"%s\",\"%s\",\"%s\"]}",
        c->member[4].address,
        c->member[5].address,
        c->member[6].address,
        c->member[7].address);
    *raw =
        test_tx((test_tx_wish){.bucket = TEST_BUCKET, .key = TEST_KEY, .value = list}, list_room);
    *other = test_tx((test_tx_wish){.value = list}, tx_room[0]);
    const test_wish with = {.root = test_twice(YQ_HASH_SHA256, *raw), .tx_count = 1};
    const test_wish foreign = {.root = test_twice(YQ_HASH_SHA256, *other), .tx_count = 1};
    c->set[1] = (test_set){6, 4, 4};
    c->set_n = 2;
    for (size_t i = 0; i < 8; i++) {
        test_wish wish = i == 1 ? with : (i == 2 ? foreign : (test_wish){.votes = NULL});
        wish.votes = "sss-";
        test_next(c, i == 0 ? NULL : &block[i - 1], wish, &block[i]);
    }
    return c;
}

static void sets_case(const char *dir)
{
    yq_slice raw, other;
    test_chain *c = changing_chain(&raw, &other);
    test_kit k = test_kit_begin(dir, "sets", 0);
    yq_slice in = test_anchor(c, &block[0], 1, room);
    test_kit_step(&k, "init", "block 1", in, NULL);
    test_kit_step(&k, "update", "block 2", test_update(&block[1], 4, room), NULL);
    test_kit_step(
        &k, "update", "validators unheard of", test_update(&block[2], 4, room), "E_SIGNER_UNKNOWN");
    test_kit_holes(&k, "6");
    test_kit_step(&k, "update", "new validators", change(2, raw), NULL);
    test_kit_step(&k, "update", "again", change(2, raw), "E_REPLAY");
    test_kit_step(&k, "update", "block 3", test_update(&block[2], 4, room), NULL);
    test_kit_step(&k, "update", "another contract's", change(3, other), "E_SET_CHANGE");
    test_kit_holes(&k, "10");
    test_kit_step(&k, "update", "block 4", test_update(&block[3], 4, room), NULL);
    test_kit_step(&k, "update", "block 5", test_update(&block[4], 4, room), NULL);
    c->set_n = 1;
    for (size_t i = 0; i < 4; i++) {
        test_next(c, i == 0 ? &block[4] : &fork[i - 1], (test_wish){0}, &fork[i]);
    }
    test_kit_step(
        &k, "update", "the validators of before", test_update(fork, 4, room), "E_SIGNER_UNKNOWN");
    test_kit_holes(&k, "12");
    test_kit_no_hole(&k, "14", "a proof holds no address of a node");
    test_kit_end(&k);
    test_chain_free(c);
}

/* Block 2 and its list in one. */
static void both_case(const char *dir)
{
    yq_slice raw, other;
    test_chain *c = changing_chain(&raw, &other);
    test_kit k = test_kit_begin(dir, "both", 0);
    test_kit_step(&k, "init", "block 1", test_anchor(c, &block[0], 1, room), NULL);
    test_kit_step(&k, "update", "another list", headers_and_list(other), "E_PROOF");
    test_kit_step(&k, "update", "block 2 and its list", headers_and_list(raw), NULL);
    test_kit_step(&k, "update", "again", headers_and_list(raw), "E_REPLAY");
    test_kit_step(&k, "update", "block 3", test_update(&block[2], 4, room), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    chain_case(argv[1], YQ_XUPER_SM2);
    chain_case(argv[1], YQ_XUPER_P256);
    sets_case(argv[1]);
    both_case(argv[1]);
    return 0;
}
