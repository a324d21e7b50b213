#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/ledger/view_state.h"
#include "relay/store/mem.h"

static published *hold_newest(yq_ledger *l)
{
    (void)pthread_rwlock_wrlock(&l->lock);
    published *p = l->published;
    p->refs++;
    (void)pthread_rwlock_unlock(&l->lock);
    return p;
}

static void stand(yq_view *view, published *at)
{
    yq_ledger *l = view->l;
    view->at = at;
    view->status = YQ_OK;
    state_map_init(&view->map, l->db, at->snap, NULL, NULL);
    yq_hub_init(
        &view->hub,
        &view->map.kv,
        view->hub_memory,
        l->config.verifier,
        l->config.verifier_n,
        NULL);
}

yq_status yq_view_open(yq_ledger *l, yq_view **out)
{
    yq_view *view = yq_mem_alloc(sizeof *view);
    view->l = l;
    view->hub_memory = yq_mem_alloc(YQ_HUB_ARENA_SIZE);
    stand(view, hold_newest(l));
    *out = view;
    return YQ_OK;
}

static void leave(yq_view *view)
{
    state_map_free(&view->map);
    yq_pieces_free(&view->given);
    published_release(view->l, view->at);
}

void yq_view_close(yq_view *view)
{
    if (view == NULL) {
        return;
    }
    leave(view);
    yq_mem_free(view->hub_memory);
    yq_mem_free(view);
}

int yq_view_refresh(yq_view *view)
{
    published *newest = hold_newest(view->l);
    int changed = newest != view->at;
    leave(view);
    stand(view, newest);
    return changed;
}

void yq_view_reset(yq_view *view)
{
    state_map_reset(&view->map);
    yq_pieces_free(&view->given);
    yq_hub_reset(&view->hub);
}

yq_status view_note(yq_view *view, yq_status status)
{
    if (yq_status_is_fault(status) && view->status == YQ_OK) {
        view->status = status;
    }
    return status;
}

yq_status yq_view_fault(const yq_view *view)
{
    return view->status == YQ_OK ? view->map.status : view->status;
}

yq_status view_row(yq_view *view, const row_key *key, yq_slice *bytes)
{
    yq_db_value value;
    *bytes = (yq_slice){0};
    yq_status status = yq_db_get(view->l->db, view->at->snap, row_slice(key), &value);
    if (status != YQ_OK || !value.found) {
        return view_note(view, status == YQ_OK ? YQ_E_NOT_FOUND : status);
    }
    uint8_t *p = yq_pieces_alloc(&view->given, value.bytes.n);
    yq_bytes_copy(p, value.bytes.p, value.bytes.n);
    *bytes = yq_slice_of(p, value.bytes.n);
    yq_db_value_free(&value);
    return YQ_OK;
}

const yq_view_block *yq_view_tip(const yq_view *view)
{
    return &view->at->block;
}

yq_hub *yq_view_hub(yq_view *view)
{
    return &view->hub;
}

static uint64_t height_of(const yq_view *view)
{
    return view->at->block.tip.header.height;
}

yq_status yq_view_block_at(yq_view *view, uint64_t height, yq_view_block *out)
{
    row_key key;
    yq_slice row;
    row_number(&key, ROW_BLOCK, height);
    yq_status status = height > height_of(view) ? YQ_E_NOT_FOUND : view_row(view, &key, &row);
    if (status == YQ_OK) {
        status = block_row_decode(row, out);
    }
    if (status == YQ_OK) {
        status = cert_read(view->l->db, view->at->snap, height, &out->has_cert, &out->cert);
    }
    return view_note(view, status);
}

yq_status yq_view_height_of(yq_view *view, const yq_digest *h, uint64_t *height)
{
    return view_note(view, height_read(view->l->db, view->at->snap, h, height));
}

yq_status yq_view_valset(yq_view *view, uint64_t epoch, yq_valset *set, uint64_t *first_height)
{
    return view_note(view, epoch_read(view->l->db, view->at->snap, epoch, set, first_height));
}

static yq_status give_proof(yq_view *view, const yq_state_proof *p, yq_slice *proof)
{
    yq_buf out = {
        yq_pieces_alloc(&view->given, YQ_STATE_PROOF_SIZE_MAX), YQ_STATE_PROOF_SIZE_MAX, 0};
    yq_status status = yq_state_proof_encode(p, &out);
    YQ_ASSERT(status == YQ_OK);
    *proof = yq_slice_of(out.p, out.n);
    return status;
}

static yq_tree_source source_of(yq_view *view)
{
    static const uint8_t prefix = ROW_TREE;
    return (yq_tree_source){
        .alg = view->l->identity.alg,
        .prefix = yq_slice_of(&prefix, 1),
        .db = view->l->db,
        .snap = view->at->snap,
    };
}

static int key_is_good(yq_slice key)
{
    return key.n > 0 && key.n <= YQ_STATE_KEY_MAX;
}

yq_status yq_view_state(yq_view *view, yq_slice key, yq_slice *value, int *found, yq_slice *proof)
{
    yq_digest path;
    int present;
    *value = *proof = (yq_slice){0};
    if (!key_is_good(key)) {
        return YQ_E_RANGE;
    }
    yq_tree_source source = source_of(view);
    yq_state_proof *p = yq_mem_alloc(sizeof *p);
    yq_state_path(source.alg, key, &path);
    yq_status status = yq_tree_prove(&source, &path, p, &present);
    if (status == YQ_OK) {
        *value = view->map.kv.get(&view->map, key, found);
        status = view->map.status;
    }
    if (status == YQ_OK && present != *found) {
        status = YQ_E_CORRUPT;
    }
    if (status == YQ_OK) {
        status = give_proof(view, p, proof);
    }
    yq_mem_free(p);
    return view_note(view, status);
}

/* The value of a key at a height of the past. */
static yq_status past_value(yq_view *view, past *at, yq_slice key, yq_slice *value, int *found)
{
    row_key row;
    yq_db_value read;
    row_begin(&row, ROW_STATE);
    yq_put(&row.w, key);
    yq_status status = past_get(at, row_slice(&row), &read);
    if (status == YQ_OK) {
        uint8_t *bytes = yq_pieces_alloc(&view->given, read.bytes.n);
        yq_bytes_copy(bytes, read.bytes.p, read.bytes.n);
        *value = yq_slice_of(bytes, read.bytes.n);
        *found = read.found;
    }
    yq_db_value_free(&read);
    return status;
}

yq_status yq_view_state_at(
    yq_view *view,
    uint64_t height,
    yq_slice key,
    yq_view_block *block,
    yq_slice *value,
    int *found,
    yq_slice *proof)
{
    yq_digest path;
    int present = 0;
    uint64_t newest = height_of(view), lowest;
    past at = {view->l->db, view->at->snap, height};
    *value = *proof = (yq_slice){0};
    if (!key_is_good(key)) {
        return YQ_E_RANGE;
    }
    yq_status status = past_lowest(at.db, at.snap, newest, &lowest);
    if (status == YQ_OK && (height > newest || height < lowest)) {
        return YQ_E_NOT_FOUND;
    }
    if (status == YQ_OK) {
        status = yq_view_block_at(view, height, block);
    }
    yq_tree_source source = source_of(view);
    source.get = past_get;
    source.self = &at;
    yq_state_proof *p = yq_mem_alloc(sizeof *p);
    yq_state_path(source.alg, key, &path);
    if (status == YQ_OK) {
        status = yq_tree_prove(&source, &path, p, &present);
    }
    if (status == YQ_OK) {
        status = past_value(view, &at, key, value, found);
    }
    if (status == YQ_OK && present != *found) {
        status = YQ_E_CORRUPT;
    }
    if (status == YQ_OK) {
        status = give_proof(view, p, proof);
    }
    yq_mem_free(p);
    return view_note(view, status);
}

/* Signer, sequence and signature by the state. Leaves nothing behind in the view: a worker checks
 * any number of envelopes between two resets. */
static yq_status check_by_state(
    yq_view *view, state_map *map, const yq_envelope *env, yq_fault *why)
{
    const yq_ledger_identity *identity = &view->l->identity;
    uint8_t key[LEDGER_KEY_MAX];
    size_t n = ledger_key(key, YQ_TABLE_LEDGER_SEQUENCE, &env->signer);
    yq_signer_view signer;
    sequence s;
    yq_status status = yq_hub_signer(&view->hub, &env->signer, &signer);
    if (status != YQ_OK) {
        return yq_fail(why, status, 32, "signer");
    }
    status = sequence_decode(state_map_get(map, yq_slice_of(key, n)), &s);
    if (status == YQ_OK) {
        status = sequence_check(&s, env->seq);
    }
    if (status != YQ_OK) {
        return yq_fail(why, status, 64, "seq");
    }
    status = yq_envelope_check(
        identity->alg, &identity->chain_id_hash, identity->suite, signer.key, env);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, YQ_ENVELOPE_UNSIGNED_SIZE, "sig");
}

yq_status yq_view_check_envelope(
    yq_view *view, yq_slice in, uint64_t time_ms, yq_envelope *env, yq_fault *why)
{
    const yq_ledger_identity *identity = &view->l->identity;
    yq_status status = yq_envelope_decode(identity->alg, in, env, why);
    if (status != YQ_OK) {
        return status;
    }
    if (env->valid_until_ms < time_ms) {
        return yq_fail(why, YQ_E_EXPIRED, 72, "valid_until");
    }
    if (env->valid_until_ms - time_ms > (uint64_t)YQ_ENVELOPE_VALID_MS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 72, "valid_until: more than 24 h ahead");
    }
    if (!digest_equal(&env->chain_id_hash, &identity->chain_id_hash)) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "chain_id_hash");
    }
    state_map map;
    size_t used = view->hub.arena.used;
    state_map_init(&map, view->l->db, view->at->snap, NULL, NULL);
    view->hub.kv = &map.kv;
    status = check_by_state(view, &map, env, why);
    view->hub.kv = &view->map.kv;
    view->hub.arena.used = used;
    status = map.status == YQ_OK ? status : map.status;
    state_map_free(&map);
    return view_note(view, status);
}
