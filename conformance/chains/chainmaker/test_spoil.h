#ifndef YQ_CONFORMANCE_CHAINS_CHAINMAKER_TEST_SPOIL_H
#define YQ_CONFORMANCE_CHAINS_CHAINMAKER_TEST_SPOIL_H

/* For tests: a node in a thread, whose replies are spoilt. Its chain stands still. */
#include "conformance/chains/chainmaker/cmmock.h"
#include "conformance/chains/common/test_grpc_node.h"
#include "relay/codec/protobuf.h"

typedef enum test_spoil_how {
    SPOIL_NONE,
    SPOIL_HASH,      /* block_hash is another one */
    SPOIL_EXTRA_TX,  /* a transaction more */
    SPOIL_OTHER,     /* the block before */
    SPOIL_NO_HEADER, /* a block without one */
    SPOIL_NO_BLOCK,  /* the stream ends at once */
    SPOIL_NO_REPLY,  /* so does a query */
    SPOIL_TWO_REPLIES,
    SPOIL_GARBAGE,   /* a reply that is no message */
    SPOIL_OTHER_TX,  /* a transaction that was not asked for */
    SPOIL_CONF,      /* pre_conf_height is a block that is none */
    SPOIL_CONF_LOOP, /* a configuration block names itself as the one before */
    SPOIL_BEHIND,    /* the node has four blocks */
    SPOIL_HANG,      /* no answer */
    SPOIL_CLOSED,    /* the call is refused by its gRPC status */
} test_spoil_how;

static inline const yq_cmm_chain *test_chain_of(const test_node *n)
{
    return n->chain;
}

typedef struct test_range {
    int is_active, only_header;
    uint64_t next, last;
} test_range;

static inline uint64_t test_number(const yq_cmm_request *r, const char *key)
{
    yq_slice in = yq_cmm_param_of(r, key);
    uint64_t value = 0;
    for (size_t i = in.n; i-- > 0;) {
        value = value << 8 | in.p[i];
    }
    return value;
}

/* Writes a BlockInfo as it is to be seen. */
static inline void test_put_block(const test_node *n, const yq_cmm_block *real, yq_writer *w)
{
    static _Thread_local uint8_t room[256u << 10];
    yq_writer whole = yq_writer_of(room, sizeof room);
    int how = n->how;
    yq_cmm_block b = *real;
    if (how == SPOIL_OTHER && b.height > 0) {
        b = *test_chain_of(n)->block[b.height - 1];
    }
    b.conf_height = how == SPOIL_CONF && !b.is_config       ? b.height
                    : how == SPOIL_CONF_LOOP && b.is_config ? b.height
                                                            : b.conf_height;
    b.hash.b[0] ^= how == SPOIL_HASH && b.height > 0 ? 1 : 0;
    yq_cmm_block_put(n->chain, &b, 0, &whole);
    yq_cur c = yq_cur_of(yq_writer_slice(&whole));
    int found;
    yq_slice block = yq_pb_find(&c, 1, &found);
    size_t mark = yq_pb_begin(w);
    if (how != SPOIL_NO_HEADER) {
        yq_put(w, block);
    }
    if (how == SPOIL_EXTRA_TX) {
        yq_pb_put_bytes(w, 3, yq_slice_text("\x0a\x00"));
    }
    yq_pb_end(w, mark, 1);
}

static inline void test_put_result(yq_mock_grpc_stream *s, yq_slice result)
{
    size_t cap = result.n + 64;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 2, result);
    yq_pb_end(&w, mark, 3);
    const yq_slice part = yq_writer_slice(&w);
    yq_mock_grpc_put(s, &part, 1);
    free(w.p);
}

/* What is asked for by its height, or its id. Returns 0 for another query. */
static inline int test_answer_spoilt(
    const test_node *n, yq_mock_grpc_stream *s, const yq_cmm_request *r)
{
    static _Thread_local uint8_t room[256u << 10];
    yq_writer w = yq_writer_of(room, sizeof room);
    if (yq_slice_equal(r->method, yq_slice_text("GET_CHAIN_INFO")) &&
        (n->how == SPOIL_NONE || n->how == SPOIL_BEHIND)) { /* whoever asks */
        yq_pb_put_varint(&w, 1, n->how == SPOIL_BEHIND ? 3 : yq_cmm_height(n->chain));
    } else if (yq_slice_equal(r->method, yq_slice_text("GET_BLOCK_BY_HEIGHT"))) {
        yq_slice text = yq_cmm_param_of(r, "blockHeight");
        uint64_t height = text.n == 1 ? (uint64_t)(text.p[0] - '0') : UINT64_MAX;
        const yq_cmm_block *block = yq_cmm_at(n->chain, height);
        YQ_ASSERT(block != NULL);
        test_put_block(n, block, &w);
    } else if (
        n->how == SPOIL_OTHER_TX && yq_slice_equal(r->method, yq_slice_text("GET_TX_BY_TX_ID"))) {
        size_t mark = yq_pb_begin(&w);
        yq_cmm_tx_put(test_chain_of(n)->block[0]->tx[0], 1, 0, &w);
        yq_pb_end(&w, mark, 1);
    } else {
        return 0;
    }
    test_put_result(s, yq_writer_slice(&w));
    return 1;
}

static inline void test_on_request(void *self, yq_mock_grpc_stream *s, yq_slice message)
{
    test_node *n = self;
    yq_cmm_request r;
    test_range *range = s->state;
    YQ_ASSERT(yq_cmm_request_decode(message, &r, NULL) == YQ_OK);
    if (n->how == SPOIL_CLOSED) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_EXHAUSTED);
        return;
    }
    if (s->method == 1) {
        *range = (test_range){
            .is_active = 1,
            .only_header =
                yq_slice_equal(yq_cmm_param_of(&r, "ONLY_HEADER"), yq_slice_text("true")),
            .next = test_number(&r, "START_BLOCK"),
            .last = test_number(&r, "END_BLOCK")};
        range->next = n->how == SPOIL_NO_BLOCK ? range->last + 1 : range->next;
        return;
    }
    if (n->how == SPOIL_GARBAGE) {
        const yq_slice part = yq_slice_text("\x0a");
        yq_mock_grpc_put(s, &part, 1);
    } else if (n->how != SPOIL_NO_REPLY && !test_answer_spoilt(n, s, &r)) {
        yq_buf reply = yq_cmm_answer(n->chain, message, 1700000100);
        const yq_slice part = yq_slice_of(reply.p, reply.n);
        yq_mock_grpc_put(s, &part, 1);
        if (n->how == SPOIL_TWO_REPLIES) {
            yq_mock_grpc_put(s, &part, 1);
        }
        free(reply.p);
    }
    yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
}

static inline yq_mock_grpc_more test_on_more(void *self, yq_mock_grpc_stream *s)
{
    const test_node *n = self;
    static _Thread_local uint8_t room[300u << 10];
    test_range *range = s->state;
    if (n->how == SPOIL_HANG) {
        return YQ_MOCK_GRPC_WAIT;
    }
    if (!range->is_active) {
        return YQ_MOCK_GRPC_NONE;
    }
    const yq_cmm_block *block =
        range->next > range->last ? NULL : yq_cmm_at(n->chain, range->next++);
    if (block == NULL) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
        return YQ_MOCK_GRPC_MADE;
    }
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t mark = yq_pb_begin(&w);
    if (range->only_header) {
        yq_cmm_header_put(n->chain, block, 1, &w);
    } else {
        test_put_block(n, block, &w);
    }
    yq_pb_end(&w, mark, 1);
    const yq_slice part = yq_writer_slice(&w);
    yq_mock_grpc_put(s, &part, 1);
    return YQ_MOCK_GRPC_MADE;
}

static inline test_node *test_node_start(yq_cmm_chain *chain)
{
    static const char *const method[] = {
        "/api.RpcNode/SendRequest", "/api.RpcNode/Subscribe", NULL};
    const yq_mock_grpc_service service = {
        .method = method,
        .state_size = sizeof(test_range),
        .request_max = 1u << 20,
        .pending_max = 2u << 20,
        .request = test_on_request,
        .more = test_on_more};
    return test_node_open(chain, service);
}

#endif /* YQ_CONFORMANCE_CHAINS_CHAINMAKER_TEST_SPOIL_H */
