#ifndef YQ_ADAPTERS_EVM_TEST_ACCOUNT_H
#define YQ_ADAPTERS_EVM_TEST_ACCOUNT_H

/* For tests: two nodes, and an account that pays. */
#include "adapters/evm/test_node.h"

#define INBOX "0x9999999999999999999999999999999999999999"

static yq_fault why;
static char key_file[512];
static test_node *node[2];
static void *session;
static const yq_adapter *a;

static inline void open_with(const char *key, const char *value)
{
    const char *const option[] = {
        "inbox", INBOX, "account_key", key_file, "chain_id", "2018", key, value, NULL};
    session = test_session(node, 2, option);
}

static inline void setup(void)
{
    a = yq_adapter_v1();
    yq_key *key = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("account"), "evm");
    (void)snprintf(
        key_file, sizeof key_file, YQ_BINARY_DIR "/tests/evm-account.%ld", (long)getpid());
    (void)unlink(key_file);
    cr_assert_eq(yq_key_write(key, key_file, NULL, &why), YQ_OK, "%s", why.text);
    yq_key_free(key);
    for (size_t i = 0; i < 2; i++) {
        node[i] = test_node_start(&test_ibft);
        test_say(node[i], "eth_gasPrice", NULL, "\"result\":\"0x5\"");
        test_say(node[i], "eth_getTransactionCount", NULL, "\"result\":\"0x3\"");
    }
    session = NULL;
}

static inline void teardown(void)
{
    a->close(session);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    (void)unlink(key_file);
    test_release();
}

#endif /* YQ_ADAPTERS_EVM_TEST_ACCOUNT_H */
