#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <inttypes.h>

/*
 * Certificates of other suites: after a block is final, every validator signs the Export that its
 * state calls for and gives the signature to its peers; who lacks a certificate asks them in turn,
 * for ever. The sign guard has no part in it: the bytes follow from a final block, so the key
 * cannot be made to sign two different ones of a height, however often it begins anew.
 */
#define ASK_MS 300u

/* ---- the executor's: what the state calls for ---------------------------------------------------
 */

/* Whether its certificate is kept here. */
static int is_kept(yq_node *n, const yq_export *body)
{
    uint8_t room[YQ_EXPORT_CERT_SIZE_MAX];
    yq_buf out = {.p = room, .cap = sizeof room};
    yq_status status = yq_ledger_export_get(n->ledger, body->suite, body->height, &out);
    if (yq_status_is_fault(status)) {
        node_die("export", status, NULL);
    }
    return status == YQ_OK;
}

/* Returns 1 when it is wanted. */
static int want(yq_node *n, const yq_export *body)
{
    yq_export_set set;
    if (is_kept(n, body) ||
        yq_hub_export_set(yq_view_hub(n->export_view), body->epoch, body->suite, &set) != YQ_OK) {
        return 0;
    }
    uint8_t room[YQ_EXPORT_SIZE_MAX];
    yq_buf out = {.p = room, .cap = sizeof room};
    yq_status status = yq_export_encode(body, &out);
    YQ_ASSERT(status == YQ_OK);
    job *j = job_new(JOB_EXPORT_WANTED);
    job_set_bytes(j, yq_slice_of(out.p, out.n));
    j->set = yq_mem_copy(&set, sizeof set);
    node_mail(n, j);
    return 1;
}

static void look_newest(yq_node *n, uint8_t suite)
{
    yq_export body;
    if (yq_hub_export(yq_view_hub(n->export_view), suite, &body) == YQ_OK &&
        body.height != n->export_seen[suite]) {
        n->export_seen[suite] = body.height;
        (void)want(n, &body);
    }
}

/* Ends of epochs: all of them are kept for ever, the oldest are fetched first. */
static void look_ends(yq_node *n, uint8_t suite, uint64_t present)
{
    unsigned wanted = 0;
    for (uint64_t epoch = 1; epoch < present && wanted < EXPORT_ENDS_MAX; epoch++) {
        yq_export body;
        if (yq_hub_export_end(yq_view_hub(n->export_view), epoch, suite, &body) == YQ_OK) {
            wanted += (unsigned)want(n, &body);
        }
        yq_view_reset(n->export_view);
    }
}

void exports_look(yq_node *n, int ends)
{
    if (!yq_view_refresh(n->export_view) && !ends) {
        return;
    }
    const yq_header *tip = &yq_view_tip(n->export_view)->tip.header;
    uint64_t present = tip->epoch + ((tip->flags & YQ_BLOCK_EPOCH_END) != 0);
    for (uint8_t suite = YQ_SUITE_SM2; suite <= YQ_SUITE_ED25519; suite++) {
        look_newest(n, suite);
        if (ends || present != n->export_epoch) {
            look_ends(n, suite, present);
        }
    }
    n->export_epoch = present;
    yq_status status = yq_view_fault(n->export_view);
    if (status != YQ_OK) {
        node_die("export", status, NULL);
    }
}

void exports_put(yq_node *n, const job *j)
{
    yq_status status =
        yq_ledger_export_put(n->ledger, j->type, j->from, yq_slice_of(j->bytes, j->size));
    if (status != YQ_OK) {
        node_die("export", status, NULL);
    }
    yq_export_cert cert;
    status = yq_export_cert_decode(yq_slice_of(j->bytes, j->size), &cert, NULL);
    YQ_ASSERT(status == YQ_OK); /* the loop wrote it */
    if (export_is_end(&cert.body)) {
        exports_look(n, 1); /* the book holds some of them at a time */
    }
}

/* ---- the loop's: signatures -------------------------------------------------------------------
 */

static void send(yq_node *n, uint32_t peer, uint8_t suite, uint64_t height, yq_slice sigs)
{
    uint8_t room[YQ_FRAME_EXPORT_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_frame_export_put(&w, suite, height, sigs);
    YQ_ASSERT(w.status == YQ_OK);
    yq_status status = yq_net_send(n->net, peer, YQ_FRAME_EXPORT, yq_writer_slice(&w));
    (void)status; /* who lacks it asks */
}

static void send_sigs(yq_node *n, uint32_t peer, const export_item *item, const yq_export_sigs *s)
{
    uint8_t room[YQ_EXPORT_SIGS_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_export_sigs_put(&w, s);
    send(n, peer, item->body.suite, item->body.height, yq_writer_slice(&w));
}

/* It has a quorum: to be stored, and no longer collected. */
static void finish(yq_node *n, const export_item *item)
{
    uint8_t room[YQ_EXPORT_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    const yq_export_cert cert = {.body = item->body, .sigs = item->sigs};
    yq_export_cert_put(&w, &cert);
    YQ_ASSERT(w.status == YQ_OK);
    job *j = job_new(JOB_EXPORT_PUT);
    job_set_bytes(j, yq_writer_slice(&w));
    j->type = item->body.suite;
    j->from = item->body.height;
    node_execute_put(n, j);
    n->count.exports++;
    export_book_done(&n->exports, j->type, j->from);
}

static yq_status take(yq_node *n, export_item *item, const yq_export_sigs *sigs)
{
    int whole;
    yq_status status = export_item_take(item, sigs, &whole);
    if (whole) {
        finish(n, item);
    }
    return status;
}

/* This node's place in a set by its key of the suite; PEER_OBSERVER: none. */
static uint16_t own_place(const yq_node *n, const yq_export_set *set)
{
    uint8_t address[YQ_ADDRESS_SIZE];
    if (n->home.export_key == NULL || n->config->role != YQ_NODE_VALIDATOR) {
        return PEER_OBSERVER;
    }
    yq_secp256k1_address(yq_key_public(n->home.export_key).p, address);
    for (uint16_t i = 0; i < set->n; i++) {
        if (memcmp(set->key[i], address, sizeof address) == 0) {
            return i;
        }
    }
    return PEER_OBSERVER;
}

static void tell_no_key(yq_node *n, const yq_export_set *set)
{
    if (n->own_index != PEER_OBSERVER && set->epoch == n->set.epoch &&
        n->export_told != set->epoch) {
        n->export_told = set->epoch;
        yq_log(
            YQ_LOG_ERROR,
            "node",
            "node.export_key is not the key that the ledger has bound to this validator: it signs "
            "no certificates suite=%u epoch=%" PRIu64,
            (unsigned)set->suite,
            set->epoch);
    }
}

static void sign(yq_node *n, export_item *item)
{
    yq_export_sigs own = {0};
    uint8_t sig[YQ_EXPORT_SIG_SIZE];
    uint16_t place = own_place(n, &item->set);
    yq_net_peer_view view;
    if (place == PEER_OBSERVER) {
        tell_no_key(n, &item->set);
        return;
    }
    if (n->diverged || n->twin || (item->sigs.bitmap >> place & 1) != 0) {
        return;
    }
    yq_key_sign_recoverable(n->home.export_key, item->m.b, sig);
    yq_export_sigs_add(&own, place, sig);
    for (uint32_t slot = 0; yq_net_look(n->net, slot, &view); slot++) {
        if (view.linked) {
            send_sigs(n, slot, item, &own);
        }
    }
    yq_status status = take(n, item, &own);
    YQ_ASSERT(status == YQ_OK);
}

/* ---- frames -------------------------------------------------------------------------------------
 */

/* From who committed the block before this node, or while its state is read: looked at when it is
 * wanted. One a peer. */
static void keep_early(yq_node *n, uint32_t peer, uint8_t suite, uint64_t height, yq_slice sigs)
{
    early_export *e = &n->early[peer];
    if (height >= n->height && sigs.n <= sizeof e->bytes) {
        *e = (early_export){.suite = suite, .height = height, .n = sigs.n};
        yq_bytes_copy(e->bytes, sigs.p, sigs.n);
    }
}

static yq_status take_bytes(yq_node *n, uint8_t suite, uint64_t height, yq_slice bytes)
{
    yq_export_sigs sigs;
    yq_cur c = yq_cur_of(bytes);
    yq_export_sigs_get(&c, &sigs);
    yq_status status = yq_cur_done(&c, NULL);
    export_item *item = export_book_find(&n->exports, suite, height);
    return status == YQ_OK && item != NULL ? take(n, item, &sigs) : status;
}

static void take_early(yq_node *n, uint8_t suite, uint64_t height)
{
    for (uint32_t peer = 0; peer < YQ_NET_PEERS_MAX; peer++) {
        early_export *e = &n->early[peer];
        if (e->n > 0 && e->suite == suite && e->height == height) {
            yq_status status = take_bytes(n, suite, height, yq_slice_of(e->bytes, e->n));
            e->n = 0;
            if (status != YQ_OK) {
                yq_net_blame(n->net, peer, status, "export signature");
            }
        }
    }
}

static void answer_get(yq_node *n, uint32_t peer, uint8_t suite, uint64_t height)
{
    uint8_t room[YQ_EXPORT_CERT_SIZE_MAX];
    yq_buf out = {.p = room, .cap = sizeof room};
    yq_export_cert cert;
    const export_item *item = export_book_find(&n->exports, suite, height);
    if (item != NULL && item->sigs.bitmap != 0) {
        send_sigs(n, peer, item, &item->sigs);
        return;
    }
    yq_status status = yq_ledger_export_get(n->ledger, suite, height, &out);
    if (yq_status_is_fault(status)) {
        node_die("export", status, NULL);
    }
    if (status == YQ_OK) {
        status = yq_export_cert_decode(yq_slice_of(out.p, out.n), &cert, NULL);
        YQ_ASSERT(status == YQ_OK); /* checked before it was kept */
        const export_item kept = {.body = cert.body};
        send_sigs(n, peer, &kept, &cert.sigs);
    }
}

yq_status exports_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body)
{
    uint8_t suite;
    uint64_t height;
    yq_slice sigs;
    yq_status status = yq_frame_export_decode(body, &suite, &height, &sigs, NULL);
    if (status != YQ_OK) {
        return status;
    }
    if (type == YQ_FRAME_GET_EXPORT) {
        answer_get(n, peer, suite, height);
        return YQ_OK;
    }
    keep_early(n, peer, suite, height, sigs);
    return take_bytes(n, suite, height, sigs);
}

/* ---- turns --------------------------------------------------------------------------------------
 */

void exports_wanted(yq_node *n, const job *j)
{
    yq_export body;
    yq_status status = yq_export_decode(yq_slice_of(j->bytes, j->size), &body, NULL);
    YQ_ASSERT(status == YQ_OK); /* this node's own state */
    export_item *item = export_book_want(&n->exports, &body, j->set);
    if (item == NULL) {
        return; /* looked for again when one of the others is kept */
    }
    item->next_ms = node_now_ms() + ASK_MS;
    sign(n, item);
    take_early(n, body.suite, body.height);
}

static void ask(yq_node *n, export_item *item)
{
    uint8_t room[YQ_FRAME_GET_EXPORT_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_net_peer_view view;
    yq_frame_export_put(&w, item->body.suite, item->body.height, (yq_slice){0});
    for (uint32_t i = 0; i < YQ_NET_PEERS_MAX; i++) {
        uint32_t slot = item->turn++ % YQ_NET_PEERS_MAX;
        if (yq_net_look(n->net, slot, &view) && view.linked) {
            yq_status status = yq_net_send(n->net, slot, YQ_FRAME_GET_EXPORT, yq_writer_slice(&w));
            (void)status; /* the next one in turn is asked then */
            return;
        }
    }
}

void exports_tick(yq_node *n)
{
    uint64_t now = node_now_ms();
    for (unsigned i = 0; i < EXPORT_ITEMS_MAX; i++) {
        export_item *item = &n->exports.item[i];
        if (item->used && now >= item->next_ms) {
            item->next_ms = now + ASK_MS;
            ask(n, item);
        }
    }
}
