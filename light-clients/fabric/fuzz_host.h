#ifndef YQ_LIGHT_CLIENTS_FABRIC_FUZZ_HOST_H
#define YQ_LIGHT_CLIENTS_FABRIC_FUZZ_HOST_H

/*
 * What the fuzz targets share: a client whose host takes every signature for good, so that inputs
 * get past them, and a repair of the one hash that mutations would always break.
 */
#include "light-clients/fabric/test_net.h"
#include "relay/base/assert.h"

static inline yq_status fuzz_check(void *self, const yq_signature *sig, size_t n, yq_status *valid)
{
    client *c = self;
    if (n > c->signatures_left) {
        return YQ_E_BUDGET;
    }
    c->signatures_left -= n;
    for (size_t i = 0; i < n; i++) {
        YQ_ASSERT(sig[i].msg.n > 0 && sig[i].sig.n >= 64 && sig[i].key.n >= 32);
        valid[i] = YQ_OK;
    }
    return YQ_OK;
}

/* Puts the data's hash into a block's layout, and a link and a number if they are given. */
static inline void fuzz_repair(client *c, uint8_t *p, size_t n, const yq_client_view *after)
{
    yq_fabric_block block;
    yq_digest md;
    yq_fault why;
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
    const yq_fabric_call call = {
        .host = &c->host, .why = &why, .meter = &meter, .dialect = &dialect};
    call_begin(c, 0);
    if (yq_fabric_block_decode(&call, yq_slice_of(p, n), &block) != YQ_OK) {
        return;
    }
    yq_fabric_sha256(&call, block.element, block.n, &md);
    memcpy(p + (block.data_hash.p - p), md.b, sizeof md.b);
    if (after != NULL && block.previous_hash.n == sizeof after->hash) {
        memcpy(p + (block.previous_hash.p - p), after->hash, sizeof after->hash);
        for (size_t i = 0; i < 8; i++) {
            p[1 + i] = (uint8_t)((after->height + 1) >> (56 - 8 * i));
        }
    }
}

/* A verdict, never a fault. */
static inline void fuzz_verdict(yq_status status)
{
    YQ_ASSERT(status > -400 && status <= 0);
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_FUZZ_HOST_H */
