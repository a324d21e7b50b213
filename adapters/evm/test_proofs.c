#include "adapters/evm/test_edits.h"

TestSuite(proofs, .init = setup, .fini = teardown);

/* ---- receipts ----------------------------------------------------------------------------------
 */

static yq_status read_receipt(const yq_json *result, yq_buf *out)
{
    return yq_evma_receipt_of(result, 0, out, &why);
}

Test(proofs, receipts)
{
    static const edit list[] = {
        {"\"status\":\"0x1\"", "\"status\":\"0x2\"", YQ_E_TYPE, "status"},
        {"\"status\":\"0x1\"", "\"status\":\"yes\"", YQ_E_TYPE, "status"},
        {"\"status\"", "\"x\"", YQ_E_FIELD_MISSING, "root"},
        {"\"cumulativeGasUsed\"", "\"x\"", YQ_E_FIELD_MISSING, "cumulativeGasUsed"},
        {"\"logs\":[", "\"logs\":null,\"x\":[", YQ_E_FIELD_MISSING, "logs"},
        {"\"address\":\"0x", "\"address\":\"0x00", YQ_E_LEN, "address"},
        {"\"topics\":[", "\"topics\":[\"0x00\"", YQ_E_LEN, "topics"},
        {"\"data\"", "\"x\"", YQ_E_FIELD_MISSING, "data"},
        {"\"status\":\"0x1\"", "\"status\":\"0x1\",\"type\":\"0x2\"", YQ_E_TYPE, "type"},
    };
    size_t size;
    char *text = test_text(test_ibft.folder, &size, "receipt1");
    check_edits(text, read_receipt, list, YQ_ARRAY_N(list));
    /* Before Byzantium a root stands in the status' place. */
    char *old = edited(text, "\"status\":\"0x1\"", "\"root\":\"" HASH_OF("7") "\"");
    yq_json *document = test_parse(old);
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    cr_expect_eq(read_receipt(test_result(document), &out), YQ_OK);
    yq_cur c = yq_cur_of(yq_slice_of(out.p, out.n));
    yq_cur items = yq_rlp_list(&c);
    cr_expect_eq(yq_rlp_string(&items, 32).p[0], 0x70);
    yq_json_free(document);
    free(old);
    free(text);
}

/* ---- proofs of a contract ----------------------------------------------------------------------
 */

#define NODE "\"0xf8aa0000000000000000000000000000000000000000000000000000000000000000aa\""

static yq_status read_proof(const yq_json *result, yq_buf *out)
{
    return yq_evma_contract_of(result, 1, out, &why);
}

Test(proofs, proofs)
{
    static const char text[] =
        "{\"result\":{\"accountProof\":[" NODE "," NODE "],\"storageHash\":\"" HASH_OF(
            "8") "\",\"storageProof\":["
                 "{\"key\":\"0x0\",\"value\":\"0x1\",\"proof\":[\"0xc0\"," NODE
                 ",\"0xc101\"]},{\"key\":\"0x1\",\"proof\":[" NODE "]}]}}";
    static const edit list[] = {
        {"\"accountProof\"", "\"x\"", YQ_E_FIELD_MISSING, "proof"},
        {"\"accountProof\":[\"0x", "\"accountProof\":[\"0xq", YQ_E_TYPE, "proof"},
        {"\"accountProof\":[", "\"accountProof\":[7,", YQ_E_TYPE, "proof"},
        {"\"storageProof\"", "\"x\"", YQ_E_FIELD_MISSING, "storageProof"},
        {",{\"key\":\"0x1\"", "],\"x\":[{\"key\":\"0x1\"", YQ_E_FIELD_MISSING, "storageProof"},
        {"\"key\":\"0x1\",\"proof\":", "\"key\":\"0x1\",\"x\":", YQ_E_FIELD_MISSING, "proof"},
    };
    check_edits(text, read_proof, list, YQ_ARRAY_N(list));
    /* Two nodes of the account, the flag, two of the length (the embedded one left out), one
     * element of one node. */
    yq_json *document = test_parse(text);
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    cr_assert_eq(read_proof(test_result(document), &out), YQ_OK);
    size_t node = 4 + 35;
    cr_expect_eq(out.n, (2 + 2 * node) + 1 + (2 + 4 + 1 + node) + 2 + (2 + node));
    cr_expect_eq(out.p[1], 2);
    cr_expect_eq(out.p[2 + 2 * node], 1);
    cr_expect_eq(out.p[2 + 2 * node + 2], 2);
    out.n = 0;
    cr_assert_eq(yq_evma_contract_of(test_result(document), 0, &out, &why), YQ_OK);
    cr_expect_eq(out.n, 2 + 2 * node + 1);
    yq_digest root;
    cr_assert_eq(yq_evma_storage_root_of(test_result(document), &root, &why), YQ_OK);
    cr_expect_eq(root.b[0], 0x80);
    cr_expect_eq(yq_evma_storage_root_of(NULL, &root, &why), YQ_E_FIELD_MISSING);
    yq_json_free(document);
}

Test(proofs, too_many_nodes)
{
    char *text = malloc(1u << 16);
    size_t at = (size_t)snprintf(text, 64, "{\"result\":{\"accountProof\":[");
    for (size_t i = 0; i <= YQ_MPT_NODES_MAX; i++) {
        at += (size_t)snprintf(text + at, 16, "%s\"0xc0\"", i == 0 ? "" : ",");
    }
    (void)snprintf(text + at, 8, "]}}");
    yq_json *document = test_parse(text);
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    cr_expect_eq(yq_evma_contract_of(test_result(document), 0, &out, &why), YQ_E_PROOF_DEPTH);
    yq_json_free(document);
    free(text);
}

/* ---- tries -------------------------------------------------------------------------------------
 */

Test(proofs, every_index_of_a_trie_is_proven)
{
    static const size_t counts[] = {1, 2, 16, 17, 127, 128, 129, 300};
    static uint8_t bytes[300][40];
    yq_slice value[300];
    yq_arena trie = yq_arena_of(memory + (2u << 20), 2u << 20);
    for (size_t i = 0; i < 300; i++) {
        memset(bytes[i], (int)(i + 1), sizeof bytes[i]);
        bytes[i][0] = (uint8_t)(i >> 8);
        value[i] = yq_slice_of(bytes[i], i % 3 == 0 ? 2 : sizeof bytes[i]);
    }
    for (size_t k = 0; k < YQ_ARRAY_N(counts); k++) {
        for (size_t i = 0; i < counts[k]; i++) {
            yq_buf out = {room, TEST_ROOM_MAX, 0};
            yq_digest root;
            uint8_t key[8];
            yq_slice node[YQ_MPT_NODES_MAX], held;
            int present = 0;
            cr_assert_eq(yq_evma_trie_of(&trie, value, counts[k], i, &out, &root), YQ_OK);
            yq_cur c = yq_cur_of(yq_slice_of(out.p, out.n));
            yq_mpt_proof proof = {.n = yq_cur_u16(&c), .node = node};
            for (size_t p = 0; p < proof.n; p++) {
                node[p] = yq_cur_blob32(&c, 4096);
            }
            cr_assert_eq(yq_cur_done(&c, NULL), YQ_OK);
            yq_writer w = yq_writer_of(key, sizeof key);
            yq_rlp_put_uint(&w, i);
            yq_arena_reset(&work.arena);
            cr_assert_eq(
                yq_mpt_check(&work.host, &root, yq_writer_slice(&w), &proof, &held, &present, &why),
                YQ_OK,
                "%zu of %zu: %s",
                i,
                counts[k],
                why.text);
            cr_assert(present && yq_slice_equal(held, value[i]));
        }
    }
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    yq_digest root;
    cr_expect_eq(yq_evma_trie_of(&trie, value, 3, 4, &out, &root), YQ_E_RANGE);
    value[1].n = 0;
    cr_expect_eq(yq_evma_trie_of(&trie, value, 3, 2, &out, &root), YQ_E_RANGE);
    yq_arena small = yq_arena_of(memory, 64);
    cr_expect_eq(yq_evma_trie_of(&small, value, 1, 0, &out, &root), YQ_E_NOSPC);
    cr_expect_eq(yq_evma_trie_of(&trie, value, 0, 0, &out, &root), YQ_OK);
    cr_expect_arr_eq(root.b, yq_mpt_empty_root, sizeof root.b);
}

Test(proofs, updates_have_a_limit)
{
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    cr_expect_eq(yq_evma_update_begin(0, &out, &why), YQ_E_LIMIT);
    cr_expect_eq(yq_evma_update_begin(YQ_EVM_BATCH_MAX + 1, &out, &why), YQ_E_LIMIT);
    cr_expect_eq(yq_evma_update_begin(YQ_EVM_BATCH_MAX, &out, &why), YQ_OK);
}
