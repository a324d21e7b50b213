#include "light-clients/template/template.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define SIG_SIZE  64u
#define SLOT_SIZE (1 + SIG_SIZE) /* of a signature, with the index of who signed */

/* One call: the host that was lent, and where a failure is explained. */
typedef struct call {
    const yq_verifier_host *host;
    yq_fault *why;
} call;

/* Keys in ascending order; they borrow from the bytes that were read. */
typedef struct set {
    size_t n;
    const uint8_t *key; /* n x YQ_TEMPLATE_KEY_SIZE */
    yq_slice raw;       /* n and keys as they stand: what is hashed */
} set;

typedef struct header {
    yq_digest hash, parent, events_root, next_set;
    uint64_t height, time_ms;
} header;

/* An update's evidence, decoded: a header, who signed it, and the set after it. */
typedef struct step {
    header h;
    size_t signature_n;
    const uint8_t *signature; /* signature_n x { u8 index, SIG_SIZE bytes } */
    int changes;              /* 0: the set stays */
    set next;
} step;

typedef struct state {
    uint64_t height, time_ms;
    yq_digest hash, events_root;
    set members; /* who signs height + 1 */
} state;

static yq_status fail(const call *c, yq_status status, const char *text)
{
    return yq_fail(c->why, status, 0, text);
}

static yq_digest hash_of(const call *c, yq_slice in)
{
    yq_digest md;
    c->host->hash(c->host->self, YQ_HASH_SHA256, &in, 1, md.b);
    return md;
}

/* More than two thirds, so that two quorums share more than a third. */
static size_t quorum(size_t n)
{
    return n - (n - 1) / 3;
}

/* ---- reading: sticky failures, one check at the end ---- */

static void take_version(yq_cur *c)
{
    if (yq_cur_u8(c) != YQ_TEMPLATE_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, 0, "version");
    }
}

static void take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

static void take_set(yq_cur *c, set *out)
{
    yq_cur begin = *c;
    const size_t at = c->pos;
    out->n = yq_cur_u8(c);
    if (out->n == 0 || out->n > YQ_TEMPLATE_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "members");
    }
    out->key = yq_cur_take(c, out->n * YQ_TEMPLATE_KEY_SIZE).p;
    for (size_t i = 1; yq_cur_ok(c) && i < out->n; i++) {
        const uint8_t *key = out->key + i * YQ_TEMPLATE_KEY_SIZE;
        if (memcmp(key - YQ_TEMPLATE_KEY_SIZE, key, YQ_TEMPLATE_KEY_SIZE) >= 0) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "members are not sorted");
        }
    }
    out->raw = yq_cur_take(&begin, c->pos - at);
}

static void take_header(const call *c, yq_cur *cur, header *out)
{
    yq_cur begin = *cur;
    out->height = yq_cur_u64(cur);
    out->time_ms = yq_cur_u64(cur);
    take_digest(cur, &out->parent);
    take_digest(cur, &out->events_root);
    take_digest(cur, &out->next_set);
    out->hash = hash_of(c, yq_cur_take(&begin, cur->pos - begin.pos));
}

static yq_status read_step(const call *c, yq_slice evidence, step *out)
{
    yq_cur cur = yq_cur_of(evidence);
    take_version(&cur);
    take_header(c, &cur, &out->h);
    out->signature_n = yq_cur_u8(&cur);
    out->signature = yq_cur_take(&cur, out->signature_n * SLOT_SIZE).p;
    size_t at = cur.pos;
    out->changes = yq_cur_u8(&cur);
    if (out->changes > 1) {
        yq_cur_fail_field(&cur, YQ_E_NONCANONICAL, at, "set follows");
    } else if (out->changes) {
        take_set(&cur, &out->next);
    }
    return yq_cur_done(&cur, c->why);
}

static yq_status state_decode(const call *c, yq_slice in, state *out)
{
    yq_cur cur = yq_cur_of(in);
    take_version(&cur);
    out->height = yq_cur_u64(&cur);
    out->time_ms = yq_cur_u64(&cur);
    take_digest(&cur, &out->hash);
    take_digest(&cur, &out->events_root);
    take_set(&cur, &out->members);
    return yq_cur_done(&cur, c->why);
}

static yq_status state_encode(const call *c, const state *s, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_TEMPLATE_LAYOUT_VERSION);
    yq_put_u64(&w, s->height);
    yq_put_u64(&w, s->time_ms);
    yq_put(&w, YQ_SLICE_OF(s->hash.b));
    yq_put(&w, YQ_SLICE_OF(s->events_root.b));
    yq_put(&w, s->members.raw);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : fail(c, YQ_E_LIMIT, "state");
}

/* ---- records: hash and events of the last heights, and time ---- */

static yq_slice record_key(uint8_t *room, uint64_t height)
{
    yq_writer w = yq_writer_of(room, 9);
    yq_put_u8(&w, 'h');
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

static yq_status record_put(const call *c, const state *s)
{
    uint8_t key[9], room[72];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put(&w, YQ_SLICE_OF(s->hash.b));
    yq_put(&w, YQ_SLICE_OF(s->events_root.b));
    yq_put_u64(&w, s->time_ms);
    yq_status status =
        c->host->record_put(c->host->self, record_key(key, s->height), yq_writer_slice(&w));
    if (status == YQ_OK) { /* of the first heights this is a number that no block has */
        status = c->host->record_put(
            c->host->self, record_key(key, s->height - YQ_TEMPLATE_KEPT), (yq_slice){0});
    }
    return status == YQ_OK ? YQ_OK : fail(c, status, "records");
}

static yq_status record_get(const call *c, uint64_t height, state *out)
{
    uint8_t key[9];
    int found;
    yq_slice value = c->host->record_get(c->host->self, record_key(key, height), &found);
    if (!found) {
        return fail(c, YQ_E_HEADER_UNKNOWN, "no record of this height");
    }
    yq_cur cur = yq_cur_of(value);
    take_digest(&cur, &out->hash);
    take_digest(&cur, &out->events_root);
    out->time_ms = yq_cur_u64(&cur);
    return yq_cur_done(&cur, c->why);
}

/* ---- signatures ---- */

/* Checks that a quorum of distinct members signed the hash. */
static yq_status check_signatures(const call *c, const set *members, const step *in)
{
    yq_slice slot[YQ_TEMPLATE_MEMBERS_MAX] = {{0}};
    yq_signature sig[YQ_TEMPLATE_MEMBERS_MAX] = {{0}};
    yq_status valid[YQ_TEMPLATE_MEMBERS_MAX];
    size_t m = 0;
    for (size_t i = 0; i < in->signature_n; i++) {
        const uint8_t *signature = in->signature + i * SLOT_SIZE;
        if (signature[0] >= members->n) {
            return fail(c, YQ_E_SIGNER_UNKNOWN, "signature");
        }
        if (slot[signature[0]].n != 0) {
            return fail(c, YQ_E_DUP_SIGNER, "signature");
        }
        slot[signature[0]] = yq_slice_of(signature + 1, SIG_SIZE);
    }
    if (in->signature_n < quorum(members->n)) {
        return fail(c, in->signature_n == 0 ? YQ_E_SIGNATURES_MISSING : YQ_E_QUORUM, "signatures");
    }
    for (size_t i = 0; i < members->n; i++) {
        if (slot[i].n != 0) {
            sig[m++] = (yq_signature){
                .alg = YQ_SIG_ED25519_MESSAGE,
                .key = yq_slice_of(members->key + i * YQ_TEMPLATE_KEY_SIZE, YQ_TEMPLATE_KEY_SIZE),
                .msg = YQ_SLICE_OF(in->h.hash.b),
                .sig = slot[i]};
        }
    }
    yq_status status = c->host->check_signatures(c->host->self, sig, m, valid);
    for (size_t i = 0; i < m && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : fail(c, status, "signature");
}

/* ---- the methods ---- */

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    const call c = {host, why};
    yq_cur cur = yq_cur_of(anchor);
    header h = {0};
    state s = {0};
    (void)now_ms;
    take_version(&cur);
    take_header(&c, &cur, &h);
    take_set(&cur, &s.members);
    yq_status status = yq_cur_done(&cur, why);
    if (status != YQ_OK) {
        return status;
    }
    s.height = h.height;
    s.time_ms = h.time_ms;
    s.hash = h.hash;
    s.events_root = h.events_root;
    status = record_put(&c, &s);
    return status == YQ_OK ? state_encode(&c, &s, out) : status;
}

/* A height that is known: the same header again, or a second one that a quorum signed. The members
 * of old heights are not kept, so only those that are members still are asked. */
static yq_status known(const call *c, const state *s, const step *in)
{
    state old = {0};
    yq_status status = record_get(c, in->h.height, &old);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_equal(&old.hash, &in->h.hash)) {
        return fail(c, YQ_E_REPLAY, "header");
    }
    status = check_signatures(c, &s->members, in);
    return status == YQ_OK ? fail(c, YQ_E_MISBEHAVIOUR, "another header of this height") : status;
}

/* The set after the header, the old or a new one, hashes to what the header says. */
static yq_status check_next(const call *c, const header *h, const set *members)
{
    yq_digest md = hash_of(c, members->raw);
    return yq_digest_equal(&md, &h->next_set) ? YQ_OK : fail(c, YQ_E_VALSET_HASH, "next set");
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    const call c = {host, why};
    state s = {0};
    step in = {0};
    const header *h = &in.h;
    (void)now_ms;
    yq_status status = state_decode(&c, state_bytes, &s);
    if (status == YQ_OK) {
        status = read_step(&c, evidence, &in);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (h->height <= s.height) {
        return known(&c, &s, &in);
    }
    if (h->height != s.height + 1) {
        return fail(&c, YQ_E_HEIGHT, "height");
    }
    if (!yq_digest_equal(&h->parent, &s.hash)) {
        return fail(&c, YQ_E_PARENT, "parent");
    }
    if (h->time_ms < s.time_ms) {
        return fail(&c, YQ_E_TIME_ORDER, "time");
    }
    const set members = in.changes ? in.next : s.members;
    status = check_signatures(&c, &s.members, &in);
    if (status == YQ_OK) {
        status = check_next(&c, h, &members);
    }
    if (status != YQ_OK) {
        return status;
    }
    s = (state){h->height, h->time_ms, h->hash, h->events_root, members};
    status = record_put(&c, &s);
    return status == YQ_OK ? state_encode(&c, &s, next) : status;
}

/* The whole list of a block's events: its hash is the header's root. */
static yq_status event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    const call c = {host, why};
    state s = {0}, at = {0};
    (void)now_ms;
    yq_status status = state_decode(&c, state_bytes, &s);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur cur = yq_cur_of(proof);
    take_version(&cur);
    uint64_t height = yq_cur_u64(&cur);
    uint32_t index = yq_cur_u32(&cur);
    yq_slice list = yq_cur_blob32(&cur, YQ_TEMPLATE_EVENTS_MAX);
    status = yq_cur_done(&cur, why);
    if (status == YQ_OK) {
        status = record_get(&c, height, &at);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_digest root = hash_of(&c, list);
    if (!yq_digest_equal(&root, &at.events_root)) {
        return fail(&c, YQ_E_PROOF, "events");
    }
    yq_cur events = yq_cur_of(list);
    int found = 0;
    for (uint32_t i = 0; yq_cur_left(&events) > 0; i++) {
        yq_verified_event e = {.height = height, .time_ms = at.time_ms, .event_index = i};
        e.emitter = yq_cur_str8(&events, 64);
        e.name = yq_cur_str8(&events, 64);
        e.tx_id = yq_cur_take(&events, YQ_DIGEST_SIZE);
        e.data = e.bytes = yq_cur_blob32(&events, YQ_TEMPLATE_EVENTS_MAX);
        e.grade = YQ_GRADE_LIGHT_CLIENT;
        if (i == index) {
            *out = e;
            found = 1;
        }
    }
    status = yq_cur_done(&events, why);
    return status == YQ_OK && !found ? fail(&c, YQ_E_EVENT_UNPROVEN, "index") : status;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    const call c = {host, why};
    state s = {0};
    static const char note[] = "a template: no chain of this kind exists";
    yq_status status = state_decode(&c, state_bytes, &s);
    if (status != YQ_OK) {
        return status;
    }
    *view =
        (yq_client_view){.height = s.height, .time_ms = s.time_ms, .grade = YQ_GRADE_LIGHT_CLIENT};
    memcpy(view->hash, s.hash.b, sizeof view->hash);
    view->validators = (uint16_t)s.members.n;
    view->quorum = (uint16_t)quorum(s.members.n);
    host->hash(host->self, YQ_HASH_SM3, &s.members.raw, 1, view->set_hash);
    memcpy(view->note, note, sizeof note);
    return YQ_OK;
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "template",
    .state_size_max = YQ_TEMPLATE_STATE_MAX,
    .init = init,
    .update = update,
    .event = event,
    .describe = describe,
};

const yq_verifier *yq_verifier_template(void)
{
    return &verifier;
}
