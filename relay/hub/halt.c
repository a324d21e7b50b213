#include "relay/hub/halt.h"

#include "relay/hub/mutants.h"
#include "relay/hub/outbox.h"

/* What one partner was told last. */
typedef struct partner {
    uint64_t sequence; /* of the last control packet to it; 0: none yet */
    uint8_t halted;
} partner;

static void partner_key(yq_state_key *key, yq_slice chain, yq_slice dst)
{
    yq_state_key_str2(key, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN_PARTNER, chain, dst);
}

static partner decode(yq_slice value)
{
    partner p;
    yq_cur c = yq_cur_of(value);
    p.sequence = yq_cur_u64(&c);
    p.halted = yq_cur_u8(&c);
    yq_state_record_done(&c);
    return p;
}

static void store(yq_hub *hub, yq_slice chain, yq_slice dst, const partner *p)
{
    uint8_t b[9];
    yq_state_key key;
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_u64(&w, p->sequence);
    yq_put_u8(&w, p->halted);
    partner_key(&key, chain, dst);
    yq_state_store(hub, &key, yq_writer_slice(&w));
}

static yq_status write_control(
    yq_hub *hub, yq_slice chain, const yq_chain *dst, uint64_t sequence, uint8_t kind)
{
    static const yq_digest no_message = {{0}};
    uint8_t room[8];
    yq_buf payload = {room, sizeof room, 0};
    yq_status status = yq_control_encode(hub->height, &payload);
    if (status != YQ_OK) {
        return status;
    }
    const yq_packet packet = {
        .kind = kind,
        .order = YQ_ORDER_UNORDERED,
        .hub = hub->rules.id,
        .src_chain = chain,
        .dst_chain = dst->id,
        .sequence = sequence,
        .payload = {payload.p, payload.n}};
    uint64_t index;
    yq_digest commitment;
    return yq_outbox_append(hub, dst, &packet, YQ_LEAF_CONTROL, &no_message, &index, &commitment);
}

static yq_status tell_one(yq_hub *hub, yq_slice chain, yq_slice dst, partner p, uint8_t kind)
{
    yq_chain_record destination;
    uint8_t halted = kind == YQ_PACKET_HALT;
    if (p.halted == halted || !yq_chain_load(hub, dst, &destination) ||
        destination.view.state == YQ_CHAIN_RETIRED) {
        return YQ_OK;
    }
    p.halted = halted;
    p.sequence++;
    store(hub, chain, dst, &p);
    return write_control(hub, chain, &destination.view, p.sequence, kind);
}

yq_status yq_halt_partner(yq_hub *hub, const yq_chain_record *src, yq_slice dst)
{
    partner p = {0};
    yq_state_key key;
    yq_slice value;
    partner_key(&key, src->view.id, dst);
    if (yq_state_load(hub, &key, &value) && !YQ_WITHOUT(HALT_SEQUENCE)) {
        p = decode(value); /* by another lane: its sequence goes on */
    } else {
        store(hub, src->view.id, dst, &p);
    }
    return src->view.state == YQ_CHAIN_FROZEN && !YQ_WITHOUT(HALT_LATE)
               ? tell_one(hub, src->view.id, dst, p, YQ_PACKET_HALT)
               : YQ_OK;
}

void yq_halt_tell(yq_hub *hub, yq_slice chain, uint8_t kind)
{
    uint8_t room[YQ_CHAIN_ID_SIZE_MAX];
    yq_state_key prefix, at;
    yq_slice key, value, after = {0};
    yq_state_key_str(&prefix, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN_PARTNER, chain);
    size_t mark = hub->arena.used;
    if (YQ_WITHOUT(HALT) ? kind == YQ_PACKET_HALT
                         : YQ_WITHOUT(RESUME) && kind == YQ_PACKET_RESUME) {
        return;
    }
    while (!hub->exhausted && yq_state_next(hub, &prefix, after, &key, &value)) {
        yq_cur c = yq_cur_of(key);
        (void)yq_cur_take(&c, prefix.w.n);
        yq_slice name = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
        yq_state_record_done(&c);
        yq_bytes_copy(room, name.p, name.n);
        const yq_slice dst = yq_slice_of(room, name.n);
        if (tell_one(hub, chain, dst, decode(value), kind) != YQ_OK) {
            hub->exhausted = 1;
        }
        partner_key(&at, chain, dst);
        after = yq_state_key_slice(&at);
        hub->arena.used = mark;
    }
}
