#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdlib.h>

/* The hub, block by block, and its certificates. */

#define QUIET_GAP_MS UINT64_C(60000)
#define QUIET_MS     UINT64_C(600000)

yq_digest msim_ledger_name(void)
{
    yq_digest d;
    memset(d.b, 0x44, sizeof d.b);
    return d;
}

/* ---- validators ------------------------------------------------------------------------------ */

static void make_set(msim *w, uint64_t epoch)
{
    yq_valset *set = &w->set[epoch - 1];
    *set = (yq_valset){
        .chain_id_hash = msim_ledger_name(),
        .epoch = epoch,
        .suite = YQ_SUITE_SM2,
        .n = MSIM_VALIDATORS};
    for (unsigned i = 0; i < MSIM_VALIDATORS; i++) {
        memset(set->key[i], (int)(16 * (i + 1) + (unsigned)(epoch % 16)), sizeof set->key[i]);
        set->key[i][63] = (uint8_t)epoch;
    }
}

void msim_first_set(msim *w)
{
    w->epoch = 1;
    make_set(w, 1);
}

static void tag(const yq_valset *set, unsigned signer, const yq_digest *m, uint8_t *sig)
{
    const yq_slice part[] = {{set->key[signer], sizeof set->key[signer]}, {m->b, sizeof m->b}};
    yq_hash(YQ_HASH_SM3, part, 2, sig);
    memcpy(sig + YQ_DIGEST_SIZE, sig, YQ_DIGEST_SIZE);
}

yq_status msim_check_tag(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64)
{
    uint8_t wanted[2 * YQ_DIGEST_SIZE];
    (void)self;
    tag(set, idx, m, wanted);
    return memcmp(wanted, sig64, sizeof wanted) == 0 ? YQ_OK : YQ_E_SIG;
}

size_t msim_sign(msim *w, const msim_cert *cert, uint8_t *out, size_t cap)
{
    yq_cert c = {
        .type = YQ_SIGNED_FINALIZE,
        .epoch = cert->epoch,
        .view = cert->height,
        .h = {{1}},
        .bitmap = cert->signers};
    c.info = (yq_final_info){
        .chain_id_hash = cert->chain_id_hash,
        .epoch = cert->epoch,
        .view = cert->height,
        .height = cert->height,
        .h = {{1}},
        .result_root = {{2}},
        .export_root = cert->export_root,
        .next_valset_hash = cert->next_set,
        .time_ms = w->now};
    yq_digest m;
    size_t n = 0;
    yq_cert_digest(YQ_HASH_SM3, &cert->chain_id_hash, &c, &m);
    for (unsigned i = 0; i < MSIM_VALIDATORS; i++) {
        if (cert->signers >> i & 1) {
            tag(&w->set[cert->epoch - 1], i, &m, c.sig[n++]);
        }
    }
    c.sig[0][3] ^= cert->spoiled;
    yq_writer room = yq_writer_of(out, cap);
    yq_cert_put(&room, &c);
    YQ_ASSERT(room.status == YQ_OK);
    return room.n;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

int msim_hub_is_up(const msim *w)
{
    return w->now >= w->down_until_ms;
}

void msim_block_begin(msim *w)
{
    if (w->hub_ms != 0 && w->now - w->hub_ms > QUIET_GAP_MS) {
        w->quiet_until_ms = w->now + QUIET_MS;
    }
    w->hub_ms = w->now;
    w->height++;
    w->result.count.blocks++;
    w->rules->hub_begin_block(&w->hub, w->height, w->now, &w->said);
    msim_map_keep(w->map);
    msim_watch_hub(w);
}

static yq_digest export_root(msim *w)
{
    yq_block_end end;
    yq_digest none = {{0}};
    w->rules->hub_end_block(&w->hub, &end);
    for (size_t i = 0; i < end.root_n; i++) {
        if (end.root[i].suite == YQ_SUITE_SM2) {
            return end.root[i].root;
        }
    }
    return none;
}

static void note_next_set(msim *w, yq_digest *hash)
{
    make_set(w, w->epoch + 1);
    yq_valset_hash(YQ_HASH_SM3, &w->set[w->epoch], hash);
    yq_status status = w->rules->hub_note_set(&w->hub, w->epoch + 1, YQ_SUITE_SM2, hash);
    YQ_ASSERT(status == YQ_OK);
    msim_map_keep(w->map);
}

void msim_block_end(msim *w, int ends_epoch)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    msim_cert cert = {
        .epoch = w->epoch,
        .height = w->height,
        .chain_id_hash = msim_ledger_name(),
        .signers = 0xfu & ~(1u << sim_below(&w->rng, MSIM_VALIDATORS))};
    msim_watch_told(w);
    if (ends_epoch) {
        note_next_set(w, &cert.next_set);
    }
    w->export_root = cert.export_root = export_root(w);
    size_t n = msim_sign(w, &cert, room, sizeof room);
    free(w->cert.p);
    w->cert = msim_blob_of(yq_slice_of(room, n));
    if (ends_epoch) {
        w->end_cert[w->epoch - 1] = msim_blob_of(yq_slice_of(room, n));
        w->epoch++;
        w->result.count.epochs++;
    }
}

void msim_epoch_end(msim *w)
{
    msim_block_begin(w);
    msim_block_end(w, 1);
    msim_block_begin(w);
    msim_block_end(w, 0);
}

/* ---- transactions ---------------------------------------------------------------------------- */

yq_status msim_execute(msim *w, const yq_digest *signer, const yq_tx *tx)
{
    yq_buf out = {w->room, YQ_TX_SIZE_MAX, 0};
    yq_status status = yq_tx_encode(tx, &out);
    YQ_ASSERT(status == YQ_OK);
    w->rules->hub_execute(&w->hub, signer, yq_slice_of(out.p, out.n), &w->said);
    msim_map_keep(w->map);
    w->data_n = w->said.data.n < sizeof w->data ? w->said.data.n : sizeof w->data;
    yq_bytes_copy(w->data, w->said.data.p, w->data_n);
    status = w->said.status;
    if (status == YQ_OK) {
        msim_watch_hub(w);
    }
    return status;
}

yq_status msim_approve(msim *w, const yq_digest *signer, const yq_tx *tx)
{
    yq_status status = msim_execute(w, signer, tx);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(yq_slice_of(w->data, w->data_n));
    uint64_t proposal = yq_cur_u64(&c);
    for (unsigned i = 0; i < 3 && status == YQ_OK; i++) {
        const yq_tx vote = {
            .method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {.approve = 1, .proposal = proposal}};
        status = msim_execute(w, &w->signer[MSIM_ADMIN][i], &vote);
    }
    return status;
}
