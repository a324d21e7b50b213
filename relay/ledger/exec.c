#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/crypto/crypto.h"
#include "relay/ledger/results.h"
#include "relay/store/mem.h"

/* One block being executed. */
typedef struct execution {
    yq_ledger *l;
    overlay *o;
    state_map map;
    results results;
    uint32_t index; /* of the next transaction's result */
    yq_status status;
} execution;

void overlay_free(overlay *o)
{
    if (o == NULL) {
        return;
    }
    for (uint32_t i = 0; i < o->tip.header.n_env && o->bodies != NULL; i++) {
        body_release(o->bodies[i]);
    }
    yq_mem_free(o->bodies);
    yq_omap_free(&o->state);
    yq_tree_delta_free(&o->tree);
    yq_db_batch_free(o->batch);
    yq_mem_free(o);
}

static void id_row(execution *x, const yq_digest *id, int is_envelope, uint16_t n_tx, int32_t code)
{
    uint8_t room[32];
    row_key key;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, (uint8_t)is_envelope);
    yq_put_u64(&w, x->o->tip.header.height);
    yq_put_u32(&w, x->index);
    yq_put_u16(&w, n_tx);
    yq_put_u32(&w, (uint32_t)code);
    row_digest(&key, ROW_ID, id->b);
    yq_db_batch_put(x->o->batch, row_slice(&key), yq_writer_slice(&w));
}

/* Whether the envelope may act: what VALIDATE saw is checked again, so that a block which a faulty
 * quorum certified has one outcome, too. Takes its sequence. */
static yq_status admit(execution *x, const yq_envelope *env)
{
    uint64_t time_ms = x->o->tip.header.time_ms;
    uint8_t key[LEDGER_KEY_MAX], value[SEQUENCE_SIZE];
    size_t key_n = ledger_key(key, YQ_TABLE_LEDGER_SEQUENCE, &env->signer);
    sequence s;
    if (!digest_equal(&env->chain_id_hash, &x->l->identity.chain_id_hash)) {
        return YQ_E_DOMAIN;
    }
    if (env->valid_until_ms < time_ms) {
        return YQ_E_EXPIRED;
    }
    if (env->valid_until_ms - time_ms > (uint64_t)YQ_ENVELOPE_VALID_MS_MAX) {
        return YQ_E_RANGE;
    }
    yq_status status = sequence_decode(state_map_get(&x->map, yq_slice_of(key, key_n)), &s);
    if (status != YQ_OK) {
        return status;
    }
    status = sequence_check(&s, env->seq);
    if (status == YQ_OK) {
        sequence_take(&s, env->seq);
        sequence_encode(&s, value);
        x->map.kv.put(&x->map, yq_slice_of(key, key_n), yq_slice_of(value, sizeof value));
    }
    return status;
}

static void run_envelope(execution *x, uint32_t idx)
{
    const yq_envelope *env = &x->o->bodies[idx]->env;
    yq_status admitted = admit(x, env);
    size_t pos = 0;
    yq_slice tx;
    for (uint16_t i = 0; yq_envelope_tx_next(env, &pos, &tx); i++) {
        yq_hub_result result = {.status = admitted};
        yq_digest id;
        yq_envelope_tx_id(x->l->identity.alg, &env->id, i, &id);
        if (admitted == YQ_OK) {
            yq_hub_execute(&x->l->hub, &env->signer, tx, &result);
            /* Refused for want of its sequence, it must not hide the one that has it. */
            id_row(x, &id, 0, 1, result.status);
            if (i == 0) {
                id_row(x, &env->id, 1, env->n_tx, result.status);
            }
        }
        results_add(&x->results, &id, &result);
        x->index++;
        state_map_reset(&x->map);
    }
    row_key key;
    uint8_t where[12];
    yq_writer w = yq_writer_of(where, sizeof where);
    yq_put_u64(&w, x->o->tip.header.height);
    yq_put_u32(&w, idx);
    row_digest(&key, ROW_DIGEST, env->digest.b);
    yq_db_batch_put(x->o->batch, row_slice(&key), yq_writer_slice(&w));
    row_pair(&key, ROW_ENVELOPE, x->o->tip.header.height, idx);
    yq_db_batch_put(x->o->batch, row_slice(&key), env->bytes);
}

static void keep_history(void *self, unsigned level, uint64_t number, const yq_digest *node)
{
    execution *x = self;
    put_history_node(x->o->batch, level, number, node);
}

/* The parent's header goes into the history; the state holds its size and root. */
static void put_history(execution *x, const yq_bft_tip *parent)
{
    uint32_t alg = x->l->identity.alg;
    uint8_t key[LEDGER_KEY_MAX], value[8 + YQ_DIGEST_SIZE];
    yq_digest leaf, root;
    if (parent != NULL) {
        yq_slice part = {parent->h.b, YQ_DIGEST_SIZE};
        yq_merkle_leaf(alg, &part, 1, &leaf);
        yq_merkle_append(&x->o->history, alg, &leaf, keep_history, x);
    }
    yq_merkle_peaks_root(&x->o->history, alg, &root);
    yq_writer w = yq_writer_of(value, sizeof value);
    yq_put_u64(&w, x->o->history.n);
    yq_put_bytes(&w, root.b, YQ_DIGEST_SIZE);
    x->map.kv.put(&x->map, yq_slice_of(key, history_key(key)), yq_writer_slice(&w));
}

/* Rows and tree of what the block changed. */
static yq_status put_state(execution *x)
{
    overlay *o = x->o;
    uint32_t alg = x->l->identity.alg;
    yq_tree_change *change = yq_mem_alloc((o->state.n + 1) * sizeof *change);
    size_t n = 0;
    const yq_omap_node *e = yq_omap_first(&o->state);
    for (; e != NULL; e = yq_omap_after(e)) {
        row_key key;
        row_begin(&key, ROW_STATE);
        yq_put(&key.w, e->key);
        yq_state_path(alg, e->key, &change[n].path);
        change[n].removed = e->removed;
        put_path(o->batch, &change[n].path, e->key, e->removed);
        if (e->removed) {
            yq_db_batch_remove(o->batch, row_slice(&key));
        } else {
            yq_hash_one(alg, e->value, change[n].value_hash.b);
            yq_db_batch_put(o->batch, row_slice(&key), e->value);
        }
        n++;
    }
    uint8_t prefix = ROW_TREE;
    yq_tree_source source = {
        .alg = alg,
        .prefix = yq_slice_of(&prefix, 1),
        .db = x->l->db,
        .top = o->parent == NULL ? NULL : &o->parent->tree,
    };
    yq_status status = yq_tree_apply(&source, change, n, &o->tree, &o->roots.state_root);
    if (status == YQ_OK) {
        yq_tree_commit(&o->tree, source.prefix, o->batch);
    }
    yq_omap_settle(&o->state);
    yq_mem_free(change);
    return status;
}

static void put_exports(execution *x)
{
    yq_block_end end;
    overlay *o = x->o;
    yq_hub_end_block(&x->l->hub, &end);
    yq_hub_note_exports(&x->l->hub, &end);
    YQ_ASSERT(end.root_n <= YQ_SUITES_MAX);
    o->roots.suite_n = (uint8_t)end.root_n;
    for (size_t i = 0; i < end.root_n; i++) {
        o->roots.suite[i] = (yq_suite_root){end.root[i].suite, end.root[i].root};
        if (end.root[i].suite == x->l->identity.suite) {
            o->tip.result.export_root = end.root[i].root;
        }
    }
}

/* All that follows the last transaction. */
static void seal(execution *x, const yq_bft_tip *parent)
{
    overlay *o = x->o;
    put_history(x, parent);
    put_exports(x);
    results_end(&x->results, &o->roots.results_root);
    yq_valset pending;
    uint64_t not_before_ms;
    int found;
    uint64_t epoch = o->tip.header.epoch + ((o->tip.header.flags & YQ_BLOCK_EPOCH_END) != 0) +
                     (o->tip.header.height == 0);
    x->status = pending_load(
        &x->map, &x->l->identity.chain_id_hash, epoch, &pending, &not_before_ms, &found);
    if (x->status == YQ_OK && found && not_before_ms <= o->tip.header.time_ms) {
        yq_valset_hash(x->l->identity.alg, &pending, &o->tip.result.pending_valset_hash);
    }
    o->tip.result.version = yq_hub_version(&x->l->hub, o->tip.header.height + 1);
    if (x->status == YQ_OK) {
        x->status = put_state(x);
    }
    yq_block_roots_hash(x->l->identity.alg, &o->roots, &o->tip.result.result_root);
    uint8_t *digests = body_digests(o->bodies, o->tip.header.n_env);
    put_block(o->batch, &o->tip, &o->roots, digests);
    yq_mem_free(digests);
}

static void begin(execution *x, yq_ledger *l, overlay *parent)
{
    overlay *o = yq_mem_alloc(sizeof *o);
    *x = (execution){.l = l, .o = o, .index = 1};
    o->parent = parent;
    o->batch = yq_db_batch_new();
    state_map_init(&x->map, l->db, NULL, &o->state, parent);
    yq_hub_init(
        &l->hub,
        &x->map.kv,
        l->hub_memory,
        l->config.verifier,
        l->config.verifier_n,
        l->config.checker);
    l->hub.memo = &l->memo;
}

/* Frees what only the execution needs; on a failure the overlay as well. */
static yq_status end(execution *x, overlay **out)
{
    if (x->status == YQ_OK) {
        x->status = x->map.status;
    }
    results_free(&x->results);
    state_map_free(&x->map);
    if (x->status != YQ_OK) {
        overlay_free(x->o);
        x->o = NULL;
    }
    *out = x->o;
    return x->status;
}

/* The set that waits in the parent's state becomes the next epoch's. */
static yq_status end_epoch(execution *x)
{
    overlay *o = x->o;
    uint8_t key[LEDGER_KEY_MAX];
    yq_digest hash;
    uint64_t not_before_ms;
    int found;
    yq_status status = pending_load(
        &x->map,
        &x->l->identity.chain_id_hash,
        o->tip.header.epoch,
        &o->set,
        &not_before_ms,
        &found);
    if (status != YQ_OK || !found) {
        return status == YQ_OK ? YQ_E_NONCANONICAL : status;
    }
    o->has_set = 1;
    size_t key_n = ledger_key(key, YQ_TABLE_LEDGER_PENDING, NULL);
    x->map.kv.put(&x->map, yq_slice_of(key, key_n), (yq_slice){0});
    yq_valset_hash(x->l->identity.alg, &o->set, &hash);
    epoch_row_add(o->batch, &o->set, o->tip.header.height + 1);
    return yq_hub_note_set(&x->l->hub, o->set.epoch, o->set.suite, &hash);
}

static yq_status hub_recover(
    yq_ledger *l, const yq_recovery *r, const yq_valset *next, yq_fault *why)
{
    yq_digest hash;
    yq_valset_hash(l->identity.alg, next, &hash);
    return yq_hub_recover(&l->hub, next->epoch, r->change, next->suite, &hash, why);
}

/* The statement in the state, so that it can be proven: not who signed it, which may differ. */
static void note_recovery(execution *x, const yq_recovery *r)
{
    uint8_t key[LEDGER_KEY_MAX], *room = yq_mem_alloc(YQ_RECOVERY_SIZE_MAX);
    yq_writer k = yq_writer_of(key, sizeof key), w = yq_writer_of(room, YQ_RECOVERY_SIZE_MAX);
    k.n = ledger_key(key, YQ_TABLE_LEDGER_RECOVERY, NULL);
    yq_put_u64(&k, r->epoch);
    yq_recovery_put_unsigned(&w, r);
    YQ_ASSERT(k.status == YQ_OK && w.status == YQ_OK);
    x->map.kv.put(&x->map, yq_writer_slice(&k), yq_writer_slice(&w));
    yq_mem_free(room);
}

/* The epochs before this block's that the recovery set ended. */
static yq_status recover_epochs(execution *x, const yq_bft_tip *before)
{
    const yq_header *at = &before->header;
    uint64_t epoch = at->height == 0 ? 1 : at->epoch + ((at->flags & YQ_BLOCK_EPOCH_END) != 0);
    if (epoch >= x->o->tip.header.epoch) {
        return YQ_OK;
    }
    yq_recovery *r = yq_mem_alloc(sizeof *r);
    yq_valset *next = yq_mem_alloc(sizeof *next);
    yq_status status = YQ_OK;
    for (; epoch < x->o->tip.header.epoch && status == YQ_OK; epoch++) {
        yq_db_value value = {0};
        uint64_t first;
        status = recovery_read(x->l->db, NULL, epoch, r, &value);
        status = status == YQ_OK ? epoch_read(x->l->db, NULL, epoch + 1, next, &first) : status;
        status = status == YQ_OK ? hub_recover(x->l, r, next, NULL) : status;
        if (status == YQ_OK) {
            note_recovery(x, r);
            state_map_reset(&x->map);
        }
        yq_db_value_free(&value);
        status = status == YQ_OK || yq_status_is_fault(status) ? status : YQ_E_NONCANONICAL;
    }
    yq_mem_free(next);
    yq_mem_free(r);
    return status;
}

yq_status exec_recovery_try(
    yq_ledger *l, const yq_recovery *r, const yq_valset *next, yq_fault *why)
{
    execution x;
    overlay *o;
    begin(&x, l, NULL);
    x.o->tip.header.epoch = r->epoch; /* which a recovery may have begun */
    x.status = recover_epochs(&x, &l->tip);
    x.status = x.status == YQ_OK ? hub_recover(l, r, next, why) : x.status;
    yq_status status = end(&x, &o);
    if (status == YQ_OK) {
        overlay_free(o);
    }
    return status;
}

yq_status exec_block(
    yq_ledger *l,
    overlay *parent,
    const yq_digest *h,
    const yq_header *header,
    body **bodies,
    overlay **out)
{
    execution x;
    yq_hub_result work;
    const yq_bft_tip *before = parent == NULL ? &l->tip : &parent->tip;
    begin(&x, l, parent);
    x.o->tip.header = *header;
    x.o->tip.h = *h;
    x.o->bodies = bodies;
    x.o->history = parent == NULL ? l->history : parent->history;
    results_begin(&x.results, l->identity.alg, header->height, x.o->batch);
    x.status = recover_epochs(&x, before);
    if (x.status == YQ_OK && (header->flags & YQ_BLOCK_EPOCH_END) != 0) {
        x.status = end_epoch(&x);
    }
    if (x.status == YQ_OK) {
        yq_hub_begin_block(&l->hub, header->height, header->time_ms, &work);
        results_add(&x.results, NULL, &work);
        for (uint32_t i = 0; i < header->n_env && x.map.status == YQ_OK; i++) {
            run_envelope(&x, i);
        }
        seal(&x, before);
    }
    return end(&x, out);
}

static yq_status genesis_state(yq_ledger *l, const yq_genesis *g, yq_fault *why)
{
    yq_genesis_org *org = yq_mem_alloc(g->org_n * sizeof *org);
    yq_genesis_key *key = yq_mem_alloc(g->signer_n * sizeof *key);
    yq_validator validator[YQ_VALIDATORS_MAX];
    yq_valset set;
    yq_hub_params params = {
        .hub = g->hub,
        .chain_id_hash = l->identity.chain_id_hash,
        .suite = g->suite,
        .approvals = g->approvals,
        .delay_ms = g->delay_ms,
        .single_operator = g->single_operator,
        .org = org,
        .org_n = g->org_n,
        .key = key,
        .key_n = g->signer_n,
        .validator = validator,
        .validator_n = g->validator_n,
        .alg = g->alg,
        .epoch = 1,
    };
    for (size_t i = 0; i < g->validator_n; i++) {
        validator[i] = (yq_validator){g->validator[i].key, g->validator[i].org};
    }
    for (size_t i = 0; i < g->org_n; i++) {
        org[i] = (yq_genesis_org){g->org[i].code, g->org[i].name, g->org[i].votes};
    }
    for (size_t i = 0; i < g->signer_n; i++) {
        const yq_genesis_signer *s = &g->signer[i];
        key[i] = (yq_genesis_key){s->org, s->key, s->role, s->chain};
    }
    yq_genesis_valset(g, &l->identity.chain_id_hash, &set);
    yq_valset_hash(g->alg, &set, &params.set_hash);
    yq_status status = yq_hub_genesis(&l->hub, &params, why);
    yq_mem_free(org);
    yq_mem_free(key);
    return status;
}

yq_status exec_genesis(yq_ledger *l, const yq_genesis *genesis, yq_fault *why)
{
    execution x;
    overlay *o;
    yq_hub_result nothing = {.status = YQ_OK};
    begin(&x, l, NULL);
    yq_genesis_header(genesis, &l->identity.chain_id_hash, &x.o->tip.header, &x.o->tip.h);
    results_begin(&x.results, genesis->alg, 0, x.o->batch);
    x.status = genesis_state(l, genesis, why);
    if (x.status == YQ_OK) {
        results_add(&x.results, NULL, &nothing);
        seal(&x, NULL);
    }
    yq_status status = end(&x, &o);
    if (status != YQ_OK) {
        return status;
    }
    yq_valset set;
    put_identity(o->batch, l->identity.genesis);
    yq_genesis_valset(genesis, &l->identity.chain_id_hash, &set);
    epoch_row_add(o->batch, &set, 1);
    put_tip(o->batch, 0, 1, &o->history);
    status = yq_db_write(l->db, o->batch, why);
    overlay_free(o);
    return status;
}

yq_status pending_load(
    state_map *m,
    const yq_digest *chain_id_hash,
    uint64_t epoch,
    yq_valset *set,
    uint64_t *not_before_ms,
    int *found)
{
    uint8_t key[LEDGER_KEY_MAX];
    yq_slice value =
        state_map_get(m, yq_slice_of(key, ledger_key(key, YQ_TABLE_LEDGER_PENDING, NULL)));
    *found = value.n > 0;
    if (!*found) {
        return m->status;
    }
    yq_cur c = yq_cur_of(value);
    *not_before_ms = yq_cur_u64(&c);
    valset_get(&c, set);
    int good = yq_cur_done(&c, NULL) == YQ_OK && set->epoch == epoch + 1 &&
               digest_equal(&set->chain_id_hash, chain_id_hash);
    return good ? YQ_OK : YQ_E_CORRUPT;
}
