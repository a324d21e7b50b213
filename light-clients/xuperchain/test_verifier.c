#include "light-clients/xuperchain/test_chain.h"

#include <criterion/criterion.h>

#define BLOCKS 216u

#define EXPECT(given, status)                                                                      \
    do {                                                                                           \
        yq_status given_status = (given);                                                          \
        cr_expect_eq(given_status, (status), "%d: %s", (int)given_status, client->why.text);       \
    } while (0)

static test_chain *chain;
static test_client *client;
static test_block *block;
static uint8_t *room, tx_room[16384];

static void begin(uint8_t scheme, size_t n, int followed)
{
    chain = test_chain_new(scheme, n);
    client = test_client_new(yq_verifier_xuperchain());
    block = calloc(BLOCKS, sizeof *block);
    room = malloc(TEST_BYTES_MAX);
    cr_assert(block != NULL && room != NULL);
    test_next(chain, NULL, (test_wish){0}, &block[0]);
    EXPECT(test_client_init(client, test_anchor(chain, &block[0], followed, room)), YQ_OK);
}

static void end(void)
{
    test_chain_free(chain);
    test_client_free(client);
    free(block);
    free(room);
}

/* Four blocks behind block 1, number odd as wished. */
static yq_status odd(size_t at, test_wish wish)
{
    for (size_t i = 1; i <= 4; i++) {
        test_next(chain, &block[i - 1], i - 1 == at ? wish : (test_wish){0}, &block[i]);
    }
    return test_client_update(client, test_update(&block[1], 4, room));
}

Test(verifier, quorums)
{
    static const uint8_t quorum[] = {0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7};
    for (size_t n = 1; n <= 10; n++) {
        char votes[11] = "ssssssssss";
        begin(YQ_XUPER_SM2, n, 0);
        cr_expect_eq(yq_xuper_quorum(n), quorum[n], "%zu", n);
        memset(votes, '-', n - quorum[n] + 1);
        votes[n] = '\0';
        for (size_t at = 1; at < 4; at++) {
            EXPECT(
                odd(at, (test_wish){.votes = votes}),
                quorum[n] == 1 ? YQ_E_SIGNATURES_MISSING : YQ_E_QUORUM);
        }
        votes[0] = 's';
        EXPECT(odd(3, (test_wish){.votes = votes}), YQ_OK);
        end();
    }
}

Test(verifier, certificates)
{
    const yq_digest other = {{9}};
    for (uint8_t scheme = 1; scheme <= 2; scheme++) {
        begin(scheme, 4, 0);
        for (size_t at = 1; at < 4; at++) {
            EXPECT(odd(at, (test_wish){.votes = "2s--"}), YQ_E_DUP_SIGNER);
            EXPECT(odd(at, (test_wish){.votes = "ssx-"}), YQ_E_SIGNER_UNKNOWN);
            EXPECT(odd(at, (test_wish){.votes = "ssm-"}), YQ_E_SIGNER_MISMATCH);
            EXPECT(odd(at, (test_wish){.votes = "sssf"}), YQ_E_SIG);
            EXPECT(odd(at, (test_wish){.no_cert = 1}), YQ_E_SIGNATURES_MISSING);
            EXPECT(odd(at, (test_wish){.proposal = &other}), YQ_E_CERT_MIXED);
            EXPECT(odd(at, (test_wish){.view = 99}), YQ_E_CERT_MIXED);
        }
        EXPECT(odd(0, (test_wish){.outside = 1}), YQ_E_SIGNER_UNKNOWN);
        EXPECT(odd(0, (test_wish){.forged = 1}), YQ_E_SIG);
        EXPECT(odd(0, (test_wish){.early = 1}), YQ_E_TIME_ORDER);
        EXPECT(odd(0, (test_wish){.errors = "e", .no_cert = 1}), YQ_E_PROOF_NONCANONICAL);
        EXPECT(odd(0, (test_wish){.errors = "e", .view = 99}), YQ_E_PROOF_NONCANONICAL);
        EXPECT(odd(0, (test_wish){.errors = "e", .votes = "----"}), YQ_E_PROOF_NONCANONICAL);
        EXPECT(odd(0, (test_wish){.proposal = &other, .view = 99}), YQ_OK);
        end();
    }
}

/* Another chain's headers, too few of them, and those that leave a gap. */
Test(verifier, headers)
{
    begin(YQ_XUPER_SM2, 4, 0);
    for (size_t i = 1; i < 10; i++) {
        test_next(chain, &block[i - 1], (test_wish){0}, &block[i]);
    }
    EXPECT(test_client_update(client, test_update(&block[1], 3, room)), YQ_E_PROOF_INCOMPLETE);
    EXPECT(test_client_update(client, test_update(&block[2], 4, room)), YQ_E_HEIGHT);
    EXPECT(test_client_update(client, test_update(&block[1], 5, room)), YQ_OK);
    EXPECT(test_client_update(client, test_update(&block[1], 4, room)), YQ_E_REPLAY);
    EXPECT(test_client_update(client, test_update(&block[1], 6, room)), YQ_E_HEIGHT);
    EXPECT(test_client_update(client, test_update(&block[0], 4, room)), YQ_E_HEADER_UNKNOWN);
    block[3].height = 0;
    EXPECT(test_client_update(client, test_update(&block[3], 4, room)), YQ_E_HEIGHT);
    block[3].height = 4;
    block[5].height = 4;
    EXPECT(test_client_update(client, test_update(&block[5], 4, room)), YQ_E_PARENT);
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect(view.height == 3 && view.validators == 4 && view.quorum == 3);
    cr_expect(memcmp(view.hash, block[2].id.b, 32) == 0 && view.grade == YQ_GRADE_LIGHT_CLIENT);
    end();
}

Test(verifier, two_final_forks)
{
    static test_block fork[4];
    begin(YQ_XUPER_P256, 4, 0);
    EXPECT(odd(0, (test_wish){0}), YQ_OK);
    for (size_t i = 0; i < 4; i++) {
        test_next(chain, i == 0 ? &block[0] : &fork[i - 1], (test_wish){.branch = 'b'}, &fork[i]);
    }
    EXPECT(test_client_misbehaviour(client, test_forks(&block[1], 4, fork, 4, room)), YQ_OK);
    EXPECT(test_client_misbehaviour(client, test_forks(fork, 4, fork, 4, room)), YQ_E_NOT_PROVEN);
    EXPECT(
        test_client_misbehaviour(client, test_forks(&block[1], 4, fork, 3, room)),
        YQ_E_PROOF_INCOMPLETE);
    EXPECT(test_client_update(client, test_update(fork, 4, room)), YQ_E_MISBEHAVIOUR);
    test_next(chain, &fork[2], (test_wish){.branch = 'b', .votes = "ss--"}, &fork[3]);
    EXPECT(test_client_misbehaviour(client, test_forks(&block[1], 4, fork, 4, room)), YQ_E_QUORUM);
    EXPECT(test_client_update(client, test_update(fork, 4, room)), YQ_E_QUORUM);
    end();
}

static yq_status event_of(test_tx_wish tx, test_wish wish, test_proof_wish proof)
{
    yq_verified_event e;
    yq_slice raw = test_tx(tx, tx_room);
    wish.tx_count = wish.tx_count == 0 ? 1 : wish.tx_count;
    wish.root = test_twice(YQ_HASH_SHA256, raw);
    begin(YQ_XUPER_SM2, 4, 0);
    EXPECT(odd(0, wish), YQ_OK);
    proof.height = 2;
    yq_status status = test_client_event(client, test_proof(proof, raw, room), &e);
    if (status == YQ_OK) {
        cr_expect(yq_slice_equal(e.emitter, yq_slice_text("outbox")));
        cr_expect(yq_slice_equal(e.name, yq_slice_text(proof.idx ? "message/2" : "message/1")));
        cr_expect(yq_slice_equal(e.data, yq_slice_text(proof.idx ? "two" : "one")));
        cr_expect(yq_slice_equal(e.bytes, e.data) && e.event_index == proof.idx);
        cr_expect(e.tx_id.n == 32 && memcmp(e.tx_id.p, wish.root.b, 32) == 0);
    }
    end();
    return status;
}

Test(verifier, events)
{
    const test_wish good = {0};
    const test_proof_wish one = {0};
    cr_expect_eq(event_of((test_tx_wish){0}, good, one), YQ_OK);
    cr_expect_eq(event_of((test_tx_wish){0}, good, (test_proof_wish){.idx = 1}), YQ_OK);
    cr_expect_eq(
        event_of((test_tx_wish){0}, good, (test_proof_wish){.idx = 2}), YQ_E_EVENT_UNPROVEN);
    cr_expect_eq(event_of((test_tx_wish){.version = 2}, good, one), YQ_E_VERSION);
    cr_expect_eq(event_of((test_tx_wish){.coinbase = 2}, good, one), YQ_E_RANGE);
    cr_expect_eq(event_of((test_tx_wish){.unsorted = 1}, good, one), YQ_E_NONCANONICAL);
    cr_expect_eq(
        event_of((test_tx_wish){0}, (test_wish){.errors = "failed"}, one), YQ_E_VALIDITY_UNPROVEN);
    cr_expect_eq(event_of((test_tx_wish){0}, good, (test_proof_wish){.at = 1}), YQ_E_PROOF_BOUNDS);
    cr_expect_eq(event_of((test_tx_wish){0}, (test_wish){.tx_count = 2}, one), YQ_E_PROOF_DEPTH);
    const yq_digest sibling = {{1}};
    cr_expect_eq(
        event_of((test_tx_wish){0}, good, (test_proof_wish){.path = &sibling, .path_n = 1}),
        YQ_E_PROOF_DEPTH);
    cr_expect_eq(
        event_of(
            (test_tx_wish){0},
            (test_wish){.tx_count = 2},
            (test_proof_wish){.path = &sibling, .path_n = 1}),
        YQ_E_PROOF);
}

/* Each leaf of trees of every size up to eleven. */
Test(verifier, trees)
{
    begin(YQ_XUPER_SM2, 1, 0);
    yq_fault why;
    const yq_xuper_call call = {test_client_begin(client, 0), &why, YQ_XUPER_SM2};
    for (size_t n = 1; n <= 11; n++) {
        yq_digest leaf[11], path[8];
        for (size_t i = 0; i < n; i++) {
            leaf[i] = test_twice(YQ_HASH_SHA256, YQ_SLICE_OF(i));
        }
        for (size_t i = 0; i < n; i++) {
            yq_xuper_record record = {.tx_count = (uint32_t)n};
            yq_xuper_path p = {.index = (uint32_t)i};
            record.root = test_tree(leaf, n, i, path, &p.n);
            p.nodes = yq_slice_of(path, p.n * 32);
            EXPECT(yq_xuper_path_check(&call, &record, &leaf[i], &p), YQ_OK);
            p.index ^= 1;
            cr_expect_neq(yq_xuper_path_check(&call, &record, &leaf[i], &p), YQ_OK);
        }
    }
    end();
}

static yq_slice list_of(size_t start, char *list, size_t cap)
{
    (void)snprintf(
        list,
        cap,
        "{\"address\":[\"%s\",\"%s\",\"%s\",\"%s\"]}",
        chain->member[start].address,
        chain->member[start + 1].address,
        chain->member[start + 2].address,
        chain->member[start + 3].address);
    return test_tx((test_tx_wish){.bucket = TEST_BUCKET, .key = TEST_KEY, .value = list}, tx_room);
}

/* A second history of final blocks from this place on, as an update and beside the first one. */
static void fork_at(size_t i, yq_status moved, yq_status proven)
{
    static test_block fork[4];
    for (size_t k = 0; k < 4; k++) {
        const test_block *before = k == 0 ? &block[i - 1] : &fork[k - 1];
        test_next(chain, before, (test_wish){.branch = 'b'}, &fork[k]);
    }
    EXPECT(test_client_update(client, test_update(fork, 4, room)), moved);
    EXPECT(test_client_misbehaviour(client, test_forks(&block[i], 4, fork, 4, room)), proven);
}

/* A list in every twentieth block; each is in force four blocks later. */
Test(verifier, ten_changes_in_two_hundred_blocks)
{
    char list[512];
    begin(YQ_XUPER_SM2, 4, 1);
    test_client_reset(client);
    test_client_record(client, "sm2");
    EXPECT(test_client_init(client, test_anchor(chain, &block[0], 1, room)), YQ_OK);
    for (size_t i = 1; i < BLOCKS - 8; i++) {
        test_wish wish = {0};
        if (i % 20 == 10) {
            wish.root = test_twice(YQ_HASH_SHA256, list_of(4 * (i / 20 + 1), list, sizeof list));
            wish.tx_count = 1;
            chain->set[chain->set_n++] = (test_set){i + 1 + 4, 4 * (i / 20 + 1), 4};
        }
        test_next(chain, &block[i - 1], wish, &block[i]);
    }
    for (size_t i = 1; i + 4 < BLOCKS - 8; i++) {
        EXPECT(test_client_update(client, test_update(&block[i], 4, room)), YQ_OK);
        if (i % 20 == 10) {
            yq_slice raw = list_of(4 * (i / 20 + 1), list, sizeof list);
            const test_proof_wish wish = {.height = i + 1, .change = 1};
            EXPECT(test_client_update(client, test_proof(wish, raw, room)), YQ_OK);
            EXPECT(test_client_update(client, test_proof(wish, raw, room)), YQ_E_REPLAY);
        }
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect_eq(view.height, BLOCKS - 12);
    const test_proof_wish old = {.height = 11, .change = 1};
    EXPECT(
        test_client_update(client, test_proof(old, list_of(4, list, sizeof list), room)),
        YQ_E_EPOCH_OLD);
    fork_at(BLOCKS - 20, YQ_E_MISBEHAVIOUR, YQ_OK);
    fork_at(40, YQ_E_HEADER_UNKNOWN, YQ_E_HEADER_UNKNOWN); /* the second list is not kept */
    test_client_recorded(client);
    end();
}

/* Of two lists in one block the later is in force, also when the earlier one was brought first. */
Test(verifier, two_lists_in_one_block)
{
    static uint8_t raw_room[2][16384];
    char list[512];
    begin(YQ_XUPER_SM2, 4, 1);
    yq_slice raw[2];
    yq_digest leaf[2], path[2][4];
    test_proof_wish wish[2] = {{.height = 3, .change = 1}, {.height = 3, .change = 1, .at = 1}};
    test_wish both = {.tx_count = 2};
    for (size_t i = 0; i < 2; i++) {
        const yq_slice made = list_of(4 * (i + 1), list, sizeof list);
        raw[i] = yq_slice_of(memcpy(raw_room[i], made.p, made.n), made.n);
        leaf[i] = test_twice(YQ_HASH_SHA256, raw[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        both.root = test_tree(leaf, 2, i, path[i], &wish[i].path_n);
        wish[i].path = path[i];
    }
    chain->set[chain->set_n++] = (test_set){7, 8, 4};
    for (size_t i = 1; i < 14; i++) {
        test_next(chain, &block[i - 1], i == 2 ? both : (test_wish){0}, &block[i]);
    }
    EXPECT(test_client_update(client, test_update(&block[1], 5, room)), YQ_OK);
    EXPECT(test_client_update(client, test_proof(wish[0], raw[0], room)), YQ_OK);
    cr_expect_neq(test_client_update(client, test_update(&block[3], 8, room)), YQ_OK);
    EXPECT(test_client_update(client, test_proof(wish[1], raw[1], room)), YQ_OK);
    EXPECT(test_client_update(client, test_proof(wish[1], raw[1], room)), YQ_E_REPLAY);
    EXPECT(test_client_update(client, test_proof(wish[0], raw[0], room)), YQ_E_EPOCH_OLD);
    EXPECT(test_client_update(client, test_update(&block[3], 8, room)), YQ_OK);
    end();
}

/* One update of four headers from block[1] on, and the list that block[1] wrote. */
static yq_slice headers_and_list(yq_slice raw, uint8_t *out)
{
    yq_writer w = yq_writer_of(out, TEST_BYTES_MAX);
    yq_put(&w, test_update(&block[1], 4, room));
    out[1] = 3;
    const yq_slice proof = test_proof((test_proof_wish){.height = 2}, raw, room);
    yq_put(&w, yq_slice_of(proof.p + 1, proof.n - 1)); /* without its version it is a write */
    return yq_writer_slice(&w);
}

/* A list of others in block[1]; more says what the blocks behind it are. */
static yq_slice change_soon(const test_wish *more)
{
    static char list[512];
    const yq_slice raw = list_of(4, list, sizeof list);
    const test_wish wish = {.root = test_twice(YQ_HASH_SHA256, raw), .tx_count = 1};
    chain->set[chain->set_n++] = (test_set){6, 4, 4};
    for (size_t i = 1; i < 10; i++) {
        test_next(chain, &block[i - 1], i == 1 ? wish : more[i], &block[i]);
    }
    return raw;
}

static void both_in_one(int headers_are_known)
{
    static uint8_t both_room[TEST_BYTES_MAX];
    const test_wish good[10] = {{0}};
    begin(YQ_XUPER_SM2, 4, 1);
    const yq_slice both = headers_and_list(change_soon(good), both_room);
    if (headers_are_known) {
        EXPECT(test_client_update(client, test_update(&block[1], 4, room)), YQ_OK);
    }
    EXPECT(test_client_update(client, yq_slice_of(both.p, both.n - 1)), YQ_E_TRUNCATED);
    EXPECT(test_client_update(client, both), YQ_OK);
    EXPECT(test_client_update(client, both), YQ_E_REPLAY);
    EXPECT(test_client_update(client, test_update(&block[2], 7, room)), YQ_OK);
    end();
}

/* Also when another one brought those headers without it. */
Test(verifier, headers_and_their_list)
{
    both_in_one(0);
    both_in_one(1);
}

Test(verifier, a_list_does_not_carry_bad_headers)
{
    static uint8_t both_room[TEST_BYTES_MAX];
    const test_wish bad[10] = {[4] = {.votes = "ss--"}};
    begin(YQ_XUPER_SM2, 4, 1);
    EXPECT(test_client_update(client, headers_and_list(change_soon(bad), both_room)), YQ_E_QUORUM);
    end();
}

Test(verifier, lists)
{
    static const char *const bad[] = {
        "",
        "{}",
        "{\"address\":[]}",
        "{\"address\":[\"\"]}",
        "{\"address\":[\"A\",]}",
        "{\"address\":[\"A\",\"A\"]}",
        "{\"address\":[\"A\"]} ",
        "{\"address\":[\"A\"",
        "{\"address\":[\"0\"]}",
        "{\"address\":[\"A\" ,\"B\"]}",
        "{\"address\":[\"A",
        "{\"address\":\"A;B\"}"};
    yq_xuper_set set;
    begin(YQ_XUPER_SM2, 1, 0);
    yq_fault why;
    const yq_xuper_call call = {test_client_begin(client, 0), &why, YQ_XUPER_SM2};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_expect_eq(
            yq_xuper_list_decode(&call, yq_slice_text(bad[i]), &set),
            YQ_E_SET_CHANGE,
            "%s",
            bad[i]);
    }
    EXPECT(yq_xuper_list_decode(&call, yq_slice_text("{\"address\":[\"A\",\"B\"]}"), &set), YQ_OK);
    cr_expect(set.n == 2 && set.address[1].p[0] == 'B');
    end();
}

/* Addresses and keys of the recorded four-node chain. */
Test(verifier, a_recorded_address)
{
    static const char text[] =
        "{\"Curvname\":\"SM2-P-256\",\"X\":"
        "108241383238606801050210533483054303231928343099052981080559525563422245179980,\"Y\":"
        "77147463650070682954322890989167281670380609099927344718315149120654231770062}";
    uint8_t key[64];
    char address[YQ_XUPER_ADDRESS_MAX];
    begin(YQ_XUPER_SM2, 1, 0);
    EXPECT(yq_xuper_key_decode(YQ_XUPER_SM2, yq_slice_text(text), key, NULL), YQ_OK);
    size_t n = yq_xuper_address(test_client_begin(client, 0), YQ_XUPER_SM2, key, address);
    cr_expect(yq_slice_equal(
        yq_slice_of(address, n), yq_slice_text("ui8GX8F2EvADQF9sAEAEJYFeqwnkuP9Sz")));
    cr_expect_eq(
        yq_xuper_key_decode(YQ_XUPER_P256, yq_slice_text(text), key, NULL), YQ_E_NONCANONICAL);
    end();
}
