#include "light-clients/evm/evm.h"
#include "relay/codec/rlp.h"

#define NODE_MAX (1u << 20)

void yq_evm_take_nodes(const yq_evm_call *call, yq_cur *c, yq_mpt_proof *out)
{
    size_t at = c->pos, n = yq_cur_u16(c);
    *out = (yq_mpt_proof){0};
    if (n > YQ_MPT_NODES_MAX) {
        yq_cur_fail_field(c, YQ_E_PROOF_DEPTH, at, "nodes");
        return;
    }
    if (n == 0) {
        return;
    }
    yq_slice *node = call->host->scratch(call->host->self, n * sizeof *node);
    if (node == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "nodes");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        node[i] = yq_cur_blob32(c, NODE_MAX);
    }
    *out = (yq_mpt_proof){n, node};
}

void yq_evm_take_contract_proof(const yq_evm_call *call, yq_cur *c, yq_evm_contract_proof *out)
{
    *out = (yq_evm_contract_proof){0};
    yq_evm_take_nodes(call, c, &out->account);
    size_t at = c->pos;
    uint8_t flag = yq_cur_u8(c);
    if (flag > 1) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "storage follows");
    }
    out->has_storage = flag;
    if (!flag) {
        return;
    }
    yq_evm_take_nodes(call, c, &out->length);
    at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n == 0 || out->n > YQ_EVM_VALIDATORS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "validators");
    }
    if (!yq_cur_ok(c)) {
        return;
    }
    out->element = call->host->scratch(call->host->self, out->n * sizeof *out->element);
    if (out->element == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "validators");
        return;
    }
    for (size_t i = 0; i < out->n; i++) {
        yq_evm_take_nodes(call, c, &out->element[i]);
    }
}

/* [nonce, balance, storage root, code hash] */
static yq_status read_account(const yq_evm_call *call, yq_slice account, yq_digest *storage_root)
{
    yq_cur c = yq_cur_of(account);
    yq_cur items = yq_rlp_list(&c);
    (void)yq_rlp_number(&items);
    (void)yq_rlp_number(&items);
    yq_slice root = yq_rlp_fixed(&items, YQ_DIGEST_SIZE);
    (void)yq_rlp_fixed(&items, YQ_DIGEST_SIZE);
    yq_bytes_copy(storage_root->b, root.p, root.n);
    yq_rlp_end(&items, &c);
    return yq_cur_done(&c, call->why);
}

yq_status yq_evm_account(
    const yq_evm_call *call,
    const yq_digest *state_root,
    const uint8_t *address,
    const yq_mpt_proof *proof,
    yq_digest *storage_root,
    yq_slice *account,
    int *present)
{
    const yq_digest key = yq_evm_hash(call, yq_slice_of(address, YQ_EVM_ADDRESS_SIZE));
    yq_status status = yq_mpt_check(
        call->host, state_root, YQ_SLICE_OF(key.b), proof, account, present, call->why);
    return *present ? read_account(call, *account, storage_root) : status;
}

yq_status yq_evm_storage(
    const yq_evm_call *call,
    const yq_digest *storage_root,
    const uint8_t *slot,
    const yq_mpt_proof *proof,
    yq_slice *value)
{
    const yq_digest key = yq_evm_hash(call, yq_slice_of(slot, YQ_DIGEST_SIZE));
    yq_slice held;
    int present;
    *value = (yq_slice){0};
    yq_status status = yq_mpt_check(
        call->host, storage_root, YQ_SLICE_OF(key.b), proof, &held, &present, call->why);
    if (!present) {
        return status;
    }
    yq_cur c = yq_cur_of(held);
    *value = yq_rlp_number(&c);
    if (value->n == 0) {
        yq_cur_fail_field(&c, YQ_E_NONCANONICAL, 0, "a stored zero");
    }
    return yq_cur_done(&c, call->why);
}

/* Adds an index to a slot, as a number of 256 bits. */
static void slot_plus(uint8_t *slot, uint64_t add)
{
    for (size_t i = YQ_DIGEST_SIZE; i > 0 && add > 0; i--) {
        add += slot[i - 1];
        slot[i - 1] = (uint8_t)add;
        add >>= 8;
    }
}

static yq_status read_element(
    const yq_evm_call *call,
    const yq_digest *storage_root,
    const yq_digest *first,
    size_t idx,
    const yq_mpt_proof *proof,
    yq_evm_set *out)
{
    yq_digest slot = *first;
    yq_slice value;
    uint8_t address[YQ_EVM_ADDRESS_SIZE] = {0};
    slot_plus(slot.b, idx);
    yq_status status = yq_evm_storage(call, storage_root, slot.b, proof, &value);
    if (status != YQ_OK) {
        return status;
    }
    if (value.n == 0 || value.n > sizeof address) {
        return yq_evm_fail(call, YQ_E_SET_CHANGE, "no address in the contract's list");
    }
    memcpy(address + sizeof address - value.n, value.p, value.n);
    return yq_evm_set_add(out, address) ? YQ_OK
                                        : yq_evm_fail(call, YQ_E_DUP_SIGNER, "the contract's list");
}

yq_status yq_evm_contract_apply(
    const yq_evm_call *call, yq_evm_state *state, const yq_evm_contract_proof *proof)
{
    yq_digest root = {{0}};
    yq_slice account, length;
    int present;
    yq_status status = yq_evm_account(
        call, &state->last.state_root, state->contract, &proof->account, &root, &account, &present);
    if (status != YQ_OK) {
        return status;
    }
    if (!present) {
        return yq_evm_fail(call, YQ_E_SET_CHANGE, "the contract is not there");
    }
    if (yq_digest_equal(&root, &state->storage_root)) {
        return proof->has_storage ? yq_evm_fail(call, YQ_E_NONCANONICAL, "storage did not change")
                                  : YQ_OK;
    }
    if (!proof->has_storage) {
        return yq_evm_fail(call, YQ_E_PROOF_REQUIRED, "storage changed");
    }
    status = yq_evm_storage(call, &root, state->slot.b, &proof->length, &length);
    if (status != YQ_OK) {
        return status;
    }
    uint64_t n = 0;
    for (size_t i = 0; i < length.n; i++) {
        n = n << 8 | length.p[i];
    }
    if (length.n > 2 || n != proof->n) {
        return yq_evm_fail(call, YQ_E_SET_CHANGE, "length of the contract's list");
    }
    const yq_digest first = yq_evm_hash(call, YQ_SLICE_OF(state->slot.b));
    state->set.n = 0;
    for (size_t i = 0; i < proof->n && status == YQ_OK; i++) {
        status = read_element(call, &root, &first, i, &proof->element[i], &state->set);
    }
    state->storage_root = root;
    state->set_from = state->height + 1;
    return status;
}
