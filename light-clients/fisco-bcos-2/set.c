#include "light-clients/fisco-bcos-2/fisco.h"
#include "relay/codec/abi.h"

#define SELECTOR_SIZE 4u

int yq_fisco2_set_new(const yq_fisco2_call *call, yq_fisco2_set *out)
{
    out->n = 0;
    out->id =
        call->host->scratch(call->host->self, (size_t)YQ_FISCO2_ID_SIZE * YQ_FISCO2_SEALERS_MAX);
    return out->id != NULL;
}

int yq_fisco2_set_equal(const yq_fisco2_set *a, const yq_fisco2_set *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->id, b->id, a->n * YQ_FISCO2_ID_SIZE) == 0);
}

int yq_fisco2_set_find(const yq_fisco2_set *set, const uint8_t *id, size_t *place)
{
    size_t i = 0;
    int order = 1;
    for (; i < set->n; i++) {
        order = memcmp(set->id + i * YQ_FISCO2_ID_SIZE, id, YQ_FISCO2_ID_SIZE);
        if (order >= 0) {
            break;
        }
    }
    *place = i;
    return i < set->n && order == 0;
}

int yq_fisco2_set_add(yq_fisco2_set *set, const uint8_t *id)
{
    size_t place;
    if (yq_fisco2_set_find(set, id, &place)) {
        return 1;
    }
    if (set->n == YQ_FISCO2_SEALERS_MAX) {
        return 0;
    }
    uint8_t *at = set->id + place * YQ_FISCO2_ID_SIZE;
    memmove(at + YQ_FISCO2_ID_SIZE, at, (set->n - place) * YQ_FISCO2_ID_SIZE);
    memcpy(at, id, YQ_FISCO2_ID_SIZE);
    set->n++;
    return 1;
}

void yq_fisco2_set_remove(yq_fisco2_set *set, const uint8_t *id)
{
    size_t place;
    if (!yq_fisco2_set_find(set, id, &place)) {
        return;
    }
    uint8_t *at = set->id + place * YQ_FISCO2_ID_SIZE;
    memmove(at, at + YQ_FISCO2_ID_SIZE, (set->n - place - 1) * YQ_FISCO2_ID_SIZE);
    set->n--;
}

int yq_fisco2_id_decode(yq_slice text, uint8_t *id)
{
    yq_buf out = {id, YQ_FISCO2_ID_SIZE, 0};
    return text.n == (size_t)2 * YQ_FISCO2_ID_SIZE &&
           yq_hex_decode(&out, (const char *)text.p, text.n) == YQ_OK;
}

static int is_call_of(const yq_fisco2_call *call, yq_slice data, const char *signature)
{
    yq_digest md = yq_fisco2_hash_one(call, yq_slice_text(signature));
    return data.n >= SELECTOR_SIZE && memcmp(md.b, data.p, SELECTOR_SIZE) == 0;
}

static int is_precompiled(yq_slice to)
{
    static const uint8_t address[20] = {[18] = 0x10, [19] = 0x03};
    return to.n == sizeof address && memcmp(to.p, address, sizeof address) == 0;
}

/* The contract answers int256 1 when it has done something; the receipt's status is 0 in any case.
 */
static int is_one(yq_slice output)
{
    return output.n == 32 && yq_bytes_are_zero(output.p, 31) && output.p[31] == 1;
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
