#include "conformance/chains/chainmaker/cmmock.h"
#include "conformance/chains/common/cert.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#define TBFT    1u
#define QC_KEY  "TBFTAddtionalDataKey" /* as the chain spells it */
#define TX_ROOM 4096u

static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

static void put_bytes(yq_writer *w, uint32_t number, yq_slice bytes)
{
    if (bytes.n != 0) {
        yq_pb_put_bytes(w, number, bytes);
    }
}

/* ---- transactions ---- */

static void put_event(const yq_cmm_tx *tx, const yq_cmm_event *event, int is_altered, yq_writer *w)
{
    size_t mark = yq_pb_begin(w);
    put_bytes(w, 1, yq_slice_text(event->topic));
    put_bytes(w, 2, tx->request.tx_id);
    put_bytes(w, 3, yq_slice_text(event->contract));
    put_bytes(w, 4, yq_slice_text("1.0"));
    if (event->data != NULL) {
        size_t at = w->n;
        yq_pb_put_bytes(w, 5, yq_slice_text(event->data));
        if (is_altered && w->status == YQ_OK && w->n > at) {
            w->p[w->n - 1] = w->p[w->n - 1] == '0' ? '1' : '0';
        }
    }
    yq_pb_end(w, mark, 5);
}

static void put_result(const yq_cmm_tx *tx, int with_gas, int is_altered, yq_writer *w)
{
    static const uint8_t rw_set[YQ_DIGEST_SIZE] = {7};
    put_number(w, 1, tx->code);
    size_t mark = yq_pb_begin(w);
    put_number(w, 1, tx->contract_code);
    put_bytes(w, 2, yq_slice_of(tx->result, tx->result_n));
    put_bytes(w, 3, yq_slice_text(tx->message));
    put_number(w, 4, with_gas ? tx->gas : 0);
    for (size_t i = 0; i < tx->event_n; i++) {
        put_event(tx, &tx->event[i], is_altered, w);
    }
    yq_pb_end(w, mark, 2);
    put_bytes(w, 3, YQ_SLICE_OF(rw_set));
}

void yq_cmm_tx_put(const yq_cmm_tx *tx, int with_gas, int is_altered, yq_writer *w)
{
    yq_pb_put_bytes(w, 1, tx->request.payload);
    put_bytes(w, 2, tx->request.sender);
    size_t mark = yq_pb_begin(w);
    put_result(tx, with_gas, is_altered, w);
    yq_pb_end(w, mark, 4);
}

/* ---- headers ---- */

void yq_cmm_header_put(const yq_cmm_chain *chain, const yq_cmm_block *b, int whole, yq_writer *w)
{
    static const uint8_t other[YQ_DIGEST_SIZE] = {9};
    const yq_cmm_member *proposer = &chain->node[yq_cmm_voter_at(b->set, 0)];
    put_number(w, 1, YQ_CMM_VERSION);
    put_number(w, 2, b->is_config ? 1 : 0);
    put_bytes(w, 3, yq_slice_text(YQ_CMM_CHAIN_ID));
    put_number(w, 4, b->height);
    if (whole) {
        put_bytes(w, 5, YQ_SLICE_OF(b->hash.b));
    }
    if (b->height != 0) {
        put_bytes(w, 6, YQ_SLICE_OF(b->parent.b));
    }
    put_number(w, 7, b->conf_height);
    put_number(w, 8, b->tx_n);
    put_bytes(w, 9, YQ_SLICE_OF(b->tx_root.b));
    put_bytes(w, 10, YQ_SLICE_OF(other));
    put_bytes(w, 11, YQ_SLICE_OF(other));
    put_number(w, 12, b->time_s);
    yq_pb_put_bytes(w, 14, yq_slice_of(proposer->member, proposer->member_n));
    if (whole) {
        uint8_t signature[80];
        size_t n = yq_mock_cert_sign(proposer->key, YQ_SLICE_OF(b->hash.b), signature);
        put_bytes(w, 15, yq_slice_of(signature, n));
    }
}

/* ChainConfig; the node ids stand in one organisation. */
void yq_cmm_config_put(const yq_cmm_chain *chain, yq_writer *w)
{
    put_bytes(w, 1, yq_slice_text(YQ_CMM_CHAIN_ID));
    put_bytes(w, 2, yq_slice_text("v2.3.0"));
    put_bytes(w, 3, yq_slice_text(chain->suite->is_public ? "public" : "permissionedWithCert"));
    put_number(w, 4, chain->config_sequence);
    size_t mark = yq_pb_begin(w);
    put_bytes(w, 1, yq_slice_text(chain->suite->hash));
    yq_pb_end(w, mark, 5);
    mark = yq_pb_begin(w);
    put_number(w, 1, TBFT);
    size_t org = yq_pb_begin(w);
    put_bytes(w, 1, yq_slice_text("wx-org1.chainmaker.org"));
    for (size_t i = 0; yq_cmm_voter_at(chain->set, i) < YQ_CMM_NODES; i++) {
        put_bytes(w, 3, yq_slice_text(chain->node_id[yq_cmm_voter_at(chain->set, i)]));
    }
    yq_pb_end(w, org, 2);
    yq_pb_end(w, mark, 8);
}

/* ---- blocks ---- */

size_t yq_cmm_block_size(const yq_cmm_block *b)
{
    size_t n = 16384 + YQ_CMM_NODES * (YQ_CMM_PEM_MAX + 1024);
    for (size_t i = 0; i < b->tx_n; i++) {
        n += b->tx[i]->raw_n + b->tx[i]->result_n + TX_ROOM;
        for (size_t k = 0; k < b->tx[i]->event_n; k++) {
            n += b->tx[i]->event[k].data == NULL ? 0 : strlen(b->tx[i]->event[k].data);
        }
    }
    return n;
}

void yq_cmm_block_put(const yq_cmm_chain *chain, const yq_cmm_block *b, size_t turn, yq_writer *w)
{
    size_t block = yq_pb_begin(w), mark = yq_pb_begin(w);
    yq_cmm_header_put(chain, b, 1, w);
    yq_pb_end(w, mark, 1);
    yq_pb_put_bytes(w, 2, (yq_slice){0}); /* a DAG without edges */
    for (size_t i = 0; i < b->tx_n; i++) {
        mark = yq_pb_begin(w);
        yq_cmm_tx_put(b->tx[i], 1, b->mode == YQ_MOCK_ALTERED_RECEIPT, w);
        yq_pb_end(w, mark, 3);
    }
    if (b->height != 0) {
        size_t additional = yq_pb_begin(w), entry = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, yq_slice_text(QC_KEY));
        mark = yq_pb_begin(w);
        yq_cmm_votes_put(chain, b, turn, w);
        yq_pb_end(w, mark, 2);
        yq_pb_end(w, entry, 1);
        yq_pb_end(w, additional, 4);
    }
    yq_pb_end(w, block, 1);
    YQ_ASSERT(w->status == YQ_OK);
}
