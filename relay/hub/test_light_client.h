#ifndef YQ_RELAY_HUB_TEST_LIGHT_CLIENT_H
#define YQ_RELAY_HUB_TEST_LIGHT_CLIENT_H

/* For tests of verifiers: one client with its state and records, behind the hub's own host. */
#include "relay/base/assert.h"
#include "relay/hub/test_recorder.h"
#include "relay/hub/verifier_host.h"

#include <stdlib.h>

#define TEST_RECORDS_MAX 512u
#define TEST_PUTS_MAX    8192u /* in one call */
#define TEST_ARENA_SIZE  (24u << 20)

typedef struct test_record {
    size_t key_n, value_n;
    uint8_t key[192];
    uint8_t *value; /* NULL: deleted */
} test_record;

/* What a put replaced. */
typedef struct test_undo {
    size_t at, value_n;
    uint8_t *value;
} test_undo;

typedef struct test_client {
    const yq_verifier *verifier;
    uint64_t now_ms; /* the ledger's time in each call */
    test_record record[TEST_RECORDS_MAX];
    size_t n;
    test_undo undo[TEST_PUTS_MAX]; /* of the last call */
    size_t undo_n;
    yq_kv kv;
    uint8_t *memory;
    yq_arena arena;
    yq_verifier_call call;
    uint8_t state[YQ_CLIENT_STATE_MAX];
    size_t state_n;
    yq_fault why;
    test_recorder recorder;
} test_client;

static inline test_record *test_client_find(test_client *c, yq_slice key)
{
    for (size_t i = 0; i < c->n; i++) {
        if (yq_slice_equal(yq_slice_of(c->record[i].key, c->record[i].key_n), key)) {
            return &c->record[i];
        }
    }
    return NULL;
}

static inline yq_slice test_client_get(void *self, yq_slice key, int *found)
{
    const test_record *r = test_client_find(self, key);
    *found = r != NULL && r->value != NULL;
    return *found ? yq_slice_of(r->value, r->value_n) : (yq_slice){0};
}

static inline void test_client_put(void *self, yq_slice key, yq_slice value)
{
    test_client *c = self;
    test_record *r = test_client_find(c, key);
    if (r == NULL) {
        YQ_ASSERT(c->n < TEST_RECORDS_MAX && key.n <= sizeof c->record[0].key);
        r = &c->record[c->n++];
        *r = (test_record){.key_n = key.n};
        memcpy(r->key, key.p, key.n);
    }
    YQ_ASSERT(c->undo_n < TEST_PUTS_MAX);
    c->undo[c->undo_n++] = (test_undo){(size_t)(r - c->record), r->value_n, r->value};
    r->value = NULL;
    if (value.n > 0) {
        r->value = malloc(value.n);
        YQ_ASSERT(r->value != NULL);
        memcpy(r->value, value.p, value.n);
        r->value_n = value.n;
    }
}

static inline test_client *test_client_new(const yq_verifier *verifier)
{
    test_client *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    c->memory = malloc(TEST_ARENA_SIZE);
    YQ_ASSERT(c->memory != NULL);
    c->verifier = verifier;
    c->kv = (yq_kv){.self = c, .get = test_client_get, .put = test_client_put};
    return c;
}

/* What the last call put stays. */
static inline void test_client_keep(test_client *c)
{
    for (size_t i = 0; i < c->undo_n; i++) {
        free(c->undo[i].value);
    }
    c->undo_n = 0;
}

/* Drops what the last call put, as the hub does when it fails. */
static inline void test_client_drop(test_client *c)
{
    while (c->undo_n > 0) {
        const test_undo *undo = &c->undo[--c->undo_n];
        test_record *r = &c->record[undo->at];
        free(r->value);
        r->value = undo->value;
        r->value_n = undo->value_n;
    }
    while (c->n > 0 && c->record[c->n - 1].value == NULL) {
        c->n--; /* nothing is there: as if it had never been */
    }
}

/* Forgets state and records. */
static inline void test_client_reset(test_client *c)
{
    test_client_keep(c);
    for (size_t i = 0; i < c->n; i++) {
        free(c->record[i].value);
    }
    c->n = 0;
    c->state_n = 0;
}

static inline void test_client_free(test_client *c)
{
    test_client_reset(c);
    free(c->memory);
    free(c);
}

static inline const yq_verifier_host *test_client_begin(test_client *c, int may_put)
{
    test_client_keep(c);
    c->arena = yq_arena_of(c->memory, TEST_ARENA_SIZE);
    c->why = (yq_fault){0};
    yq_verifier_call_begin(
        &c->call, &c->kv, yq_slice_text("city-410300"), &c->arena, NULL, may_put);
    return &c->call.host;
}

/* Records what the client accepts from its next anchor on, as <framework>-<variant>. */
static inline void test_client_record(test_client *c, const char *variant)
{
    test_recorder_begin(&c->recorder, c->verifier->framework, variant, c->now_ms);
}

/* The recording is whole. */
static inline void test_client_recorded(test_client *c)
{
    test_recorder_end(&c->recorder);
}

static inline yq_slice test_client_state(const test_client *c)
{
    return yq_slice_of(c->state, c->state_n);
}

static inline yq_status test_client_init(test_client *c, yq_slice anchor)
{
    const yq_verifier *v = c->verifier;
    yq_buf state = {c->state, v->state_size_max, 0};
    const yq_verifier_host *host = test_client_begin(c, 1);
    yq_status status =
        yq_verifier_call_end(&c->call, v->init(host, anchor, c->now_ms, &state, &c->why));
    c->state_n = status == YQ_OK ? state.n : 0;
    if (status != YQ_OK) {
        test_client_drop(c);
    }
    test_recorder_take(&c->recorder, "init", anchor, c->now_ms, status);
    return status;
}

/* An update whose records are kept when it succeeds. */
static inline yq_status test_client_update(test_client *c, yq_slice evidence)
{
    const yq_verifier *v = c->verifier;
    static uint8_t room[YQ_CLIENT_STATE_MAX];
    yq_buf next = {room, v->state_size_max, 0};
    const yq_verifier_host *host = test_client_begin(c, 1);
    yq_status status = yq_verifier_call_end(
        &c->call, v->update(host, test_client_state(c), evidence, c->now_ms, &next, &c->why));
    if (status == YQ_OK) {
        memcpy(c->state, room, next.n);
        c->state_n = next.n;
    } else {
        test_client_drop(c);
    }
    test_recorder_take(&c->recorder, "update", evidence, c->now_ms, status);
    return status;
}

static inline yq_status test_client_event(test_client *c, yq_slice proof, yq_verified_event *event)
{
    const yq_verifier *v = c->verifier;
    const yq_verifier_host *host = test_client_begin(c, 0);
    *event = (yq_verified_event){0};
    return yq_verifier_call_end(
        &c->call, v->event(host, test_client_state(c), proof, c->now_ms, event, &c->why));
}

static inline yq_status test_client_misbehaviour(test_client *c, yq_slice evidence)
{
    const yq_verifier *v = c->verifier;
    const yq_verifier_host *host = test_client_begin(c, 0);
    yq_status status = yq_verifier_call_end(
        &c->call, v->misbehaviour(host, test_client_state(c), evidence, c->now_ms, &c->why));
    test_recorder_take(&c->recorder, "misbehaviour", evidence, c->now_ms, status);
    return status;
}

static inline yq_status test_client_value(
    test_client *c, yq_slice key, yq_slice proof, yq_verified_value *value)
{
    const yq_verifier *v = c->verifier;
    const yq_verifier_host *host = test_client_begin(c, 0);
    *value = (yq_verified_value){0};
    return yq_verifier_call_end(
        &c->call, v->value(host, test_client_state(c), key, proof, c->now_ms, value, &c->why));
}

static inline yq_status test_client_describe(test_client *c, yq_client_view *view)
{
    const yq_verifier_host *host = test_client_begin(c, 0);
    return yq_verifier_call_end(
        &c->call, c->verifier->describe(host, test_client_state(c), view, &c->why));
}

/* For fuzz targets: evidence against a client; first byte 1 is misbehaviour, else an update. What
 * moved the client is undone, so that each input meets the same one. */
static inline void test_client_fuzz(test_client *c, const uint8_t *data, size_t size)
{
    static uint8_t state[YQ_CLIENT_STATE_MAX];
    if (size == 0) {
        return;
    }
    yq_slice evidence = yq_slice_of(data + 1, size - 1);
    size_t state_n = c->state_n;
    memcpy(state, c->state, state_n);
    yq_status status =
        data[0] == 1 ? test_client_misbehaviour(c, evidence) : test_client_update(c, evidence);
    YQ_ASSERT(status > -400);
    test_client_drop(c);
    memcpy(c->state, state, state_n);
    c->state_n = state_n;
}

#endif /* YQ_RELAY_HUB_TEST_LIGHT_CLIENT_H */
