#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOT_TEXT 68u /* "0x", 64 digits, two quotes */

/* Asks for the contract's proof in the state of a height. In: slots, and whether the elements come
 * too: n of them. */
static yq_status ask_proof(
    yq_evma_session *s,
    uint64_t number,
    size_t elements,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    size_t cap = 128 + (elements + 1) * (SLOT_TEXT + 1);
    char *params = malloc(cap), hex[65];
    if (params == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "eth_getProof");
    }
    (void)yq_hex_encode(hex, sizeof hex, s->profile.contract, YQ_EVM_ADDRESS_SIZE);
    int n = snprintf(params, cap, "[\"0x%s\",[", hex);
    size_t at = (size_t)n;
    for (size_t i = 0; i <= elements; i++) {
        yq_digest slot = s->profile.slot;
        if (i > 0) {
            yq_evma_element_slot(&s->profile.slot, i - 1, &slot);
        }
        (void)yq_hex_encode(hex, sizeof hex, slot.b, sizeof slot.b);
        at += (size_t)snprintf(params + at, cap - at, "%s\"0x%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(params + at, cap - at, "],\"0x%" PRIx64 "\"]", number);
    yq_status status = yq_jsonrpc_ask_any(&s->rpc, "eth_getProof", params, until_ms, reply, why);
    free(params);
    return status;
}

/* The length of the list, from the proof of its slot. */
static yq_status length_of(const yq_json *proof, size_t *n, yq_fault *why)
{
    uint64_t length;
    const yq_json *slot = yq_json_at(yq_json_get(proof, "storageProof"), 0);
    if (!yq_json_quantity(yq_json_get(slot, "value"), &length)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "storageProof: value");
    }
    if (length == 0 || length > YQ_EVM_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_SET_CHANGE, 0, "length of the contract's list");
    }
    *n = (size_t)length;
    return YQ_OK;
}

/* The storage root in the state of a height. */
static yq_status root_at(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_digest *root, yq_fault *why)
{
    yq_json *reply = NULL;
    if (s->has_root && s->root_number == number) {
        *root = s->root;
        return YQ_OK;
    }
    yq_status status = ask_proof(s, number, 0, until_ms, &reply, why);
    if (status == YQ_OK) {
        status = yq_evma_storage_root_of(yq_jsonrpc_result(reply), root, why);
    }
    yq_json_free(reply);
    return status;
}

/* All of the list, when it is not the one that the client read for the height before. */
static yq_status append_storage(
    yq_evma_session *s,
    uint64_t number,
    const yq_json *proof,
    uint64_t until_ms,
    yq_buf *out,
    yq_fault *why)
{
    size_t n = 0;
    yq_json *reply = NULL;
    yq_status status = length_of(proof, &n, why);
    if (status == YQ_OK) {
        status = ask_proof(s, number, n, until_ms, &reply, why);
    }
    if (status == YQ_OK) {
        status = yq_evma_contract_of(yq_jsonrpc_result(reply), 1, out, why);
    }
    yq_json_free(reply);
    return status;
}

yq_status yq_evma_contract_proof(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_buf *out, yq_fault *why)
{
    yq_digest before, own;
    yq_json *reply = NULL;
    int is_first = number == s->anchor_height + 1;
    yq_status status = is_first ? YQ_OK : root_at(s, number - 2, until_ms, &before, why);
    if (status == YQ_OK) {
        status = ask_proof(s, number - 1, 0, until_ms, &reply, why);
    }
    if (status == YQ_OK) {
        status = yq_evma_storage_root_of(yq_jsonrpc_result(reply), &own, why);
    }
    if (status == YQ_OK && (is_first || !yq_digest_equal(&before, &own))) {
        status = append_storage(s, number - 1, yq_jsonrpc_result(reply), until_ms, out, why);
    } else if (status == YQ_OK) {
        status = yq_evma_contract_of(yq_jsonrpc_result(reply), 0, out, why);
    }
    if (status == YQ_OK) {
        s->has_root = 1;
        s->root_number = number - 1;
        s->root = own;
    }
    yq_json_free(reply);
    return status;
}
