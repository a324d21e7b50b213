#include "relay/base/assert.h"
#include "relay/ledger/view_state.h"

/* What a view tells of blocks: transactions, results, events, bodies, history, ranges. */

static yq_status corrupt(yq_view *view)
{
    return view_note(view, YQ_E_CORRUPT);
}

yq_status yq_view_tx(yq_view *view, const yq_digest *id, yq_tx_where *out)
{
    row_key key;
    yq_slice row;
    *out = (yq_tx_where){.stage = YQ_TX_UNKNOWN};
    row_digest(&key, ROW_ID, id->b);
    yq_status status = view_row(view, &key, &row);
    if (status == YQ_E_NOT_FOUND) {
        if (yq_pool_has_id(view->l->pool, id)) {
            out->stage = YQ_TX_PENDING;
            out->is_envelope = 1;
        }
        return YQ_OK;
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(row);
    out->stage = YQ_TX_FINAL;
    out->is_envelope = yq_cur_u8(&c);
    out->height = yq_cur_u64(&c);
    out->index = yq_cur_u32(&c);
    out->n_tx = yq_cur_u16(&c);
    out->code = (int32_t)yq_cur_u32(&c);
    return yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : corrupt(view);
}

/* Loads nodes of one block's results. */
typedef struct node_loader {
    yq_view *view;
    uint64_t height;
    yq_status status;
} node_loader;

static int load_node(void *self, unsigned level, uint64_t number, yq_digest *node)
{
    node_loader *n = self;
    row_key key;
    yq_slice row;
    row_number(&key, ROW_NODE, n->height);
    yq_put_u8(&key.w, (uint8_t)level);
    yq_put_u32(&key.w, (uint32_t)(number / NODE_CHUNK));
    n->status = view_row(n->view, &key, &row);
    size_t at = (size_t)(number % NODE_CHUNK) * YQ_DIGEST_SIZE;
    if (n->status != YQ_OK || row.n < at + YQ_DIGEST_SIZE) {
        return 0;
    }
    memcpy(node->b, row.p + at, YQ_DIGEST_SIZE);
    return 1;
}

yq_status yq_view_result(
    yq_view *view, uint64_t height, uint32_t index, yq_slice *leaf, yq_result_proof *proof)
{
    row_key key;
    row_pair(&key, ROW_RESULT, height, index);
    yq_status status = view_row(view, &key, leaf);
    if (status != YQ_OK || proof == NULL) {
        return status;
    }
    yq_view_block block;
    status = yq_view_block_at(view, height, &block);
    if (status != YQ_OK) {
        return status;
    }
    node_loader loader = {.view = view, .height = height};
    proof->n = (uint64_t)block.tip.header.n_tx + 1;
    proof->idx = index;
    status = yq_merkle_stored_path(
        view->l->identity.alg, proof->n, index, load_node, &loader, proof->path, &proof->path_n);
    return status == YQ_OK ? YQ_OK : corrupt(view);
}

/* Takes an event row apart. Returns 0 when it is another table's. */
static int event_row(yq_slice key, yq_slice value, yq_view_event *out)
{
    if (key.n != 13 || key.p[0] != ROW_EVENT) {
        return 0;
    }
    yq_cur k = yq_cur_of((yq_slice){key.p + 1, key.n - 1});
    out->height = yq_cur_u64(&k);
    out->event = yq_cur_u32(&k);
    yq_cur c = yq_cur_of(value);
    out->index = yq_cur_u32(&c);
    out->what.kind = yq_cur_u16(&c);
    out->what.subject = yq_cur_blob16(&c, YQ_RESULT_SUBJECT_MAX);
    out->what.value = yq_cur_u64(&c);
    return yq_cur_done(&c, NULL) == YQ_OK;
}

size_t yq_view_events(
    yq_view *view, uint64_t height, uint32_t event, yq_view_event *out, size_t cap)
{
    row_key key;
    size_t n = 0;
    row_pair(&key, ROW_EVENT, height, event);
    yq_db_iter *it = yq_db_iter_new(view->l->db, view->at->snap);
    int more = cap > 0 && yq_db_iter_seek(it, row_slice(&key));
    while (more && n < cap && event_row(yq_db_iter_key(it), yq_db_iter_value(it), &out[n])) {
        yq_slice subject = out[n].what.subject;
        uint8_t *p = yq_pieces_alloc(&view->given, subject.n == 0 ? 1 : subject.n);
        yq_bytes_copy(p, subject.p, subject.n);
        out[n].what.subject.p = p;
        n++;
        more = yq_db_iter_step(it);
    }
    (void)view_note(view, yq_db_iter_status(it));
    yq_db_iter_free(it);
    return n;
}

yq_status yq_view_body_at(yq_view *view, uint64_t height, uint32_t idx, yq_slice *bytes)
{
    row_key key;
    row_pair(&key, ROW_ENVELOPE, height, idx);
    return view_row(view, &key, bytes);
}

yq_status yq_view_body(yq_view *view, const uint8_t *digest, yq_slice *bytes)
{
    row_key key;
    yq_slice row;
    row_digest(&key, ROW_DIGEST, digest);
    yq_status status = view_row(view, &key, &row);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(row);
    uint64_t height = yq_cur_u64(&c);
    uint32_t idx = yq_cur_u32(&c);
    return yq_cur_done(&c, NULL) == YQ_OK ? yq_view_body_at(view, height, idx, bytes)
                                          : corrupt(view);
}

static int load_history(void *self, unsigned level, uint64_t number, yq_digest *node)
{
    node_loader *n = self;
    row_key key;
    yq_slice row;
    row_begin(&key, ROW_HISTORY);
    yq_put_u8(&key.w, (uint8_t)level);
    yq_put_u64(&key.w, number);
    n->status = view_row(n->view, &key, &row);
    if (n->status != YQ_OK || row.n != YQ_DIGEST_SIZE) {
        return 0;
    }
    memcpy(node->b, row.p, YQ_DIGEST_SIZE);
    return 1;
}

yq_status yq_view_history(
    yq_view *view, uint64_t height, uint64_t *n, yq_digest *path, size_t *path_n)
{
    node_loader loader = {.view = view};
    *n = view->at->block.tip.header.height;
    if (height >= *n || height < view->l->base) {
        return YQ_E_NOT_FOUND;
    }
    yq_status status = yq_merkle_stored_path(
        view->l->identity.alg, *n, height, load_history, &loader, path, path_n);
    return status == YQ_OK ? YQ_OK : corrupt(view);
}

yq_status yq_view_recovery_after(yq_view *view, uint64_t *epoch, yq_slice *statement)
{
    row_key from;
    yq_status status = YQ_E_NOT_FOUND;
    row_number(&from, ROW_RECOVERY, *epoch + 1);
    yq_db_iter *it = yq_db_iter_new(view->l->db, view->at->snap);
    if (yq_db_iter_seek(it, row_slice(&from))) {
        yq_cur c = yq_cur_of(yq_db_iter_key(it));
        uint8_t table = yq_cur_u8(&c);
        uint64_t found = yq_cur_u64(&c);
        if (table == ROW_RECOVERY && yq_cur_done(&c, NULL) == YQ_OK) {
            yq_slice value = yq_db_iter_value(it);
            uint8_t *copy = yq_pieces_alloc(&view->given, value.n);
            memcpy(copy, value.p, value.n);
            *epoch = found;
            *statement = yq_slice_of(copy, value.n);
            status = YQ_OK;
        }
    }
    yq_status fault = view_note(view, yq_db_iter_status(it));
    yq_db_iter_free(it);
    return fault == YQ_OK ? status : fault;
}

/* Writes one block; without room for it the writer fails. */
static yq_status serve_block(yq_view *view, yq_writer *w, const yq_view_block *b, int with_cert)
{
    yq_header_put(w, &b->tip.header);
    for (uint32_t i = 0; i < b->tip.header.n_env; i++) {
        yq_slice bytes;
        yq_status status = yq_view_body_at(view, b->tip.header.height, i, &bytes);
        if (status != YQ_OK) {
            return status == YQ_E_NOT_FOUND ? corrupt(view) : status;
        }
        yq_put_blob32(w, bytes);
    }
    yq_put_u8(w, (uint8_t)with_cert);
    if (with_cert) {
        uint8_t room[YQ_CERT_SIZE_MAX];
        yq_writer cert = yq_writer_of(room, sizeof room);
        yq_cert_put(&cert, &b->cert);
        yq_put_blob16(w, yq_writer_slice(&cert));
    }
    return YQ_OK;
}

/* How a range to `last` is written: the certificates of the last and of ends of epochs. */
static yq_status serve_to(yq_view *view, uint64_t from, uint64_t last, yq_writer *w)
{
    yq_view_block *b = yq_pieces_alloc(&view->given, sizeof *b);
    yq_put_u64(w, from);
    yq_put_u16(w, (uint16_t)(last - from + 1));
    for (uint64_t height = from; height <= last; height++) {
        yq_status status = yq_view_block_at(view, height, b);
        if (status != YQ_OK) {
            return status;
        }
        int ends = (b->tip.header.flags & YQ_BLOCK_EPOCH_END) != 0;
        if (ends && !b->has_cert) {
            return YQ_E_NOT_FOUND;
        }
        status = serve_block(view, w, b, ends || height == last);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

/* The last height of a range from `from`: with a certificate, and within the limits. A node that
 * came by ranges itself has a certificate at the end of each, so that what it can serve is never
 * larger. */
static yq_status choose_last(
    yq_view *view, uint64_t from, uint64_t to, uint64_t *last, size_t *size)
{
    yq_view_block *b = yq_pieces_alloc(&view->given, sizeof *b);
    size_t sum = 10;
    uint64_t epoch = 0; /* of a block that comes next */
    *last = 0;
    for (uint64_t height = from; height <= to; height++) {
        yq_status status = yq_view_block_at(view, height, b);
        if (status != YQ_OK) {
            return status;
        }
        /* Over a recovery each node goes in its own time. */
        if (epoch != 0 && b->tip.header.epoch != epoch) {
            break;
        }
        epoch = b->tip.header.epoch + ((b->tip.header.flags & YQ_BLOCK_EPOCH_END) != 0);
        sum += YQ_HEADER_SIZE + 3 + YQ_CERT_SIZE_MAX;
        for (uint32_t i = 0; i < b->tip.header.n_env; i++) {
            yq_slice bytes;
            status = yq_view_body_at(view, height, i, &bytes);
            if (status != YQ_OK) {
                return status == YQ_E_NOT_FOUND ? corrupt(view) : status;
            }
            sum += 4 + bytes.n;
        }
        if (sum > YQ_SYNC_SIZE_MAX) {
            break;
        }
        if (b->has_cert) {
            *last = height;
            *size = sum;
        }
    }
    return *last == 0 ? YQ_E_NOT_FOUND : YQ_OK;
}

yq_status yq_view_serve(yq_view *view, uint64_t from, uint64_t to, yq_slice *range)
{
    uint64_t top = view->at->block.tip.header.height, last = 0;
    size_t size = 0;
    *range = (yq_slice){0};
    if (from == 0 || from > to) {
        return YQ_E_RANGE;
    }
    to = to > top ? top : to;
    /* The bodies of what a snapshot came with are not here. */
    if (from > to || (view->l->base > 0 && from <= view->l->base)) {
        return YQ_E_NOT_FOUND;
    }
    to = to - from >= YQ_SYNC_BLOCKS_MAX ? from + YQ_SYNC_BLOCKS_MAX - 1 : to;
    yq_status status = choose_last(view, from, to, &last, &size);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = yq_writer_of(yq_pieces_alloc(&view->given, size), size);
    status = serve_to(view, from, last, &w);
    YQ_ASSERT(status != YQ_OK || w.status == YQ_OK);
    *range = yq_writer_slice(&w);
    return status;
}
