/* A node's JSON is foreign: whatever parses is read as every kind of reply, into small rooms. */
#include "adapters/fisco-bcos-2/evidence.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reject, or the room that ran out. */
static void check(yq_status status)
{
    YQ_ASSERT(status > -400 || status == YQ_E_NOSPC);
}

static void read_all(const yq_fisco2_profile *p, const yq_json *value, size_t cap)
{
    static uint8_t room[1u << 17];
    yq_fault why;
    yq_digest hash;
    yq_buf out = {room, cap, 0};
    check(yq_fisco2_anchor_of_json(p, value, &out, &why));
    out.n = 0;
    check(yq_fisco2_signed_header_of_json(p, value, &out, &why));
    out.n = 0;
    check(yq_fisco2_update_gather(p, &value, 1, (yq_slice){0}, 0, &out, &why));
    const yq_json *tx = yq_json_get(value, "transaction");
    tx = tx != NULL ? tx : yq_json_at(yq_json_get(value, "transactions"), 0);
    const yq_json *receipt = yq_json_get(value, "transactionReceipt");
    out.n = 0;
    check(yq_fisco2_tx_rlp(p, tx, &out, &hash, &why));
    out.n = 0;
    check(yq_fisco2_receipt_rlp(p, receipt == NULL ? value : receipt, &out, &hash, &why));
    out.n = 0;
    check(yq_fisco2_path_of_json(yq_json_get(value, "txProof"), 3, &out, &why));
    const yq_fisco2_inclusion_json in = {
        .tx = tx,
        .receipt = receipt,
        .tx_proof = yq_json_get(value, "txProof"),
        .receipt_proof = yq_json_get(value, "receiptProof"),
    };
    out.n = 0;
    check(yq_fisco2_event_of_json(p, 1, &in, 0, &out, &why));
    YQ_ASSERT(out.n <= cap);
    yq_fisco2_profile read;
    check(yq_fisco2_profile_of(value, 1, &read, &why));
    (void)yq_fisco2_set_changed(receipt);
    (void)yq_fisco2_is_set_change(tx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_fault why;
    yq_json *document = yq_json_parse((yq_slice){data, size}, 1u << 16, &why);
    if (document == NULL) {
        return 0;
    }
    const yq_json *value = yq_json_get(yq_json_root(document), "result");
    const yq_fisco2_profile profile[2] = {
        {YQ_FISCO2_SUITE_SM, 8, 1, 1}, {YQ_FISCO2_SUITE_KECCAK, 7, 1, 1}};
    for (size_t i = 0; i < 2; i++) {
        read_all(&profile[i], value, 1u << 17);
        read_all(&profile[i], value, 600);
    }
    yq_json_free(document);
    return 0;
}
