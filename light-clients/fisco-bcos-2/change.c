#include "light-clients/fisco-bcos-2/fisco.h"
#include "relay/codec/abi.h"

#define SELECTOR_SIZE 4u

static int is_call_of(const yq_fisco2_call *call, yq_slice data, const char *signature)
{
    yq_digest md = yq_fisco2_hash_one(call, yq_slice_text(signature));
    return data.n >= SELECTOR_SIZE && memcmp(md.b, data.p, SELECTOR_SIZE) == 0;
}

static int is_precompiled(yq_slice to)
{
    static const uint8_t address[20] = {[18] = 0x10, [19] = 0x03};
    return yq_slice_equal(to, YQ_SLICE_OF(address));
}

/* The contract answers int256 1 when it has done something; the receipt's status is 0 in any case.
 */
static int is_one(yq_slice output)
{
    static const uint8_t one[32] = {[31] = 1};
    return yq_slice_equal(output, YQ_SLICE_OF(one));
}

static yq_status apply(const yq_fisco2_call *call, const yq_fisco2_tx *tx, yq_fisco2_set *set)
{
    uint8_t id[YQ_FISCO2_ID_SIZE];
    yq_slice text;
    int adds = is_call_of(call, tx->data, "addSealer(string)");
    if (!adds && !is_call_of(call, tx->data, "addObserver(string)") &&
        !is_call_of(call, tx->data, "remove(string)")) {
        return yq_fisco2_fail(call, YQ_E_SET_CHANGE, "method");
    }
    yq_slice args = yq_slice_of(tx->data.p + SELECTOR_SIZE, tx->data.n - SELECTOR_SIZE);
    if (!yq_abi_bytes_decode(args, &text) || !yq_fisco2_id_decode(text, id)) {
        return yq_fisco2_fail(call, YQ_E_SET_CHANGE, "node id");
    }
    if (!adds) {
        yq_fisco2_set_remove(set, id);
    } else if (!yq_fisco2_set_add(set, id)) {
        return yq_fisco2_fail(call, YQ_E_LIMIT, "sealers");
    }
    return YQ_OK;
}

yq_status yq_fisco2_set_change(
    const yq_fisco2_call *call,
    const yq_fisco2_state *state,
    const yq_fisco2_inclusion *change,
    size_t n,
    yq_fisco2_set *next)
{
    const yq_digest root[2] = {state->tx_root, state->receipt_root};
    if (!yq_fisco2_set_new(call, next)) {
        return yq_fisco2_fail(call, YQ_E_LIMIT, "set");
    }
    next->n = state->set.n;
    yq_bytes_copy(next->id, state->set.id, state->set.n * YQ_FISCO2_ID_SIZE);
    for (size_t i = 0; i < n; i++) {
        yq_fisco2_tx tx;
        yq_fisco2_receipt receipt;
        if (i > 0 && change[i].index <= change[i - 1].index) {
            int same = change[i].index == change[i - 1].index;
            return yq_fisco2_fail(call, same ? YQ_E_DUP_LEAF : YQ_E_NONCANONICAL, "set changes");
        }
        yq_status status =
            yq_fisco2_inclusion_check(call, state, root, &change[i], 0, &tx, &receipt);
        if (status != YQ_OK) {
            return status;
        }
        if (receipt.status != 0) {
            return yq_fisco2_fail(call, YQ_E_TX_FAILED, "set change");
        }
        if (!is_precompiled(tx.to) || !is_one(receipt.output)) {
            return yq_fisco2_fail(call, YQ_E_SET_CHANGE, "address, output");
        }
        status = apply(call, &tx, next);
        if (status != YQ_OK) {
            return status;
        }
    }
    return next->n > 0 ? YQ_OK : yq_fisco2_fail(call, YQ_E_SET_CHANGE, "no sealer is left");
}
