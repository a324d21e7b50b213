#include "conformance/chains/common/contract_parts.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/commitment.h"
#include "relay/hub/mutants.h"

#include <stdlib.h>

void *yq_contract_grow(void *array, size_t *n, size_t size)
{
    uint8_t *grown = realloc(array, (*n + 1) * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *n * size, 0, size);
    ++*n;
    return grown;
}

static uint8_t *copy(yq_slice bytes)
{
    uint8_t *p = malloc(bytes.n + 1);
    YQ_ASSERT(p != NULL);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return p;
}

static void take_exports(yq_contract *c, const yq_export_set *set)
{
    c->exports = *set;
    c->set =
        (yq_valset){.chain_id_hash = set->chain_id_hash, .epoch = set->epoch, .suite = set->suite};
}

yq_contract *yq_contract_new(const yq_contract_config *config)
{
    int known = yq_hash_size(config->hash) == YQ_DIGEST_SIZE;
    if (config->hub.n == 0 || config->hub.n > YQ_CHAIN_ID_SIZE_MAX || config->own_chain.n == 0 ||
        config->own_chain.n > YQ_CHAIN_ID_SIZE_MAX || !known ||
        (config->exports == NULL ? yq_valset_check(&config->set) != YQ_OK
                                 : config->exports->n == 0)) {
        return NULL;
    }
    yq_contract *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    c->hub = copy(config->hub);
    c->hub_n = config->hub.n;
    c->own = copy(config->own_chain);
    c->own_n = config->own_chain.n;
    c->hash = config->hash;
    c->set = config->set;
    if (config->exports != NULL) {
        take_exports(c, config->exports);
    }
    c->floor = config->floor;
    c->no_clock = config->no_clock;
    c->check = config->check;
    c->service = config->service;
    c->self = config->self;
    return c;
}

void yq_contract_free(yq_contract *contract)
{
    if (contract == NULL) {
        return;
    }
    for (size_t i = 0; i < contract->lane_n; i++) {
        free(contract->lane[i].above);
    }
    free(contract->lane);
    free(contract->halt);
    free(contract->out);
    free(contract->sent);
    free(contract->slot);
    free(contract->hub);
    free(contract->own);
    free(contract);
}

/* ---- indices --------------------------------------------------------------------------------- */

/* The first slot that is not below the index. */
static size_t place_of(const yq_contract *c, uint64_t index)
{
    size_t low = 0, high = c->slot_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->slot[middle].item.index < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

yq_contract_slot *yq_contract_slot_find(const yq_contract *c, uint64_t index)
{
    size_t at = place_of(c, index);
    return at < c->slot_n && c->slot[at].item.index == index ? &c->slot[at] : NULL;
}

yq_contract_slot *yq_contract_slot_of(yq_contract *c, uint64_t index)
{
    size_t at = place_of(c, index);
    if (at < c->slot_n && c->slot[at].item.index == index) {
        return &c->slot[at];
    }
    c->slot = yq_contract_grow(c->slot, &c->slot_n, sizeof *c->slot);
    memmove(&c->slot[at + 1], &c->slot[at], (c->slot_n - 1 - at) * sizeof *c->slot);
    c->slot[at] = (yq_contract_slot){.item = {.index = index}};
    return &c->slot[at];
}

/* ---- lanes ----------------------------------------------------------------------------------- */

yq_contract_key yq_contract_key_of(yq_slice a, yq_slice b, yq_slice d)
{
    yq_contract_key key = {0};
    yq_writer w = yq_writer_of(key.b, sizeof key.b);
    yq_put_blob16(&w, a);
    yq_put_blob16(&w, b);
    yq_put_blob16(&w, d);
    YQ_ASSERT(w.status == YQ_OK);
    key.n = w.n;
    return key;
}

static int key_equal(const yq_contract_key *a, const yq_contract_key *b)
{
    return yq_slice_equal(yq_slice_of(a->b, a->n), yq_slice_of(b->b, b->n));
}

yq_contract_lane *yq_contract_lane_of(yq_contract *c, const yq_packet *packet)
{
    yq_contract_key key =
        yq_contract_key_of(packet->src_chain, packet->src_service, packet->dst_service);
    for (size_t i = 0; i < c->lane_n; i++) {
        if (key_equal(&c->lane[i].key, &key)) {
            return &c->lane[i];
        }
    }
    c->lane = yq_contract_grow(c->lane, &c->lane_n, sizeof *c->lane);
    c->lane[c->lane_n - 1] = (yq_contract_lane){.key = key, .next = 1};
    return &c->lane[c->lane_n - 1];
}

void yq_contract_lane_settle(yq_contract_lane *lane)
{
    size_t i = 0;
    while (i < lane->above_n) {
        if (lane->above[i] > lane->next) {
            i++;
            continue;
        }
        if (lane->above[i] == lane->next) {
            lane->next++;
        }
        lane->above[i] = lane->above[--lane->above_n];
        i = 0; /* an earlier one may follow now */
    }
}

void yq_contract_lane_spend(yq_contract_lane *lane, uint64_t number)
{
    if (number > lane->next) {
        for (size_t i = 0; i < lane->above_n; i++) {
            if (lane->above[i] == number) {
                return;
            }
        }
        lane->above = yq_contract_grow(lane->above, &lane->above_n, sizeof *lane->above);
        lane->above[lane->above_n - 1] = number;
    } else if (number == lane->next) {
        lane->next++;
        yq_contract_lane_settle(lane);
    }
}

yq_contract_halt *yq_contract_halt_of(yq_contract *c, yq_slice chain)
{
    yq_contract_key key = yq_contract_key_of(chain, (yq_slice){0}, (yq_slice){0});
    for (size_t i = 0; i < c->halt_n; i++) {
        if (key_equal(&c->halt[i].chain, &key)) {
            return &c->halt[i];
        }
    }
    c->halt = yq_contract_grow(c->halt, &c->halt_n, sizeof *c->halt);
    c->halt[c->halt_n - 1].chain = key;
    return &c->halt[c->halt_n - 1];
}

/* ---- the outbox ------------------------------------------------------------------------------ */

yq_contract_sent *yq_contract_sent_of(yq_contract *c, const yq_packet *ack)
{
    yq_contract_key key = yq_contract_key_of(ack->dst_service, ack->src_chain, ack->src_service);
    for (size_t i = 0; i < c->sent_n; i++) {
        if (c->sent[i].sequence == ack->sequence && key_equal(&c->sent[i].key, &key)) {
            return &c->sent[i];
        }
    }
    return NULL;
}

void yq_contract_sent_close(yq_contract *c, yq_contract_sent *sent)
{
    *sent = c->sent[--c->sent_n];
}

static yq_contract_out_lane *out_lane_of(yq_contract *c, const yq_contract_key *key)
{
    for (size_t i = 0; i < c->out_n; i++) {
        if (key_equal(&c->out[i].key, key)) {
            return &c->out[i];
        }
    }
    c->out = yq_contract_grow(c->out, &c->out_n, sizeof *c->out);
    c->out[c->out_n - 1].key = *key;
    return &c->out[c->out_n - 1];
}

static yq_status one_record(uint8_t kind, yq_slice body, yq_buf *records)
{
    const yq_record record = {.kind = kind, .body = body};
    yq_status status = yq_records_encode(&record, 1, records);
    return status == YQ_E_NOSPC ? YQ_E_LIMIT : status;
}

yq_status yq_contract_send(
    yq_contract *contract, const yq_send *send, yq_slice sender, yq_buf *records)
{
    int is_ordered = yq_slice_equal(send->service, yq_slice_text(YQ_CONTRACT_ORDERED_SERVICE));
    const yq_contract_kind call = {
        .kind = YQ_PACKET_CALL, .order = is_ordered ? YQ_ORDER_ORDERED : YQ_ORDER_UNORDERED};
    return yq_contract_send_kind(contract, send, &call, sender, records);
}

yq_status yq_contract_send_kind(
    yq_contract *contract,
    const yq_send *send,
    const yq_contract_kind *kind,
    yq_slice sender,
    yq_buf *records)
{
    if (send->service.n > YQ_SERVICE_SIZE_MAX || send->dst_chain.n > YQ_CHAIN_ID_SIZE_MAX ||
        send->dst_service.n > YQ_SERVICE_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    yq_contract_key key = yq_contract_key_of(send->service, send->dst_chain, send->dst_service);
    yq_contract_out_lane *lane = out_lane_of(contract, &key);
    yq_packet packet = {
        .kind = kind->kind,
        .order = kind->order,
        .grade_min = YQ_GRADE_ATTESTED,
        .hub = yq_slice_of(contract->hub, contract->hub_n),
        .src_chain = yq_slice_of(contract->own, contract->own_n),
        .src_service = send->service,
        .dst_chain = send->dst_chain,
        .dst_service = send->dst_service,
        .sequence = lane->sequence + 1,
        .deadline_ms = send->deadline_ms,
        .sender = sender,
        .grant = send->grant,
        .group = kind->group,
        .payload = send->payload,
    };
    uint8_t *room = malloc(YQ_PACKET_SIZE_MAX);
    YQ_ASSERT(room != NULL);
    yq_buf body = {room, YQ_PACKET_SIZE_MAX, 0};
    yq_digest commitment;
    yq_status status = yq_packet_commitment(contract->hash, &packet, &commitment);
    if (status == YQ_OK) {
        status = yq_packet_encode(&packet, &body);
    }
    if (status == YQ_OK) {
        status = one_record(YQ_RECORD_SENT, yq_slice_of(body.p, body.n), records);
    }
    free(room);
    if (status != YQ_OK) {
        return YQ_E_LIMIT;
    }
    lane->sequence++;
    contract->sent_all++;
    contract->sent = yq_contract_grow(contract->sent, &contract->sent_n, sizeof *contract->sent);
    contract->sent[contract->sent_n - 1] = (yq_contract_sent){
        .key = key,
        .sequence = packet.sequence,
        .commitment = commitment,
    };
    return YQ_OK;
}

/* ---- state ----------------------------------------------------------------------------------- */

void yq_contract_state_of(const yq_contract *c, yq_inbox_state *out)
{
    *out =
        (yq_inbox_state){.epoch = c->set.epoch, .height = c->height, .paused = (uint8_t)c->paused};
    if (c->exports.n > 0) {
        yq_export_set_hash(&c->exports, &out->set_hash);
    } else {
        yq_valset_hash(YQ_HASH_SM3, &c->set, &out->set_hash);
    }
}

yq_status yq_contract_state(const yq_contract *contract, yq_buf *records)
{
    uint8_t room[64];
    yq_buf body = {room, sizeof room, 0};
    yq_inbox_state state;
    yq_contract_state_of(contract, &state);
    yq_status status = yq_inbox_state_encode(&state, &body);
    return status != YQ_OK ? status
                           : one_record(YQ_RECORD_STATE, yq_slice_of(room, body.n), records);
}

yq_status yq_contract_pause(yq_contract *contract, int paused, yq_buf *records)
{
    contract->paused = paused;
    return yq_contract_state(contract, records);
}

yq_status yq_contract_next_set(yq_contract *contract, const yq_valset *set)
{
    yq_digest hash;
    if (yq_valset_check(set) != YQ_OK) {
        return YQ_E_VALSET_HASH;
    }
    if (set->epoch != contract->set.epoch + 1) {
        return YQ_E_EPOCH_OLD;
    }
    yq_valset_hash(YQ_HASH_SM3, set, &hash);
    if ((!YQ_WITHOUT(INBOX_EPOCH) &&
         (yq_bytes_are_zero(contract->next_set.b, sizeof contract->next_set.b) ||
          memcmp(hash.b, contract->next_set.b, sizeof hash.b) != 0)) ||
        memcmp(set->chain_id_hash.b, contract->set.chain_id_hash.b, sizeof set->chain_id_hash.b) !=
            0) {
        return YQ_E_VALSET_HASH;
    }
    contract->set = *set;
    contract->next_set = (yq_digest){0};
    return YQ_OK;
}

static yq_status step_exports(yq_contract *c, yq_slice bytes)
{
    yq_export_set set;
    yq_digest hash;
    yq_status status = yq_export_set_decode(bytes, &set, NULL);
    if (status != YQ_OK) {
        return status;
    }
    if (set.epoch != c->set.epoch + 1) {
        return YQ_E_EPOCH_OLD;
    }
    set.chain_id_hash = c->set.chain_id_hash;
    yq_export_set_hash(&set, &hash);
    if (memcmp(hash.b, c->next_set.b, sizeof hash.b) != 0) {
        return YQ_E_VALSET_HASH;
    }
    take_exports(c, &set);
    c->next_set = (yq_digest){0};
    return YQ_OK;
}

static yq_status step_own(yq_contract *contract, yq_slice bytes)
{
    yq_valset set;
    yq_status status = yq_valset_step_decode(bytes, &set, NULL);
    set.chain_id_hash = contract->set.chain_id_hash;
    return status == YQ_OK ? yq_contract_next_set(contract, &set) : status;
}

yq_status yq_contract_step(yq_contract *contract, yq_slice bytes, yq_buf *records)
{
    yq_status status =
        contract->exports.n > 0 ? step_exports(contract, bytes) : step_own(contract, bytes);
    return status == YQ_OK ? yq_contract_state(contract, records) : status;
}

int yq_contract_item_at(const yq_contract *contract, uint64_t index, yq_contract_item *out)
{
    yq_contract_view view;
    yq_contract_look(contract, &view);
    if (index >= view.size) {
        return 0;
    }
    const yq_contract_slot *slot = yq_contract_slot_find(contract, index);
    *out = (yq_contract_item){.index = index};
    if (slot != NULL) {
        *out = slot->item;
    }
    return 1;
}

void yq_contract_look(const yq_contract *contract, yq_contract_view *out)
{
    *out = (yq_contract_view){
        .epoch = contract->set.epoch,
        .height = contract->height,
        .size = contract->slot_n == 0 ? 0 : contract->slot[contract->slot_n - 1].item.index + 1,
        .executed = contract->executed,
        .spent = contract->spent,
        .settled = contract->settled,
        .sent = contract->sent_all,
        .open = contract->sent_n,
        .root = contract->root,
        .hash = contract->hash,
    };
}
