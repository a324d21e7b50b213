#include "relay/base/assert.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

void row_begin(row_key *key, uint8_t table)
{
    key->w = yq_writer_of(key->b, sizeof key->b);
    yq_put_u8(&key->w, table);
}

void row_number(row_key *key, uint8_t table, uint64_t number)
{
    row_begin(key, table);
    yq_put_u64(&key->w, number);
}

void row_pair(row_key *key, uint8_t table, uint64_t height, uint32_t idx)
{
    row_number(key, table, height);
    yq_put_u32(&key->w, idx);
}

void row_digest(row_key *key, uint8_t table, const uint8_t *digest)
{
    row_begin(key, table);
    yq_put_bytes(&key->w, digest, YQ_DIGEST_SIZE);
}

void row_meta(row_key *key, uint8_t what)
{
    row_begin(key, ROW_META);
    yq_put_u8(&key->w, what);
}

void put_block(
    yq_db_batch *batch, const yq_bft_tip *tip, const yq_block_roots *roots, const uint8_t *digests)
{
    size_t size = (size_t)tip->header.n_env * YQ_DIGEST_SIZE, cap = YQ_HEADER_SIZE + size + 1024;
    uint8_t *room = yq_mem_alloc(cap), height[8];
    row_key key;
    yq_writer w = yq_writer_of(room, cap);
    yq_header_put(&w, &tip->header);
    yq_put_bytes(&w, tip->h.b, YQ_DIGEST_SIZE);
    yq_put_bytes(&w, tip->result.result_root.b, YQ_DIGEST_SIZE);
    yq_put_bytes(&w, tip->result.export_root.b, YQ_DIGEST_SIZE);
    yq_put_bytes(&w, tip->result.pending_valset_hash.b, YQ_DIGEST_SIZE);
    yq_put_u16(&w, tip->result.version);
    yq_block_roots_put(&w, roots);
    yq_put_bytes(&w, digests, size);
    YQ_ASSERT(w.status == YQ_OK);
    row_number(&key, ROW_BLOCK, tip->header.height);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
    yq_mem_free(room);
    w = yq_writer_of(height, sizeof height);
    yq_put_u64(&w, tip->header.height);
    row_digest(&key, ROW_HASH, tip->h.b);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
}

yq_status block_row_decode(yq_slice row, yq_view_block *block)
{
    yq_cur c = yq_cur_of(row);
    yq_header_get(&c, &block->tip.header);
    yq_cur_copy(&c, block->tip.h.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, block->tip.result.result_root.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, block->tip.result.export_root.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, block->tip.result.pending_valset_hash.b, YQ_DIGEST_SIZE);
    block->tip.result.version = yq_cur_u16(&c);
    yq_block_roots_get(&c, &block->roots);
    block->digests = yq_cur_take(&c, (size_t)block->tip.header.n_env * YQ_DIGEST_SIZE).p;
    return yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
}

void valset_put(yq_writer *w, const yq_valset *set)
{
    yq_put_bytes(w, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, set->epoch);
    yq_put_u8(w, set->suite);
    yq_put_u16(w, set->n);
    for (unsigned i = 0; i < set->n; i++) {
        yq_put_str8(w, yq_slice_of(set->key[i], yq_suite_key_size(set->suite)));
    }
}

void valset_get(yq_cur *c, yq_valset *set)
{
    *set = (yq_valset){0};
    yq_cur_copy(c, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    set->epoch = yq_cur_u64(c);
    set->suite = yq_cur_u8(c);
    size_t at = c->pos, size = yq_suite_key_size(set->suite);
    set->n = yq_cur_u16(c);
    if (set->n > YQ_VALIDATORS_MAX || size == 0) {
        yq_cur_fail(c, YQ_E_LIMIT, at);
        set->n = 0;
    }
    for (unsigned i = 0; i < set->n; i++) {
        yq_slice key = yq_cur_str8(c, sizeof set->key[i]);
        if (key.n != size) {
            yq_cur_fail(c, YQ_E_LEN, at);
        } else {
            memcpy(set->key[i], key.p, size);
        }
    }
    if (yq_cur_ok(c) && yq_valset_check(set) != YQ_OK) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
    }
}

void peaks_put(yq_writer *w, const yq_merkle_peaks *history)
{
    for (unsigned i = 0; i < 64; i++) {
        if ((history->n >> i & 1) != 0) {
            yq_put_bytes(w, history->peak[i].b, YQ_DIGEST_SIZE);
        }
    }
}

void peaks_get(yq_cur *c, uint64_t n, yq_merkle_peaks *history)
{
    *history = (yq_merkle_peaks){.n = n};
    for (unsigned i = 0; i < 64; i++) {
        if ((n >> i & 1) != 0) {
            yq_cur_copy(c, history->peak[i].b, YQ_DIGEST_SIZE);
        }
    }
}

void tip_row_put(yq_writer *w, uint64_t height, uint64_t epoch, const yq_merkle_peaks *history)
{
    yq_put_u64(w, height);
    yq_put_u64(w, epoch);
    yq_put_u64(w, history->n);
    peaks_put(w, history);
}

yq_status tip_row_get(yq_slice row, uint64_t *height, uint64_t *epoch, yq_merkle_peaks *history)
{
    yq_cur c = yq_cur_of(row);
    *height = yq_cur_u64(&c);
    *epoch = yq_cur_u64(&c);
    peaks_get(&c, yq_cur_u64(&c), history);
    return yq_cur_done(&c, NULL) == YQ_OK && history->n == *height ? YQ_OK : YQ_E_CORRUPT;
}

void put_identity(yq_db_batch *batch, yq_slice genesis)
{
    row_key key;
    uint8_t version[4];
    yq_writer w = yq_writer_of(version, sizeof version);
    yq_put_u32(&w, LEDGER_DATA_VERSION);
    row_meta(&key, META_VERSION);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
    row_meta(&key, META_GENESIS);
    yq_db_batch_put(batch, row_slice(&key), genesis);
}

void put_tip(yq_db_batch *batch, uint64_t height, uint64_t epoch, const yq_merkle_peaks *history)
{
    uint8_t tip[TIP_ROW_SIZE_MAX];
    row_key key;
    yq_writer w = yq_writer_of(tip, sizeof tip);
    tip_row_put(&w, height, epoch, history);
    row_meta(&key, META_TIP);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
}

void put_history_node(yq_db_batch *batch, unsigned level, uint64_t number, const yq_digest *node)
{
    row_key key;
    row_begin(&key, ROW_HISTORY);
    yq_put_u8(&key.w, (uint8_t)level);
    yq_put_u64(&key.w, number);
    yq_db_batch_put(batch, row_slice(&key), yq_slice_of(node->b, YQ_DIGEST_SIZE));
}

void put_path(yq_db_batch *batch, const yq_digest *path, yq_slice key, int removed)
{
    row_key row;
    row_digest(&row, ROW_PATH, path->b);
    if (removed) {
        yq_db_batch_remove(batch, row_slice(&row));
    } else {
        yq_db_batch_put(batch, row_slice(&row), key);
    }
}

void epoch_row_add(yq_db_batch *batch, const yq_valset *set, uint64_t first_height)
{
    uint8_t room[8 + VALSET_SIZE_MAX];
    row_key key;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, first_height);
    valset_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    row_number(&key, ROW_EPOCH, set->epoch);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
}

void cert_row_add(yq_db_batch *batch, uint64_t height, const yq_cert *cert)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    row_key key;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, cert);
    YQ_ASSERT(w.status == YQ_OK);
    row_number(&key, ROW_CERT, height);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
}

yq_status epoch_read(
    yq_db *db, const yq_db_snap *snap, uint64_t epoch, yq_valset *set, uint64_t *first_height)
{
    row_key key;
    yq_db_value value;
    row_number(&key, ROW_EPOCH, epoch);
    yq_status status = yq_db_get(db, snap, row_slice(&key), &value);
    if (status != YQ_OK || !value.found) {
        return status == YQ_OK ? YQ_E_NOT_FOUND : status;
    }
    yq_cur c = yq_cur_of(value.bytes);
    *first_height = yq_cur_u64(&c);
    valset_get(&c, set);
    status = yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
    yq_db_value_free(&value);
    return status;
}

yq_status cert_read(
    yq_db *db, const yq_db_snap *snap, uint64_t height, int *has_cert, yq_cert *cert)
{
    row_key key;
    yq_db_value value;
    row_number(&key, ROW_CERT, height);
    yq_status status = yq_db_get(db, snap, row_slice(&key), &value);
    *has_cert = status == YQ_OK && value.found;
    if (*has_cert && yq_cert_decode(value.bytes, cert, NULL) != YQ_OK) {
        status = YQ_E_CORRUPT;
    }
    yq_db_value_free(&value);
    return status;
}

yq_status block_read(
    yq_db *db, const yq_db_snap *snap, uint64_t height, yq_view_block *block, yq_db_value *value)
{
    row_key key;
    row_number(&key, ROW_BLOCK, height);
    yq_status status = yq_db_get(db, snap, row_slice(&key), value);
    if (status == YQ_OK) {
        status = value->found ? block_row_decode(value->bytes, block) : YQ_E_NOT_FOUND;
    }
    return status == YQ_OK ? cert_read(db, snap, height, &block->has_cert, &block->cert) : status;
}

yq_status height_read(yq_db *db, const yq_db_snap *snap, const yq_digest *h, uint64_t *height)
{
    row_key key;
    yq_db_value value;
    row_digest(&key, ROW_HASH, h->b);
    yq_status status = yq_db_get(db, snap, row_slice(&key), &value);
    if (status != YQ_OK || !value.found) {
        return status == YQ_OK ? YQ_E_NOT_FOUND : status;
    }
    yq_cur c = yq_cur_of(value.bytes);
    *height = yq_cur_u64(&c);
    status = yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
    yq_db_value_free(&value);
    return status;
}

yq_status recovery_read(
    yq_db *db, const yq_db_snap *snap, uint64_t epoch, yq_recovery *r, yq_db_value *value)
{
    row_key key;
    row_number(&key, ROW_RECOVERY, epoch);
    yq_status status = yq_db_get(db, snap, row_slice(&key), value);
    if (status != YQ_OK || !value->found) {
        return status == YQ_OK ? YQ_E_NOT_FOUND : status;
    }
    return yq_recovery_decode(value->bytes, r, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
}

void recovery_row_add(yq_db_batch *batch, uint64_t epoch, yq_slice statement)
{
    row_key key;
    row_number(&key, ROW_RECOVERY, epoch);
    yq_db_batch_put(batch, row_slice(&key), statement);
}
