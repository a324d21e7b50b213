#ifndef YQ_LIGHT_CLIENTS_YUQIAO_TEST_REAL_H
#define YQ_LIGHT_CLIENTS_YUQIAO_TEST_REAL_H

/*
 * For tests: a ledger as a node runs it (relay/ledger over RocksDB) with two chains and a lane
 * between them, and what a node would hand out of it to this verifier. The second chain, city-b,
 * is who reads: its outbox is the one that is proven.
 */
#include "relay/ledger/test_world.h"
/* Behind it: they shadow nothing. */
#include "yuqiao/packet.h"

#include "relay/hub/keys.h"
#include "relay/ledger/view.h"

#define REAL_OWN "city-b"

typedef struct real {
    world w;
    uint64_t seq, after_ms;     /* of the next envelope; between two blocks */
    const yq_verifier *list[2]; /* the first chain's, and another or NULL */
    yq_key *fresh;              /* the validator that joined */
    yq_cert cert;               /* of the newest block */
    yq_valset before;           /* the validators that signed it */
    yq_view *view;
} real;

/* ---- the first chain's verifier: a proof is the event itself ---- */

static inline yq_status real_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *state, yq_fault *why)
{
    (void)host;
    (void)now_ms;
    (void)why;
    memcpy(state->p, anchor.p, anchor.n);
    state->n = anchor.n;
    return YQ_OK;
}

static inline yq_status real_no_update(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    (void)host;
    (void)state;
    (void)evidence;
    (void)now_ms;
    (void)next;
    (void)why;
    return YQ_E_UNSUPPORTED;
}

static inline yq_status real_event(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    (void)state;
    (void)now_ms;
    (void)why;
    uint8_t *id = host->scratch(host->self, 32);
    YQ_ASSERT(id != NULL);
    host->hash(host->self, YQ_HASH_SM3, &proof, 1, id);
    *event = (yq_verified_event){
        .height = 50,
        .emitter = yq_slice_text("box"),
        .name = yq_slice_text("Yuqiao"),
        .data = proof,
        .bytes = proof,
        .tx_id = yq_slice_of(id, 32),
        .grade = YQ_GRADE_LIGHT_CLIENT};
    return YQ_OK;
}

static inline yq_status real_describe(
    const yq_verifier_host *host, yq_slice state, yq_client_view *view, yq_fault *why)
{
    (void)host;
    (void)state;
    (void)why;
    *view = (yq_client_view){.height = 100, .grade = YQ_GRADE_LIGHT_CLIENT};
    return YQ_OK;
}

static const yq_verifier real_verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "plain",
    .state_size_max = 64,
    .init = real_init,
    .update = real_no_update,
    .event = real_event,
    .describe = real_describe,
};

/* ---- blocks ---- */

static inline void real_open(real *r)
{
    char path[96];
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/db", r->w.dir);
    const yq_ledger_config config = {
        .path = path,
        .genesis = yq_slice_of(r->w.genesis, r->w.genesis_n),
        .verifier = r->list,
        .verifier_n = r->list[1] == NULL ? 1 : 2,
        .recovery = world_recovery,
        .self = &r->w};
    yq_status status = yq_ledger_open(&config, &r->w.ledger, &why);
    YQ_ASSERT(status == YQ_OK);
    status = yq_view_open(r->w.ledger, &r->view);
    YQ_ASSERT(status == YQ_OK);
}

/* The header that the consensus core would propose on the tip. */
static inline void real_header(
    real *r,
    const yq_ledger_start *start,
    const uint8_t *digests,
    uint32_t n_env,
    uint32_t n_tx,
    yq_bft_tip *out)
{
    const int first = start->tip.header.height == start->base.header.height;
    yq_digest root, scratch;
    const uint64_t view = first ? 1 : start->tip.header.view + 1;
    YQ_ASSERT(n_env <= 1);
    yq_payload_root(YQ_HASH_SM3, digests, n_env, &scratch, &root);
    *out = (yq_bft_tip){
        .header = {
            .ver = YQ_BFT_VERSION,
            .chain_id_hash = r->w.chain,
            .epoch = start->set.epoch,
            .view = view,
            .height = start->tip.header.height + 1,
            .parent_hash = start->tip.h,
            .parent_view = first ? 0 : start->tip.header.view,
            .time_ms = start->tip.header.time_ms + r->after_ms,
            .leader = yq_leader(view, start->set.n),
            .payload_root = root,
            .n_env = n_env,
            .n_tx = n_tx,
            .prev_result_root = start->tip.result.result_root}};
    if (n_env == 0) {
        out->header.flags |= YQ_BLOCK_EMPTY;
    }
    if (!yq_digest_is_zero(&start->tip.result.pending_valset_hash)) {
        out->header.flags |= YQ_BLOCK_EPOCH_END;
    }
    yq_header_hash(YQ_HASH_SM3, &out->header, &out->h);
}

/* Signed by the first three of the set, whoever they are. */
static inline void real_certify(real *r, const yq_ledger_start *start, const yq_bft_tip *tip)
{
    world_certify(&r->w, YQ_SIGNED_FINALIZE, tip, 3, &r->cert);
    r->cert.info.next_valset_hash = start->tip.result.pending_valset_hash;
    world_sign(&r->w, 3, &r->cert);
}

/* The new set's keys in its order. */
static inline void real_step(real *r, const yq_valset *set)
{
    world *w = &r->w;
    w->set = *set;
    w->epoch = set->epoch;
    for (unsigned i = 0; i < WORLD_N; i++) {
        int stays = 0;
        for (unsigned k = 0; k < set->n; k++) {
            stays |= memcmp(set->key[k], yq_key_public(w->validator[i]).p, 64) == 0;
        }
        if (!stays) {
            yq_key_free(w->validator[i]);
            w->validator[i] = r->fresh;
            r->fresh = NULL;
        }
    }
    qsort(w->validator, WORLD_N, sizeof w->validator[0], world_key_order);
    for (unsigned i = 0; i < WORLD_N; i++) {
        YQ_ASSERT(memcmp(set->key[i], yq_key_public(w->validator[i]).p, 64) == 0);
    }
}

/* Proposes, validates, executes, certifies and commits one block. Out: cert, before. */
static inline void real_block(real *r)
{
    static yq_ledger_start start;
    static yq_ledger_committed committed;
    uint8_t digests[32];
    uint32_t n_env, n_tx;
    yq_bft_tip tip;
    yq_bft_verdict verdict;
    yq_ledger *l = r->w.ledger;
    yq_status status = yq_ledger_start_of(l, &start);
    YQ_ASSERT(status == YQ_OK);
    status =
        yq_ledger_payload(l, &start.tip.h, start.tip.header.time_ms, digests, 1, &n_env, &n_tx);
    YQ_ASSERT(status == YQ_OK);
    real_header(r, &start, digests, n_env, n_tx, &tip);
    status = yq_ledger_validate(l, &tip.header, digests, &verdict);
    YQ_ASSERT(status == YQ_OK && verdict == YQ_BFT_VERDICT_OK);
    status = yq_ledger_execute(l, &tip.h, &tip.header, digests, &tip.result);
    YQ_ASSERT(status == YQ_OK);
    r->before = r->w.set;
    real_certify(r, &start, &tip);
    status = yq_ledger_commit(l, &tip.h, &r->cert, &committed);
    YQ_ASSERT(status == YQ_OK);
    if (committed.has_set) {
        real_step(r, &committed.set);
    }
    (void)yq_view_refresh(r->view);
}

/* A transaction of an administrator in a block of its own, which must succeed. */
static inline void real_run(real *r, unsigned admin, const yq_tx *tx)
{
    static uint8_t room[1u << 16];
    yq_buf bytes = {room, sizeof room, 0};
    yq_tx_where where;
    yq_ledger_start *start = yq_mem_alloc(sizeof *start);
    yq_status status = yq_tx_encode(tx, &bytes);
    YQ_ASSERT(status == YQ_OK);
    status = yq_ledger_start_of(r->w.ledger, start);
    YQ_ASSERT(status == YQ_OK);
    const yq_slice one = yq_slice_of(bytes.p, bytes.n);
    yq_envelope env = world_envelope(
        &r->w, admin, ++r->seq, start->tip.header.time_ms + 10000 + r->after_ms, &one, 1);
    yq_mem_free(start);
    status = world_put(&r->w, &env);
    YQ_ASSERT(status == YQ_OK);
    real_block(r);
    status = yq_view_tx(r->view, &env.id, &where);
    if (where.code != YQ_OK) {
        (void)fprintf(stderr, "method %u: %d\n", (unsigned)tx->method, (int)where.code);
    }
    YQ_ASSERT(status == YQ_OK && where.stage == YQ_TX_FINAL && where.code == YQ_OK);
    world_drop(&env);
}

static inline void real_vote(real *r, uint64_t proposal)
{
    for (unsigned i = 0; i < 3; i++) {
        yq_tx tx = {.method = YQ_METHOD_GOVERNANCE_VOTE};
        tx.as.vote.approve = 1;
        tx.as.vote.proposal = proposal;
        real_run(r, i, &tx);
    }
}

/* ---- chains, messages, validators ---- */

static inline void real_bring(real *r, const char *chain, uint8_t kind, yq_slice content)
{
    static uint8_t list[4096];
    const yq_record record = {kind, content};
    yq_buf out = {list, sizeof list, 0};
    yq_status status = yq_records_encode(&record, 1, &out);
    YQ_ASSERT(status == YQ_OK);
    yq_tx tx = {.method = YQ_METHOD_PACKET_EVENT};
    tx.as.evidence.chain = yq_slice_text(chain);
    tx.as.evidence.bytes = yq_slice_of(list, out.n);
    real_run(r, 0, &tx);
}

static inline void real_chain(real *r, const char *chain, uint64_t proposal)
{
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    yq_tx tx = {
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = yq_slice_text("anchor"),
            .chain = yq_slice_text(chain),
            .framework = yq_slice_text("plain"),
            .name = yq_slice_text("a chain"),
            .hash = YQ_HASH_SM3,
            .suite = YQ_SUITE_SM2,
            .verifier = 1,
            .inbox = yq_slice_text("box"),
            .inbox_event = yq_slice_text("Yuqiao")}};
    real_run(r, 0, &tx);
    real_vote(r, proposal);
    yq_inbox_state state = {.epoch = 1};
    yq_valset_hash(YQ_HASH_SM3, &r->w.set, &state.set_hash);
    yq_status status = yq_inbox_state_encode(&state, &out);
    YQ_ASSERT(status == YQ_OK);
    real_bring(r, chain, YQ_RECORD_STATE, yq_slice_of(out.p, out.n));
}

static inline yq_packet real_packet(uint64_t number)
{
    return (yq_packet){
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .hub = yq_slice_text("henan-main"),
        .src_chain = yq_slice_text("city-a"),
        .src_service = yq_slice_text("send"),
        .dst_chain = yq_slice_text(REAL_OWN),
        .dst_service = yq_slice_text("recv"),
        .sequence = number,
        .sender = yq_slice_text("somebody"),
        .payload = yq_slice_text("不动产登记查询")};
}

/* A packet from city-a: one more leaf in this chain's outbox. */
static inline void real_send(real *r, uint64_t number)
{
    uint8_t room[512];
    const yq_packet packet = real_packet(number);
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_packet_encode(&packet, &out);
    YQ_ASSERT(status == YQ_OK);
    real_bring(r, "city-a", YQ_RECORD_SENT, yq_slice_of(out.p, out.n));
}

/* To this chain's service. */
static inline void real_lane(real *r, const char *chain, const char *service)
{
    const yq_tx tx = {
        .method = YQ_METHOD_LANE_OPEN,
        .as.lane = {
            .src_chain = yq_slice_text(chain),
            .src_service = yq_slice_text(service),
            .dst_chain = yq_slice_text(REAL_OWN),
            .dst_service = yq_slice_text("recv"),
            .grade_min = YQ_GRADE_LIGHT_CLIENT,
            .order = YQ_ORDER_UNORDERED,
            .patience_ms = 30000,
            .payload_max = 1000,
            .per_minute_max = 100}};
    real_run(r, 0, &tx);
}

/* A failed assertion says where. */
static inline void real_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, condition);
}

static inline void real_new(real *r, const yq_verifier *more)
{
    yq_assert_set_handler(real_failed);
    *r = (real){.after_ms = 100, .list = {&real_verifier, more}};
    world_make(&r->w);
    real_open(r);
    real_chain(r, "city-a", 1);
    real_chain(r, REAL_OWN, 2);
    yq_tx tx = {
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = yq_slice_text("city-a"),
            .service = yq_slice_text("send"),
            .kind = YQ_SERVICE_CONTRACT,
            .emitter = yq_slice_text("box"),
            .event = yq_slice_text("Yuqiao"),
            .from_height = 10}};
    real_run(r, 0, &tx);
    real_lane(r, "city-a", "send");
}

static inline void real_free(real *r)
{
    yq_view_close(r->view);
    yq_key_free(r->fresh);
    world_free(&r->w);
}

/* Governance puts a new key in the place of the validator `who`; the next block but one ends the
 * epoch. number: of the proposal. */
static inline void real_swap(real *r, unsigned who, const char *name, uint64_t number)
{
    uint8_t proof[64], bytes[1024];
    yq_digest m;
    yq_validators now;
    r->fresh = world_fresh(name);
    yq_status status = yq_hub_validators(yq_view_hub(r->view), 0, &now);
    YQ_ASSERT(status == YQ_OK);
    const yq_slice org = now.item[who].org, key = yq_key_public(r->fresh);
    yq_change_proof_digest(YQ_HASH_SM3, &r->w.chain, r->w.epoch + 1, org, key, &m);
    yq_key_sign(r->fresh, YQ_SLICE_OF(m.b), proof);
    yq_change change = {.join_n = 1, .leave_n = 1};
    change.join[0] = (yq_change_join){org, key, YQ_SLICE_OF(proof)};
    change.leave[0] = now.item[who].key;
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_change_put(&w, &change);
    yq_tx tx = {.method = YQ_METHOD_VALIDATORS_CHANGE};
    tx.as.validators = (yq_tx_validators){yq_writer_slice(&w), yq_slice_text("practice")};
    real_run(r, 0, &tx);
    real_vote(r, number);
    r->after_ms = 2 * 3600000;
    real_block(r); /* the set is due after it */
    r->after_ms = 100;
}

/* ---- what a node hands out ---- */

static inline void real_cert_put(yq_writer *w, const yq_cert *cert)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer c = yq_writer_of(room, sizeof room);
    yq_cert_put(&c, cert);
    yq_put_blob16(w, yq_writer_slice(&c));
}

static inline void real_keys_put(yq_writer *w, const yq_valset *set)
{
    yq_put_u16(w, set->n);
    for (unsigned i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], 64);
    }
}

/* The newest block, with the set that signed it. */
static inline yq_slice real_anchor(const real *r, uint8_t *room, size_t cap)
{
    yq_digest hash;
    yq_writer w = yq_writer_of(room, cap);
    yq_valset_hash(YQ_HASH_SM3, &r->before, &hash);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, YQ_HASH_SM3);
    yq_put_u64(&w, UINT64_C(14) * 86400000);
    yq_put_str8(&w, yq_slice_text("henan-main"));
    yq_put_u8(&w, YQ_SUITE_SM2);
    yq_put_str8(&w, yq_slice_text(REAL_OWN));
    yq_put_bytes(&w, r->w.chain.b, 32);
    yq_put_bytes(&w, hash.b, 32);
    yq_put_u64(&w, r->before.epoch);
    yq_put_u8(&w, YQ_SUITE_SM2);
    real_keys_put(&w, &r->before);
    real_cert_put(&w, &r->cert);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_slice real_update(const real *r, uint8_t *room, size_t cap)
{
    const int ends = !yq_digest_is_zero(&r->cert.info.next_valset_hash);
    yq_writer w = yq_writer_of(room, cap);
    yq_put_u8(&w, 1);
    real_cert_put(&w, &r->cert);
    yq_put_u8(&w, (uint8_t)ends);
    if (ends) {
        real_keys_put(&w, &r->w.set);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_writer real_proof(real *r, uint8_t *room, size_t cap)
{
    const yq_view_block *tip = yq_view_tip(r->view);
    yq_writer w = yq_writer_of(room, cap);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, tip->tip.header.height);
    yq_block_roots_put(&w, &tip->roots);
    return w;
}

/* The path of leaf idx of n, each sibling with its side. */
static inline void real_sides_put(yq_writer *w, uint64_t n, uint64_t idx, yq_slice path)
{
    yq_put_u8(w, (uint8_t)(path.n / 32));
    for (uint64_t last = n - 1; last > 0; last >>= 1, idx >>= 1) {
        if ((idx & 1) == 1 || idx < last) {
            yq_put_u8(w, idx & 1);
            yq_put_bytes(w, path.p, 32);
            path.p += 32;
        }
    }
}

/* The packet `index` of this chain's outbox, from the delivery that the node makes. */
static inline yq_slice real_event_proof(real *r, uint64_t index, uint8_t *room, size_t cap)
{
    static uint8_t bytes[1u << 16];
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d;
    yq_buf out = {bytes, sizeof bytes, 0};
    yq_status status = yq_hub_delivery(
        yq_view_hub(r->view), yq_slice_text(REAL_OWN), index, 1, yq_slice_text("-"), &out);
    YQ_ASSERT(status == YQ_OK);
    status =
        yq_delivery_decode(yq_slice_of(out.p, out.n), packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL);
    YQ_ASSERT(status == YQ_OK && d.n == 1 && packet[0].index == index);
    yq_writer w = real_proof(r, room, cap);
    yq_put_u64(&w, index);
    yq_put_blob32(&w, packet[0].packet);
    yq_put_u64(&w, d.size);
    yq_put_u8(&w, (uint8_t)(packet[0].path.n / 32));
    yq_put(&w, packet[0].path);
    real_sides_put(&w, d.export_n, d.export_idx, d.export_path);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* What the state says of a key. Out: found. */
static inline yq_slice real_value_proof(
    real *r, yq_slice key, int *found, uint8_t *room, size_t cap)
{
    yq_slice value, proof;
    yq_status status = yq_view_state(r->view, key, &value, found, &proof);
    YQ_ASSERT(status == YQ_OK);
    yq_writer w = real_proof(r, room, cap);
    yq_put_blob32(&w, value);
    yq_put_blob16(&w, proof);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* The key of a leaf of this chain's outbox. */
static inline yq_slice real_leaf_key(uint64_t index, uint8_t *room, size_t cap)
{
    yq_writer w = yq_writer_of(room, cap);
    yq_put_str8(&w, yq_slice_text(YQ_MODULE_OUTBOX));
    yq_put_u8(&w, YQ_TABLE_OUTBOX_LEAF);
    yq_put_str8(&w, yq_slice_text(REAL_OWN));
    yq_put_u64(&w, index);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_YUQIAO_TEST_REAL_H */
