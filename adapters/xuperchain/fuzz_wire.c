#include "adapters/xuperchain/evidence.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read can be hashed in the room that is given for it. */
static void read_tx(yq_slice raw)
{
    yq_xua_tx tx;
    yq_xua_write one;
    yq_cur at = yq_cur_of(raw);
    yq_writer w = yq_writer_of(malloc(yq_xua_tx_size(raw)), yq_xua_tx_size(raw));
    YQ_ASSERT(w.p != NULL);
    yq_status status = yq_xua_tx_put(raw, YQ_XUA_SIGNED | YQ_XUA_AUTOGEN, &w);
    YQ_ASSERT(status == YQ_OK || status == YQ_E_LIMIT);
    free(w.p);
    if (yq_xua_tx_decode(raw, &tx, NULL) == YQ_OK) {
        YQ_ASSERT(tx.txid.n <= raw.n && tx.blockid.n <= raw.n);
    }
    while (yq_xua_write_next(&at, &one)) {
        YQ_ASSERT(one.key.n <= raw.n && one.value.n <= raw.n && one.bucket.n <= raw.n);
    }
}

static void read_header(const yq_xua_block *block)
{
    size_t cap = yq_xua_header_size(block);
    yq_buf hashed = {malloc(cap), cap, 0};
    yq_writer w = yq_writer_of(malloc(cap), cap);
    yq_digest id = {{0}};
    YQ_ASSERT(hashed.p != NULL && w.p != NULL);
    if (yq_xua_header_put(block, hashed, &w, &id, NULL) == YQ_OK) {
        YQ_ASSERT(w.n > 0 && !yq_digest_is_zero(&id));
    }
    if (yq_xua_certifies(block)) {
        YQ_ASSERT(block->has_cert && block->parent.n > 0);
    }
    free(hashed.p);
    free(w.p);
}

static void read_block(yq_slice raw)
{
    yq_xua_block block;
    yq_slice tx;
    size_t n = 0;
    if (yq_xua_block_decode(raw, &block, NULL) != YQ_OK) {
        return;
    }
    read_header(&block);
    yq_cur at = yq_cur_of(raw);
    while (yq_xua_block_next(&at, &tx)) {
        read_tx(tx);
        n++;
    }
    YQ_ASSERT(n == block.tx_n);
}

static void read_answers(yq_slice in)
{
    yq_xua_found found;
    yq_xua_status status;
    yq_xua_consensus consensus;
    yq_xua_tx_status tx;
    yq_xua_run run;
    uint32_t error;
    if (yq_xua_found_decode(in, &found, NULL) == YQ_OK && found.block.n > 0) {
        read_block(found.block);
    }
    if (yq_xua_status_decode(in, &status, NULL) == YQ_OK) {
        YQ_ASSERT(status.root.n <= in.n && status.height <= INT64_MAX);
    }
    if (yq_xua_tx_status_decode(in, &tx, NULL) == YQ_OK) {
        read_tx(tx.tx);
    }
    if (yq_xua_run_decode(in, &run, NULL) == YQ_OK) {
        YQ_ASSERT(run.message.n <= in.n && (run.request_n > 0 || run.request.p == NULL));
    }
    /* These say the same of what is no message at all. */
    if (yq_xua_error_decode(in, 1, &error, NULL) == YQ_OK) {
        YQ_ASSERT(yq_xua_consensus_decode(in, &consensus, NULL) == YQ_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size);
    read_answers(in);
    read_block(in);
    read_tx(in);
    return 0;
}
