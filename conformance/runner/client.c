#include "conformance/runner/client.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdlib.h>

#define ARENA_SIZE (YQ_VERIFIER_SCRATCH_MAX + (8u << 20))
#define NOW_MS     UINT64_C(1800000000000)

typedef struct record {
    uint8_t *key, *value; /* value NULL: deleted */
    size_t key_n, value_n;
} record;

/* Records in order of their keys. */
typedef struct record_map {
    record *item;
    size_t n, cap;
} record_map;

struct run_client {
    const yq_verifier *verifier;
    uint64_t now_ms;
    record_map records;
    uint8_t state[YQ_CLIENT_STATE_MAX];
    size_t state_n;
};

/* Verdicts on signatures, each at the place that its key names; a later one takes the place. */
#define CACHE_N 8192u
typedef struct cached {
    yq_digest key;
    yq_status valid;
    int used;
} cached;

struct run_workspace {
    cached *cache;
    yq_hash_memo *memo; /* NULL: none */
    yq_signature_checker checker;
    uint8_t *memory;
    yq_arena arena;
    const run_client *client;
    size_t scratch_max;      /* SIZE_MAX: what the product gives */
    uint32_t signatures_max; /* UINT32_MAX: the same */
    record_map puts;         /* of the call that runs */
    uint8_t next[YQ_CLIENT_STATE_MAX];
    yq_buf out;
};

static uint8_t *copy_of(yq_slice bytes)
{
    uint8_t *p = malloc(bytes.n == 0 ? 1 : bytes.n);
    YQ_ASSERT(p != NULL);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return p;
}

/* Returns the place of key, or where it would stand. */
static size_t map_find(const record_map *map, yq_slice key, int *found)
{
    size_t low = 0, high = map->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = yq_slice_compare(yq_slice_of(map->item[mid].key, map->item[mid].key_n), key);
        if (order == 0) {
            *found = 1;
            return mid;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    *found = 0;
    return low;
}

static void map_put(record_map *map, yq_slice key, yq_slice value)
{
    int found;
    size_t at = map_find(map, key, &found);
    if (!found) {
        if (map->n == map->cap) {
            map->cap = map->cap == 0 ? 64 : 2 * map->cap;
            map->item = realloc(map->item, map->cap * sizeof *map->item);
            YQ_ASSERT(map->item != NULL);
        }
        memmove(map->item + at + 1, map->item + at, (map->n - at) * sizeof *map->item);
        map->n++;
        map->item[at] = (record){.key = copy_of(key), .key_n = key.n};
    }
    free(map->item[at].value);
    map->item[at].value = value.n == 0 ? NULL : copy_of(value);
    map->item[at].value_n = value.n;
}

static void map_clear(record_map *map)
{
    for (size_t i = 0; i < map->n; i++) {
        free(map->item[i].key);
        free(map->item[i].value);
    }
    map->n = 0;
}

static void map_free(record_map *map)
{
    map_clear(map);
    free(map->item);
    *map = (record_map){0};
}

static yq_slice workspace_get(void *self, yq_slice key, int *found)
{
    const run_workspace *w = self;
    const record_map *map[2] = {&w->puts, &w->client->records};
    for (size_t i = 0; i < 2; i++) {
        size_t at = map_find(map[i], key, found);
        if (*found) {
            const record *r = &map[i]->item[at];
            *found = r->value != NULL;
            return *found ? yq_slice_of(r->value, r->value_n) : (yq_slice){0};
        }
    }
    return (yq_slice){0};
}

static void workspace_put(void *self, yq_slice key, yq_slice value)
{
    run_workspace *w = self;
    map_put(&w->puts, key, value);
}

static cached *cache_at(const run_workspace *w, const yq_digest *key)
{
    return &w->cache[((size_t)key->b[0] << 8 | key->b[1]) % CACHE_N];
}

static int cache_find(void *self, const yq_digest *key, yq_status *valid)
{
    const cached *slot = cache_at(self, key);
    *valid = slot->valid;
    return slot->used && memcmp(slot->key.b, key->b, sizeof key->b) == 0;
}

static void cache_keep(void *self, const yq_digest *key, yq_status valid)
{
    *cache_at(self, key) = (cached){*key, valid, 1};
}

static void check_one_by_one(void *self, const yq_signature *sig, size_t n, yq_status *valid)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        valid[i] = yq_signature_check(&sig[i]);
    }
}

void run_workspace_limit(run_workspace *workspace, size_t scratch_max, uint32_t signatures_max)
{
    workspace->scratch_max = scratch_max;
    workspace->signatures_max = signatures_max;
}

void run_workspace_remember(run_workspace *workspace, int signatures, int hashes)
{
    workspace->checker.find = signatures ? cache_find : NULL;
    workspace->checker.keep = signatures ? cache_keep : NULL;
    free(workspace->memo);
    workspace->memo = hashes ? calloc(1, sizeof *workspace->memo) : NULL;
    YQ_ASSERT(!hashes || workspace->memo != NULL);
}

run_workspace *run_workspace_new(void)
{
    run_workspace *w = calloc(1, sizeof *w);
    YQ_ASSERT(w != NULL);
    w->memory = malloc(ARENA_SIZE);
    YQ_ASSERT(w->memory != NULL);
    w->arena = yq_arena_of(w->memory, ARENA_SIZE);
    run_workspace_limit(w, SIZE_MAX, UINT32_MAX);
    w->cache = calloc(CACHE_N, sizeof *w->cache);
    YQ_ASSERT(w->cache != NULL);
    w->checker = (yq_signature_checker){.self = w, .check = check_one_by_one};
    run_workspace_remember(w, 1, 0);
    return w;
}

void run_workspace_free(run_workspace *workspace)
{
    if (workspace != NULL) {
        map_free(&workspace->puts);
        free(workspace->memory);
        free(workspace->cache);
        free(workspace->memo);
        free(workspace);
    }
}

run_client *run_client_new(const yq_verifier *verifier)
{
    run_client *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    c->verifier = verifier;
    c->now_ms = NOW_MS;
    return c;
}

void run_client_free(run_client *client)
{
    if (client != NULL) {
        map_free(&client->records);
        free(client);
    }
}

void run_client_set_now(run_client *client, uint64_t now_ms)
{
    client->now_ms = now_ms;
}

yq_slice run_client_state(const run_client *client)
{
    return yq_slice_of(client->state, client->state_n);
}

void run_client_set_state(run_client *client, yq_slice state)
{
    YQ_ASSERT(state.n <= sizeof client->state);
    map_clear(&client->records);
    yq_bytes_copy(client->state, state.p, state.n);
    client->state_n = state.n;
}

static void begin(
    const run_client *client, run_workspace *w, yq_kv *kv, yq_verifier_call *call, int may_put)
{
    yq_arena_reset(&w->arena);
    map_clear(&w->puts);
    w->client = client;
    w->out = (yq_buf){w->next, client->verifier->state_size_max, 0};
    *kv = (yq_kv){.self = w, .get = workspace_get, .put = workspace_put};
    yq_verifier_call_begin(call, kv, yq_slice_text("run"), &w->arena, &w->checker, may_put);
    call->memo = w->memo;
    call->scratch_left = w->scratch_max < call->scratch_left ? w->scratch_max : call->scratch_left;
    if (w->signatures_max < call->signatures_left) {
        call->signatures_left = w->signatures_max;
    }
}

static void keep(run_client *client, run_workspace *w)
{
    for (size_t i = 0; i < w->puts.n; i++) {
        const record *r = &w->puts.item[i];
        map_put(&client->records, yq_slice_of(r->key, r->key_n), yq_slice_of(r->value, r->value_n));
    }
    yq_bytes_copy(client->state, w->out.p, w->out.n);
    client->state_n = w->out.n;
}

yq_status run_client_init(run_client *client, yq_slice anchor, yq_fault *why)
{
    run_workspace *w = run_workspace_new();
    yq_kv kv;
    yq_verifier_call call;
    map_clear(&client->records);
    client->state_n = 0;
    begin(client, w, &kv, &call, 1);
    *why = (yq_fault){0};
    yq_status status = yq_verifier_call_end(
        &call, client->verifier->init(&call.host, anchor, client->now_ms, &w->out, why));
    if (status == YQ_OK) {
        keep(client, w);
    }
    run_workspace_free(w);
    return status;
}

yq_status run_client_try_update(
    const run_client *client, run_workspace *workspace, yq_slice evidence, yq_fault *why)
{
    yq_kv kv;
    yq_verifier_call call;
    begin(client, workspace, &kv, &call, 1);
    *why = (yq_fault){0};
    yq_status status = client->verifier->update(
        &call.host, run_client_state(client), evidence, client->now_ms, &workspace->out, why);
    return yq_verifier_call_end(&call, status);
}

yq_slice run_workspace_next(const run_workspace *workspace)
{
    return yq_slice_of(workspace->next, workspace->out.n);
}

size_t run_workspace_used(const run_workspace *workspace)
{
    return workspace->arena.used;
}

yq_status run_client_try_init(
    const run_client *client, run_workspace *workspace, yq_slice anchor, yq_fault *why)
{
    yq_kv kv;
    yq_verifier_call call;
    begin(client, workspace, &kv, &call, 1);
    *why = (yq_fault){0};
    yq_status status =
        client->verifier->init(&call.host, anchor, client->now_ms, &workspace->out, why);
    return yq_verifier_call_end(&call, status);
}

yq_status run_client_misbehaviour(
    const run_client *client, run_workspace *workspace, yq_slice evidence, yq_fault *why)
{
    yq_kv kv;
    yq_verifier_call call;
    begin(client, workspace, &kv, &call, 0);
    *why = (yq_fault){0};
    return client->verifier->misbehaviour(
        &call.host, run_client_state(client), evidence, client->now_ms, why);
}

yq_status run_client_describe(
    const run_client *client, run_workspace *workspace, yq_client_view *view, yq_fault *why)
{
    run_call room;
    const yq_verifier_host *host = run_workspace_host(workspace, client, &room);
    *why = (yq_fault){0};
    return client->verifier->describe(host, run_client_state(client), view, why);
}

yq_status run_client_update(run_client *client, yq_slice evidence, yq_fault *why)
{
    run_workspace *w = run_workspace_new();
    yq_status status = run_client_try_update(client, w, evidence, why);
    if (status == YQ_OK) {
        keep(client, w);
    }
    run_workspace_free(w);
    return status;
}

yq_status run_client_event(
    const run_client *client,
    run_workspace *workspace,
    yq_slice proof,
    yq_verified_event *event,
    yq_fault *why)
{
    yq_kv kv;
    yq_verifier_call call;
    begin(client, workspace, &kv, &call, 0);
    *why = (yq_fault){0};
    return client->verifier->event(
        &call.host, run_client_state(client), proof, client->now_ms, event, why);
}

yq_status run_client_value(
    const run_client *client,
    run_workspace *workspace,
    yq_slice key,
    yq_slice proof,
    yq_verified_value *value,
    yq_fault *why)
{
    yq_kv kv;
    yq_verifier_call call;
    begin(client, workspace, &kv, &call, 0);
    *why = (yq_fault){0};
    return client->verifier->value(
        &call.host, run_client_state(client), key, proof, client->now_ms, value, why);
}

const yq_verifier_host *run_workspace_host(
    run_workspace *workspace, const run_client *client, run_call *room)
{
    begin(client, workspace, &room->kv, &room->call, 0);
    return &room->call.host;
}

uint64_t run_client_height(const run_client *client)
{
    run_workspace *w = run_workspace_new();
    yq_client_view view = {0};
    yq_fault why;
    yq_status status = run_client_describe(client, w, &view, &why);
    run_workspace_free(w);
    return status == YQ_OK ? view.height : 0;
}

const yq_verifier *run_verifier(const char *framework)
{
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        if (strcmp(yq_verifier_at(i)->framework, framework) == 0) {
            return yq_verifier_at(i);
        }
    }
    return NULL;
}
