#include "relay/ledger/snapshot_parts.h"

#include "relay/base/assert.h"
#include "relay/store/mem.h"

/* ---- requests ------------------------------------------------------------------------------- */

void yq_snapshot_request_put(yq_writer *w, const yq_snapshot_request *request)
{
    yq_put_u64(w, request->height);
    yq_put_u8(w, request->part);
    yq_put_u64(w, request->epoch);
    yq_put_u8(w, request->nibbles);
    yq_put_bytes(w, request->place.b, YQ_DIGEST_SIZE);
}

static int beyond_place(const yq_digest *place, unsigned nibbles)
{
    yq_digest cut = {{0}};
    yq_bytes_copy(cut.b, place->b, (nibbles + 1) / 2);
    if (nibbles % 2 == 1) {
        cut.b[nibbles / 2] &= 0xf0;
    }
    return !digest_equal(&cut, place);
}

yq_status yq_snapshot_request_decode(yq_slice in, yq_snapshot_request *r, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    r->height = yq_cur_u64(&c);
    r->part = yq_cur_u8(&c);
    r->epoch = yq_cur_u64(&c);
    r->nibbles = yq_cur_u8(&c);
    yq_cur_copy(&c, r->place.b, YQ_DIGEST_SIZE);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    if (r->part < YQ_SNAPSHOT_MANIFEST || r->part > YQ_SNAPSHOT_STATE) {
        return yq_fail(why, YQ_E_FIELD_UNKNOWN, 8, "snapshot: part");
    }
    if (r->part == YQ_SNAPSHOT_EPOCH ? r->epoch == 0 : r->epoch != 0) {
        status = r->epoch == 0 ? YQ_E_RANGE : YQ_E_NONCANONICAL;
        return yq_fail(why, status, 9, "snapshot: epoch");
    }
    if (r->nibbles >= YQ_STATE_NIBBLES) {
        return yq_fail(why, YQ_E_RANGE, 17, "snapshot: depth");
    }
    int used = r->part == YQ_SNAPSHOT_STATE;
    if ((!used && r->nibbles != 0) || beyond_place(&r->place, used ? r->nibbles : 0)) {
        return yq_fail(why, YQ_E_NONCANONICAL, 17, "snapshot: place");
    }
    return YQ_OK;
}

void snapshot_place_below(const yq_digest *place, unsigned nibbles, unsigned next, yq_digest *below)
{
    *below = *place;
    below->b[nibbles / 2] |= (uint8_t)(nibbles % 2 == 0 ? next << 4 : next);
}

int snapshot_place_has(const yq_digest *place, unsigned nibbles, const yq_digest *path)
{
    return memcmp(place->b, path->b, nibbles / 2) == 0 &&
           (nibbles % 2 == 0 || ((place->b[nibbles / 2] ^ path->b[nibbles / 2]) & 0xf0) == 0);
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void block_put(yq_writer *w, const yq_view_block *b)
{
    yq_header_put(w, &b->tip.header);
    yq_block_roots_put(w, &b->roots);
    yq_put_bytes(w, b->digests, (size_t)b->tip.header.n_env * YQ_DIGEST_SIZE);
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer cert = yq_writer_of(room, sizeof room);
    yq_cert_put(&cert, &b->cert);
    YQ_ASSERT(cert.status == YQ_OK);
    yq_put_blob16(w, yq_writer_slice(&cert));
}

static void block_get(yq_cur *c, const yq_ledger_identity *id, yq_view_block *b)
{
    *b = (yq_view_block){.has_cert = 1};
    yq_header_get(c, &b->tip.header);
    size_t at = c->pos;
    if (b->tip.header.n_env > YQ_BLOCK_ENVELOPE_N_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "envelopes");
    }
    yq_block_roots_get(c, &b->roots);
    b->digests = yq_cur_take(c, (size_t)b->tip.header.n_env * YQ_DIGEST_SIZE).p;
    at = c->pos;
    yq_slice cert = yq_cur_blob16(c, YQ_CERT_SIZE_MAX);
    if (!yq_cur_ok(c)) {
        return;
    }
    yq_status status = yq_cert_decode(cert, &b->cert, NULL);
    if (status != YQ_OK) {
        yq_cur_fail_field(c, status, at, "certificate");
        return;
    }
    yq_header_hash(id->alg, &b->tip.header, &b->tip.h);
    yq_block_roots_hash(id->alg, &b->roots, &b->tip.result.result_root);
    for (size_t i = 0; i < b->roots.suite_n; i++) {
        if (b->roots.suite[i].suite == id->suite) {
            b->tip.result.export_root = b->roots.suite[i].export_root;
        }
    }
}

/* All but the state: the block is of this chain and epoch, and finalized with this result. */
static yq_status certified_check(const snapshot_trust *t, const yq_view_block *b, yq_fault *why)
{
    const yq_header *h = &b->tip.header;
    if (!digest_equal(&h->chain_id_hash, &t->ledger->identity.chain_id_hash)) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "snapshot: another chain's block");
    }
    if (h->epoch != t->set->epoch) {
        return yq_fail(why, YQ_E_EPOCH_OLD, 0, "snapshot: epoch");
    }
    if (!payload_is_of(t->ledger->identity.alg, b->digests, h)) {
        return yq_fail(why, YQ_E_BODY_MISMATCH, 0, "snapshot: payload");
    }
    if (!cert_is_of(&b->cert, h, &b->tip.h) || !cert_names_result(&b->cert, &b->tip.result)) {
        return yq_fail(why, YQ_E_HASH, 0, "snapshot: certificate is for another block or result");
    }
    yq_status status = yq_cert_check(&b->cert, t->ledger->identity.alg, t->set, NULL, NULL);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "snapshot: certificate");
}

/* ---- manifest ------------------------------------------------------------------------------- */

void snapshot_manifest_put(yq_writer *w, const snapshot_manifest *m)
{
    uint8_t room[SNAPSHOT_PROOF_MAX];
    yq_buf proof = {room, sizeof room, 0};
    YQ_ASSERT(yq_state_proof_encode(&m->proof, &proof) == YQ_OK);
    yq_put_u8(w, SNAPSHOT_FORMAT);
    block_put(w, &m->at);
    peaks_put(w, &m->history);
    yq_put_blob16(w, yq_slice_of(proof.p, proof.n));
}

static void format_get(yq_cur *c)
{
    if (yq_cur_u8(c) != SNAPSHOT_FORMAT) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, 0, "format");
    }
}

yq_status snapshot_manifest_decode(
    const yq_ledger_identity *id, yq_slice in, snapshot_manifest *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    format_get(&c);
    block_get(&c, id, &out->at);
    peaks_get(&c, out->at.tip.header.height, &out->history);
    size_t at = c.pos;
    yq_slice proof = yq_cur_blob16(&c, SNAPSHOT_PROOF_MAX);
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK && yq_state_proof_decode(proof, &out->proof, why) != YQ_OK) {
        return yq_fail(why, YQ_E_PROOF, at, "snapshot: proof of the history");
    }
    return status;
}

yq_status snapshot_manifest_check(
    const snapshot_trust *t, const snapshot_manifest *m, yq_fault *why)
{
    uint8_t key[LEDGER_KEY_MAX], value[8 + YQ_DIGEST_SIZE];
    yq_digest root;
    yq_status status = certified_check(t, &m->at, why);
    if (status != YQ_OK) {
        return status;
    }
    if ((m->at.tip.header.flags & YQ_BLOCK_EPOCH_END) != 0) {
        return yq_fail(why, YQ_E_NONCANONICAL, 0, "snapshot: stands at an epoch's end");
    }
    yq_merkle_peaks_root(&m->history, t->ledger->identity.alg, &root);
    yq_writer w = yq_writer_of(value, sizeof value);
    yq_put_u64(&w, m->history.n);
    yq_put_bytes(&w, root.b, YQ_DIGEST_SIZE);
    status = yq_state_check_present(
        t->ledger->identity.alg,
        &m->at.roots.state_root,
        yq_slice_of(key, history_key(key)),
        yq_writer_slice(&w),
        &m->proof);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "snapshot: history");
}

/* ---- epochs --------------------------------------------------------------------------------- */

void snapshot_epoch_put(yq_writer *w, const snapshot_epoch *e)
{
    yq_put_u8(w, SNAPSHOT_FORMAT);
    block_put(w, &e->end);
    valset_put(w, &e->next);
    yq_put_u8(w, (uint8_t)e->is_recovery);
    if (e->is_recovery) {
        yq_put_blob16(w, e->statement);
    }
}

yq_status snapshot_epoch_decode(
    const yq_ledger_identity *id, yq_slice in, snapshot_epoch *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    format_get(&c);
    block_get(&c, id, &out->end);
    valset_get(&c, &out->next);
    size_t at = c.pos;
    uint8_t flag = yq_cur_u8(&c);
    if (flag > 1) {
        yq_cur_fail_field(&c, YQ_E_NONCANONICAL, at, "recovery flag");
    }
    out->is_recovery = flag == 1;
    out->statement = out->is_recovery ? yq_cur_blob16(&c, YQ_RECOVERY_SIZE_MAX) : (yq_slice){0};
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK && out->is_recovery
               ? yq_recovery_decode(out->statement, &out->recovery, why)
               : status;
}

/* The block of a recovery is the epoch's last, or the one that ended the epoch before. */
static yq_status recovered_check(const snapshot_trust *t, const snapshot_epoch *e, yq_fault *why)
{
    yq_digest named, given;
    yq_valset *next = yq_mem_alloc(sizeof *next);
    yq_status status =
        digest_equal(&e->end.tip.h, t->end) ? YQ_OK : certified_check(t, &e->end, why);
    if (status == YQ_OK) {
        status = recovery_follows(t->ledger, &e->recovery, t->set, &e->end.tip, next, why);
    }
    if (status == YQ_OK) {
        yq_valset_hash(t->ledger->identity.alg, next, &named);
        yq_valset_hash(t->ledger->identity.alg, &e->next, &given);
        if (!digest_equal(&named, &given)) {
            status = yq_fail(why, YQ_E_HASH, 0, "snapshot: validators after the recovery");
        }
    }
    yq_mem_free(next);
    return status;
}

yq_status snapshot_epoch_check(const snapshot_trust *t, const snapshot_epoch *e, yq_fault *why)
{
    yq_digest hash;
    if (e->is_recovery) {
        return recovered_check(t, e, why);
    }
    yq_status status = certified_check(t, &e->end, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_valset_hash(t->ledger->identity.alg, &e->next, &hash);
    if (!digest_equal(&hash, &e->end.cert.info.next_valset_hash) ||
        e->next.epoch != t->set->epoch + 1) {
        return yq_fail(why, YQ_E_HASH, 0, "snapshot: validators of the next epoch");
    }
    return YQ_OK;
}

/* ---- state ---------------------------------------------------------------------------------- */

void snapshot_places_put(yq_writer *w, const yq_state_subtree child[YQ_STATE_FANOUT])
{
    yq_put_u8(w, SNAPSHOT_FORMAT);
    yq_put_u8(w, 0);
    for (size_t i = 0; i < YQ_STATE_FANOUT; i++) {
        yq_put_u8(w, child[i].kind);
        if (child[i].kind != YQ_STATE_NODE_EMPTY) {
            yq_put_bytes(w, child[i].hash.b, YQ_DIGEST_SIZE);
        }
    }
}

static void places_get(yq_cur *c, snapshot_state *out)
{
    for (size_t i = 0; i < YQ_STATE_FANOUT; i++) {
        size_t at = c->pos;
        uint8_t kind = yq_cur_u8(c);
        out->child[i] = (yq_state_subtree){.kind = kind};
        if (kind > YQ_STATE_NODE_INNER) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "place");
        } else if (kind != YQ_STATE_NODE_EMPTY) {
            yq_cur_copy(c, out->child[i].hash.b, YQ_DIGEST_SIZE);
        }
    }
}

static void leaves_get(yq_cur *c, snapshot_state *out)
{
    size_t at = c->pos;
    out->n = yq_cur_u32(c);
    if (out->n > YQ_SNAPSHOT_LEAVES_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "leaves");
    }
    at = c->pos;
    for (uint32_t i = 0; i < out->n && yq_cur_ok(c); i++) {
        size_t each = c->pos;
        (void)yq_cur_blob16(c, YQ_STATE_KEY_MAX);
        if (yq_cur_blob32(c, YQ_STATE_VALUE_MAX).n == 0) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, each, "empty value");
        }
    }
    out->leaves = yq_cur_ok(c) ? yq_slice_of(c->p + at, c->pos - at) : (yq_slice){0};
}

yq_status snapshot_state_decode(yq_slice in, snapshot_state *out, yq_fault *why)
{
    if (in.n > YQ_SNAPSHOT_PART_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "snapshot: part");
    }
    yq_cur c = yq_cur_of(in);
    *out = (snapshot_state){0};
    format_get(&c);
    uint8_t what = yq_cur_u8(&c);
    out->is_leaves = what == 1;
    if (what > 1) {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, 1, "leaves or places");
    } else if (out->is_leaves) {
        leaves_get(&c, out);
    } else {
        places_get(&c, out);
    }
    return yq_cur_done(&c, why);
}
