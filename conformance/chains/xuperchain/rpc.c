#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define TRUNK        1u
#define BRANCH       2u
#define CONFIRMED    2u
#define WAITS        4u
#define TX_NOT_FOUND 7u
#define PARAMETER    1u

const char *const yq_xum_method[] = {
    "/pb.Xchain/GetBlockChainStatus",
    "/pb.Xchain/GetBlockByHeight",
    "/pb.Xchain/GetBlock",
    "/pb.Xchain/GetConsensusStatus",
    "/pb.Xchain/QueryTx",
    "/pb.Xchain/PreExec",
    "/pb.Xchain/PostTx",
    NULL};

/* A request under way. */
typedef struct asking {
    yq_xum_chain *chain;
    yq_slice request;
    uint64_t time_ns;
    yq_writer reply; /* p NULL: the call fails */
} asking;

static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

/* Begins a reply of at most so many bytes with its header. */
static void begin(asking *a, size_t cap, uint32_t error)
{
    a->reply = yq_writer_of(malloc(cap + 256), cap + 256);
    YQ_ASSERT(a->reply.p != NULL);
    size_t mark = yq_pb_begin(&a->reply);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text("mock"));
    put_number(&a->reply, 3, error);
    yq_pb_end(&a->reply, mark, 1);
}

static int is_asked(const asking *a, uint32_t bcname)
{
    return yq_slice_equal(xuper_field(a->request, bcname).bytes, yq_slice_text(YQ_XUM_CHAIN));
}

static void get_status(asking *a)
{
    const yq_xum_chain *chain = a->chain;
    const yq_xum_block *tip = chain->block[chain->block_n - 1];
    begin(a, 256, 0);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text(YQ_XUM_CHAIN));
    size_t mark = yq_pb_begin(&a->reply);
    yq_pb_put_bytes(&a->reply, 1, YQ_SLICE_OF(chain->block[0]->id.b));
    yq_pb_put_bytes(&a->reply, 2, YQ_SLICE_OF(tip->id.b));
    put_number(&a->reply, 3, tip->height);
    yq_pb_end(&a->reply, mark, 3);
}

static void put_block(asking *a, const yq_xum_block *block, uint32_t status)
{
    begin(a, block->raw_n + 256, 0);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text(YQ_XUM_CHAIN));
    yq_pb_put_bytes(&a->reply, 3, YQ_SLICE_OF(block->id.b));
    yq_pb_put_varint(&a->reply, 4, status);
    yq_pb_put_bytes(&a->reply, 5, yq_slice_of(block->raw, block->raw_n));
}

static void get_by_height(asking *a)
{
    const yq_xum_block *block = yq_xum_at(a->chain, xuper_field(a->request, 2).value);
    if (block != NULL) {
        put_block(a, block, TRUNK);
    }
}

static void get_block(asking *a)
{
    int is_shown;
    const yq_xum_block *block = yq_xum_by_id(a->chain, xuper_field(a->request, 2).bytes, &is_shown);
    if (block != NULL) {
        put_block(a, block, is_shown ? TRUNK : BRANCH);
    }
}

/* Who made and voted for the recorded blocks is not known to be all: makers are. */
static size_t recorded_list(const yq_xum_chain *chain, char *text, size_t cap)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < chain->block_n; i++) {
        char one[YQ_XUA_ADDRESS_MAX + 4];
        yq_slice raw = yq_slice_of(chain->block[i]->raw, chain->block[i]->raw_n);
        yq_slice maker = xuper_field(raw, 5).bytes;
        if (maker.n == 0 || maker.n >= YQ_XUA_ADDRESS_MAX) {
            continue;
        }
        (void)snprintf(one, sizeof one, "\"%.*s\"", (int)maker.n, (const char *)maker.p);
        if (strstr(text, one) == NULL && n + sizeof one + 2 < cap) {
            n += (size_t)snprintf(text + n, cap - n, "%s%s", n == 0 ? "" : ",", one);
        }
    }
    return n;
}

static void get_consensus(asking *a)
{
    char list[YQ_XUM_LIST_MAX], text[2 * YQ_XUM_LIST_MAX];
    const yq_xum_chain *chain = a->chain;
    if (chain->is_recorded) {
        (void)recorded_list(chain, list, sizeof list);
        (void)snprintf(text, sizeof text, "{\"validators\":[%s]}", list);
    } else {
        (void)yq_xum_list(chain, yq_xum_set_at(chain, yq_xum_height(chain) + 1), list);
        (void)snprintf(text, sizeof text, "{\"validators\":%s", strchr(list, '['));
    }
    begin(a, sizeof text, 0);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text("0"));
    yq_pb_put_bytes(&a->reply, 3, yq_slice_text("xpoa"));
    yq_pb_put_bytes(&a->reply, 4, yq_slice_text("1"));
    yq_pb_put_bytes(&a->reply, 5, yq_slice_text(text));
}

static void query_tx(asking *a)
{
    const yq_xum_block *block;
    yq_slice txid = xuper_field(a->request, 3).bytes;
    const yq_xum_tx *tx = yq_xum_find(a->chain, txid, &block);
    if (tx == NULL) {
        begin(a, 0, TX_NOT_FOUND);
        return;
    }
    begin(a, tx->raw_n + 512, 0);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text(YQ_XUM_CHAIN));
    yq_pb_put_bytes(&a->reply, 3, txid);
    yq_pb_put_varint(&a->reply, 4, block == NULL ? WAITS : CONFIRMED);
    size_t mark = yq_pb_begin(&a->reply);
    yq_pb_put_bytes(&a->reply, 1, txid);
    if (block != NULL) {
        yq_pb_put_bytes(&a->reply, 2, YQ_SLICE_OF(block->id.b));
    }
    yq_put(&a->reply, yq_slice_of(tx->raw, tx->raw_n));
    yq_pb_end(&a->reply, mark, 7);
}

/* What was asked for, with what it used. */
static void put_request(yq_writer *w, yq_slice request)
{
    size_t mark = yq_pb_begin(w);
    yq_put(w, request);
    for (uint64_t type = 0; type < 3; type++) {
        size_t limit = yq_pb_begin(w);
        put_number(w, 1, type);
        yq_pb_put_varint(w, 2, 1000 + type);
        yq_pb_end(w, limit, 5);
    }
    yq_pb_end(w, mark, 5);
}

static void pre_exec(asking *a)
{
    yq_xum_result result;
    yq_slice request = xuper_field(a->request, 3).bytes;
    const yq_xum_call call = yq_xum_call_of(request, xuper_field(a->request, 4).bytes);
    if (request.n == 0 || a->chain->is_recorded) {
        return;
    }
    yq_xum_run(a->chain, &call, a->time_ns, 0, &result);
    begin(a, result.run.n + request.n + 1024, 0);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text(YQ_XUM_CHAIN));
    size_t mark = yq_pb_begin(&a->reply);
    yq_put(&a->reply, yq_slice_of(result.run.p, result.run.n));
    yq_pb_put_varint(&a->reply, 4, 3003);
    put_request(&a->reply, request);
    size_t answer = yq_pb_begin(&a->reply);
    yq_pb_put_varint(&a->reply, 1, result.status);
    yq_pb_put_bytes(&a->reply, 2, yq_slice_text(result.message));
    yq_pb_end(&a->reply, answer, 6);
    yq_pb_end(&a->reply, mark, 3);
    free(result.run.p);
}

static void post_tx(asking *a)
{
    begin(a, 0, yq_xum_post(a->chain, xuper_field(a->request, 7).bytes, a->time_ns));
}

yq_buf yq_xum_answer(yq_xum_chain *chain, size_t method, yq_slice request, uint64_t time_ns)
{
    static const struct {
        uint32_t bcname; /* its field in the request */
        void (*run)(asking *a);
    } all[] = {
        {2, get_status},
        {1, get_by_height},
        {1, get_block},
        {2, get_consensus},
        {2, query_tx},
        {2, pre_exec},
        {2, post_tx}};
    asking a = {.chain = chain, .request = request, .time_ns = time_ns};
    yq_cur c = yq_cur_of(request);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
    }
    YQ_ASSERT(method < YQ_ARRAY_N(all));
    if (yq_cur_ok(&c) && is_asked(&a, all[method].bcname)) {
        all[method].run(&a);
    }
    YQ_ASSERT(a.reply.status == YQ_OK);
    return (yq_buf){a.reply.p, a.reply.cap, a.reply.n};
}
