#include "conformance/twins/internal.h"
#include "relay/base/assert.h"

void links_reset(twins *t)
{
    t->sent.head = t->sent.n = t->waiting.head = t->waiting.n = 0;
    t->bytes_n = 0;
}

static void push(messages *q, message m)
{
    YQ_ASSERT(q->n < MESSAGES_MAX);
    q->item[(q->head + q->n++) % MESSAGES_MAX] = m;
}

static message pop(messages *q)
{
    message m = q->item[q->head];
    q->head = (q->head + 1) % MESSAGES_MAX;
    q->n--;
    return m;
}

/* The view that a proposal, vote or certificate is of; 0: none. */
static uint64_t view_of(yq_slice bytes)
{
    yq_cur c = yq_cur_of(bytes);
    uint8_t kind = yq_cur_u8(&c);
    if (kind == YQ_BFT_MSG_PROPOSAL) {
        (void)yq_cur_take(&c, 2 + YQ_DIGEST_SIZE + 8);
    } else if (kind == YQ_BFT_MSG_VOTE || kind == YQ_BFT_MSG_CERT) {
        (void)yq_cur_take(&c, 1 + 8);
    } else {
        return 0;
    }
    return yq_cur_u64(&c);
}

static void send_to(twins *t, uint8_t from, uint8_t to, yq_slice bytes)
{
    message m = {
        .at_ms = t->now + LATENCY_MS,
        .view = view_of(bytes),
        .from = from,
        .to = to,
        .bytes = bytes};
    push(m.view > t->view ? &t->waiting : &t->sent, m);
}

void links_send(void *self, quick_node *n, uint32_t to, yq_slice bytes)
{
    twins *t = self;
    instance *me = (instance *)(void *)n;
    YQ_ASSERT(t->bytes_n + bytes.n <= BYTES_MAX);
    uint8_t *copy = t->bytes + t->bytes_n;
    memcpy(copy, bytes.p, bytes.n);
    t->bytes_n += bytes.n;
    for (unsigned i = 0; i < t->instances; i++) {
        const instance *other = &t->instance[i];
        if (other->index != me->index && (to == YQ_BFT_ALL || to == other->index)) {
            send_to(t, (uint8_t)(me - t->instance), (uint8_t)i, (yq_slice){copy, bytes.n});
        }
    }
    check_said(t, me, bytes);
}

void links_release(twins *t)
{
    size_t n = t->waiting.n;
    for (size_t i = 0; i < n; i++) {
        message m = pop(&t->waiting);
        m.at_ms = t->now + LATENCY_MS;
        push(m.view > t->view ? &t->waiting : &t->sent, m);
    }
}

message links_take(twins *t)
{
    return pop(&t->sent);
}

int links_pass(const twins *t, const message *m)
{
    return t->group == NULL || t->group[m->from] == t->group[m->to];
}
