#include "conformance/messages/proof.h"

#include "relay/base/cursor.h"
#include "relay/crypto/crypto.h"

#define STATE_SIZE (YQ_DIGEST_SIZE + 8u)

/* ---- making ---------------------------------------------------------------------------------- */

static void put_tag(yq_writer *w, size_t from, const yq_digest *key, char what)
{
    yq_digest tag = {{0}};
    const yq_slice part[] = {
        {key->b, sizeof key->b}, {(const uint8_t *)&what, 1}, {w->p + from, w->n - from}};
    yq_hash(YQ_HASH_SM3, part, 3, tag.b);
    yq_put_bytes(w, tag.b, sizeof tag.b);
}

void msim_put_anchor(yq_writer *w, const yq_digest *key, uint64_t height)
{
    yq_put_bytes(w, key->b, sizeof key->b);
    yq_put_u64(w, height);
}

void msim_put_update(yq_writer *w, const yq_digest *key, uint64_t height)
{
    size_t from = w->n;
    yq_put_u64(w, height);
    put_tag(w, from, key, 'h');
}

void msim_put_fork(yq_writer *w, const yq_digest *key, uint64_t height)
{
    size_t from = w->n;
    yq_put_u64(w, height);
    put_tag(w, from, key, 'f');
}

void msim_put_event(yq_writer *w, const yq_digest *key, const msim_event_proof *event)
{
    size_t from = w->n;
    yq_put_u64(w, event->height);
    yq_put_str8(w, event->emitter);
    yq_put_str8(w, event->name);
    yq_put_str8(w, event->tx_id);
    yq_put_u32(w, event->index);
    yq_put_u8(w, event->grade);
    yq_put_blob32(w, event->data);
    put_tag(w, from, key, 'e');
}

/* ---- checking -------------------------------------------------------------------------------- */

typedef struct client {
    yq_digest key;
    uint64_t height;
} client;

static client read_state(yq_slice state)
{
    client out = {.height = 0};
    yq_cur c = yq_cur_of(state);
    yq_cur_copy(&c, out.key.b, sizeof out.key.b);
    out.height = yq_cur_u64(&c);
    return out;
}

static void write_state(const client *from, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    msim_put_anchor(&w, &from->key, from->height);
    out->n = w.n;
}

/* What is before the tag at the end of in, when the tag is the key's. */
static yq_status check_tag(
    const yq_verifier_host *host,
    const client *known,
    char what,
    yq_slice in,
    yq_slice *bytes,
    yq_fault *why)
{
    uint8_t tag[YQ_DIGEST_SIZE];
    if (in.n < sizeof tag) {
        return yq_fail(why, YQ_E_TRUNCATED, 0, "tag");
    }
    *bytes = yq_slice_of(in.p, in.n - sizeof tag);
    const yq_slice part[] = {
        {known->key.b, sizeof known->key.b}, {(const uint8_t *)&what, 1}, *bytes};
    host->hash(host->self, YQ_HASH_SM3, part, 3, tag);
    return memcmp(tag, in.p + bytes->n, sizeof tag) == 0 ? YQ_OK : yq_fail(why, YQ_E_SIG, 0, "tag");
}

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *state, yq_fault *why)
{
    (void)host;
    (void)now_ms;
    if (anchor.n != STATE_SIZE) {
        return yq_fail(why, YQ_E_ANCHOR, 0, "anchor");
    }
    const client begun = read_state(anchor);
    write_state(&begun, state);
    return YQ_OK;
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    client known = read_state(state);
    yq_slice bytes = {0};
    (void)now_ms;
    yq_status status = check_tag(host, &known, 'h', evidence, &bytes, why);
    yq_cur c = yq_cur_of(bytes);
    uint64_t height = yq_cur_u64(&c);
    if (status == YQ_OK) {
        status = yq_cur_done(&c, why);
    }
    if (status == YQ_OK && height <= known.height) {
        status = yq_fail(why, YQ_E_REPLAY, 0, "height");
    }
    if (status == YQ_OK) {
        known.height = height;
        write_state(&known, next);
    }
    return status;
}

static yq_status misbehaviour(
    const yq_verifier_host *host, yq_slice state, yq_slice evidence, uint64_t now_ms, yq_fault *why)
{
    const client known = read_state(state);
    yq_slice bytes;
    (void)now_ms;
    return check_tag(host, &known, 'f', evidence, &bytes, why);
}

static yq_status event(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    const client known = read_state(state);
    yq_slice bytes = {0};
    (void)now_ms;
    yq_status status = check_tag(host, &known, 'e', proof, &bytes, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(bytes);
    out->height = yq_cur_u64(&c);
    out->emitter = yq_cur_str8(&c, UINT8_MAX);
    out->name = yq_cur_str8(&c, UINT8_MAX);
    out->tx_id = yq_cur_str8(&c, UINT8_MAX);
    out->event_index = yq_cur_u32(&c);
    out->grade = yq_cur_u8(&c);
    out->data = out->bytes = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK && out->height > known.height) {
        status = yq_fail(why, YQ_E_HEADER_UNKNOWN, 0, "height");
    }
    return status;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state, yq_client_view *view, yq_fault *why)
{
    (void)host;
    (void)why;
    view->height = read_state(state).height;
    view->grade = YQ_GRADE_LIGHT_CLIENT;
    return YQ_OK;
}

const yq_verifier msim_verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = MSIM_FRAMEWORK,
    .state_size_max = STATE_SIZE,
    .init = init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = event,
    .describe = describe,
};
