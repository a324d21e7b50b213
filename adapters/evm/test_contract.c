#include "adapters/evm/test_node.h"

/* Validators in a contract: what the adapter asks for, and nodes that answer badly. */
static yq_fault why;
static test_node *node;
static yq_evma_session *s;

static void setup(void)
{
    node = test_node_start(&test_ibft);
    s = test_session(&node, 1, NULL);
    s->profile.mode = YQ_EVM_QBFT_CONTRACT;
    memset(s->profile.contract, 0x77, sizeof s->profile.contract);
}

static void teardown(void)
{
    yq_adapter_v1()->close(s);
    test_node_stop(node);
    test_release();
}

TestSuite(contract, .init = setup, .fini = teardown);

#define ROOT(digit)                                                                                \
    "\"storageHash\":\"0x" digit "000000000000000000000000000000000000000000000000000000000000000" \
    "\""
#define SLOT(value)         "{\"value\":\"" value "\",\"proof\":[\"0xc0\"]}"
#define ACCOUNT(root, rest) "\"result\":{\"accountProof\":[\"0xc0\"]," root rest "}"
#define ONE(root, value)    ACCOUNT(ROOT(root), ",\"storageProof\":[" SLOT(value) "]")
/* The key of the list's first element stands only in the question for all of it. */
#define ELEMENT             "290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"

/* The proof for a header. Returns its size; SIZE_MAX and why when there is none. */
static size_t proof(uint64_t number, yq_status expected)
{
    static uint8_t room[1u << 16];
    yq_buf out = {room, sizeof room, 0};
    why = (yq_fault){0};
    yq_status status =
        yq_evma_contract_proof(s, number, yq_web_now_ms() + TEST_DEADLINE_MS, &out, &why);
    cr_expect_eq(status, expected, "%" PRIu64 ": %d %s", number, (int)status, why.text);
    return status == YQ_OK ? out.n : SIZE_MAX;
}

#define ACCOUNT_ONLY (2u + 4u + 1u + 1u)
#define WITH_LIST    (ACCOUNT_ONLY + (2u + 4u + 1u) + 2u + 2u * (2u + 4u + 1u))

static void all_of_it(void)
{
    test_say(
        node,
        "eth_getProof",
        ELEMENT,
        ACCOUNT(ROOT("2"), ",\"storageProof\":[" SLOT("0x2") "," SLOT("0xa") "," SLOT("0xb") "]"));
}

Test(contract, the_list_comes_when_it_changed)
{
    test_say(node, "eth_getProof", "\"0x0\"]", ONE("1", "0x2"));
    test_say(node, "eth_getProof", "\"0x1\"]", ONE("1", "0x2"));
    test_say(node, "eth_getProof", "\"0x2\"]", ONE("2", "0x2"));
    test_say(node, "eth_getProof", "\"0x3\"]", ONE("2", "0x2"));
    all_of_it();
    cr_expect_eq(proof(1, YQ_OK), WITH_LIST, "the first header");
    cr_expect_eq(proof(2, YQ_OK), ACCOUNT_ONLY, "the same in the state of 0 and of 1");
    cr_expect_eq(proof(3, YQ_OK), WITH_LIST, "another one in that of 2");
    cr_expect_eq(proof(4, YQ_OK), ACCOUNT_ONLY);
    unsigned calls = node->calls;
    cr_expect_eq(proof(5, YQ_E_PEER), SIZE_MAX, "no reply for the state of 4");
    cr_expect_eq(node->calls, calls + 1, "the root of 3 is known");
    cr_expect_eq(proof(3, YQ_OK), WITH_LIST, "after a restart of the scan, too");
    s->anchor_height = 3;
    cr_expect_eq(proof(4, YQ_OK), WITH_LIST, "the first header of another anchor");
}

Test(contract, nodes_that_answer_badly)
{
    static const struct {
        const char *one, *all;
        yq_status status;
    } bad[] = {
        {ONE("1", "0x0"), NULL, YQ_E_SET_CHANGE},
        {ONE("1", "0x101"), NULL, YQ_E_SET_CHANGE},
        {ONE("1", "x"), NULL, YQ_E_FIELD_MISSING},
        {ACCOUNT(ROOT("1"), ""), NULL, YQ_E_FIELD_MISSING},
        {ACCOUNT("\"x\":1", ",\"storageProof\":[" SLOT("0x2") "]"), NULL, YQ_E_FIELD_MISSING},
        {"\"result\":null", NULL, YQ_E_NOT_FOUND},
        {"\"error\":{\"code\":-32000,\"message\":\"World state unavailable\"}", NULL, YQ_E_PEER},
        {ONE("1", "0x2"), "\"result\":{}", YQ_E_FIELD_MISSING},
        {ONE("1", "0x2"), ONE("1", "0x2"), YQ_E_FIELD_MISSING},
        {ONE("1", "0x2"), "\"result\":null", YQ_E_NOT_FOUND},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        node->says_n = 0;
        test_say(node, "eth_getProof", NULL, bad[i].one);
        if (bad[i].all != NULL) {
            test_say(node, "eth_getProof", ELEMENT, bad[i].all);
        }
        (void)proof(1, bad[i].status);
    }
    cr_expect_eq(s->has_root, 0, "nothing was learnt");
}
