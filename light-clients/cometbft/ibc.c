#include "light-clients/cometbft/ics23.h"

#define STORE_NAME_MAX 64u
#define NAME_MAX       128u /* ports, channels and clients, by IBC's own rule */
#define PATH_MAX       512u
#define PROOF_MAX      (256u << 10)
#define PAYLOADS_MAX   64u
#define FIELD_MAX      1024u
#define DATA_MAX       (1u << 20)

/* What an event proof holds. */
typedef enum packet_kind {
    PACKET_V1 = 1,
    PACKET_V2 = 2,
    ACK_V1 = 3,
    ACK_V2 = 4,
} packet_kind;

/* A key under the application's root: the store's name and the key in it, with both proofs. */
typedef struct store_proof {
    uint64_t height;
    yq_slice store, lower, upper;
} store_proof;

static void take_store_proof(yq_cur *c, store_proof *out)
{
    out->height = yq_cur_u64(c);
    out->store = yq_cur_str8(c, STORE_NAME_MAX);
    out->lower = yq_cur_blob32(c, PROOF_MAX);
    out->upper = yq_cur_blob32(c, PROOF_MAX);
}

/*
 * The lower proof leads from the key to the store's root, the upper one from the store's root to
 * the application's. Out: the height's record, the value or that it is absent.
 */
static yq_status check_store_proof(
    const yq_comet_call *call,
    const yq_comet_state *state,
    const store_proof *in,
    yq_slice key,
    yq_comet_record *record,
    yq_verified_value *out)
{
    const yq_ics23_spec lower_spec =
        state->stores == YQ_COMET_STORES_SMT ? yq_ics23_spec_smt() : yq_ics23_spec_iavl();
    const yq_ics23_spec upper_spec = yq_ics23_spec_tendermint();
    yq_ics23_proof lower, upper;
    yq_status status = yq_comet_record_get(call, state, in->height, record);
    if (status == YQ_OK) {
        status = yq_ics23_decode(call, in->upper, &upper);
    }
    if (status == YQ_OK) {
        status = yq_ics23_decode(call, in->lower, &lower);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_slice store_root = upper.exist[0].value, app_root = YQ_SLICE_OF(record->app_root.b);
    status = yq_ics23_member(call, &upper_spec, app_root, &upper, in->store, store_root);
    if (status != YQ_OK) {
        return status;
    }
    *out = (yq_verified_value){.height = in->height, .present = !lower.absent};
    if (lower.absent) {
        return yq_ics23_absent(call, &lower_spec, store_root, &lower, key);
    }
    out->value = lower.exist[0].value;
    return yq_ics23_member(call, &lower_spec, store_root, &lower, key, out->value);
}

static yq_status open_state(
    const yq_comet_call *call, yq_slice bytes, uint64_t now_ms, yq_comet_state *state)
{
    yq_status status = yq_comet_state_decode(call, bytes, state);
    if (status == YQ_OK && !yq_comet_trusted_now(state, state->last.time, now_ms)) {
        status = yq_comet_fail(call, YQ_E_TRUST_EXPIRED, "client");
    }
    return status;
}

yq_status yq_comet_value(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice key,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_value *value,
    yq_fault *why)
{
    const yq_comet_call call = {host, why};
    yq_comet_state state = {0};
    yq_comet_record record;
    store_proof in;
    yq_status status = open_state(&call, state_bytes, now_ms, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur k = yq_cur_of(key), c = yq_cur_of(proof);
    yq_slice store = yq_cur_str8(&k, STORE_NAME_MAX);
    yq_slice inner = yq_cur_take(&k, yq_cur_left(&k));
    status = yq_cur_done(&k, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_comet_take_version(&c);
    take_store_proof(&c, &in);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK && !yq_slice_equal(store, in.store)) {
        status = yq_comet_fail(&call, YQ_E_PROOF, "store");
    }
    return status == YQ_OK ? check_store_proof(&call, &state, &in, inner, &record, value) : status;
}

/* ---- packets ---- */

typedef struct payload {
    yq_slice field[4]; /* source port, destination port, version, encoding */
    yq_slice value;
} payload;

typedef struct packet {
    packet_kind kind;
    yq_slice port, channel; /* v1 */
    yq_slice client, other; /* v2: this chain's client, the other end's */
    uint64_t sequence, timeout, revision, timeout_height;
    yq_slice data; /* v1: data or acknowledgement */
    size_t n;
    payload *payload; /* v2; acknowledgements: value only */
    uint16_t chosen;  /* v2: the payload that is the event */
} packet;

static void take_payloads(const yq_comet_call *call, yq_cur *c, packet *out)
{
    size_t at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n == 0 || out->n > PAYLOADS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "payloads");
        return;
    }
    out->payload = call->host->scratch(call->host->self, out->n * sizeof *out->payload);
    if (out->payload == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "payloads");
        return;
    }
    for (size_t i = 0; i < out->n; i++) {
        for (unsigned k = 0; k < 4 && out->kind == PACKET_V2; k++) {
            out->payload[i].field[k] = yq_cur_blob16(c, FIELD_MAX);
        }
        out->payload[i].value = yq_cur_blob32(c, DATA_MAX);
    }
    at = c->pos;
    out->chosen = yq_cur_u16(c);
    if (out->chosen >= out->n) {
        yq_cur_fail_field(c, YQ_E_PROOF_BOUNDS, at, "payload index");
    }
}

static void take_packet(const yq_comet_call *call, yq_cur *c, packet *out)
{
    size_t at = c->pos;
    *out = (packet){.kind = (packet_kind)yq_cur_u8(c)};
    if (out->kind < PACKET_V1 || out->kind > ACK_V2) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "kind");
        return;
    }
    if (out->kind == PACKET_V1 || out->kind == ACK_V1) {
        out->port = yq_cur_str8(c, NAME_MAX);
        out->channel = yq_cur_str8(c, NAME_MAX);
    } else {
        out->client = yq_cur_str8(c, NAME_MAX);
    }
    out->sequence = yq_cur_u64(c);
    if (out->kind == PACKET_V1) {
        out->timeout = yq_cur_u64(c);
        out->revision = yq_cur_u64(c);
        out->timeout_height = yq_cur_u64(c);
    } else if (out->kind == PACKET_V2) {
        out->other = yq_cur_str8(c, NAME_MAX);
        out->timeout = yq_cur_u64(c);
    }
    if (out->kind == PACKET_V1 || out->kind == ACK_V1) {
        out->data = yq_cur_blob32(c, DATA_MAX);
    } else {
        take_payloads(call, c, out);
    }
    if (out->sequence == 0) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "sequence");
    }
}

/* IBC's identifiers: letters, digits and . _ + - # [ ] < >, and at least two of them. */
static int is_identifier(yq_slice name)
{
    static const uint8_t marks[] = {'.', '_', '+', '-', '#', '[', ']', '<', '>'};
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        int good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        for (size_t k = 0; k < sizeof marks; k++) {
            good |= c == marks[k];
        }
        if (!good) {
            return 0;
        }
    }
    return name.n >= 2;
}

static int names_are_good(const packet *p)
{
    if (p->kind == PACKET_V1 || p->kind == ACK_V1) {
        return is_identifier(p->port) && is_identifier(p->channel);
    }
    return is_identifier(p->client) && (p->kind == ACK_V2 || is_identifier(p->other));
}

/* The key under which the chain's IBC store keeps the commitment. */
static yq_slice commitment_key(const packet *p, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, PATH_MAX);
    if (p->kind == PACKET_V1 || p->kind == ACK_V1) {
        char sequence[24];
        size_t n = yq_decimal_encode(sequence, p->sequence);
        yq_put(&w, yq_slice_text(p->kind == PACKET_V1 ? "commitments/ports/" : "acks/ports/"));
        yq_put(&w, p->port);
        yq_put(&w, yq_slice_text("/channels/"));
        yq_put(&w, p->channel);
        yq_put(&w, yq_slice_text("/sequences/"));
        yq_put_bytes(&w, sequence, n);
    } else {
        yq_put(&w, p->client);
        yq_put_u8(&w, p->kind == PACKET_V2 ? 1 : 3);
        yq_put_u64(&w, p->sequence);
    }
    return yq_writer_slice(&w);
}

static yq_digest sha(const yq_comet_call *call, yq_slice in)
{
    return yq_comet_hash(call, &in, 1);
}

static yq_digest commitment_v1(const yq_comet_call *call, const packet *p)
{
    uint8_t room[24 + YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest data = sha(call, p->data);
    yq_put_u64(&w, p->timeout);
    yq_put_u64(&w, p->revision);
    yq_put_u64(&w, p->timeout_height);
    yq_put(&w, YQ_SLICE_OF(data.b));
    return sha(call, yq_writer_slice(&w));
}

static yq_digest payload_hash(const yq_comet_call *call, const payload *in)
{
    uint8_t room[5 * YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    for (unsigned i = 0; i < 5; i++) {
        yq_digest md = sha(call, i < 4 ? in->field[i] : in->value);
        yq_put(&w, YQ_SLICE_OF(md.b));
    }
    return sha(call, yq_writer_slice(&w));
}

static yq_digest commitment_v2(const yq_comet_call *call, const packet *p)
{
    uint8_t list[PAYLOADS_MAX * YQ_DIGEST_SIZE], room[1 + 3 * YQ_DIGEST_SIZE], seconds[8];
    yq_writer l = yq_writer_of(list, sizeof list), w = yq_writer_of(room, sizeof room);
    for (size_t i = 0; i < p->n; i++) {
        yq_digest md = p->kind == PACKET_V2 ? payload_hash(call, &p->payload[i])
                                            : sha(call, p->payload[i].value);
        yq_put(&l, YQ_SLICE_OF(md.b));
    }
    yq_put_u8(&w, 2);
    if (p->kind == ACK_V2) {
        const yq_slice part[] = {yq_writer_slice(&w), yq_writer_slice(&l)};
        return yq_comet_hash(call, part, YQ_ARRAY_N(part));
    }
    yq_writer t = yq_writer_of(seconds, sizeof seconds);
    yq_put_u64(&t, p->timeout);
    const yq_digest part[] = {
        sha(call, p->other), sha(call, yq_writer_slice(&t)), sha(call, yq_writer_slice(&l))};
    for (size_t i = 0; i < YQ_ARRAY_N(part); i++) {
        yq_put(&w, YQ_SLICE_OF(part[i].b));
    }
    return sha(call, yq_writer_slice(&w));
}

static yq_digest commitment_of(const yq_comet_call *call, const packet *p)
{
    if (p->kind == PACKET_V1) {
        return commitment_v1(call, p);
    }
    return p->kind == ACK_V1 ? sha(call, p->data) : commitment_v2(call, p);
}

/* "<port>/<channel>" of v1, "<client>/<source port>" of a v2 packet, "<client>" of its
 * acknowledgement. Returns an empty slice when scratch runs out. */
static yq_slice emitter_of(const yq_comet_call *call, const packet *p)
{
    const yq_slice first = p->port.n != 0 ? p->port : p->client;
    const yq_slice second = p->kind == PACKET_V2 ? p->payload[p->chosen].field[0] : p->channel;
    size_t size = first.n + 1 + second.n;
    uint8_t *room = call->host->scratch(call->host->self, size);
    if (room == NULL) {
        return (yq_slice){0};
    }
    yq_writer w = yq_writer_of(room, size);
    yq_put(&w, first);
    if (second.n != 0) {
        yq_put_u8(&w, '/');
        yq_put(&w, second);
    }
    return yq_writer_slice(&w);
}

static yq_status fill_event(
    const yq_comet_call *call,
    const yq_comet_record *record,
    const packet *p,
    yq_slice key,
    uint64_t height,
    yq_verified_event *event)
{
    static const char *const name[] = {
        [PACKET_V1] = "packet",
        [PACKET_V2] = "packet.v2",
        [ACK_V1] = "acknowledgement",
        [ACK_V2] = "acknowledgement.v2"};
    yq_digest *id = call->host->scratch(call->host->self, sizeof *id);
    yq_slice emitter = emitter_of(call, p);
    if (id == NULL || emitter.p == NULL) {
        return yq_comet_fail(call, YQ_E_LIMIT, "event");
    }
    *id = sha(call, key);
    const yq_slice data = p->n == 0 ? p->data : p->payload[p->chosen].value;
    *event = (yq_verified_event){
        .height = height,
        .time_ms = yq_comet_time_ms(record->time),
        .emitter = emitter,
        .name = yq_slice_text(name[p->kind]),
        .data = data,
        .bytes = data,
        .tx_id = yq_slice_of(id->b, sizeof id->b),
        .event_index = p->chosen,
        .grade = YQ_GRADE_LIGHT_CLIENT};
    return YQ_OK;
}

yq_status yq_comet_event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    const yq_comet_call call = {host, why};
    yq_comet_state state = {0};
    uint8_t room[PATH_MAX];
    packet p;
    store_proof in;
    yq_comet_record record;
    yq_verified_value value;
    yq_status status = open_state(&call, state_bytes, now_ms, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_comet_take_version(&c);
    take_packet(&call, &c, &p);
    take_store_proof(&c, &in);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK && !names_are_good(&p)) {
        status = yq_comet_fail(&call, YQ_E_NONCANONICAL, "identifier");
    }
    if (status == YQ_OK && !yq_slice_equal(in.store, yq_slice_text("ibc"))) {
        status = yq_comet_fail(&call, YQ_E_EMITTER, "packets are proven in the store ibc");
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_slice key = commitment_key(&p, room);
    status = check_store_proof(&call, &state, &in, key, &record, &value);
    if (status != YQ_OK) {
        return status;
    }
    yq_digest expected = commitment_of(&call, &p);
    if (!value.present) {
        return yq_comet_fail(&call, YQ_E_EVENT_UNPROVEN, "a proof of absence");
    }
    if (!yq_slice_equal(value.value, YQ_SLICE_OF(expected.b))) {
        return yq_comet_fail(&call, YQ_E_BODY_MISMATCH, "commitment");
    }
    return fill_event(&call, &record, &p, key, in.height, event);
}
