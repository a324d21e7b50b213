#ifndef YQ_LIGHT_CLIENTS_FABRIC_FUZZ_HOST_H
#define YQ_LIGHT_CLIENTS_FABRIC_FUZZ_HOST_H

/*
 * What the fuzz targets share: a client whose host takes every signature for good, so that inputs
 * get past them, and a repair of the one hash that mutations would always break.
 */
#include "light-clients/fabric/header.h"
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

/* The one domestic dialect of the targets. */
static const yq_fabric_dialect fuzz_dialect = {
    YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE};

/* What a block of the dialect follows. */
typedef struct fuzz_link {
    uint64_t number;
    uint8_t hash[32];
} fuzz_link;

/* Puts the data's hash into a block's layout, and a link and a number if they are given. Out: link,
 * that the next block has; may be NULL. */
static inline void fuzz_repair(
    client *c,
    uint8_t *p,
    size_t n,
    const yq_fabric_dialect *spoken,
    const fuzz_link *after,
    fuzz_link *link)
{
    yq_fabric_block block;
    yq_fault why;
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = *spoken;
    const yq_fabric_call call = {
        .host = &c->host, .why = &why, .meter = &meter, .dialect = &dialect};
    call_begin(c, 0);
    if (yq_fabric_block_decode(&call, yq_slice_of(p, n), &block) != YQ_OK) {
        return;
    }
    yq_digest md = yq_fabric_hash(&call, dialect.data_hash, block.element, block.n);
    memcpy(p + (block.data_hash.p - p), md.b, sizeof md.b);
    if (after != NULL && block.previous_hash.n == sizeof after->hash) {
        memcpy(p + (block.previous_hash.p - p), after->hash, sizeof after->hash);
        for (size_t i = 0; i < 8; i++) {
            p[1 + i] = (uint8_t)((after->number + 1) >> (56 - 8 * i));
        }
    }
    if (link != NULL) {
        link->number = block.number;
        md = yq_fabric_header_hash(&call, &block);
        memcpy(link->hash, md.b, sizeof md.b);
    }
}

/* A verdict, never a fault. */
static inline void fuzz_verdict(yq_status status)
{
    YQ_ASSERT(status > -400 && status <= 0);
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_FUZZ_HOST_H */
