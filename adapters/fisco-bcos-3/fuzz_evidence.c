/* A node's JSON is foreign: whatever parses is read as every kind of reply, into small rooms. */
#include "adapters/fisco-bcos-3/evidence.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM_SIZE (1u << 17)

/* A reject, or the room that ran out. */
static void check(yq_status status)
{
    YQ_ASSERT(status > -400 || status == YQ_E_NOSPC);
}

static void read_block(const yq_bcos3_profile *p, const yq_json *block, yq_buf room)
{
    static yq_bcos3_sealers set;
    const yq_bcos3_rules rules = {.depth = 1};
    yq_fault why;
    for (int as_it_stands = 0; as_it_stands < 2; as_it_stands++) {
        const yq_bcos3_signed from = {&block, 1, as_it_stands};
        yq_buf out = room;
        check(yq_bcos3_update_put(p, &from, (yq_slice){0}, 0, &out, &why));
        check(yq_bcos3_signed_header_put(p, &from, &out, &why));
        YQ_ASSERT(out.n <= room.cap);
    }
    yq_buf out = room;
    check(yq_bcos3_anchor_put(p, &rules, block, &out, &why));
    check(yq_bcos3_sealers_of(block, &set, &why));
}

static void read_call(
    const yq_bcos3_profile *p, const yq_json *tx, const yq_json *receipt, yq_buf room)
{
    static yq_bcos3_sealers set;
    yq_bcos3_path path;
    yq_digest hash;
    yq_fault why;
    int is_hex = 0;
    check(yq_bcos3_tx_hash(p, tx, room, &is_hex, &hash, &why));
    check(yq_bcos3_path_of_json(
        yq_bcos3_hash_alg(p),
        yq_json_get(tx, "txProof"),
        yq_json_get(receipt, "txReceiptProof"),
        &hash,
        &path,
        &why));
    YQ_ASSERT(path.n <= YQ_BCOS3_STEPS_MAX);
    check(yq_bcos3_receipt_hash(p, receipt, room, &hash, &why));
    const yq_bcos3_inclusion in = {tx, receipt, &path, is_hex};
    yq_buf out = room;
    check(yq_bcos3_event_put(1, &in, 0, &out, &why));
    check(yq_bcos3_change_put(p, &in, &out, &why));
    YQ_ASSERT(out.n <= room.cap);
    (void)yq_bcos3_unprovable(tx, receipt, is_hex);
    set.n = 0;
    (void)yq_bcos3_sealers_apply(p, tx, receipt, &set);
    YQ_ASSERT(set.n <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM_SIZE];
    static const size_t caps[] = {ROOM_SIZE, 400};
    yq_fault why;
    yq_json *document = yq_json_parse((yq_slice){data, size}, 1u << 16, &why);
    if (document == NULL) {
        return 0;
    }
    const yq_json *root = yq_json_root(document);
    const yq_json *block = yq_json_get(root, "block"), *tx = yq_json_get(root, "tx");
    yq_bcos3_profile read;
    check(yq_bcos3_profile_of(yq_json_get(root, "info"), &read, &why));
    for (size_t i = 0; i < YQ_ARRAY_N(caps); i++) {
        const yq_bcos3_profile p = {.suite = i == 0 ? YQ_BCOS3_SUITE_SM : YQ_BCOS3_SUITE_KECCAK};
        const yq_buf out = {room, caps[i], 0};
        read_block(&p, block == NULL ? root : block, out);
        read_call(&p, tx == NULL ? root : tx, yq_json_get(root, "receipt"), out);
    }
    yq_json_free(document);
    return 0;
}
