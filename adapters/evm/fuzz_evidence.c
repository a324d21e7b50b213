/* A node's JSON is foreign: whatever parses is read as every kind of reply, into small rooms. */
#include "adapters/evm/evidence.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define ROOM_SIZE (1u << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reject, or the room that ran out. */
static void check(yq_status status)
{
    YQ_ASSERT(status > -400 || status == YQ_E_NOSPC);
}

static void read_block(yq_evma_work *work, uint8_t mode, const yq_json *value, yq_buf out)
{
    const yq_evma_profile profile = {
        .mode = mode, .epoch = 10, .depth = mode == YQ_EVM_CLIQUE ? 2 : 0};
    yq_evma_header header;
    yq_fault why;
    yq_status status = yq_evma_header_of(work, &profile, value, &out, &header, &why);
    check(status);
    if (status == YQ_OK) {
        check(yq_evma_seals_look(work, &profile, header.raw, &why));
        check(yq_evma_anchor_of(&profile, &header, &out, &why));
        check(yq_evma_update_add(header.raw, &out, &why));
    }
    YQ_ASSERT(out.n <= out.cap);
}

static void read_tx(const yq_json *value, yq_buf out)
{
    const yq_json *first = yq_json_at(yq_json_get(value, "transactions"), 0);
    yq_digest hash;
    yq_fault why;
    check(yq_evma_tx_of(first == NULL ? value : first, &out, &hash, &why));
    YQ_ASSERT(out.n <= out.cap);
}

static void read_rest(const yq_json *value, yq_buf out)
{
    const yq_json *first = yq_json_at(value, 0);
    const yq_json *receipt = first == NULL ? value : first;
    yq_digest root;
    yq_fault why;
    uint64_t type = 0;
    check(yq_evma_type_of(receipt, &type, &why));
    check(yq_evma_receipt_of(receipt, type, &out, &why));
    out.n = 0;
    check(yq_evma_contract_of(value, 1, &out, &why));
    out.n = 0;
    check(yq_evma_contract_of(value, 0, &out, &why));
    check(yq_evma_storage_root_of(value, &root, &why));
    YQ_ASSERT(out.n <= out.cap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1u << 20], room[ROOM_SIZE];
    yq_evma_work work;
    yq_fault why;
    yq_json *document = yq_json_parse((yq_slice){data, size}, 1u << 16, &why);
    if (document == NULL) {
        return 0;
    }
    const yq_json *value = yq_json_get(yq_json_root(document), "result");
    yq_evma_work_begin(&work, memory, sizeof memory);
    for (size_t cap = 600; cap <= ROOM_SIZE; cap += ROOM_SIZE - 600) {
        const yq_buf out = {room, cap, 0};
        for (uint8_t mode = YQ_EVM_IBFT1; mode <= YQ_EVM_CLIQUE; mode++) {
            read_block(&work, mode, value, out);
        }
        read_tx(value, out);
        read_rest(value, out);
    }
    yq_json_free(document);
    return 0;
}
