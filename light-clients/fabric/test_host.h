#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_HOST_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_HOST_H

/* A host for the tests: scratch, records with undo, hashes and signatures of relay/crypto. */
#include "light-clients/fabric/block.h"
#include "light-clients/fabric/verifier.h"
#include "relay/base/arena.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#define HOST_ARENA_SIZE (YQ_VERIFIER_SCRATCH_MAX + (16u << 20))

typedef struct record {
    uint8_t key[YQ_CLIENT_RECORD_KEY_MAX];
    size_t key_n, value_n;
    uint8_t *value; /* NULL: deleted */
} record;

typedef struct undo_item {
    size_t at;
    uint8_t *value;
    size_t value_n;
} undo_item;

typedef struct client {
    yq_verifier_host host;
    yq_arena arena;
    size_t scratch_max, signatures_max; /* of a call */
    size_t scratch_left, signatures_left, signature_n;
    int may_put;
    record *rec;
    size_t rec_n, rec_cap;
    undo_item *undo;
    size_t undo_n, undo_cap;
    uint8_t state[YQ_CLIENT_STATE_MAX];
    size_t state_n;
    uint8_t next[YQ_CLIENT_STATE_MAX]; /* of the last update, kept or not */
    size_t next_n;
    yq_fault why;
} client;

static inline void *host_scratch(void *self, size_t size)
{
    client *c = self;
    if (size > c->scratch_left) {
        return NULL;
    }
    void *p = yq_arena_alloc(&c->arena, size);
    c->scratch_left -= p != NULL ? size : 0;
    return p;
}

static inline void host_hash(
    void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    (void)self;
    yq_hash(alg, part, part_n, md);
}

static inline yq_status host_check(void *self, const yq_signature *sig, size_t n, yq_status *valid)
{
    client *c = self;
    if (n > c->signatures_left) {
        return YQ_E_BUDGET;
    }
    c->signatures_left -= n;
    c->signature_n += n;
    for (size_t i = 0; i < n; i++) {
        valid[i] = yq_signature_check(&sig[i]);
    }
    return YQ_OK;
}

static inline record *find_record(client *c, yq_slice key)
{
    for (size_t i = 0; i < c->rec_n; i++) {
        if (yq_slice_equal(key, yq_slice_of(c->rec[i].key, c->rec[i].key_n))) {
            return &c->rec[i];
        }
    }
    return NULL;
}

static inline yq_slice host_get(void *self, yq_slice key, int *found)
{
    client *c = self;
    const record *r = find_record(c, key);
    *found = r != NULL && r->value != NULL;
    if (!*found) {
        return (yq_slice){0};
    }
    int ok;
    return yq_arena_copy(&c->arena, yq_slice_of(r->value, r->value_n), &ok);
}

static inline yq_status host_put(void *self, yq_slice key, yq_slice value)
{
    client *c = self;
    if (!c->may_put) {
        return YQ_E_STATE;
    }
    if (key.n == 0 || key.n > YQ_CLIENT_RECORD_KEY_MAX || value.n > YQ_CLIENT_RECORD_MAX) {
        return YQ_E_LIMIT;
    }
    record *r = find_record(c, key);
    if (r == NULL) {
        if (c->rec_n == c->rec_cap) {
            c->rec_cap = c->rec_cap * 2 + 64;
            c->rec = realloc(c->rec, c->rec_cap * sizeof *c->rec);
        }
        r = &c->rec[c->rec_n++];
        *r = (record){.key_n = key.n};
        memcpy(r->key, key.p, key.n);
    }
    if (c->undo_n == c->undo_cap) {
        c->undo_cap = c->undo_cap * 2 + 64;
        c->undo = realloc(c->undo, c->undo_cap * sizeof *c->undo);
    }
    c->undo[c->undo_n++] = (undo_item){(size_t)(r - c->rec), r->value, r->value_n};
    r->value = NULL;
    r->value_n = value.n;
    if (value.n > 0) {
        r->value = malloc(value.n);
        memcpy(r->value, value.p, value.n);
    }
    return YQ_OK;
}

static inline client *client_new(void)
{
    client *c = calloc(1, sizeof *c);
    c->scratch_max = YQ_VERIFIER_SCRATCH_MAX;
    c->signatures_max = YQ_VERIFIER_SIGNATURES_MAX;
    c->arena = yq_arena_of(malloc(HOST_ARENA_SIZE), HOST_ARENA_SIZE);
    c->host = (yq_verifier_host){
        .size = sizeof c->host,
        .abi_major = YQ_VERIFIER_ABI_MAJOR,
        .abi_minor = YQ_VERIFIER_ABI_MINOR,
        .self = c,
        .scratch = host_scratch,
        .hash = host_hash,
        .check_signatures = host_check,
        .record_get = host_get,
        .record_put = host_put};
    return c;
}

static inline void client_free(client *c)
{
    for (size_t i = 0; i < c->rec_n; i++) {
        free(c->rec[i].value);
    }
    free(c->rec);
    free(c->undo);
    free(c->arena.p);
    free(c);
}

static inline void call_begin(client *c, int may_put)
{
    yq_arena_reset(&c->arena);
    c->scratch_left = c->scratch_max;
    c->signatures_left = c->signatures_max;
    c->may_put = may_put;
    c->why = (yq_fault){0};
}

/* Keeps or drops the puts of a call. */
static inline void call_end(client *c, int keep)
{
    while (c->undo_n > 0) {
        undo_item *u = &c->undo[--c->undo_n];
        if (keep) {
            free(u->value);
            continue;
        }
        free(c->rec[u->at].value);
        c->rec[u->at].value = u->value;
        c->rec[u->at].value_n = u->value_n;
    }
}

static inline yq_status client_init(client *c, yq_slice anchor)
{
    yq_buf out = {c->state, yq_verifier_fabric()->state_size_max, 0};
    call_begin(c, 1);
    yq_status status = yq_verifier_fabric()->init(&c->host, anchor, 0, &out, &c->why);
    call_end(c, status == YQ_OK);
    c->state_n = status == YQ_OK ? out.n : 0;
    return status;
}

/* keep 0: as if the update had not been, whatever it gave. */
static inline yq_status client_try(client *c, yq_slice evidence, int keep)
{
    uint8_t *next = c->next;
    yq_buf out = {next, yq_verifier_fabric()->state_size_max, 0};
    call_begin(c, 1);
    yq_status status = yq_verifier_fabric()->update(
        &c->host, yq_slice_of(c->state, c->state_n), evidence, 0, &out, &c->why);
    c->next_n = out.n;
    keep = keep && status == YQ_OK;
    call_end(c, keep);
    if (keep) {
        memcpy(c->state, next, out.n);
        c->state_n = out.n;
    }
    return status;
}

static inline yq_status client_update(client *c, yq_slice evidence)
{
    return client_try(c, evidence, 1);
}

/* The event's slices live until the next call. */
static inline yq_status client_event(client *c, yq_slice proof, yq_verified_event *event)
{
    call_begin(c, 0);
    return yq_verifier_fabric()->event(
        &c->host, yq_slice_of(c->state, c->state_n), proof, 0, event, &c->why);
}

static inline yq_status client_misbehaviour(client *c, yq_slice evidence)
{
    call_begin(c, 0);
    return yq_verifier_fabric()->misbehaviour(
        &c->host, yq_slice_of(c->state, c->state_n), evidence, 0, &c->why);
}

static inline yq_client_view client_describe(client *c)
{
    yq_client_view view = {0};
    call_begin(c, 0);
    yq_status status =
        yq_verifier_fabric()->describe(&c->host, yq_slice_of(c->state, c->state_n), &view, &c->why);
    if (status != YQ_OK) {
        abort();
    }
    return view;
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_HOST_H */
