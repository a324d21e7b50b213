#ifndef YQ_RELAY_HUB_TEST_SUPPORT_H
#define YQ_RELAY_HUB_TEST_SUPPORT_H

/*
 * For the hub's tests and fuzz targets: a map over a sorted array with an undo log, a verifier
 * whose proofs are plain bytes, and a world of four organisations. What the map lends is freed at
 * the next put, so that a sanitizer sees a module that keeps it.
 */
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/commitment.h"
#include "relay/hub/hub.h"
#include "relay/hub/state.h"
#include "relay/hub/tx.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the map ---- */

typedef struct test_entry {
    uint8_t *key, *value;
    size_t key_n, value_n;
} test_entry;

typedef struct test_undo {
    test_entry old; /* value NULL: there was none */
} test_undo;

typedef struct test_kv {
    test_entry *entry;
    size_t n, cap;
    test_undo *undo;
    size_t undo_n, undo_cap;
    uint8_t **lent;
    size_t lent_n, lent_cap;
    size_t mark_depth_max;
    yq_kv kv;
} test_kv;

static inline void *test_grow(void *p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return p;
    }
    *cap = *cap == 0 ? 64 : *cap * 2;
    p = realloc(p, *cap * size);
    YQ_ASSERT(p != NULL);
    return p;
}

static inline uint8_t *test_dup(yq_slice s)
{
    uint8_t *p = malloc(s.n + 1);
    YQ_ASSERT(p != NULL);
    yq_bytes_copy(p, s.p, s.n);
    return p;
}

static inline size_t test_kv_find(const test_kv *t, yq_slice key, int *found)
{
    size_t lo = 0, hi = t->n;
    *found = 0;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = yq_slice_compare(yq_slice_of(t->entry[mid].key, t->entry[mid].key_n), key);
        if (order == 0) {
            *found = 1;
            return mid;
        }
        if (order < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static inline yq_slice test_kv_lend(test_kv *t, yq_slice s)
{
    t->lent = test_grow(t->lent, &t->lent_cap, t->lent_n, sizeof *t->lent);
    t->lent[t->lent_n] = test_dup(s);
    return yq_slice_of(t->lent[t->lent_n++], s.n);
}

static inline void test_kv_take_back(test_kv *t)
{
    for (size_t i = 0; i < t->lent_n; i++) {
        free(t->lent[i]);
    }
    t->lent_n = 0;
}

static inline yq_slice test_kv_get(void *self, yq_slice key, int *found)
{
    test_kv *t = self;
    size_t at = test_kv_find(t, key, found);
    if (!*found) {
        return (yq_slice){0};
    }
    return test_kv_lend(t, yq_slice_of(t->entry[at].value, t->entry[at].value_n));
}

static inline void test_kv_set(test_kv *t, yq_slice key, yq_slice value)
{
    int found;
    size_t at = test_kv_find(t, key, &found);
    if (found) {
        free(t->entry[at].value);
        if (value.n > 0) {
            t->entry[at].value = test_dup(value);
            t->entry[at].value_n = value.n;
            return;
        }
        free(t->entry[at].key);
        memmove(&t->entry[at], &t->entry[at + 1], (t->n - at - 1) * sizeof *t->entry);
        t->n--;
        return;
    }
    if (value.n == 0) {
        return;
    }
    t->entry = test_grow(t->entry, &t->cap, t->n, sizeof *t->entry);
    memmove(&t->entry[at + 1], &t->entry[at], (t->n - at) * sizeof *t->entry);
    t->entry[at] = (test_entry){test_dup(key), test_dup(value), key.n, value.n};
    t->n++;
}

static inline void test_kv_put(void *self, yq_slice key, yq_slice value)
{
    test_kv *t = self;
    int found;
    YQ_ASSERT(key.n > 0);
    YQ_ASSERT(key.n <= YQ_STATE_KEY_MAX);
    YQ_ASSERT(value.n <= YQ_STATE_VALUE_MAX);
    size_t at = test_kv_find(t, key, &found);
    t->undo = test_grow(t->undo, &t->undo_cap, t->undo_n, sizeof *t->undo);
    test_entry old = {.key = test_dup(key), .key_n = key.n};
    if (found) {
        old.value = test_dup(yq_slice_of(t->entry[at].value, t->entry[at].value_n));
        old.value_n = t->entry[at].value_n;
    }
    t->undo[t->undo_n++].old = old;
    test_kv_set(t, key, value);
    test_kv_take_back(t);
}

static inline int test_kv_next(
    void *self, yq_slice prefix, yq_slice after, yq_slice *key, yq_slice *value)
{
    test_kv *t = self;
    int found;
    size_t at = test_kv_find(t, after.n > 0 ? after : prefix, &found);
    if (found && after.n > 0) {
        at++;
    }
    if (at >= t->n || t->entry[at].key_n < prefix.n ||
        memcmp(t->entry[at].key, prefix.p, prefix.n) != 0) {
        return 0;
    }
    *key = test_kv_lend(t, yq_slice_of(t->entry[at].key, t->entry[at].key_n));
    *value = test_kv_lend(t, yq_slice_of(t->entry[at].value, t->entry[at].value_n));
    return 1;
}

static inline uint64_t test_kv_mark(void *self)
{
    return ((test_kv *)self)->undo_n;
}

static inline void test_kv_undo(void *self, uint64_t mark)
{
    test_kv *t = self;
    test_kv_take_back(t);
    while (t->undo_n > mark) {
        test_entry *old = &t->undo[--t->undo_n].old;
        test_kv_set(t, yq_slice_of(old->key, old->key_n), yq_slice_of(old->value, old->value_n));
        free(old->key);
        free(old->value);
    }
}

static inline void test_kv_init(test_kv *t)
{
    *t = (test_kv){0};
    t->kv = (yq_kv){t, test_kv_get, test_kv_put, test_kv_next, test_kv_mark, test_kv_undo};
}

static inline void test_kv_forget_undo(test_kv *t)
{
    for (size_t i = 0; i < t->undo_n; i++) {
        free(t->undo[i].old.key);
        free(t->undo[i].old.value);
    }
    t->undo_n = 0;
}

static inline void test_kv_free(test_kv *t)
{
    test_kv_take_back(t);
    test_kv_forget_undo(t);
    for (size_t i = 0; i < t->n; i++) {
        free(t->entry[i].key);
        free(t->entry[i].value);
    }
    free(t->entry);
    free(t->undo);
    free(t->lent);
}

/* SM3 over every key and value: two states are equal when it is. */
static inline yq_digest test_kv_digest(const test_kv *t)
{
    yq_digest sum = {{0}};
    for (size_t i = 0; i < t->n; i++) {
        uint64_t n[2] = {t->entry[i].key_n, t->entry[i].value_n};
        const yq_slice part[] = {
            {sum.b, sizeof sum.b},
            {(const uint8_t *)n, sizeof n},
            {t->entry[i].key, t->entry[i].key_n},
            {t->entry[i].value, t->entry[i].value_n}};
        yq_digest next = {{0}};
        yq_hash(YQ_HASH_SM3, part, 4, next.b);
        sum = next;
    }
    return sum;
}

/* ---- a verifier whose evidence says what it does ---- */

#define TEST_STATE_MAX 64u

static inline void test_put_state(yq_buf *state, uint64_t height)
{
    yq_writer w = yq_writer_of(state->p, state->cap);
    yq_put_u8(&w, 'S');
    yq_put_u64(&w, height);
    state->n = w.n;
}

static inline uint64_t test_state_height(yq_slice state)
{
    yq_cur c = yq_cur_of(state);
    (void)yq_cur_u8(&c);
    return yq_cur_u64(&c);
}

static inline yq_status test_record(const yq_verifier_host *host, const char *name, size_t size)
{
    uint8_t *value = host->scratch(host->self, size);
    if (value == NULL) {
        return YQ_E_LIMIT;
    }
    memset(value, 7, size);
    return host->record_put(host->self, yq_slice_text(name), yq_slice_of(value, size));
}

/* "ok" and a u64 height. */
static inline yq_status test_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *state, yq_fault *why)
{
    (void)now_ms;
    yq_cur c = yq_cur_of(anchor);
    yq_slice tag = yq_cur_take(&c, 2);
    uint64_t height = yq_cur_u64(&c);
    if (yq_cur_done(&c, why) != YQ_OK || !yq_slice_equal(tag, yq_slice_text("ok"))) {
        return yq_fail(why, YQ_E_ANCHOR, 0, "anchor");
    }
    test_put_state(state, height);
    const char name[] = {'i', (char)('A' + height % 26), 0};
    return test_record(host, name, 3);
}

/*
 * u8 what: 1 advance (u64 height), 2 misbehaviour after a record was put, 3 fails after a record
 * was put, 4 eats scratch until there is none, 5 gives a state that is too large, 6 returns a
 * fault, 7 reads as many large records as there is room for and then says OK.
 */
static inline yq_status test_update(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    (void)now_ms;
    yq_cur c = yq_cur_of(evidence);
    uint8_t what = yq_cur_u8(&c);
    uint64_t height = test_state_height(state), wanted = height + 1;
    if (what == 1) {
        wanted = yq_cur_u64(&c);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    int found;
    test_put_state(next, wanted);
    switch (what) {
    case 1:
        return wanted > height ? test_record(host, "h", 8) : yq_fail(why, YQ_E_REPLAY, 0, "height");
    case 2:
        return test_record(host, "evil", 9) == YQ_OK ? YQ_E_MISBEHAVIOUR : YQ_E_LIMIT;
    case 3:
        return test_record(host, "evil", 9) == YQ_OK ? YQ_E_SIG : YQ_E_LIMIT;
    case 4:
        while (host->scratch(host->self, 1u << 20) != NULL) {
        }
        return YQ_E_LIMIT;
    case 5:
        next->n = next->cap + 1;
        return YQ_OK;
    case 6:
        return YQ_E_NOSPC;
    case 7:
        if (test_record(host, "large", YQ_CLIENT_RECORD_MAX) != YQ_OK) {
            return YQ_E_LIMIT;
        }
        do {
            (void)host->record_get(host->self, yq_slice_text("large"), &found);
        } while (found);
        return YQ_OK;
    default:
        return yq_fail(why, YQ_E_FIELD_UNKNOWN, 0, "what");
    }
}

static inline yq_status test_misbehaviour(
    const yq_verifier_host *host, yq_slice state, yq_slice evidence, uint64_t now_ms, yq_fault *why)
{
    (void)host;
    (void)state;
    (void)now_ms;
    return yq_slice_equal(evidence, yq_slice_text("two headers"))
               ? YQ_OK
               : yq_fail(why, YQ_E_NOT_PROVEN, 0, "evidence");
}

typedef struct test_event {
    uint64_t height;
    const char *emitter, *name;
    yq_slice data;
    const char *tx_id;
    uint32_t index;
    uint8_t grade;
} test_event;

/* u64 height, str8 emitter, name and tx id, u32 index, u8 grade, the rest is data. */
static inline yq_status test_verify_event(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    (void)host;
    (void)now_ms;
    yq_cur c = yq_cur_of(proof);
    event->height = yq_cur_u64(&c);
    event->emitter = yq_cur_str8(&c, 255);
    event->name = yq_cur_str8(&c, 255);
    event->tx_id = yq_cur_str8(&c, 255);
    event->event_index = yq_cur_u32(&c);
    event->grade = yq_cur_u8(&c);
    event->data = event->bytes = yq_cur_take(&c, yq_cur_left(&c));
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK && event->height > test_state_height(state)) {
        status = yq_fail(why, YQ_E_HEADER_UNKNOWN, 0, "height");
    }
    return status;
}

static inline yq_status test_describe(
    const yq_verifier_host *host, yq_slice state, yq_client_view *view, yq_fault *why)
{
    (void)host;
    (void)why;
    view->height = test_state_height(state);
    view->grade = YQ_GRADE_LIGHT_CLIENT;
    return YQ_OK;
}

static const yq_verifier test_verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "plain",
    .state_size_max = TEST_STATE_MAX,
    .init = test_init,
    .update = test_update,
    .misbehaviour = test_misbehaviour,
    .event = test_verify_event,
    .describe = test_describe,
};

static const yq_verifier *const test_verifiers[] = {&test_verifier};

/* ---- a world ---- */

#define TEST_ORGS       4u
#define TEST_HUB        "henan-main"
#define TEST_VALIDATORS 7u /* validator i is of organisation i mod 4 */

typedef struct test_world {
    test_kv kv;
    yq_hub hub;
    void *memory;
    uint64_t height, time_ms;
    char code[TEST_ORGS][YQ_ORG_CODE_SIZE + 1];
    uint8_t key[3 * TEST_ORGS][YQ_SM2_KEY_SIZE];
    yq_digest admin[TEST_ORGS], operator_[TEST_ORGS], adapter[TEST_ORGS];
    uint8_t validator[YQ_VALIDATORS_MAX][YQ_SM2_KEY_SIZE]; /* nobody holds their private keys */
    yq_digest set;                                         /* of epoch 1 in the ledger's suite */
    yq_hub_result result;
    uint8_t data[YQ_EVENT_RECORDS_MAX * YQ_DIGEST_SIZE];
    size_t data_n;
    uint8_t *room; /* for transactions and proofs */
    uint64_t tx_ids;
} test_world;

#define TEST_ROOM_SIZE (2u << 20)

static inline yq_slice test_text(const char *text)
{
    return yq_slice_text(text);
}

static inline void test_keys(test_world *w, yq_genesis_key *key)
{
    for (unsigned i = 0; i < 3 * TEST_ORGS; i++) {
        memset(w->key[i], (int)(i + 1), YQ_SM2_KEY_SIZE);
        unsigned org = i % TEST_ORGS;
        key[i] = (yq_genesis_key){
            .org = test_text(w->code[org]),
            .key = yq_slice_of(w->key[i], YQ_SM2_KEY_SIZE),
            .role = (uint8_t)(1 + i / TEST_ORGS)};
        yq_digest *id = i < TEST_ORGS       ? &w->admin[org]
                        : i < 2 * TEST_ORGS ? &w->operator_[org]
                                            : &w->adapter[org];
        yq_signer_id(YQ_SUITE_SM2, key[i].key, id);
    }
}

static inline void test_codes(test_world *w)
{
    for (unsigned i = 0; i < TEST_ORGS; i++) {
        (void)snprintf(w->code[i], sizeof w->code[i], "1141000000000000%u", i);
        w->code[i][YQ_ORG_CODE_SIZE - 1] = yq_org_code_check(w->code[i]);
        w->code[i][YQ_ORG_CODE_SIZE] = 0;
    }
}

static inline void test_validators(test_world *w, yq_validator *validator, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        memset(w->validator[i], (int)(0x60 + i), YQ_SM2_KEY_SIZE);
        validator[i] = (yq_validator){
            yq_slice_of(w->validator[i], YQ_SM2_KEY_SIZE), test_text(w->code[i % TEST_ORGS])};
    }
}

static inline void test_begin(test_world *w, uint64_t after_ms)
{
    w->height++;
    w->time_ms += after_ms;
    yq_hub_begin_block(&w->hub, w->height, w->time_ms, &w->result);
    test_kv_forget_undo(&w->kv);
}

static inline void test_world_of(
    test_world *w, uint64_t delay_ms, unsigned validators, int single_operator)
{
    *w = (test_world){0};
    test_kv_init(&w->kv);
    w->memory = malloc(YQ_HUB_ARENA_SIZE);
    w->room = malloc(TEST_ROOM_SIZE);
    YQ_ASSERT(w->memory != NULL);
    YQ_ASSERT(w->room != NULL);
    yq_hub_init(&w->hub, &w->kv.kv, w->memory, test_verifiers, 1, NULL);
    test_codes(w);
    yq_genesis_org org[TEST_ORGS];
    yq_genesis_key key[3 * TEST_ORGS];
    for (unsigned i = 0; i < TEST_ORGS; i++) {
        org[i] = (yq_genesis_org){test_text(w->code[i]), test_text("organisation"), 1};
    }
    test_keys(w, key);
    memset(w->set.b, 0x51, sizeof w->set.b);
    yq_validator validator[YQ_VALIDATORS_MAX];
    test_validators(w, validator, validators);
    yq_hub_params params = {
        .hub = test_text(TEST_HUB),
        .suite = YQ_SUITE_SM2,
        .approvals = 3,
        .delay_ms = delay_ms,
        .org = org,
        .org_n = TEST_ORGS,
        .key = key,
        .key_n = 3 * TEST_ORGS,
        .validator = validator,
        .validator_n = validators,
        .single_operator = (uint8_t)single_operator,
        .alg = YQ_HASH_SM3,
        .epoch = 1,
        .set_hash = w->set};
    memset(params.chain_id_hash.b, 0x44, YQ_DIGEST_SIZE);
    yq_fault why = {0};
    yq_status status = yq_hub_genesis(&w->hub, &params, &why);
    YQ_ASSERT(status == YQ_OK);
    w->time_ms = UINT64_C(1700000000000);
    test_begin(w, 0);
}

static inline void test_world_init(test_world *w, uint64_t delay_ms)
{
    test_world_of(w, delay_ms, TEST_VALIDATORS, 0);
}

static inline void test_world_free(test_world *w)
{
    test_kv_free(&w->kv);
    free(w->memory);
    free(w->room);
}

static inline yq_status test_execute_bytes(test_world *w, const yq_digest *signer, yq_slice bytes)
{
    yq_digest before = test_kv_digest(&w->kv);
    yq_hub_execute(&w->hub, signer, bytes, &w->result);
    if (w->result.status != YQ_OK) {
        yq_digest after = test_kv_digest(&w->kv);
        YQ_ASSERT(memcmp(&before, &after, sizeof after) == 0);
        YQ_ASSERT(w->result.event_n == 0);
        YQ_ASSERT(w->result.data.n == 0);
        YQ_ASSERT(w->result.why.status == w->result.status);
        YQ_ASSERT(w->result.status > -400);
    }
    w->data_n = w->result.data.n;
    yq_bytes_copy(w->data, w->result.data.p, w->result.data.n);
    test_kv_forget_undo(&w->kv);
    return w->result.status;
}

static inline yq_status test_execute(test_world *w, const yq_digest *signer, const yq_tx *tx)
{
    yq_buf out = {w->room, YQ_TX_SIZE_MAX, 0};
    yq_status status = yq_tx_encode(tx, &out);
    YQ_ASSERT(status == YQ_OK);
    return test_execute_bytes(w, signer, yq_slice_of(out.p, out.n));
}

static inline uint64_t test_data_u64(const test_world *w)
{
    yq_cur c = yq_cur_of(yq_slice_of(w->data, w->data_n));
    uint64_t value = yq_cur_u64(&c);
    yq_status status = yq_cur_done(&c, NULL);
    YQ_ASSERT(status == YQ_OK);
    return value;
}

static inline yq_status test_vote(test_world *w, unsigned org, uint64_t proposal, int approve)
{
    const yq_tx tx = {
        .method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {.approve = approve, .proposal = proposal}};
    return test_execute(w, &w->admin[org], &tx);
}

static inline void test_approve(test_world *w, uint64_t proposal)
{
    for (unsigned i = 0; i < 3; i++) {
        yq_status status = test_vote(w, i, proposal, 1);
        YQ_ASSERT(status == YQ_OK);
    }
}

static inline yq_tx test_register_tx(const char *chain, uint8_t suite)
{
    static const uint8_t anchor[] = {'o', 'k', 0, 0, 0, 0, 0, 0, 0, 100};
    static const uint8_t hash[] = {0, 1, 2, 3, 2};
    yq_tx tx = {
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = yq_slice_of(anchor, sizeof anchor),
            .chain = test_text(chain),
            .framework = test_text("plain"),
            .name = test_text("a chain"),
            .hash = hash[suite],
            .suite = suite,
            .verifier = 1}};
    if (suite != 0) {
        tx.as.chain_register.inbox = test_text("box");
        tx.as.chain_register.inbox_event = test_text("Yuqiao");
    }
    return tx;
}

/* Gives the present validators keys of suite 3 that nobody holds, as EXPORT_KEY would. */
static inline void test_bind(test_world *w)
{
    yq_validators v;
    yq_status status = yq_hub_validators(&w->hub, 0, &v);
    YQ_ASSERT(status == YQ_OK);
    for (size_t i = 0; i < v.n; i++) {
        yq_state_key key;
        uint8_t address[YQ_ADDRESS_SIZE];
        memcpy(address, v.item[i].key.p, sizeof address);
        yq_state_key_begin(&key, YQ_MODULE_EXPORT, YQ_TABLE_EXPORT_KEY);
        yq_put_u8(&key.w, YQ_SUITE_ETH);
        yq_put_str8(&key.w, v.item[i].key);
        test_kv_put(&w->kv, yq_state_key_slice(&key), yq_slice_of(address, sizeof address));
    }
    test_kv_forget_undo(&w->kv);
}

/* Registers by organisation 0 and approves. */
static inline void test_chain(test_world *w, const char *chain, uint8_t suite)
{
    yq_tx tx = test_register_tx(chain, suite);
    yq_status status = test_execute(w, &w->admin[0], &tx);
    YQ_ASSERT(status == YQ_OK);
    test_approve(w, test_data_u64(w));
}

static inline yq_status test_service(
    test_world *w,
    const char *chain,
    const char *service,
    uint8_t kind,
    const char *emitter,
    const char *event)
{
    const yq_tx tx = {
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = test_text(chain),
            .service = test_text(service),
            .kind = kind,
            .emitter = test_text(emitter),
            .event = test_text(event),
            .from_height = 10}};
    return test_execute(w, &w->operator_[0], &tx);
}

static inline yq_tx test_lane_tx(
    const char *src, const char *src_service, const char *dst, const char *dst_service)
{
    return (yq_tx){
        .method = YQ_METHOD_LANE_OPEN,
        .as.lane = {
            .src_chain = test_text(src),
            .src_service = test_text(src_service),
            .dst_chain = test_text(dst),
            .dst_service = test_text(dst_service),
            .grade_min = YQ_GRADE_ENDORSED,
            .order = YQ_ORDER_UNORDERED,
            .patience_ms = 30000,
            .payload_max = 1000,
            .per_minute_max = 100}};
}

/* An event of a chain, by its adapter. */
static inline yq_slice test_proof(test_world *w, const test_event *e)
{
    yq_writer out = yq_writer_of(w->room + YQ_TX_SIZE_MAX, TEST_ROOM_SIZE - YQ_TX_SIZE_MAX);
    yq_put_u64(&out, e->height);
    yq_put_str8(&out, test_text(e->emitter));
    yq_put_str8(&out, test_text(e->name));
    yq_put_str8(&out, test_text(e->tx_id));
    yq_put_u32(&out, e->index);
    yq_put_u8(&out, e->grade);
    yq_put(&out, e->data);
    YQ_ASSERT(out.status == YQ_OK);
    return yq_writer_slice(&out);
}

static inline yq_status test_submit(test_world *w, const char *chain, const test_event *e)
{
    const yq_tx tx = {
        .method = YQ_METHOD_PACKET_EVENT,
        .as.evidence = {.chain = test_text(chain), .bytes = test_proof(w, e)}};
    return test_execute(w, &w->adapter[0], &tx);
}

/* A Yuqiao event of the chain's contract with these records, in a transaction of its own. */
static inline yq_status test_records(
    test_world *w, const char *chain, uint64_t height, const yq_record *record, size_t n)
{
    static uint8_t room[1u << 20];
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_records_encode(record, n, &out);
    YQ_ASSERT(status == YQ_OK);
    char id[32];
    (void)snprintf(id, sizeof id, "tx-%llu", (unsigned long long)++w->tx_ids);
    const test_event e = {
        .height = height,
        .emitter = "box",
        .name = "Yuqiao",
        .data = yq_slice_of(room, out.n),
        .tx_id = id,
        .grade = YQ_GRADE_LIGHT_CLIENT};
    return test_submit(w, chain, &e);
}

static inline yq_status test_sent(test_world *w, const char *chain, const yq_packet *packet)
{
    static uint8_t room[YQ_PACKET_SIZE_MAX];
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_packet_encode(packet, &out);
    YQ_ASSERT(status == YQ_OK);
    const yq_record record = {YQ_RECORD_SENT, yq_slice_of(room, out.n)};
    return test_records(w, chain, 50, &record, 1);
}

static inline yq_status test_done(test_world *w, const char *chain, const yq_done *done)
{
    uint8_t room[YQ_RESULT_SIZE_MAX + 64];
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_done_encode(done, &out);
    YQ_ASSERT(status == YQ_OK);
    const yq_record record = {YQ_RECORD_DONE, yq_slice_of(room, out.n)};
    return test_records(w, chain, 60, &record, 1);
}

static inline yq_status test_state(
    test_world *w, const char *chain, uint64_t at, const yq_inbox_state *state)
{
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_inbox_state_encode(state, &out);
    YQ_ASSERT(status == YQ_OK);
    const yq_record record = {YQ_RECORD_STATE, yq_slice_of(room, out.n)};
    return test_records(w, chain, at, &record, 1);
}

static inline void test_open_inbox(test_world *w, const char *chain)
{
    yq_inbox_state state = {.epoch = 1, .set_hash = w->set};
    yq_chain view;
    yq_export_set set;
    yq_status status = yq_hub_chain(&w->hub, test_text(chain), &view);
    YQ_ASSERT(status == YQ_OK);
    if (view.suite == YQ_SUITE_ETH) {
        status = yq_hub_export_set(&w->hub, 1, view.suite, &set);
        YQ_ASSERT(status == YQ_OK);
        yq_export_set_hash(&set, &state.set_hash);
    }
    status = test_state(w, chain, 40, &state);
    YQ_ASSERT(status == YQ_OK);
}

/* city-a (contract) and city-b (inbox), opened, with a lane from a/send to b/recv. */
static inline void test_two_cities(test_world *w)
{
    test_world_init(w, 0);
    test_chain(w, "city-a", YQ_SUITE_SM2);
    test_chain(w, "city-b", YQ_SUITE_SM2);
    test_open_inbox(w, "city-a");
    test_open_inbox(w, "city-b");
    yq_status status = test_service(w, "city-a", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao");
    YQ_ASSERT(status == YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    status = test_execute(w, &w->admin[0], &tx);
    YQ_ASSERT(status == YQ_OK);
}

static inline yq_packet test_packet(uint64_t sequence)
{
    return (yq_packet){
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .hub = test_text(TEST_HUB),
        .src_chain = test_text("city-a"),
        .src_service = test_text("send"),
        .dst_chain = test_text("city-b"),
        .dst_service = test_text("recv"),
        .sequence = sequence,
        .sender = test_text("somebody"),
        .payload = test_text("hello")};
}

static inline yq_message test_message(test_world *w, const yq_digest *id)
{
    yq_message m;
    yq_status status = yq_hub_message(&w->hub, id, &m);
    YQ_ASSERT(status == YQ_OK);
    return m;
}

static inline yq_digest test_data_id(const test_world *w)
{
    yq_digest id;
    YQ_ASSERT(w->data_n == sizeof id);
    memcpy(&id, w->data, sizeof id);
    return id;
}

static inline int test_told(const test_world *w, yq_hub_event_kind kind, uint64_t value)
{
    int n = 0;
    for (size_t i = 0; i < w->result.event_n; i++) {
        n += w->result.event[i].kind == kind && w->result.event[i].value == value;
    }
    return n;
}

#endif /* YQ_RELAY_HUB_TEST_SUPPORT_H */
