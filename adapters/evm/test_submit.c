#include "adapters/evm/test_account.h"
#include "relay/codec/abi.h"
#include "relay/codec/rlp.h"

TestSuite(submit, .init = setup, .fini = teardown);

/* A transaction as a node takes it apart. */
typedef struct sent {
    uint8_t raw[8192], signer[20];
    size_t n;
    uint8_t type;
    uint64_t chain_id, nonce, price, tip, gas;
    yq_slice to, data;
    yq_digest hash;
} sent;

static void take_sent(const test_node *from, sent *t)
{
    const char *hex = strstr(from->last_raw, "[\"0x");
    cr_assert_not_null(hex);
    yq_buf raw = {t->raw, sizeof t->raw, 0};
    cr_assert_eq(yq_hex_decode(&raw, hex + 4, strcspn(hex + 4, "\"")), YQ_OK);
    t->n = raw.n;
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(t->raw, t->n), t->hash.b);
}

/* Reads the fields, and the signer back from the signature. */
static void read_sent(const test_node *from, sent *t)
{
    uint8_t sig[65] = {0}, body[8192], key[64];
    yq_digest md;
    *t = (sent){.n = 0};
    take_sent(from, t);
    yq_cur c = yq_cur_of(yq_slice_of(t->raw, t->n));
    t->type = t->raw[0] < 0x80 ? yq_cur_u8(&c) : 0;
    yq_cur items = yq_rlp_list(&c);
    t->chain_id = t->type == 2 ? yq_rlp_uint(&items) : 0;
    t->nonce = yq_rlp_uint(&items);
    t->tip = t->type == 2 ? yq_rlp_uint(&items) : 0;
    t->price = yq_rlp_uint(&items);
    t->gas = yq_rlp_uint(&items);
    t->to = yq_rlp_fixed(&items, 20);
    cr_expect_eq(yq_rlp_uint(&items), 0, "value");
    t->data = yq_rlp_string(&items, sizeof t->raw);
    if (t->type == 2) {
        yq_cur access = yq_rlp_list(&items);
        yq_rlp_end(&access, &items);
    }
    yq_writer w = yq_writer_of(body, sizeof body);
    if (t->type == 2) {
        yq_put_u8(&w, 2);
    }
    size_t list = yq_rlp_list_begin(&w);
    yq_put(&w, yq_slice_of(items.p, items.pos));
    uint64_t v = yq_rlp_uint(&items);
    if (t->type == 0) {
        t->chain_id = (v - 35) / 2;
        yq_rlp_put_uint(&w, t->chain_id);
        yq_rlp_put_uint(&w, 0);
        yq_rlp_put_uint(&w, 0);
    }
    yq_rlp_list_end(&w, list);
    for (size_t i = 0; i < 2; i++) {
        yq_slice number = yq_rlp_number(&items);
        memcpy(sig + 32 * i + 32 - number.n, number.p, number.n);
    }
    yq_rlp_end(&items, &c);
    cr_assert_eq(yq_cur_done(&c, NULL), YQ_OK);
    sig[64] = (uint8_t)(t->type == 0 ? (v - 35) % 2 : v);
    yq_hash_one(YQ_HASH_KECCAK256, yq_writer_slice(&w), md.b);
    cr_assert_eq(yq_secp256k1_recover(md.b, sig, key), YQ_OK);
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(key, sizeof key), md.b);
    memcpy(t->signer, md.b + 12, 20);
}

static void check_signer(const sent *t)
{
    yq_digest md;
    yq_key *key = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("account"), "evm");
    yq_hash_one(YQ_HASH_KECCAK256, yq_key_public(key), md.b);
    cr_expect_arr_eq(t->signer, md.b + 12, 20);
    yq_key_free(key);
}

/* The node says that it took whatever it is sent: the hash is learnt from a first try. */
static char answer[2][128];

static yq_status submit(const char *text, yq_slice *reference)
{
    why = (yq_fault){0};
    return a->submit(session, yq_slice_text(text), TEST_DEADLINE_MS, reference, &why);
}

/* Lets a node take the transaction that it was sent before; the same one is made again. */
static void let_take(size_t i)
{
    sent t;
    char hex[65];
    take_sent(node[i], &t);
    (void)yq_hex_encode(hex, sizeof hex, t.hash.b, sizeof t.hash.b);
    (void)snprintf(answer[i], sizeof answer[i], "\"result\":\"0x%s\"", hex);
    test_say(node[i], "eth_sendRawTransaction", NULL, answer[i]);
}

#define DELIVERY "a delivery that is longer than one word of thirty-two"

Test(submit, a_legacy_transaction)
{
    yq_slice reference, content;
    sent t;
    open_with(NULL, NULL);
    test_say(node[1], "eth_getTransactionCount", "pending", "\"result\":\"0x11\"");
    cr_assert_eq(submit(DELIVERY, &reference), YQ_E_PEER, "no such method there");
    let_take(0);
    cr_assert_eq(submit(DELIVERY, &reference), YQ_OK, "%s", why.text);
    read_sent(node[0], &t);
    cr_expect_eq(t.type, 0);
    cr_expect_eq(t.chain_id, 2018);
    cr_expect_eq(t.nonce, 17, "what the node says that knows most");
    cr_expect_eq(t.price, 5);
    cr_expect_eq(t.gas, 10000000);
    cr_expect_eq(t.to.p[0], 0x99);
    uint8_t own[4];
    yq_evma_selector("receiveMessages(bytes)", own);
    cr_expect_arr_eq(t.data.p, own, 4);
    cr_expect(yq_abi_bytes_decode(yq_slice_of(t.data.p + 4, t.data.n - 4), &content));
    cr_expect(yq_slice_equal(content, yq_slice_text(DELIVERY)));
    check_signer(&t);
    cr_assert_eq(reference.n, 48);
    cr_expect_arr_eq(reference.p, t.hash.b, 32);
    cr_expect_eq(reference.p[39], 17);
    cr_expect_eq(reference.p[47], test_ibft.height);
    cr_expect_str_eq(test_counter(session, "submitted"), "1");
}

/* A latest block with a base fee. */
#define LATEST(base) "\"result\":{\"gasLimit\":\"0x100000\",\"baseFeePerGas\":\"" base "\"}"
#define REWARDS      "\"result\":{\"reward\":[[\"0x2\"],[\"0x9\"],[\"0x3\"]]}"

Test(submit, a_fee_market_transaction)
{
    yq_slice reference;
    sent t;
    open_with(NULL, NULL);
    test_say(node[0], "eth_getBlockByNumber", "latest", LATEST("0x7"));
    test_say(node[0], "eth_feeHistory", NULL, REWARDS);
    (void)submit(DELIVERY, &reference);
    let_take(0);
    cr_assert_eq(submit(DELIVERY, &reference), YQ_OK, "%s", why.text);
    read_sent(node[0], &t);
    cr_expect_eq(t.type, 2);
    cr_expect_eq(t.chain_id, 2018);
    cr_expect_eq(t.nonce, 3);
    cr_expect_eq(t.tip, 9);
    cr_expect_eq(t.price, 2 * 7 + 9);
    cr_expect_eq(t.gas, 0x100000, "no more than the block has");
    check_signer(&t);
}

Test(submit, a_price_has_a_limit)
{
    yq_slice reference;
    sent t;
    open_with("fee_max", "30");
    test_say(node[0], "eth_gasPrice", NULL, "\"result\":\"0x1f\"");
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_LIMIT);
    cr_expect_not_null(strstr(why.text, "31 wei"), "%s", why.text);
    cr_expect_str_empty(node[0]->last_raw);
    test_say(node[0], "eth_feeHistory", NULL, REWARDS);
    test_say(node[0], "eth_getBlockByNumber", "latest", LATEST("0x1f"));
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_LIMIT);
    test_say(node[0], "eth_feeHistory", NULL, "\"result\":{\"reward\":[[\"0x1f\"]]}");
    test_say(node[0], "eth_getBlockByNumber", "latest", LATEST("0x7"));
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_LIMIT);
    cr_expect_str_empty(node[0]->last_raw);
    test_say(node[0], "eth_feeHistory", NULL, "\"result\":{\"reward\":[[\"0x1e\"]]}");
    (void)submit(DELIVERY, &reference);
    read_sent(node[0], &t);
    cr_expect_eq(t.price, 30, "the cap, not more");
    test_say(node[0], "eth_getBlockByNumber", "latest", LATEST("0x14"));
    (void)submit(DELIVERY, &reference);
    read_sent(node[0], &t);
    cr_expect_eq(t.price, 30, "also where twice the base is more");
}

/* A chain without fees; a node without a history of them. */
Test(submit, free_gas)
{
    yq_slice reference;
    sent t;
    open_with("fee_max", "0");
    test_say(node[0], "eth_gasPrice", NULL, "\"result\":\"0x0\"");
    (void)submit(DELIVERY, &reference);
    read_sent(node[0], &t);
    cr_expect_eq(t.price, 0);
    test_say(node[0], "eth_getBlockByNumber", "latest", LATEST("0x0"));
    (void)submit(DELIVERY, &reference);
    read_sent(node[0], &t);
    cr_expect_eq(t.type, 2);
    cr_expect_eq(t.price, 0);
}

Test(submit, the_kind_of_transaction_can_be_said)
{
    yq_slice reference;
    sent t;
    open_with("transaction", "legacy");
    test_say(node[0], "eth_getBlockByNumber", "latest", LATEST("0x7"));
    (void)submit(DELIVERY, &reference);
    read_sent(node[0], &t);
    cr_expect_eq(t.type, 0);
    a->close(session);
    open_with("transaction", "eip1559");
    test_say(node[0], "eth_getBlockByNumber", "latest", NULL);
    (void)submit(DELIVERY, &reference);
    read_sent(node[0], &t);
    cr_expect_eq(t.type, 2);
    cr_expect_eq(t.price, 0, "no base fee, nobody who pays on top");
}

Test(submit, nodes_that_refuse)
{
    yq_slice reference;
    open_with(NULL, NULL);
    test_say(
        node[0],
        "eth_sendRawTransaction",
        NULL,
        "\"error\":{\"code\":-32000,\"message\":\"Upfront cost exceeds account balance\"}");
    test_say(
        node[1],
        "eth_sendRawTransaction",
        NULL,
        "\"error\":{\"code\":-32000,\"message\":\"Known transaction\"}");
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_PEER, "nobody took it");
    let_take(1);
    cr_expect_eq(submit(DELIVERY, &reference), YQ_OK, "the next node takes it");
    test_say(
        node[0],
        "eth_sendRawTransaction",
        NULL,
        "\"result\":\"0x0000000000000000000000000000000000000000000000000000000000000001\"");
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_PEER);
    cr_expect_not_null(strstr(why.text, "another transaction hash"), "%s", why.text);
    /* An answer was lost: the other node has it already. */
    test_say(
        node[1],
        "eth_sendRawTransaction",
        NULL,
        "\"error\":{\"code\":-32000,\"message\":\"already known\"}");
    test_say(node[0], "eth_sendRawTransaction", NULL, TEST_NO_REPLY);
    cr_expect_eq(submit(DELIVERY, &reference), YQ_OK, "%s", why.text);
    test_say(node[1], "eth_sendRawTransaction", NULL, TEST_NO_REPLY);
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_UNAVAILABLE);
    for (size_t i = 0; i < 2; i++) {
        test_say(node[i], "eth_getTransactionCount", NULL, "\"result\":\"none\"");
    }
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_PEER, "nobody says the account's number");
    cr_expect_not_null(strstr(why.text, "eth_getTransactionCount"), "%s", why.text);
}

Test(submit, who_may_not)
{
    yq_slice reference;
    yq_receipt_view view;
    session = test_session(node, 1, NULL);
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_UNSUPPORTED, "read only");
    cr_expect_eq(
        a->receipt(session, yq_slice_text("x"), TEST_DEADLINE_MS, &view, &why),
        YQ_E_CONFIG_INVALID);
    a->close(session);
    open_with(NULL, NULL);
    test_say(node[0], "eth_chainId", NULL, "\"result\":\"0x1\"");
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_CONFIG_INVALID, "a node of another chain");
    cr_expect_str_empty(node[0]->last_raw);
    a->close(session);
    (void)unlink(key_file);
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    cr_assert_eq(yq_key_write(key, key_file, NULL, &why), YQ_OK);
    yq_key_free(key);
    open_with(NULL, NULL);
    test_say(node[0], "eth_chainId", NULL, NULL);
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_CONFIG_INVALID, "a key of another curve");
}

/* ---- the fate of one ---------------------------------------------------------------------------
 */

static uint8_t reference_bytes[48] = {7, [39] = 3, [47] = 10};

static yq_submit_state fate(yq_receipt_view *view)
{
    *view = (yq_receipt_view){.state = YQ_SUBMIT_INVALID};
    why = (yq_fault){0};
    cr_assert_eq(
        a->receipt(session, yq_slice_of(reference_bytes, 48), TEST_DEADLINE_MS, view, &why),
        YQ_OK,
        "%s",
        why.text);
    return view->state;
}

#define RECEIPT(status, more)                                                                      \
    "\"result\":{\"status\":\"" status "\",\"blockNumber\":\"0xd\",\"gasUsed\":\"0x5208\"" more "}"
#define REASON                                                                                     \
    ",\"revertReason\":"                                                                           \
    "\"0x08c379a00000000000000000000000000000000000000000000000000000000000000020"                 \
    "0000000000000000000000000000000000000000000000000000000000000003"                             \
    "6261640000000000000000000000000000000000000000000000000000000000\""

Test(submit, fates)
{
    yq_receipt_view view;
    open_with(NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        test_say(node[i], "eth_getTransactionByHash", NULL, "\"result\":{}");
    }
    cr_expect_eq(fate(&view), YQ_SUBMIT_PENDING);
    test_say(node[1], "eth_getTransactionReceipt", NULL, RECEIPT("0x1", ""));
    cr_expect_eq(fate(&view), YQ_SUBMIT_DONE);
    cr_expect_eq(view.height, 13);
    test_say(node[1], "eth_getTransactionReceipt", NULL, RECEIPT("0x0", ""));
    cr_expect_eq(fate(&view), YQ_SUBMIT_FAILED);
    cr_expect_str_eq(view.text, "reverted, gas used 21000");
    test_say(node[1], "eth_getTransactionReceipt", NULL, RECEIPT("0x0", REASON));
    cr_expect_eq(fate(&view), YQ_SUBMIT_FAILED);
    cr_expect_str_eq(view.text, "reverted, gas used 21000: bad");
    test_say(node[0], "eth_getTransactionReceipt", NULL, RECEIPT("0x7", ""));
    test_say(node[1], "eth_getTransactionReceipt", NULL, RECEIPT("0x7", ""));
    cr_expect_eq(
        a->receipt(session, yq_slice_of(reference_bytes, 48), TEST_DEADLINE_MS, &view, &why),
        YQ_E_PEER);
    cr_expect_eq(
        a->receipt(session, yq_slice_of(reference_bytes, 47), TEST_DEADLINE_MS, &view, &why),
        YQ_E_LEN);
}

Test(submit, a_transaction_that_is_lost)
{
    yq_receipt_view view;
    open_with(NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        test_say(node[i], "eth_getTransactionByHash", NULL, "\"result\":null");
        test_say(node[i], "eth_blockNumber", NULL, "\"result\":\"0x11\"");
    }
    cr_expect_eq(fate(&view), YQ_SUBMIT_PENDING, "seven blocks: it may be on its way");
    test_say(node[0], "eth_blockNumber", NULL, "\"result\":\"0x12\"");
    cr_expect_eq(fate(&view), YQ_SUBMIT_PENDING, "the other one may have it");
    test_say(node[1], "eth_blockNumber", NULL, "\"result\":\"0x12\"");
    cr_expect_eq(fate(&view), YQ_SUBMIT_LOST);
    test_say(node[1], "eth_getTransactionByHash", NULL, "\"result\":{}");
    cr_expect_eq(fate(&view), YQ_SUBMIT_PENDING, "in a pool");
    test_say(node[0], "eth_getTransactionCount", "latest", "\"result\":\"0x4\"");
    cr_expect_eq(fate(&view), YQ_SUBMIT_LOST, "its number is gone");
    cr_expect_not_null(strstr(view.text, "number"), "%s", view.text);
    test_say(node[1], "eth_getTransactionReceipt", NULL, RECEIPT("0x1", ""));
    cr_expect_eq(fate(&view), YQ_SUBMIT_DONE, "a receipt says more than a number");
}

Test(submit, nobody_answers)
{
    yq_receipt_view view;
    yq_slice reference;
    open_with(NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        node[i]->http = 503;
    }
    cr_expect_eq(submit(DELIVERY, &reference), YQ_E_UNAVAILABLE);
    cr_expect_eq(
        a->receipt(session, yq_slice_of(reference_bytes, 48), TEST_DEADLINE_MS, &view, &why),
        YQ_E_UNAVAILABLE);
    node[1]->http = 0;
    cr_expect_eq(fate(&view), YQ_SUBMIT_PENDING);
}

/* Clique: done is what is buried; a receipt above that is no loss either. */
Test(submit, a_fate_of_clique)
{
    yq_receipt_view view;
    test_node *const own[] = {test_node_start(&test_clique), test_node_start(&test_clique)};
    const char *const option[] = {
        "inbox", INBOX, "account_key", key_file, "chain_id", "2018", NULL};
    for (size_t i = 0; i < 2; i++) { /* the other one is on a branch without it */
        test_say(own[i], "eth_getTransactionCount", NULL, "\"result\":\"0x9\"");
        test_say(own[i], "eth_blockNumber", NULL, "\"result\":\"0xe\"");
    }
    test_say(own[0], "eth_getTransactionReceipt", NULL, RECEIPT("0x1", ""));
    session = test_session(own, 2, option);
    cr_expect_eq(fate(&view), YQ_SUBMIT_PENDING, "one block lies on it");
    test_say(own[0], "eth_blockNumber", NULL, "\"result\":\"0xf\"");
    cr_expect_eq(fate(&view), YQ_SUBMIT_DONE);
    test_node_stop(own[0]);
    test_node_stop(own[1]);
}
