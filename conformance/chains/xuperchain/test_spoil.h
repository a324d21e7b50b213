#ifndef YQ_CONFORMANCE_CHAINS_XUPERCHAIN_TEST_SPOIL_H
#define YQ_CONFORMANCE_CHAINS_XUPERCHAIN_TEST_SPOIL_H

/* For tests: a node whose replies are spoilt. Its chain stands still. */
#include "conformance/chains/common/test_grpc_node.h"
#include "conformance/chains/xuperchain/xumock.h"

typedef enum test_spoil_how {
    SPOIL_NONE,
    SPOIL_ID,       /* blockid is another one */
    SPOIL_EXTRA_TX, /* a transaction more */
    SPOIL_TXID,     /* of the block's own transaction, which is of version 1 */
    SPOIL_OLD,      /* transactions of version 2, whose ids bind less */
    SPOIL_OTHER,    /* the block before */
    SPOIL_BRANCH,   /* from height 4 on the blocks of another chain */
    SPOIL_TARGET,   /* a rollback's target */
    SPOIL_PARENT,   /* pre_hash is no hash */
    SPOIL_MESSAGE,  /* a certificate with a message */
    SPOIL_NO_BLOCK, /* a reply without one */
    SPOIL_NO_ROOT,  /* a status without what it is of */
    SPOIL_NO_REPLY,
    SPOIL_TWO_REPLIES,
    SPOIL_GARBAGE,    /* a reply that is no message */
    SPOIL_ERROR,      /* an error in the reply's header */
    SPOIL_CLOSED,     /* the call is refused by its gRPC status */
    SPOIL_HANG,       /* no answer */
    SPOIL_AMOUNT,     /* the tried call pays */
    SPOIL_CONTRACT,   /* it calls another contract */
    SPOIL_SECOND,     /* a second call stands beside it */
    SPOIL_OTHER_TX,   /* a transaction that was not asked for */
    SPOIL_BRANCH_TX,  /* its block is on a branch */
    SPOIL_VALIDATORS, /* a list that is none */
} test_spoil_how;

#define SPOIL_ROOM (1u << 20)

typedef struct test_chains {
    yq_xum_chain *chain, *other;
} test_chains;

/* Copies a message with one field's bytes changed; NULL: left out. */
static inline void test_put_changed(
    yq_writer *w, yq_slice message, uint32_t number, const yq_slice *bytes)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number != number) {
            yq_put(w, f.whole);
        }
    }
    if (bytes != NULL) {
        yq_pb_put_bytes(w, number, *bytes);
    }
}

/* With another version of each transaction. */
static inline void test_put_old(yq_writer *w, yq_slice block)
{
    static _Thread_local uint8_t room[SPOIL_ROOM];
    yq_cur c = yq_cur_of(block);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        yq_writer tx = yq_writer_of(room, sizeof room);
        if (f.number != 11) {
            yq_put(w, f.whole);
            continue;
        }
        test_put_changed(&tx, f.bytes, 10, NULL);
        yq_pb_put_varint(&tx, 10, 2);
        yq_pb_put_bytes(w, 11, yq_writer_slice(&tx));
    }
}

/* The block as it is to be seen. */
static inline void test_spoil_block(int how, yq_slice block, yq_writer *w)
{
    static const uint8_t wrong[YQ_DIGEST_SIZE] = {1};
    static _Thread_local uint8_t room[SPOIL_ROOM];
    yq_writer inner = yq_writer_of(room, sizeof room);
    const yq_slice id = YQ_SLICE_OF(wrong), word = yq_slice_text("word");
    yq_slice cert = xuper_field(block, 20).bytes;
    switch (how) {
    case SPOIL_ID:
        test_put_changed(w, block, 3, &id);
        break;
    case SPOIL_EXTRA_TX:
        yq_put(w, block);
        yq_pb_put_bytes(w, 11, yq_slice_text("\x50\x01"));
        break;
    case SPOIL_TXID:
        test_put_changed(&inner, xuper_field(block, 11).bytes, 1, &id);
        test_put_changed(w, block, 11, NULL);
        yq_pb_put_bytes(w, 11, yq_writer_slice(&inner));
        break;
    case SPOIL_OLD:
        test_put_old(w, block);
        break;
    case SPOIL_TARGET:
        yq_put(w, block);
        yq_pb_put_varint(w, 19, 7);
        break;
    case SPOIL_PARENT:
        test_put_changed(w, block, 4, &word);
        break;
    case SPOIL_MESSAGE:
        test_put_changed(&inner, cert, 2, &word);
        cert = yq_writer_slice(&inner);
        test_put_changed(w, block, 20, &cert);
        break;
    default:
        yq_put(w, block);
        break;
    }
}

/* What a tried call comes back as. */
static inline void test_spoil_run(int how, yq_slice run, yq_writer *w)
{
    static _Thread_local uint8_t room[SPOIL_ROOM];
    yq_writer inner = yq_writer_of(room, sizeof room);
    const yq_slice word = yq_slice_text("word");
    yq_slice request = xuper_field(run, 5).bytes;
    test_put_changed(&inner, request, how == SPOIL_CONTRACT ? 2 : 6, &word);
    const yq_slice changed = yq_writer_slice(&inner);
    if (how == SPOIL_SECOND) {
        yq_put(w, run);
        yq_pb_put_bytes(w, 5, request);
    } else {
        test_put_changed(w, run, 5, &changed);
    }
}

/* Which field of which reply is spoilt by what. */
static inline uint32_t test_spoilt_field(int how, size_t method)
{
    if (how <= SPOIL_NO_BLOCK && method == 1) {
        return 5;
    }
    return how == SPOIL_NO_ROOT && method == 0                         ? 3
           : how >= SPOIL_AMOUNT && how <= SPOIL_SECOND && method == 5 ? 3
           : how == SPOIL_OTHER_TX && method == 4                      ? 7
           : how == SPOIL_BRANCH_TX && method == 2                     ? 4
           : how == SPOIL_VALIDATORS && method == 3                    ? 5
                                                                       : 0;
}

static inline void test_spoil_reply(int how, size_t method, yq_slice reply, yq_writer *w)
{
    static _Thread_local uint8_t room[SPOIL_ROOM];
    yq_writer inner = yq_writer_of(room, sizeof room);
    uint32_t field = test_spoilt_field(how, method);
    yq_slice bytes = xuper_field(reply, field).bytes;
    if (field == 5 && method == 1 && how != SPOIL_NO_BLOCK) {
        test_spoil_block(how, bytes, &inner);
    } else if (method == 5) {
        test_spoil_run(how, bytes, &inner);
    } else if (how == SPOIL_VALIDATORS) {
        yq_put(&inner, yq_slice_text("{\"validators\":[\"A\",\"A\"]}"));
    } else if (how == SPOIL_OTHER_TX) {
        const yq_slice word = yq_slice_text("word");
        test_put_changed(&inner, bytes, 1, &word);
    }
    const yq_slice changed = yq_writer_slice(&inner);
    test_put_changed(w, reply, field, changed.n == 0 ? NULL : &changed);
    YQ_ASSERT(w->status == YQ_OK && inner.status == YQ_OK);
}

/* The request for the block before, or to another chain. */
static inline yq_buf test_answer(test_node *n, size_t method, yq_slice request)
{
    const test_chains *c = n->chain;
    static _Thread_local uint8_t room[4096];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_xum_chain *chain = c->chain;
    uint64_t height = method == 1 ? xuper_field(request, 2).value : 0;
    if (n->how == SPOIL_BRANCH && height >= 4) {
        chain = c->other;
    } else if (n->how == SPOIL_OTHER && height > 0) {
        test_put_changed(&w, request, 2, NULL);
        yq_pb_put_varint(&w, 2, height - 1);
        request = yq_writer_slice(&w);
    }
    return yq_xum_answer(chain, method, request, UINT64_C(1700000100000000000));
}

static inline void test_put_reply(test_node *n, yq_mock_grpc_stream *s, yq_slice reply)
{
    static _Thread_local uint8_t room[SPOIL_ROOM];
    yq_writer w = yq_writer_of(room, sizeof room);
    int how = n->how;
    if (how == SPOIL_GARBAGE) {
        yq_put(&w, yq_slice_text("\x0a"));
    } else if (how == SPOIL_ERROR) {
        yq_put(&w, yq_slice_text("\x0a\x02\x18\x0a")); /* header, error 10 */
    } else if (test_spoilt_field(how, s->method) != 0) {
        test_spoil_reply(how, s->method, reply, &w);
    } else {
        yq_put(&w, reply);
    }
    const yq_slice part = yq_writer_slice(&w);
    yq_mock_grpc_put(s, &part, 1);
    if (how == SPOIL_TWO_REPLIES) {
        yq_mock_grpc_put(s, &part, 1);
    }
}

static inline void test_on_request(void *self, yq_mock_grpc_stream *s, yq_slice message)
{
    test_node *n = self;
    if (n->how == SPOIL_CLOSED || n->how == SPOIL_HANG) {
        if (n->how == SPOIL_CLOSED) {
            yq_mock_grpc_end(s, YQ_MOCK_GRPC_EXHAUSTED);
        }
        return;
    }
    yq_buf reply = test_answer(n, s->method, message);
    if (reply.p == NULL) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_INTERNAL);
        return;
    }
    if (n->how != SPOIL_NO_REPLY) {
        test_put_reply(n, s, yq_slice_of(reply.p, reply.n));
    }
    yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
    free(reply.p);
}

static inline yq_mock_grpc_more test_on_more(void *self, yq_mock_grpc_stream *s)
{
    const test_node *n = self;
    (void)s;
    return n->how == SPOIL_HANG ? YQ_MOCK_GRPC_WAIT : YQ_MOCK_GRPC_NONE;
}

static inline test_node *test_node_start(test_chains *chains)
{
    const yq_mock_grpc_service service = {
        .method = yq_xum_method,
        .request_max = 1u << 20,
        .pending_max = 2u << 20,
        .request = test_on_request,
        .more = test_on_more};
    return test_node_open(chains, service);
}

#endif /* YQ_CONFORMANCE_CHAINS_XUPERCHAIN_TEST_SPOIL_H */
