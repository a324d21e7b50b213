#include "relay/base/assert.h"
#include "relay/ledger/pool_internal.h"
#include "relay/store/mem.h"

body *body_new(const yq_envelope *env)
{
    body *b = yq_mem_alloc(sizeof *b + env->bytes.n);
    uint8_t *bytes = (uint8_t *)(b + 1);
    yq_bytes_copy(bytes, env->bytes.p, env->bytes.n);
    atomic_init(&b->refs, 1);
    b->env = *env;
    b->env.bytes.p = bytes;
    b->env.txs.p = bytes + (env->txs.p - env->bytes.p);
    size_t pos = 0;
    yq_slice tx;
    while (yq_envelope_tx_next(&b->env, &pos, &tx)) {
        b->cost += yq_tx_cost(tx);
    }
    return b;
}

body *body_hold(body *b)
{
    atomic_fetch_add(&b->refs, 1);
    return b;
}

void body_release(body *b)
{
    if (b != NULL && atomic_fetch_sub(&b->refs, 1) == 1) {
        yq_mem_free(b);
    }
}
