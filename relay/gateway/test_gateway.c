#include "relay/gateway/test_client.h"

#include <sys/stat.h>

static gateway_world g;

static void setup(void)
{
    gateway_world_open(&g, NULL, NULL);
}

static void teardown(void)
{
    gateway_world_close(&g);
}

static void hex_of(char *text, const char *before, const yq_digest *id, const char *after)
{
    size_t n = strlen(before);
    memcpy(text, before, n);
    n += yq_hex_encode(text + n, 65, id->b, sizeof id->b);
    memcpy(text + n, after, strlen(after) + 1);
}

/* An envelope of n transactions; each third of them is refused. */
static yq_envelope make(unsigned admin, uint64_t seq, unsigned n)
{
    static uint8_t room[8][256];
    yq_slice tx[8];
    for (unsigned i = 0; i < n; i++) {
        tx[i] = i % 3 == 2 ? world_bad_tx(room[i], sizeof room[i], 7)
                           : world_tx(room[i], sizeof room[i], (unsigned)(10 * seq + i));
    }
    return world_envelope(&g.w, admin, seq, WORLD_TIME + 3600000, tx, n);
}

static void digest_of(const yq_json *value, uint8_t *room, size_t size)
{
    yq_buf out = {.p = room, .cap = size};
    cr_assert(yq_json_hex(value, &out));
    cr_assert_eq(out.n, size);
}

Test(gateway, shows_itself_on_both_sockets, .init = setup, .fini = teardown)
{
    struct stat st;
    cr_assert_eq(stat(g.socket, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    for (int local = 0; local < 2; local++) {
        test_reply r = test_ask(&g, local, "GET", "/api/v1/status", (yq_slice){0});
        cr_assert_eq(r.code, 200);
        cr_assert(test_is(yq_json_get(r.root, "hub"), "henan-main"));
        cr_assert(test_is(yq_json_get(r.root, "version"), "1.2.3"));
        cr_assert_eq(test_number(yq_json_get(r.root, "height")), 0);
        cr_assert_eq(test_number(yq_json_get(r.root, "view")), 7);
        cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "node"), "index")), 1);
        cr_assert_eq(yq_json_count(yq_json_get(r.root, "peers")), WORLD_N - 1);
        yq_json_free(r.document);
    }
    test_reply r = test_get(&g, "/api/v1/genesis");
    cr_assert_eq(r.code, 200);
    cr_assert(yq_slice_equal(r.body, yq_slice_of(g.w.genesis, g.w.genesis_n)));
    yq_json_free(r.document);
}

Test(gateway, takes_an_envelope_and_shows_what_became_of_it, .init = setup, .fini = teardown)
{
    char path[160];
    yq_bft_tip tip;
    yq_envelope env = make(0, 1, 3);
    test_reply r = test_ask(&g, 0, "POST", "/api/v1/envelopes", env.bytes);
    cr_assert_eq(r.code, 202);
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "transactions")), 3);
    yq_json_free(r.document);
    hex_of(path, "/api/v1/envelopes/", &env.id, "");
    r = test_get(&g, path);
    cr_assert(test_is(yq_json_get(r.root, "state"), "pending"));
    cr_assert(yq_json_is_null(yq_json_get(r.root, "height")));
    yq_json_free(r.document);

    /* Somebody waits; the block ends that. */
    hex_of(path, "/api/v1/envelopes/", &env.id, "?wait_ms=30000");
    int waiting = test_connect(&g, 1);
    test_send(waiting, "GET", path, (yq_slice){0});
    struct pollfd is_ready = {.fd = waiting, .events = POLLIN};
    cr_assert_eq(poll(&is_ready, 1, 200), 0, "it answers before the block");
    gateway_world_block(&g, &tip);
    r = test_receive(waiting);
    cr_assert(test_is(yq_json_get(r.root, "state"), "final"));
    cr_assert_eq(test_number(yq_json_get(r.root, "height")), 1);
    const yq_json *results = yq_json_get(r.root, "results");
    cr_assert_eq(yq_json_count(results), 3);
    for (size_t i = 0; i < 3; i++) {
        const yq_json *one = yq_json_at(results, i);
        cr_assert_eq(test_number(yq_json_get(one, "index")), i);
        cr_assert(test_is(yq_json_get(one, "code"), i == 2 ? "NOT_FOUND" : "OK"));
    }
    yq_json_free(r.document);

    /* A transaction with the proof of its result. */
    yq_digest id;
    yq_envelope_tx_id(YQ_HASH_SM3, &env.id, 2, &id);
    hex_of(path, "/api/v1/transactions/", &id, "");
    r = test_get(&g, path);
    cr_assert_eq(r.code, 200);
    cr_assert(test_is(yq_json_get(r.root, "code"), "NOT_FOUND"));
    cr_assert_eq(test_number(yq_json_get(r.root, "index")), 2);
    uint8_t leaf[1024], proof[1024], roots[1024];
    yq_buf leaf_out = {leaf, sizeof leaf, 0}, proof_out = {proof, sizeof proof, 0},
           roots_out = {roots, sizeof roots, 0};
    cr_assert(yq_json_hex(yq_json_get(r.root, "result"), &leaf_out));
    cr_assert(yq_json_hex(yq_json_get(r.root, "proof"), &proof_out));
    cr_assert(yq_json_hex(yq_json_get(r.root, "roots"), &roots_out));
    yq_result_proof path_of;
    yq_block_roots block_roots;
    yq_digest result_root;
    yq_cur c = yq_cur_of(yq_slice_of(roots, roots_out.n));
    yq_block_roots_get(&c, &block_roots);
    yq_block_roots_hash(YQ_HASH_SM3, &block_roots, &result_root);
    cr_assert(digest_equal(&result_root, &tip.result.result_root));
    cr_assert_eq(yq_result_proof_decode(yq_slice_of(proof, proof_out.n), &path_of, NULL), YQ_OK);
    cr_assert_eq(
        yq_result_check(
            YQ_HASH_SM3, &block_roots.results_root, yq_slice_of(leaf, leaf_out.n), &path_of),
        YQ_OK);
    yq_json_free(r.document);
    hex_of(path, "/api/v1/envelopes/", &id, "");
    test_refused(&g, path, 404, "NOT_FOUND");
    hex_of(path, "/api/v1/transactions/", &env.id, "");
    test_refused(&g, path, 404, "NOT_FOUND");
    world_drop(&env);
}

Test(gateway, tells_signers_blocks_state_and_events, .init = setup, .fini = teardown)
{
    char path[160];
    yq_bft_tip tip;
    yq_digest id;
    uint8_t room[32];
    yq_signer_id(YQ_SUITE_SM2, yq_key_public(g.w.admin[1]), &id);
    hex_of(path, "/api/v1/signers/", &id, "");
    test_reply r = test_get(&g, path);
    cr_assert_eq(test_number(yq_json_get(r.root, "next_sequence")), 1);
    cr_assert(test_is(yq_json_get(r.root, "role"), "admin"));
    cr_assert(test_is(yq_json_get(r.root, "org"), g.w.code[1]));
    yq_json_free(r.document);
    world_send(&g.w, 1, 5, 1, 2);
    gateway_world_block(&g, &tip);
    r = test_get(&g, path);
    cr_assert_eq(test_number(yq_json_get(r.root, "next_sequence")), 6);
    yq_json_free(r.document);
    id.b[0] ^= 1;
    hex_of(path, "/api/v1/signers/", &id, "");
    test_refused(&g, path, 404, "NOT_FOUND");

    r = test_get(&g, "/api/v1/blocks/1");
    digest_of(yq_json_get(r.root, "hash"), room, sizeof room);
    cr_assert_eq(memcmp(room, tip.h.b, 32), 0);
    cr_assert_eq(test_number(yq_json_get(r.root, "transactions")), 2);
    cr_assert_not(yq_json_is_null(yq_json_get(r.root, "certificate")));
    yq_json_free(r.document);
    test_refused(&g, "/api/v1/blocks/2", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/blocks/01", 400, "NONCANONICAL");

    r = test_get(&g, "/api/v1/state?key=066c656467657202");
    cr_assert_eq(r.code, 200);
    cr_assert_eq(test_number(yq_json_get(r.root, "height")), 1);
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/state?key=066c656467657202&height=0");
    cr_assert_eq(r.code, 200);
    cr_assert_eq(test_number(yq_json_get(r.root, "height")), 0);
    yq_json_free(r.document);
    test_refused(&g, "/api/v1/state?key=066c656467657202&height=2", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/state?key=066c656467657202&height=x", 400, "NONCANONICAL");
    test_refused(&g, "/api/v1/state?key=", 400, "RANGE");
    test_refused(&g, "/api/v1/state?key=abc", 400, "NONCANONICAL");

    r = test_get(&g, "/api/v1/events?height=1&index=0&limit=1");
    const yq_json *items = yq_json_get(r.root, "items");
    cr_assert_eq(yq_json_count(items), 1);
    cr_assert(test_is(yq_json_get(yq_json_at(items, 0), "kind"), "org"));
    cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "next"), "index")), 1);
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/events?height=1&index=1");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 1);
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/events?height=1&index=2&wait_ms=50");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 0);
    cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "next"), "index")), 2);
    yq_json_free(r.document);
}

Test(gateway, names_the_validators_and_what_they_signed_twice, .init = setup, .fini = teardown)
{
    test_reply r = test_get(&g, "/api/v1/validators");
    cr_assert_eq(r.code, 200);
    cr_assert_eq(test_number(yq_json_get(r.root, "epoch")), 1);
    cr_assert_eq(test_number(yq_json_get(r.root, "from_height")), 1);
    const yq_json *items = yq_json_get(r.root, "items");
    cr_assert_geq(yq_json_count(items), 4);
    uint8_t key[64];
    yq_buf out = {key, sizeof key, 0};
    cr_assert(yq_json_hex(yq_json_get(yq_json_at(items, 1), "key"), &out));
    cr_assert_eq(out.n, 64);
    cr_assert_not_null(yq_json_get(yq_json_at(items, 1), "org"));
    cr_assert(yq_json_is_null(yq_json_get(r.root, "next")));
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/validators/1");
    cr_assert_eq(r.code, 200);
    cr_assert_null(yq_json_get(r.root, "next"));
    yq_json_free(r.document);
    test_refused(&g, "/api/v1/validators/2", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/validators/0", 400, "RANGE");
    test_refused(&g, "/api/v1/validators/x", 400, "NONCANONICAL");
    test_refused(&g, "/api/v1/validators?limit=1", 400, "FIELD_UNKNOWN");
    r = test_get(&g, "/api/v1/evidence");
    cr_assert_eq(r.code, 200);
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 0);
    yq_json_free(r.document);
}

Test(gateway, takes_and_lists_statements_of_the_recovery_set, .init = setup, .fini = teardown)
{
    yq_bft_tip tip;
    uint64_t number;
    yq_slice text;
    yq_key *fresh[2] = {world_fresh("one"), world_fresh("two")};
    gateway_world_block(&g, &tip);
    yq_slice statement = world_statement(&g.w, &tip, 3, 9, fresh);
    test_reply r = test_get(&g, "/api/v1/recoveries");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 0);
    yq_json_free(r.document);
    r = test_ask(&g, 0, "POST", "/api/v1/recoveries", yq_slice_of(statement.p, statement.n - 1));
    cr_assert_eq(r.code, 400);
    yq_json_free(r.document);
    g.recover_says = YQ_E_STATE;
    r = test_ask(&g, 0, "POST", "/api/v1/recoveries", statement);
    cr_assert_eq(r.code, 409);
    yq_json_free(r.document);
    g.recover_says = YQ_OK;
    r = test_ask(&g, 0, "POST", "/api/v1/recoveries", statement);
    cr_assert_eq(r.code, 200);
    const yq_json *item = yq_json_at(yq_json_get(r.root, "items"), 0);
    cr_assert_eq(test_number(yq_json_get(item, "epoch")), 1);
    cr_assert_eq(test_number(yq_json_get(item, "serial")), 9);
    cr_assert_eq(test_number(yq_json_get(item, "height")), 1);
    cr_assert_eq(test_number(yq_json_get(item, "signatures")), 2);
    cr_assert_eq(test_number(yq_json_get(item, "first_seen_ms")), 1000);
    cr_assert(yq_json_uint(yq_json_get(item, "takes_effect_ms"), &number));
    cr_assert_eq(number, 1000 + YQ_RECOVERY_DELAY_MIN);
    cr_assert(yq_json_text(yq_json_get(item, "stage"), &text));
    cr_assert(yq_slice_equal(text, yq_slice_text("ready")));
    cr_assert(yq_json_text(yq_json_get(item, "reason"), &text));
    cr_assert(yq_slice_equal(text, yq_slice_text("机房失火")));
    cr_assert(yq_json_is_null(yq_json_get(item, "refused")));
    yq_json_free(r.document);
    yq_mem_free((void *)(uintptr_t)statement.p);
    yq_key_free(fresh[0]);
    yq_key_free(fresh[1]);
}

Test(gateway, shows_empty_lists_and_refuses_what_is_not_there, .init = setup, .fini = teardown)
{
    static const char *const lists[] = {
        "/api/v1/chains", "/api/v1/lanes", "/api/v1/messages", "/api/v1/proposals"};
    for (size_t i = 0; i < YQ_ARRAY_N(lists); i++) {
        test_reply r = test_get(&g, lists[i]);
        cr_assert_eq(r.code, 200);
        cr_assert(yq_json_is_array(yq_json_get(r.root, "items")));
        cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 0);
        yq_json_free(r.document);
    }
    test_refused(&g, "/api/v1/nosuch", 404, "NOT_FOUND");
    test_refused(&g, "/", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/city-a", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/City", 400, "RANGE");
    test_refused(&g, "/api/v1/chains/city-a/services", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/city-a/outbox", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/city-a/deliveries?limit=1", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/city-a/nosuch", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/messages/00", 400, "LEN");
    test_refused(&g, "/api/v1/messages?limit=0", 400, "RANGE");
    test_refused(&g, "/api/v1/messages?limit=501", 400, "RANGE");
    test_refused(&g, "/api/v1/messages?state=nosuch", 400, "FIELD_UNKNOWN");
    test_refused(&g, "/api/v1/messages?wait_ms=1", 400, "FIELD_UNKNOWN");
    test_refused(&g, "/api/v1/status?limit=1", 400, "FIELD_UNKNOWN");
    test_refused(&g, "/api/v1/proposals/1", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/events?wait_ms=30001", 400, "RANGE");
}
