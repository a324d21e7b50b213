#include "adapters/evm/test_replies.h"

#include <criterion/criterion.h>

/* Blocks of real nodes: what is written from their JSON is what the nodes hash, and the light
 * client takes it. */
static uint8_t *memory, *room, *evidence;
static yq_evma_work work;
static yq_fault why;

static void setup(void)
{
    memory = malloc(2u << 20);
    room = malloc(TEST_ROOM_MAX);
    evidence = malloc(TEST_ROOM_MAX);
    yq_evma_work_begin(&work, memory, 2u << 20);
}

static void teardown(void)
{
    free(memory);
    free(room);
    free(evidence);
}

TestSuite(recorded, .init = setup, .fini = teardown);

/* A block's header in room. */
static yq_evma_header header_of(const test_recording *r, unsigned number)
{
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    yq_evma_header header;
    yq_json *block = test_block(r, number);
    cr_assert_eq(
        yq_evma_header_of(&work, &r->profile, test_result(block), &out, &header, &why),
        YQ_OK,
        "%s block %u: %s",
        r->folder,
        number,
        why.text);
    yq_json_free(block);
    return header;
}

static yq_slice anchor_of(const test_recording *r, unsigned number)
{
    yq_buf out = {evidence, TEST_ROOM_MAX, 0};
    const yq_evma_header header = header_of(r, number);
    cr_assert_eq(yq_evma_anchor_of(&r->profile, &header, &out, &why), YQ_OK);
    return yq_slice_of(out.p, out.n);
}

/* n headers from a number on. */
static yq_slice update_of(const test_recording *r, unsigned number, unsigned n)
{
    yq_buf out = {evidence, TEST_ROOM_MAX, 0};
    cr_assert_eq(yq_evma_update_begin(n, &out, &why), YQ_OK);
    for (unsigned i = 0; i < n; i++) {
        const yq_evma_header header = header_of(r, number + i);
        cr_assert_eq(yq_evma_update_add(header.raw, &out, &why), YQ_OK);
    }
    return yq_slice_of(out.p, out.n);
}

/* The only transaction of a block and its receipt: both tries, and the proof of its first log. */
static yq_slice event_of(const test_recording *r, unsigned which, size_t *logs)
{
    size_t size;
    char *text = test_text(r->folder, &size, "receipt%u", which);
    yq_json *block = test_block(r, r->tx_block[which]), *receipt = test_parse(text);
    const yq_evma_header header = header_of(r, r->tx_block[which]);
    yq_buf tx = {room, 1u << 20, 0}, log = {room + (1u << 20), 1u << 20, 0},
           nodes = {room + (2u << 20), 1u << 20, 0}, out = {evidence, TEST_ROOM_MAX, 0};
    yq_digest hash, root;
    const yq_json *txs = yq_json_get(test_result(block), "transactions");
    cr_assert_eq(yq_json_count(txs), 1);
    cr_assert_eq(yq_evma_tx_of(yq_json_at(txs, 0), &tx, &hash, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(yq_evma_receipt_of(test_result(receipt), 0, &log, &why), YQ_OK, "%s", why.text);
    const yq_slice value[2] = {yq_slice_of(tx.p, tx.n), yq_slice_of(log.p, log.n)};
    yq_arena trie = yq_arena_of(memory, 2u << 20);
    cr_assert_eq(yq_evma_trie_of(&trie, &value[0], 1, 0, &nodes, &root), YQ_OK);
    cr_assert(yq_digest_equal(&root, &header.tx_root));
    size_t middle = nodes.n;
    cr_assert_eq(yq_evma_trie_of(&trie, &value[1], 1, 0, &nodes, &root), YQ_OK);
    cr_assert(yq_digest_equal(&root, &header.receipt_root));
    *logs = yq_json_count(yq_json_get(test_result(receipt), "logs"));
    cr_assert_eq(header.has_logs, *logs > 0);
    cr_assert_eq(
        yq_evma_event_of(
            header.number,
            0,
            yq_slice_of(nodes.p, middle),
            yq_slice_of(nodes.p + middle, nodes.n - middle),
            0,
            &out,
            &why),
        YQ_OK);
    yq_json_free(block);
    yq_json_free(receipt);
    free(text);
    return yq_slice_of(out.p, out.n);
}

static void whole_chain(const test_recording *r)
{
    test_client *client = test_client_new(yq_verifier_evm());
    cr_assert_eq(test_client_init(client, anchor_of(r, 0)), YQ_OK, "%s", client->why.text);
    for (unsigned n = 1; n + r->profile.depth <= r->height; n++) {
        cr_assert_eq(
            test_client_update(client, update_of(r, n, 1u + r->profile.depth)),
            YQ_OK,
            "%s %u: %s",
            r->folder,
            n,
            client->why.text);
    }
    for (unsigned which = 0; which < 2; which++) {
        size_t logs;
        yq_verified_event event;
        yq_slice proof = event_of(r, which, &logs);
        yq_status expected = logs > 0 ? YQ_OK : YQ_E_EVENT_UNPROVEN;
        cr_expect_eq(test_client_event(client, proof, &event), expected, "%s", client->why.text);
    }
    test_client_free(client);
}

Test(recorded, go_ethereum_clique)
{
    whole_chain(&test_clique);
}

Test(recorded, quorum_istanbul)
{
    whole_chain(&test_ibft);
}

Test(recorded, headers_are_the_nodes_own_bytes)
{
    for (unsigned n = 0; n <= test_clique.height; n++) {
        static uint8_t raw[1u << 16];
        yq_buf own = {raw, sizeof raw, 0};
        size_t size;
        char *text = test_text(test_clique.folder, &size, "b%u.rlp", n);
        yq_json *document = test_parse(text);
        const yq_evma_header header = header_of(&test_clique, n);
        cr_assert(yq_json_hex(test_result(document), &own));
        /* [header, [], [] or transactions]: the header stands behind the outer list's head. */
        cr_assert_gt(own.n, 3 + header.raw.n);
        cr_assert_arr_eq(raw + 3, header.raw.p, header.raw.n, "block %u", n);
        yq_json_free(document);
        free(text);
    }
}

Test(recorded, another_consensus_is_told)
{
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    yq_evma_header header;
    yq_evma_profile p = test_ibft.profile;
    yq_json *block = test_block(&test_ibft, 3);
    p.mode = YQ_EVM_QBFT;
    cr_expect_neq(yq_evma_header_of(&work, &p, test_result(block), &out, &header, &why), YQ_OK);
    p.mode = YQ_EVM_CLIQUE;
    cr_expect_eq(
        yq_evma_header_of(&work, &p, test_result(block), &out, &header, &why), YQ_E_DOMAIN);
    cr_expect_eq(out.n, 0);
    yq_json_free(block);
}

Test(recorded, seals_are_looked_at)
{
    const yq_evma_header good = header_of(&test_ibft, 5);
    cr_expect_eq(yq_evma_seals_look(&work, &test_ibft.profile, good.raw, &why), YQ_OK);
    static uint8_t copy[1u << 16];
    memcpy(copy, good.raw.p, good.raw.n);
    /* The last seal stands before mixHash (33 bytes) and the nonce (9). */
    copy[good.raw.n - 42 - 40] ^= 1;
    cr_expect_neq(
        yq_evma_seals_look(&work, &test_ibft.profile, yq_slice_of(copy, good.raw.n), &why), YQ_OK);
}
