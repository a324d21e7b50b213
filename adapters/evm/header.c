#include "adapters/evm/evidence.h"
#include "adapters/evm/fields.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#define CALL_ROOM (YQ_EVM_HEADER_MAX + 64u)

/* ---- the light client's host ------------------------------------------------------------------
 */

static void *work_scratch(void *self, size_t size)
{
    yq_evma_work *work = self;
    return yq_arena_alloc(&work->arena, size);
}

static void work_hash(void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    (void)self;
    yq_hash(alg, part, part_n, md);
}

static yq_status work_recover(void *self, const uint8_t *digest, const uint8_t *sig65, uint8_t *key)
{
    (void)self;
    return yq_secp256k1_recover(digest, sig65, key);
}

void yq_evma_work_begin(yq_evma_work *work, void *memory, size_t cap)
{
    *work = (yq_evma_work){
        .host =
            {
                .size = sizeof work->host,
                .abi_major = YQ_VERIFIER_ABI_MAJOR,
                .abi_minor = YQ_VERIFIER_ABI_MINOR,
                .self = work,
                .scratch = work_scratch,
                .hash = work_hash,
                .recover = work_recover,
            },
        .arena = yq_arena_of(memory, cap),
    };
}

static yq_status open_call(yq_evma_work *work, yq_evm_call *call, yq_fault *why)
{
    yq_arena_reset(&work->arena);
    *call = (yq_evm_call){&work->host, why, yq_arena_alloc(&work->arena, CALL_ROOM)};
    return call->room == NULL ? yq_fail(why, YQ_E_NOSPC, 0, "work") : YQ_OK;
}

/* ---- headers ----------------------------------------------------------------------------------
 */

/* Items of later forks, in their only order; a node shows those that the block has. */
static void put_later_forks(yq_evma_fields *f, const yq_json *block)
{
    static const struct {
        const char *key;
        size_t size; /* 0: a number */
    } items[] = {
        {"baseFeePerGas", 0},
        {"withdrawalsRoot", 32},
        {"blobGasUsed", 0},
        {"excessBlobGas", 0},
        {"parentBeaconBlockRoot", 32},
        {"requestsHash", 32},
        {"blockAccessListHash", 32},
        {"slotNumber", 0},
    };
    size_t n = YQ_ARRAY_N(items);
    while (n > 0 && !yq_evma_has(block, items[n - 1].key)) {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (items[i].size == 0) {
            yq_evma_put_number(f, block, items[i].key);
        } else {
            yq_evma_put_member(f, block, items[i].key, items[i].size);
        }
    }
}

static void put_header(yq_evma_fields *f, const yq_json *block)
{
    size_t list = yq_rlp_list_begin(f->w);
    yq_evma_put_member(f, block, "parentHash", 32);
    yq_evma_put_member(f, block, "sha3Uncles", 32);
    yq_evma_put_member(f, block, "miner", 20);
    yq_evma_put_member(f, block, "stateRoot", 32);
    yq_evma_put_member(f, block, "transactionsRoot", 32);
    yq_evma_put_member(f, block, "receiptsRoot", 32);
    yq_evma_put_member(f, block, "logsBloom", 256);
    yq_evma_put_number(f, block, "difficulty");
    yq_evma_put_number(f, block, "number");
    yq_evma_put_number(f, block, "gasLimit");
    yq_evma_put_number(f, block, "gasUsed");
    yq_evma_put_number(f, block, "timestamp");
    yq_evma_put_member(f, block, "extraData", 0);
    yq_evma_put_member(f, block, "mixHash", 32);
    yq_evma_put_member(f, block, "nonce", 8);
    put_later_forks(f, block);
    yq_rlp_list_end(f->w, list);
}

/* What the light client reads in a header of this mode. */
static yq_status read_header(
    yq_evma_work *work,
    const yq_evma_profile *profile,
    yq_slice raw,
    yq_evm_header *header,
    yq_evm_sealed *sealed,
    yq_evm_call *call,
    yq_fault *why)
{
    const yq_evm_state state = {.mode = profile->mode, .epoch = profile->epoch};
    yq_status status = open_call(work, call, why);
    if (status == YQ_OK) {
        status = yq_evm_header_decode(call, raw, header);
    }
    if (status == YQ_OK) {
        status = yq_evm_sealed_decode(call, &state, header, sealed);
    }
    if (status == YQ_OK && header->number == 0) {
        sealed->hash = yq_evm_hash(call, raw);
    }
    return status;
}

yq_status yq_evma_header_of(
    yq_evma_work *work,
    const yq_evma_profile *profile,
    const yq_json *block,
    yq_buf *out,
    yq_evma_header *header,
    yq_fault *why)
{
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    yq_evma_fields f = {.w = &w};
    yq_evm_header read;
    yq_evm_sealed sealed;
    yq_evm_call call;
    uint8_t bloom[256];
    put_header(&f, block);
    yq_status status = yq_evma_fields_done(&f, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_slice raw = yq_slice_of(w.p + out->n, w.n - out->n);
    status = read_header(work, profile, raw, &read, &sealed, &call, why);
    if (status != YQ_OK) {
        return status;
    }
    *header = (yq_evma_header){
        .number = read.number,
        .time = read.time,
        .hash = sealed.hash,
        .parent = read.parent,
        .tx_root = read.tx_root,
        .receipt_root = read.receipt_root,
        .validators = sealed.listed.n,
        .raw = raw,
        .has_logs = yq_evma_bytes(yq_json_get(block, "logsBloom"), bloom, sizeof bloom) &&
                    !yq_bytes_are_zero(bloom, sizeof bloom),
    };
    yq_digest stated;
    if (!yq_evma_digest(yq_json_get(block, "hash"), &stated)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "hash");
    }
    if (!yq_digest_equal(&stated, &header->hash)) {
        return yq_fail(why, YQ_E_HASH, 0, "hash: the header is another one, or of another mode");
    }
    out->n = w.n;
    return YQ_OK;
}

yq_status yq_evma_seals_look(
    yq_evma_work *work, const yq_evma_profile *profile, yq_slice raw, yq_fault *why)
{
    yq_evm_header read;
    yq_evm_sealed sealed;
    yq_evm_call call;
    yq_status status = read_header(work, profile, raw, &read, &sealed, &call, why);
    if (status != YQ_OK || read.number == 0 || profile->mode == YQ_EVM_CLIQUE || !sealed.has_list) {
        return status;
    }
    return yq_evm_seals_check(&call, &sealed.listed, &sealed);
}
