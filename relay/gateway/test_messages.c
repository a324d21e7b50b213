#include "relay/gateway/test_messages.h"

/* Two chains, a lane and a message, as the interface shows them. */

static void setup(void)
{
    const yq_ledger_config with = {.verifier = test_verifiers, .verifier_n = 1};
    yq_digest set;
    seq = 0;
    make_world();
    gateway_world_start(&g, NULL, NULL, &with);
    yq_valset_hash(YQ_HASH_SM3, &g.w.set, &set);
    open_chain("city-a", 1, YQ_SUITE_SM2, &set);
    open_chain("city-b", 2, YQ_SUITE_SM2, &set);
    send_one("city-b");
}

static void teardown(void)
{
    gateway_world_close(&g);
}

static const yq_json *item(const yq_json *root, size_t idx)
{
    return yq_json_at(yq_json_get(root, "items"), idx);
}

Test(messages, chains_show_all_of_themselves, .init = setup, .fini = teardown)
{
    test_reply r = test_get(&g, "/api/v1/chains");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 2);
    cr_assert(test_is(yq_json_get(item(r.root, 1), "id"), "city-b"));
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/chains/city-b");
    cr_assert(test_is(yq_json_get(r.root, "state"), "active"));
    cr_assert(test_is(yq_json_get(r.root, "framework"), "plain"));
    cr_assert(test_is(yq_json_get(r.root, "inbox"), "626f78"));
    cr_assert_eq(test_number(yq_json_get(r.root, "proposal")), 2);
    cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "client"), "height")), 100);
    cr_assert(test_is(yq_json_get(yq_json_get(r.root, "client"), "grade"), "light-client"));
    cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "outbox"), "size")), 1);
    cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "inbox_state"), "epoch")), 1);
    int open = 0;
    cr_assert(yq_json_bool(yq_json_get(r.root, "inbox_open"), &open) && open);
    uint8_t sm3[32], want[32];
    yq_buf out = {sm3, sizeof sm3, 0};
    static const uint8_t anchor[] = {'o', 'k', 0, 0, 0, 0, 0, 0, 0, 100};
    yq_hash_one(YQ_HASH_SM3, YQ_SLICE_OF(anchor), want);
    cr_assert(yq_json_hex(yq_json_get(r.root, "anchor_sm3"), &out));
    cr_assert_eq(memcmp(sm3, want, sizeof want), 0);
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/chains/city-a/services");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 1);
    cr_assert(test_is(yq_json_get(item(r.root, 0), "service"), "73656e64"));
    cr_assert(test_is(yq_json_get(item(r.root, 0), "kind"), "contract"));
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/lanes");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 1);
    cr_assert(test_is(yq_json_get(item(r.root, 0), "dst_service"), "72656376"));
    cr_assert_eq(test_number(yq_json_get(item(r.root, 0), "payload_max")), 1000);
    yq_json_free(r.document);
}

Test(messages, a_message_is_found_and_traced, .init = setup, .fini = teardown)
{
    char path[128] = "/api/v1/messages/", id[65];
    (void)yq_hex_encode(id, sizeof id, message_id.b, sizeof message_id.b);
    static const struct {
        const char *query;
        size_t n;
    } lists[] = {
        {"", 1},
        {"?chain=city-b", 1},
        {"?chain=city-a&state=committed&limit=500", 1},
        {"?chain=city-c", 0},
        {"?state=acked", 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(lists); i++) {
        char list[128];
        (void)snprintf(list, sizeof list, "/api/v1/messages%s", lists[i].query);
        test_reply r = test_get(&g, list);
        cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), lists[i].n, "%s", list);
        cr_assert(test_is(yq_json_get(r.root, "next_cursor"), ""));
        yq_json_free(r.document);
    }
    memcpy(path + strlen(path), id, sizeof id);
    test_reply r = test_get(&g, path);
    cr_assert_eq(r.code, 200);
    cr_assert(test_is(yq_json_get(r.root, "id"), id));
    cr_assert(test_is(yq_json_get(r.root, "kind"), "call"));
    cr_assert(test_is(yq_json_get(r.root, "state"), "committed"));
    cr_assert(test_is(yq_json_get(r.root, "src_chain"), "city-a"));
    cr_assert_eq(test_number(yq_json_get(r.root, "index")), 0);
    cr_assert(yq_json_is_null(yq_json_get(r.root, "ack_index")));
    cr_assert(test_is(yq_json_get(yq_json_get(r.root, "source"), "tx_id"), "74782d31"));
    const yq_json *trace = yq_json_get(r.root, "trace");
    cr_assert_eq(yq_json_count(trace), 2);
    cr_assert(test_is(yq_json_get(yq_json_at(trace, 0), "step"), "proven"));
    cr_assert(test_is(yq_json_get(yq_json_at(trace, 1), "step"), "committed"));
    yq_json_free(r.document);
    path[strlen(path) - 1] = path[strlen(path) - 1] == '0' ? '1' : '0';
    test_refused(&g, path, 404, "NOT_FOUND");
}

Test(messages, a_delivery_is_the_canonical_one, .init = setup, .fini = teardown)
{
    test_reply r = test_get(&g, "/api/v1/chains/city-b/deliveries?from=0&limit=10");
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery delivery;
    yq_cert cert;
    cr_assert_eq(r.code, 200);
    cr_assert_eq(
        yq_delivery_decode(r.body, packet, YQ_DELIVERY_PACKETS_MAX, &delivery, NULL), YQ_OK);
    cr_assert_eq(delivery.n, 1);
    cr_assert_eq(delivery.size, 1);
    cr_assert_eq(yq_cert_decode(delivery.certificate, &cert, NULL), YQ_OK);
    cr_assert_eq(yq_cert_check(&cert, YQ_HASH_SM3, &g.w.set, NULL, NULL), YQ_OK);
    yq_json_free(r.document);
    test_refused(&g, "/api/v1/chains/city-b/deliveries?from=1", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/city-b/deliveries?limit=101", 400, "RANGE");
    test_refused(&g, "/api/v1/chains/city-b/deliveries?limit=0", 400, "RANGE");
    r = test_get(&g, "/api/v1/chains/city-b/outbox?from=0");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "open")), 1);
    cr_assert_eq(test_number(yq_json_get(r.root, "done")), 0);
    yq_json_free(r.document);
}

Test(messages, proposals_come_in_pages, .init = setup, .fini = teardown)
{
    test_reply r = test_get(&g, "/api/v1/proposals?limit=1");
    cr_assert_eq(yq_json_count(yq_json_get(r.root, "items")), 1);
    cr_assert_eq(test_number(yq_json_get(item(r.root, 0), "number")), 2);
    cr_assert(test_is(yq_json_get(r.root, "next_cursor"), "2"));
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/proposals?limit=1&cursor=2");
    cr_assert_eq(test_number(yq_json_get(item(r.root, 0), "number")), 1);
    cr_assert(test_is(yq_json_get(r.root, "next_cursor"), ""));
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/proposals/1");
    cr_assert(test_is(yq_json_get(r.root, "state"), "executed"));
    cr_assert(test_is(yq_json_get(r.root, "subject"), "city-a"));
    cr_assert(test_is(yq_json_get(r.root, "method"), "chain-register"));
    cr_assert_eq(test_number(yq_json_get(r.root, "approvals")), 3);
    yq_json_free(r.document);
    test_refused(&g, "/api/v1/proposals/3", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/proposals/x", 400, "NONCANONICAL");
}

static size_t hex_member(const yq_json *object, const char *key, uint8_t *room, size_t size)
{
    yq_buf out = {room, size, 0};
    cr_assert(yq_json_hex(yq_json_get(object, key), &out), "%s", key);
    return out.n;
}

Test(messages, an_inbox_is_told_how_to_step, .init = setup, .fini = teardown, .timeout = 60)
{
    static uint8_t delivery_bytes[16384], set_bytes[YQ_VALSET_STEP_MAX];
    yq_delivery_packet none[1];
    yq_delivery delivery;
    yq_valset next, expected;
    yq_cert cert;
    yq_digest hash;
    test_refused(&g, "/api/v1/chains/city-b/step", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/city-b/step?from=1", 400, "FIELD_UNKNOWN");
    test_refused(&g, "/api/v1/chains/city-x/step", 404, "NOT_FOUND");
    end_epoch();
    test_refused(&g, "/api/v1/chains/city-b/step", 404, "NOT_FOUND"); /* deliveries are of it yet */
    begin_epoch();
    test_reply r = test_get(&g, "/api/v1/chains/city-b");
    cr_assert_eq(test_number(yq_json_get(yq_json_get(r.root, "inbox_state"), "behind")), 1);
    yq_json_free(r.document);
    r = test_get(&g, "/api/v1/chains/city-b/step");
    cr_assert_eq(r.code, 200, "%.*s", (int)r.body.n, (const char *)r.body.p);
    cr_assert_eq(test_number(yq_json_get(r.root, "epoch")), 1);
    size_t n = hex_member(r.root, "delivery", delivery_bytes, sizeof delivery_bytes);
    cr_assert_eq(
        yq_delivery_decode(yq_slice_of(delivery_bytes, n), none, 1, &delivery, NULL), YQ_OK);
    cr_assert_eq(delivery.n, 0);
    cr_assert_eq(yq_cert_decode(delivery.certificate, &cert, NULL), YQ_OK);
    cr_assert_eq(yq_cert_check(&cert, YQ_HASH_SM3, &g.w.set, NULL, NULL), YQ_OK);
    n = hex_member(r.root, "set", set_bytes, sizeof set_bytes);
    cr_assert_eq(yq_valset_step_decode(yq_slice_of(set_bytes, n), &next, NULL), YQ_OK);
    next.chain_id_hash = g.w.chain;
    yq_valset_hash(YQ_HASH_SM3, &next, &hash);
    cr_assert_eq(memcmp(hash.b, cert.info.next_valset_hash.b, sizeof hash.b), 0);
    world_next_set(&g.w, &expected);
    cr_assert_eq(memcmp(&next, &expected, sizeof next), 0);
    yq_json_free(r.document);
}
