#include "light-clients/evm/evm.h"
#include "relay/codec/abi.h"
#include "relay/codec/rlp.h"

#define BLOOM_SIZE  256u
#define TYPE_MAX    4u /* access list, fee market, blobs, set code */
#define INDEX_MAX   65535u
#define RECEIPT_MAX (1u << 20)

typedef struct log_entry {
    yq_slice address, topic0, data;
} log_entry;

static void read_log(yq_cur *logs, log_entry *out)
{
    yq_cur items = yq_rlp_list(logs);
    *out = (log_entry){.address = yq_rlp_fixed(&items, YQ_EVM_ADDRESS_SIZE)};
    yq_cur topics = yq_rlp_list(&items);
    for (size_t i = 0; yq_cur_left(&topics) > 0; i++) {
        yq_slice topic = yq_rlp_fixed(&topics, YQ_DIGEST_SIZE);
        if (i == YQ_EVM_TOPICS_MAX) {
            yq_cur_fail_field(&topics, YQ_E_LIMIT, topics.pos, "topics");
        }
        out->topic0 = i == 0 ? topic : out->topic0;
    }
    yq_rlp_end(&topics, &items);
    out->data = yq_rlp_string(&items, RECEIPT_MAX);
    yq_rlp_end(&items, logs);
}

/* [status, cumulative gas, bloom, logs], behind a type byte unless it is of the first kind. */
static yq_status read_receipt(
    const yq_evm_call *call, yq_slice in, uint32_t log_idx, log_entry *out)
{
    yq_cur c = yq_cur_of(in);
    size_t n = 0;
    int found = 0;
    if (in.p[0] < 0x80) { /* what a trie holds is not empty */
        uint8_t type = yq_cur_u8(&c);
        if (type == 0 || type > TYPE_MAX) {
            return yq_evm_fail(call, YQ_E_UNSUPPORTED, "receipt type");
        }
    }
    yq_cur items = yq_rlp_list(&c);
    yq_slice status = yq_rlp_string(&items, YQ_DIGEST_SIZE);
    (void)yq_rlp_number(&items);
    (void)yq_rlp_fixed(&items, BLOOM_SIZE);
    yq_cur logs = yq_rlp_list(&items);
    for (; yq_cur_left(&logs) > 0; n++) {
        log_entry one;
        read_log(&logs, &one);
        if (n == log_idx) {
            *out = one;
            found = 1;
        }
    }
    yq_rlp_end(&logs, &items);
    yq_rlp_end(&items, &c);
    yq_status code = yq_cur_done(&c, call->why);
    if (code != YQ_OK) {
        return code;
    }
    if (status.n > 1 || (status.n == 1 && status.p[0] != 1)) {
        return yq_evm_fail(call, YQ_E_UNSUPPORTED, "a receipt that does not tell success");
    }
    if (status.n == 0) {
        return yq_evm_fail(call, YQ_E_TX_FAILED, "status");
    }
    return found ? YQ_OK : yq_evm_fail(call, YQ_E_EVENT_UNPROVEN, "log index");
}

static yq_status open_state(yq_evm_call *call, yq_slice bytes, yq_evm_state *state)
{
    call->room = call->host->scratch(call->host->self, YQ_EVM_HEADER_MAX + 64u);
    return call->room == NULL ? yq_evm_fail(call, YQ_E_LIMIT, "scratch")
                              : yq_evm_state_decode(call, bytes, state);
}

/* What is under a transaction's index in one of the block's two tries. */
static yq_status entry_of(
    const yq_evm_call *call,
    const yq_digest *root,
    uint32_t index,
    const yq_mpt_proof *proof,
    yq_slice *value)
{
    uint8_t key[8];
    yq_writer w = yq_writer_of(key, sizeof key);
    int present;
    yq_rlp_put_uint(&w, index);
    yq_status status =
        yq_mpt_check(call->host, root, yq_writer_slice(&w), proof, value, &present, call->why);
    return status == YQ_OK && !present ? yq_evm_fail(call, YQ_E_PROOF_BOUNDS, "transaction index")
                                       : status;
}

yq_status yq_evm_event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    yq_evm_call call = {host, why, NULL};
    yq_evm_state state;
    yq_evm_record record;
    yq_mpt_proof tx_proof, receipt_proof;
    log_entry entry = {0};
    yq_slice tx, receipt;
    (void)now_ms;
    yq_status status = open_state(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_evm_take_version(&c);
    uint64_t number = yq_cur_u64(&c);
    size_t at = c.pos;
    uint32_t index = yq_cur_u32(&c);
    if (index > INDEX_MAX) {
        yq_cur_fail_field(&c, YQ_E_PROOF_BOUNDS, at, "transaction index");
    }
    yq_evm_take_nodes(&call, &c, &tx_proof);
    yq_evm_take_nodes(&call, &c, &receipt_proof);
    uint32_t log_idx = yq_cur_u32(&c);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_evm_record_get(&call, number, &record);
    }
    if (status == YQ_OK) {
        status = entry_of(&call, &record.tx_root, index, &tx_proof, &tx);
    }
    if (status == YQ_OK) {
        status = entry_of(&call, &record.receipt_root, index, &receipt_proof, &receipt);
    }
    if (status == YQ_OK) {
        status = read_receipt(&call, receipt, log_idx, &entry);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_digest *id = host->scratch(host->self, sizeof *id);
    if (id == NULL) {
        return yq_evm_fail(&call, YQ_E_LIMIT, "scratch");
    }
    *id = yq_evm_hash(&call, tx);
    *event = (yq_verified_event){
        .height = number,
        .time_ms = record.time * 1000,
        .emitter = entry.address,
        .name = entry.topic0,
        .data = entry.data,
        .tx_id = yq_slice_of(id->b, sizeof id->b),
        .event_index = log_idx,
        .grade = YQ_GRADE_LIGHT_CLIENT};
    yq_slice bytes;
    if (yq_abi_bytes_decode(entry.data, &bytes)) {
        event->bytes = bytes;
    }
    return YQ_OK;
}

yq_status yq_evm_value(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice key,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_value *value,
    yq_fault *why)
{
    yq_evm_call call = {host, why, NULL};
    yq_evm_state state;
    yq_evm_record record;
    yq_mpt_proof account_proof, storage_proof = {0};
    yq_digest storage_root = {{0}};
    int present;
    (void)now_ms;
    int slot = key.n == YQ_EVM_ADDRESS_SIZE + YQ_DIGEST_SIZE;
    if (!slot && key.n != YQ_EVM_ADDRESS_SIZE) {
        return yq_evm_fail(&call, YQ_E_LEN, "key");
    }
    yq_status status = open_state(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_evm_take_version(&c);
    uint64_t number = yq_cur_u64(&c);
    yq_evm_take_nodes(&call, &c, &account_proof);
    if (slot) {
        yq_evm_take_nodes(&call, &c, &storage_proof);
    }
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_evm_record_get(&call, number, &record);
    }
    *value = (yq_verified_value){.height = number};
    if (status == YQ_OK) {
        status = yq_evm_account(
            &call,
            &record.state_root,
            key.p,
            &account_proof,
            &storage_root,
            &value->value,
            &present);
    }
    if (status != YQ_OK) {
        return status;
    }
    value->present = present;
    if (!slot) {
        return YQ_OK;
    }
    value->value = (yq_slice){0};
    if (!present) {
        return storage_proof.n == 0 ? YQ_OK
                                    : yq_evm_fail(&call, YQ_E_PROOF_TRAILING, "storage proof");
    }
    status = yq_evm_storage(
        &call, &storage_root, key.p + YQ_EVM_ADDRESS_SIZE, &storage_proof, &value->value);
    value->present = value->value.n > 0;
    return status;
}
