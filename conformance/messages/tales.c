#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"

/* Events that the hub must refuse: each is made so that one rule alone stands against it. */

typedef enum tale {
    TALE_FOREIGN_EMITTER, /* of a contract that is not registered */
    TALE_OTHER_OUTBOX,    /* a receipt from an outbox that is no inbox */
    TALE_OTHER_SERVICE,   /* a packet of a service from another service's outbox */
    TALE_KEY,             /* under another key */
    TALE_SOURCE,          /* a packet that says it comes from another chain */
    TALE_HUB,             /* of another hub */
    TALE_KIND,            /* a kind that only the hub makes */
    TALE_INDEX,           /* a receipt of an index that never was */
    TALE_COMMITMENT,      /* a receipt of another packet under an index */
    TALE_SET,             /* a state under another set */
    TALE_HEIGHT,          /* a state at a height that the hub has not reached */
    TALE_MOVED,           /* a true event, told again at another height */
    TALE_HALF,            /* a true receipt beside a false one */
    TALE_NUMBER,          /* a second packet of a number */
    TALES,
} tale;

typedef struct story {
    msim_event e;
    yq_digest key;
    uint8_t body[2][1024];
    yq_record record[2];
    size_t n;
} story;

static void add(story *s, uint8_t kind, size_t size)
{
    s->record[s->n] = (yq_record){kind, yq_slice_of(s->body[s->n], size)};
    s->n++;
}

static void add_packet(story *s, msim *w, uint32_t chain, tale what)
{
    static const uint8_t payload[8 + YQ_DIGEST_SIZE + 1 + 4 + 1 + 2] = {0};
    uint32_t other = (chain + 1) % w->chain_n;
    const yq_packet p = {
        .kind = what == TALE_KIND ? YQ_PACKET_ACK : YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .grade_min = what == TALE_KIND ? YQ_GRADE_INVALID : YQ_GRADE_ATTESTED,
        .hub = yq_slice_text(what == TALE_HUB ? "other-main" : MSIM_HUB),
        .src_chain = msim_chain_id(w, what == TALE_SOURCE ? other : chain),
        .src_service = yq_slice_text(
            what == TALE_FOREIGN_EMITTER ? "ghost" : msim_service_name[MSIM_UNORDERED]),
        .dst_chain = msim_chain_id(w, what == TALE_SOURCE ? chain : other),
        .dst_service = yq_slice_text(MSIM_TARGET),
        .sequence = what == TALE_NUMBER ? w->lane[chain][other][MSIM_UNORDERED].taken
                                        : 1000000 + w->event_numbers,
        .payload = yq_slice_of(payload, sizeof payload)};
    yq_buf out = {s->body[s->n], sizeof s->body[s->n], 0};
    yq_status status = yq_packet_encode(&p, &out);
    YQ_ASSERT(status == YQ_OK);
    add(s, YQ_RECORD_SENT, out.n);
}

static void add_done(story *s, uint64_t index, const yq_digest *commitment)
{
    const yq_done d = {.index = index, .commitment = *commitment, .status = YQ_DONE_CANCELLED};
    yq_buf out = {s->body[s->n], sizeof s->body[s->n], 0};
    yq_status status = yq_done_encode(&d, &out);
    YQ_ASSERT(status == YQ_OK);
    add(s, YQ_RECORD_DONE, out.n);
}

static void add_state(story *s, msim *w, tale what)
{
    yq_inbox_state st = {.epoch = w->epoch, .height = w->height};
    yq_valset_hash(YQ_HASH_SM3, &w->set[w->epoch - 1], &st.set_hash);
    st.set_hash.b[1] ^= what == TALE_SET;
    st.height += what == TALE_HEIGHT ? 10 : 0;
    yq_buf out = {s->body[s->n], sizeof s->body[s->n], 0};
    yq_status status = yq_inbox_state_encode(&st, &out);
    YQ_ASSERT(status == YQ_OK);
    add(s, YQ_RECORD_STATE, out.n);
}

/* A message that the chain has in its inbox or will have, and is not answered. */
static int find_open(msim *w, uint32_t chain, yq_message *at_hub)
{
    for (size_t i = 0; i < w->message_n; i++) {
        const msim_message *m = &w->message[i];
        if (m->dst == chain && m->hub_state == YQ_MESSAGE_COMMITTED) {
            return w->rules->hub_message(&w->hub, &m->id, at_hub) == YQ_OK;
        }
    }
    return 0;
}

/* Returns 0 where this chain has nothing to make the tale of. */
static int tell(msim_chain *c, tale what, story *s)
{
    msim *w = c->world;
    yq_message m;
    static const yq_digest none = {{0}};
    switch (what) {
    case TALE_FOREIGN_EMITTER:
        s->e.emitter = "nobody";
        add_packet(s, w, c->number, what);
        return 1;
    case TALE_KEY:
        s->key.b[5] ^= 1;
        add_packet(s, w, c->number, what);
        return 1;
    case TALE_OTHER_SERVICE:
        s->e.emitter = MSIM_OUTBOX;
        add_packet(s, w, c->number, what);
        return 1;
    case TALE_NUMBER:
        if (w->lane[c->number][(c->number + 1) % w->chain_n][MSIM_UNORDERED].taken == 0) {
            return 0;
        }
        add_packet(s, w, c->number, what);
        return 1;
    case TALE_SOURCE:
    case TALE_HUB:
    case TALE_KIND:
        add_packet(s, w, c->number, what);
        return 1;
    case TALE_INDEX:
        add_done(s, c->leaf_n + 5, &none);
        return 1;
    case TALE_OTHER_OUTBOX:
    case TALE_COMMITMENT:
    case TALE_HALF:
        if (!find_open(w, c->number, &m)) {
            return 0;
        }
        m.commitment.b[0] ^= what == TALE_COMMITMENT;
        add_done(s, m.index, &m.commitment);
        if (what == TALE_HALF) {
            add_done(s, c->leaf_n + 5, &none);
        }
        s->e.emitter = what == TALE_OTHER_OUTBOX ? MSIM_OUTBOX : MSIM_INBOX;
        return 1;
    case TALE_SET:
    case TALE_HEIGHT:
        add_state(s, w, what);
        return 1;
    case TALE_MOVED:
    case TALES:
        break;
    }
    return 0;
}

/* A true event that was taken already, as if it lay at another height. */
static int move_event(msim_chain *c)
{
    if (c->event_n == 0) {
        return 0;
    }
    msim_event e = c->event[sim_below(&c->world->rng, (uint32_t)c->event_n)];
    if (e.state != MSIM_EVENT_TAKEN || c->client_height < 2) {
        return 0;
    }
    e.height = e.height == c->client_height ? e.height - 1 : c->client_height;
    if (msim_submit_proof(c, &e, &c->key) == YQ_OK) {
        msim_fail(c->world, "the hub took an event again at another height");
    }
    return 1;
}

void msim_hostile_event(msim_chain *c)
{
    msim *w = c->world;
    static uint8_t room[4096];
    tale what = (tale)sim_below(&w->rng, TALES);
    story s = {
        .e =
            {.height = c->client_height,
             .number = ++w->event_numbers,
             .emitter = MSIM_INBOX,
             .name = MSIM_EVENT,
             .grade = YQ_GRADE_ENDORSED},
        .key = c->key};
    if (what == TALE_MOVED) {
        w->result.count.hostile_events += (uint64_t)move_event(c);
        return;
    }
    if (c->client_height == 0 || !tell(c, what, &s)) {
        return;
    }
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_records_encode(s.record, s.n, &out);
    YQ_ASSERT(status == YQ_OK);
    s.e.data = (msim_blob){room, out.n};
    w->result.count.hostile_events++;
    if (msim_submit_proof(c, &s.e, &s.key) == YQ_OK) {
        msim_fail(w, "the hub took a false event of %s (%u)", c->id, what);
    }
}
