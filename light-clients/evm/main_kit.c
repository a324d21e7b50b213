/* Makes the cases of the conformance kit: yq-kit-evm FOLDER. */
#include "light-clients/evm/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];

static void mode_cases(const char *dir, const char *name, uint8_t mode)
{
    test_chain *c = test_chain_new(mode, 4);
    test_block b[12];
    test_kit k = test_kit_begin(dir, name, 0);
    for (size_t i = 0; i < 12; i++) {
        b[i] = test_next(c, i == 0 ? NULL : &b[i - 1], test_plain);
    }
    size_t n = (size_t)c->depth + 1;
    test_kit_step(&k, "init", "genesis", test_anchor(c, &b[0], room), NULL);
    test_kit_step(&k, "update", "block 1", test_update(&b[1], n, room), NULL);
    test_kit_step(&k, "update", "block 1 again", test_update(&b[1], n, room), "E_REPLAY");
    test_kit_step(&k, "update", "block 3", test_update(&b[3], n, room), "E_HEIGHT");
    if (mode != YQ_EVM_CLIQUE) {
        test_wish few = test_plain;
        few.seals = "ss--";
        test_block weak = test_next(c, &b[1], few);
        test_kit_step(&k, "update", "two seals of four", test_update(&weak, 1, room), "E_QUORUM");
        test_block other = b[1];
        other.time++;
        test_seal(c, test_plain, &other);
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_put_u8(&w, 1);
        yq_put_blob32(&w, yq_slice_of(b[1].raw, b[1].raw_n));
        yq_put_blob32(&w, yq_slice_of(other.raw, other.raw_n));
        test_kit_step(&k, "misbehaviour", "two blocks 1", yq_writer_slice(&w), NULL);
    }
    test_kit_step(&k, "update", "blocks 2 and 3", test_update(&b[2], n + 1, room), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

/* One transaction with one log, and an empty state. */
static void event_cases(const char *dir)
{
    static uint8_t receipt[512];
    static const uint8_t bloom[256], address[20] = {0xee}, key[52];
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 4);
    test_kit k = test_kit_begin(dir, "events", 0);
    yq_writer w = yq_writer_of(receipt, sizeof receipt), o = yq_writer_of(room, sizeof room);
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_uint(&w, 1);
    yq_rlp_put_uint(&w, 21000);
    yq_rlp_put_string(&w, yq_slice_of(bloom, sizeof bloom));
    size_t logs = yq_rlp_list_begin(&w), log = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(address, sizeof address));
    yq_put_u8(&w, 0xc0);
    yq_rlp_put_string(&w, yq_slice_text("data"));
    yq_rlp_list_end(&w, log);
    yq_rlp_list_end(&w, logs);
    yq_rlp_list_end(&w, mark);
    const yq_trie_entry r = {yq_slice_of("\x80", 1), yq_writer_slice(&w)};
    const yq_trie_entry t = {yq_slice_of("\x80", 1), yq_slice_text("transaction")};
    const yq_trie_proof tx = test_trie(c, &t, 1, t.key), rx = test_trie(c, &r, 1, r.key);
    test_block b = test_next(c, NULL, test_plain);
    b.tx_root = tx.root;
    b.receipt_root = rx.root;
    memcpy(b.state_root.b, yq_mpt_empty_root, 32);
    test_seal(c, test_plain, &b);
    test_kit_step(&k, "init", "genesis", test_anchor(c, &b, room), NULL);
    yq_put_u8(&o, 1);
    yq_put_u64(&o, 0);
    yq_put_u32(&o, 0);
    test_nodes_put(&o, &tx);
    test_nodes_put(&o, &rx);
    yq_put_u32(&o, 0);
    test_kit_step(&k, "event", "the log", yq_writer_slice(&o), NULL);
    o.n = 0;
    yq_put_u8(&o, 1);
    yq_put_u64(&o, 0);
    yq_put_u16(&o, 0);
    yq_put_u16(&o, 0);
    test_kit_step(&k, "value", "no account", yq_writer_slice(&o), NULL);
    test_kit_key(&k, yq_slice_of(key, sizeof key));
    test_kit_end(&k);
    test_chain_free(c);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    mode_cases(argv[1], "ibft1", YQ_EVM_IBFT1);
    mode_cases(argv[1], "ibft2", YQ_EVM_IBFT2);
    mode_cases(argv[1], "qbft", YQ_EVM_QBFT);
    mode_cases(argv[1], "clique", YQ_EVM_CLIQUE);
    event_cases(argv[1]);
    return 0;
}
