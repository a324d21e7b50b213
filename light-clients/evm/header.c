#include "light-clients/evm/evm.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#define BLOOM_SIZE 256u
#define NONCE_SIZE 8u
#define ITEMS_MIN  15u

static void take_hash(yq_cur *items, yq_digest *out, const char *field)
{
    yq_slice s = yq_rlp_fixed(items, sizeof out->b);
    yq_bytes_copy(out->b, s.p, s.n);
    if (!yq_cur_ok(items) && items->bad_field == NULL) {
        items->bad_field = field;
    }
}

/* Behind the nonce, in this order only: base fee, withdrawals root, blob gas used, excess blob gas,
 * parent beacon root, requests hash, access list hash, slot number. */
static void take_later_forks(yq_cur *items, size_t *n)
{
    static const char kind[] = {'n', 'h', 'n', 'n', 'h', 'h', 'h', 'n'};
    yq_digest hash = {{0}};
    for (size_t i = 0; yq_cur_left(items) > 0; i++) {
        if (i == sizeof kind) {
            yq_cur_fail_field(items, YQ_E_FIELD_UNKNOWN, items->pos, "header item");
            return;
        }
        if (kind[i] == 'n') {
            (void)yq_rlp_number(items);
        } else {
            take_hash(items, &hash, "header item");
        }
        (*n)++;
    }
}

yq_status yq_evm_header_decode(const yq_evm_call *call, yq_slice raw, yq_evm_header *out)
{
    yq_cur c = yq_cur_of(raw);
    *out = (yq_evm_header){.raw = raw, .items = ITEMS_MIN};
    YQ_ASSERT(raw.n <= YQ_EVM_HEADER_MAX); /* so the layouts read it */
    yq_cur items = yq_rlp_list(&c);
    take_hash(&items, &out->parent, "parentHash");
    take_hash(&items, &out->uncles, "sha3Uncles");
    out->miner = yq_rlp_fixed(&items, YQ_EVM_ADDRESS_SIZE);
    take_hash(&items, &out->state_root, "stateRoot");
    take_hash(&items, &out->tx_root, "transactionsRoot");
    take_hash(&items, &out->receipt_root, "receiptsRoot");
    (void)yq_rlp_fixed(&items, BLOOM_SIZE);
    out->difficulty = yq_rlp_number(&items);
    out->number = yq_rlp_uint(&items);
    (void)yq_rlp_number(&items); /* gas limit */
    (void)yq_rlp_number(&items); /* gas used */
    out->time = yq_rlp_uint(&items);
    size_t at = items.pos;
    out->before = yq_slice_of(items.p, at);
    out->extra = yq_rlp_string(&items, YQ_EVM_HEADER_MAX);
    at = items.pos;
    take_hash(&items, &out->mix, "mixHash");
    out->nonce = yq_rlp_fixed(&items, NONCE_SIZE);
    take_later_forks(&items, &out->items);
    if (yq_cur_ok(&items)) {
        out->after = yq_slice_of(items.p + at, items.n - at);
    }
    if (out->time > UINT64_MAX / 1000 || out->number == UINT64_MAX) {
        yq_cur_fail_field(&items, YQ_E_RANGE, 0, "number, timestamp");
    }
    yq_rlp_end(&items, &c);
    return yq_cur_done(&c, call->why);
}

yq_digest yq_evm_header_hash(const yq_evm_call *call, const yq_evm_header *header, yq_slice extra)
{
    yq_writer w = yq_writer_of(call->room, YQ_EVM_HEADER_MAX + 64u);
    size_t mark = yq_rlp_list_begin(&w);
    yq_put(&w, header->before);
    yq_rlp_put_string(&w, extra);
    yq_put(&w, header->after);
    yq_rlp_list_end(&w, mark);
    return yq_evm_hash(call, yq_writer_slice(&w));
}
