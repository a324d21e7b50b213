#include "adapters/fabric/evidence.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#define LAYOUT_VERSION 1u
#define LAYOUT_SAMPLED 2u /* of an anchor */
#define BY_PATH        1u
#define BY_RULE        2u
#define TX_N_MAX       4096u
#define TYPE_CONFIG    1u
#define TYPE_ENDORSER  3u

/* The nth field of a number that has bytes; empty when there is none, or the message is not in
 * form. */
static yq_slice nth_bytes(yq_slice in, uint32_t number, size_t nth)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && f.type == YQ_PB_BYTES && nth-- == 0) {
            return f.bytes;
        }
    }
    return (yq_slice){0};
}

static yq_slice bytes_of(yq_slice in, uint32_t number)
{
    return nth_bytes(in, number, 0);
}

static uint64_t uint_of(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && f.type == YQ_PB_VARINT) {
            return f.value;
        }
    }
    return 0;
}

static yq_status check_form(yq_slice in, const char *what, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
    }
    return yq_cur_ok(&c) ? YQ_OK : yq_fail(why, c.status, c.bad_at, what);
}

yq_status yq_fabric_raw_header_decode(yq_slice raw, yq_fabric_raw_block *block, yq_fault *why)
{
    *block = (yq_fabric_raw_block){0};
    yq_status status = check_form(raw, "block", why);
    yq_slice header = bytes_of(raw, 1);
    if (status == YQ_OK) {
        status = check_form(header, "block header", why);
    }
    if (status != YQ_OK) {
        return status;
    }
    block->number = uint_of(header, 1);
    block->previous_hash = bytes_of(header, 2);
    block->data_hash = bytes_of(header, 3);
    if (block->data_hash.n != YQ_DIGEST_SIZE || block->previous_hash.n > YQ_DIGEST_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "block header");
    }
    return YQ_OK;
}

yq_status yq_fabric_raw_block_decode(yq_slice raw, yq_fabric_raw_block *block, yq_fault *why)
{
    yq_status status = yq_fabric_raw_header_decode(raw, block, why);
    yq_slice metadata = bytes_of(raw, 3);
    block->data = bytes_of(raw, 2);
    const yq_slice part[] = {block->data, metadata};
    for (size_t i = 0; i < YQ_ARRAY_N(part) && status == YQ_OK; i++) {
        status = check_form(part[i], "block", why);
    }
    if (status != YQ_OK) {
        return status;
    }
    block->signatures = bytes_of(metadata, 1);
    block->flags = nth_bytes(metadata, 1, 2);
    size_t at = 0;
    yq_slice element;
    while (yq_fabric_raw_next(block, &at, &element)) {
        block->n++;
    }
    if (block->n == 0 || block->n > TX_N_MAX || block->flags.n > TX_N_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "transactions of the block");
    }
    return YQ_OK;
}

int yq_fabric_raw_next(const yq_fabric_raw_block *block, size_t *at, yq_slice *element)
{
    yq_cur c = yq_cur_of(block->data);
    c.pos = *at;
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        *at = c.pos;
        if (f.number == 1 && f.type == YQ_PB_BYTES) {
            *element = f.bytes;
            return 1;
        }
    }
    return 0;
}

size_t yq_fabric_raw_update_size(const yq_fabric_raw_block *block)
{
    return 128 + block->signatures.n + block->flags.n + block->data.n + 4 * block->n;
}

static void put_block(yq_writer *w, const yq_fabric_raw_block *block)
{
    yq_put_u8(w, LAYOUT_VERSION);
    yq_put_u64(w, block->number);
    yq_put_str8(w, block->previous_hash);
    yq_put(w, block->data_hash);
    yq_put_blob32(w, block->signatures);
    yq_put_blob16(w, block->flags);
    yq_put_u32(w, (uint32_t)block->n);
    size_t at = 0;
    yq_slice element;
    while (yq_fabric_raw_next(block, &at, &element)) {
        yq_put_blob32(w, element);
    }
}

static yq_status finish(yq_buf *out, const yq_writer *w)
{
    if (w->status == YQ_OK) {
        out->n += w->n;
    }
    return w->status;
}

static yq_writer behind(const yq_buf *out)
{
    return yq_writer_of(out->p + out->n, out->cap - out->n);
}

yq_status yq_fabric_raw_update(const yq_fabric_raw_block *block, yq_buf *out)
{
    yq_writer w = behind(out);
    put_block(&w, block);
    return finish(out, &w);
}

static int is_registration(const yq_fabric_registration *r)
{
    return r->name.n > 0 && r->name.n <= UINT8_MAX && (r->path.n > 0) != (r->rule.n > 0) &&
           r->path.n <= UINT16_MAX && r->rule.n <= UINT16_MAX &&
           (r->sequence_known || (r->sequence_block == 0 && r->sequence_tx == 0));
}

/* A block behind its length. */
static void put_sized_block(yq_writer *w, const yq_fabric_raw_block *block)
{
    size_t mark = w->n;
    yq_put_u32(w, 0);
    put_block(w, block);
    if (w->status == YQ_OK) {
        yq_writer length = yq_writer_of(w->p + mark, 4);
        yq_put_u32(&length, (uint32_t)(w->n - mark - 4));
    }
}

static yq_status put_registrations(
    yq_writer *w, const yq_fabric_registration *registration, size_t n)
{
    if (n > UINT8_MAX) {
        return YQ_E_RANGE;
    }
    yq_put_u8(w, (uint8_t)n);
    for (size_t i = 0; i < n; i++) {
        const yq_fabric_registration *r = &registration[i];
        if (!is_registration(r) ||
            (i > 0 && yq_slice_compare(registration[i - 1].name, r->name) >= 0)) {
            return YQ_E_RANGE;
        }
        yq_put_str8(w, r->name);
        yq_put_u8(w, r->path.n > 0 ? BY_PATH : BY_RULE);
        yq_put_blob16(w, r->path.n > 0 ? r->path : r->rule);
        yq_put_u8(w, r->sequence_known ? 1 : 0);
        yq_put_u64(w, r->sequence_block);
        yq_put_u32(w, r->sequence_tx);
        yq_put_u32(w, r->keys);
    }
    return YQ_OK;
}

yq_status yq_fabric_raw_anchor(
    yq_slice channel,
    const yq_fabric_registration *registration,
    size_t n,
    const yq_fabric_raw_block *block,
    yq_buf *out)
{
    return yq_fabric_raw_sampled_anchor(channel, registration, n, block, NULL, out);
}

yq_status yq_fabric_raw_sampled_anchor(
    yq_slice channel,
    const yq_fabric_registration *registration,
    size_t n,
    const yq_fabric_raw_block *block,
    const yq_fabric_raw_block *sample,
    yq_buf *out)
{
    yq_writer w = behind(out);
    if (channel.n == 0 || channel.n > UINT8_MAX) {
        return YQ_E_RANGE;
    }
    yq_put_u8(&w, sample == NULL ? LAYOUT_VERSION : LAYOUT_SAMPLED);
    yq_put_str8(&w, channel);
    yq_status status = put_registrations(&w, registration, n);
    if (status != YQ_OK) {
        return status;
    }
    put_sized_block(&w, block);
    if (sample != NULL) {
        put_sized_block(&w, sample);
    }
    return finish(out, &w);
}

yq_status yq_fabric_raw_proof(uint64_t number, uint32_t index, yq_slice element, yq_buf *out)
{
    yq_writer w = behind(out);
    yq_put_u8(&w, LAYOUT_VERSION);
    yq_put_u64(&w, number);
    yq_put_u32(&w, index);
    yq_put_blob32(&w, element);
    return finish(out, &w);
}

yq_status yq_fabric_raw_misbehaviour(yq_slice a, yq_slice b, yq_buf *out)
{
    yq_writer w = behind(out);
    yq_put_u8(&w, LAYOUT_VERSION);
    yq_put_blob32(&w, a);
    yq_put_blob32(&w, b);
    return finish(out, &w);
}

/* Transaction.actions[0].payload.action.proposal_response_payload.extension */
static void decode_action(yq_slice transaction, yq_fabric_raw_tx *tx)
{
    yq_slice action_payload = bytes_of(bytes_of(transaction, 1), 2);
    yq_slice response = bytes_of(bytes_of(action_payload, 2), 1);
    yq_slice action = bytes_of(response, 2);
    yq_slice event = bytes_of(action, 2);
    tx->chaincode = bytes_of(bytes_of(action, 4), 2);
    tx->has_event = event.n > 0;
    tx->event_name = bytes_of(event, 3);
    tx->event_payload = bytes_of(event, 4);
}

void yq_fabric_raw_tx_decode(yq_slice element, yq_fabric_raw_tx *tx)
{
    *tx = (yq_fabric_raw_tx){0};
    yq_slice payload = bytes_of(element, 1);
    yq_slice channel_header = bytes_of(bytes_of(payload, 1), 1);
    tx->type = (uint32_t)uint_of(channel_header, 1);
    tx->channel = bytes_of(channel_header, 4);
    tx->tx_id = bytes_of(channel_header, 5);
    if (tx->type == TYPE_ENDORSER) {
        decode_action(bytes_of(payload, 2), tx);
    } else if (tx->type == TYPE_CONFIG) {
        tx->config = bytes_of(bytes_of(payload, 2), 1);
    }
}

/* The value of a map entry {1: key, 2: value} among the fields of a number. */
static yq_slice entry_of(yq_slice in, uint32_t number, const char *key)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && f.type == YQ_PB_BYTES &&
            yq_slice_equal(bytes_of(f.bytes, 1), yq_slice_text(key))) {
            return bytes_of(f.bytes, 2);
        }
    }
    return (yq_slice){0};
}

static size_t count_of(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    size_t n = 0;
    while (yq_pb_next(&c, &f)) {
        n += f.number == number ? 1 : 0;
    }
    return n;
}

void yq_fabric_raw_config_decode(yq_slice config, yq_fabric_raw_config *out)
{
    *out = (yq_fabric_raw_config){.sequence = uint_of(config, 1)};
    yq_slice orderer = entry_of(bytes_of(config, 2), 2, "Orderer");
    yq_slice batch = bytes_of(entry_of(orderer, 3, "BatchSize"), 2);
    out->consensus = bytes_of(bytes_of(entry_of(orderer, 3, "ConsensusType"), 2), 1);
    out->consenter_n = count_of(bytes_of(entry_of(orderer, 3, "Orderers"), 2), 1);
    out->absolute_max_bytes = uint_of(batch, 2);
    out->preferred_max_bytes = uint_of(batch, 3);
}
