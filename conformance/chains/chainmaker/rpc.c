#include "conformance/chains/chainmaker/cmmock.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

/* What a query found. */
typedef struct answer {
    const yq_cmm_chain *chain;
    const yq_cmm_request *request;
    uint32_t code;
    const char *message;
    yq_buf result;
} answer;

static yq_writer room_of(answer *a, size_t cap)
{
    a->result = (yq_buf){malloc(cap), cap, 0};
    YQ_ASSERT(a->result.p != NULL);
    return yq_writer_of(a->result.p, cap);
}

static void none(answer *a, const char *message)
{
    a->code = YQ_CMM_CONTRACT_FAIL;
    a->message = message;
}

static void query_chain_info(answer *a)
{
    yq_writer w = room_of(a, 32);
    if (yq_cmm_height(a->chain) != 0) {
        yq_pb_put_varint(&w, 1, yq_cmm_height(a->chain));
    }
    a->result.n = w.n;
}

static void query_block(answer *a)
{
    yq_slice text = yq_cmm_param_of(a->request, "blockHeight");
    uint64_t height = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || height > UINT64_MAX / 100) {
            none(a, "blockHeight");
            return;
        }
        height = height * 10 + (uint64_t)(text.p[i] - '0');
    }
    const yq_cmm_block *block = text.n == 0 ? NULL : yq_cmm_at(a->chain, height);
    if (block == NULL) {
        none(a, "no such block");
        return;
    }
    yq_writer w = room_of(a, yq_cmm_block_size(block));
    yq_cmm_block_put(a->chain, block, 1, &w);
    a->result.n = w.n;
}

static void query_tx(answer *a)
{
    const yq_cmm_block *block;
    size_t index;
    const yq_cmm_tx *tx =
        yq_cmm_find(a->chain, yq_cmm_param_of(a->request, "txId"), &block, &index);
    if (tx == NULL) {
        none(a, "no such transaction");
        return;
    }
    yq_writer w = room_of(a, yq_cmm_block_size(block));
    size_t mark = yq_pb_begin(&w);
    yq_cmm_tx_put(tx, 1, 0, &w);
    yq_pb_end(&w, mark, 1);
    yq_pb_put_varint(&w, 2, block->height);
    YQ_ASSERT(w.status == YQ_OK);
    a->result.n = w.n;
}

static void query_contract(answer *a)
{
    yq_slice name = yq_cmm_param_of(a->request, "CONTRACT_NAME");
    if (yq_cmm_contract_at(a->chain, name) == NULL) {
        none(a, "contract not found");
        return;
    }
    yq_writer w = room_of(a, 256);
    yq_pb_put_bytes(&w, 1, name);
    yq_pb_put_bytes(&w, 2, yq_slice_text("1.0"));
    YQ_ASSERT(w.status == YQ_OK);
    a->result.n = w.n;
}

static void query(answer *a)
{
    static const struct {
        const char *contract, *method;
        void (*run)(answer *a);
    } all[] = {
        {"CHAIN_QUERY", "GET_CHAIN_INFO", query_chain_info},
        {"CHAIN_QUERY", "GET_BLOCK_BY_HEIGHT", query_block},
        {"CHAIN_QUERY", "GET_TX_BY_TX_ID", query_tx},
        {"CONTRACT_MANAGE", "GET_CONTRACT_INFO", query_contract}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (yq_slice_equal(a->request->contract, yq_slice_text(all[i].contract)) &&
            yq_slice_equal(a->request->method, yq_slice_text(all[i].method))) {
            all[i].run(a);
            return;
        }
    }
    a->code = YQ_CMM_PARAMETER;
    a->message = "no such method";
}

/* TxResponse {1 code, 2 message, 3 contract_result {1 code, 2 result, 3 message}, 4 tx_id} */
static yq_buf finish(const answer *a)
{
    size_t cap = a->result.n + 512;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    if (a->code != 0) {
        yq_pb_put_varint(&w, 1, a->code);
    }
    yq_pb_put_bytes(&w, 2, yq_slice_text(a->message));
    size_t mark = yq_pb_begin(&w);
    if (a->code == YQ_CMM_CONTRACT_FAIL) {
        yq_pb_put_varint(&w, 1, 1);
    }
    if (a->result.n > 0) {
        yq_pb_put_bytes(&w, 2, yq_slice_of(a->result.p, a->result.n));
    }
    yq_pb_end(&w, mark, 3);
    if (a->request->tx_id.n > 0 && a->request->tx_id.n <= YQ_CMM_TX_ID_MAX) {
        yq_pb_put_bytes(&w, 4, a->request->tx_id);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return (yq_buf){w.p, cap, w.n};
}

yq_buf yq_cmm_answer(yq_cmm_chain *chain, yq_slice request, uint64_t now_s)
{
    yq_cmm_request r;
    answer a = {.chain = chain, .request = &r, .message = "OK"};
    if (yq_cmm_request_decode(request, &r, NULL) != YQ_OK) {
        r = (yq_cmm_request){0};
        a.code = YQ_CMM_PARAMETER;
    } else if (r.type == 0) {
        a.code = yq_cmm_submit(chain, request, now_s);
    } else {
        a.code = yq_cmm_request_check(chain, &r, now_s);
        if (a.code == YQ_CMM_SUCCESS) {
            query(&a);
        }
    }
    a.message = a.code != 0 && a.message[0] == 'O' ? "refused" : a.message;
    yq_buf out = finish(&a);
    free(a.result.p);
    return out;
}
