#include "conformance/runner/evm_rpc.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

/* ---- fields ---- */

static int put_bytes(yq_writer *w, const yq_json *fields, const char *key, size_t size, size_t max)
{
    static uint8_t room[RPC_RECEIPT_MAX];
    yq_buf out = {room, sizeof room, 0};
    if (!yq_json_hex(yq_json_get(fields, key), &out) || (size != 0 && out.n != size) ||
        out.n > max) {
        return 0;
    }
    yq_rlp_put_string(w, yq_slice_of(out.p, out.n));
    return 1;
}

static int put_number(yq_writer *w, const yq_json *fields, const char *key)
{
    uint8_t room[40];
    yq_slice number;
    if (!evm_json_number(yq_json_get(fields, key), room, sizeof room, &number)) {
        return 0;
    }
    yq_rlp_put_string(w, number);
    return 1;
}

typedef struct header_item {
    const char *key;
    size_t size; /* 0: a number; 1: bytes of any size */
    int later;   /* of a later fork: it and those behind it may be missing */
} header_item;

int evm_rpc_header(const yq_json *fields, yq_writer *w)
{
    static const header_item item[] = {
        {"parentHash", 32, 0},
        {"sha3Uncles", 32, 0},
        {"miner", 20, 0},
        {"stateRoot", 32, 0},
        {"transactionsRoot", 32, 0},
        {"receiptsRoot", 32, 0},
        {"logsBloom", 256, 0},
        {"difficulty", 0, 0},
        {"number", 0, 0},
        {"gasLimit", 0, 0},
        {"gasUsed", 0, 0},
        {"timestamp", 0, 0},
        {"extraData", 1, 0},
        {"mixHash", 32, 0},
        {"nonce", 8, 0},
        {"baseFeePerGas", 0, 1},
        {"withdrawalsRoot", 32, 1},
        {"blobGasUsed", 0, 1},
        {"excessBlobGas", 0, 1},
        {"parentBeaconBlockRoot", 32, 1},
        {"requestsHash", 32, 1},
    };
    size_t mark = yq_rlp_list_begin(w);
    for (size_t i = 0; i < YQ_ARRAY_N(item); i++) {
        const header_item *at = &item[i];
        if (at->later && yq_json_get(fields, at->key) == NULL) {
            break;
        }
        int ok = at->size == 0   ? put_number(w, fields, at->key)
                 : at->size == 1 ? put_bytes(w, fields, at->key, 0, RPC_HEADER_MAX)
                                 : put_bytes(w, fields, at->key, at->size, at->size);
        if (!ok) {
            return 0;
        }
    }
    yq_rlp_list_end(w, mark);
    return w->status == YQ_OK;
}

static int put_log(const yq_json *log, yq_writer *w)
{
    const yq_json *topics = yq_json_get(log, "topics");
    size_t one = yq_rlp_list_begin(w);
    if (!put_bytes(w, log, "address", 20, 20) || !yq_json_is_array(topics)) {
        return 0;
    }
    size_t list = yq_rlp_list_begin(w);
    for (size_t i = 0; i < yq_json_count(topics); i++) {
        uint8_t topic[32];
        yq_buf out = {topic, sizeof topic, 0};
        if (!yq_json_hex(yq_json_at(topics, i), &out) || out.n != sizeof topic) {
            return 0;
        }
        yq_rlp_put_string(w, YQ_SLICE_OF(topic));
    }
    yq_rlp_list_end(w, list);
    int ok = put_bytes(w, log, "data", 0, RPC_RECEIPT_MAX);
    yq_rlp_list_end(w, one);
    return ok;
}

int evm_rpc_receipt(const yq_json *fields, yq_writer *w)
{
    const yq_json *logs = yq_json_get(fields, "logs");
    uint64_t type = 0;
    if (yq_json_get(fields, "type") != NULL &&
        (!yq_json_quantity(yq_json_get(fields, "type"), &type) || type > 0x7f)) {
        return 0;
    }
    if (type != 0) {
        yq_put_u8(w, (uint8_t)type);
    }
    size_t all = yq_rlp_list_begin(w);
    if (!put_number(w, fields, "status") && !put_bytes(w, fields, "root", 32, 32)) {
        return 0;
    }
    if (!put_number(w, fields, "cumulativeGasUsed") ||
        !put_bytes(w, fields, "logsBloom", 256, 256) || !yq_json_is_array(logs)) {
        return 0;
    }
    size_t list = yq_rlp_list_begin(w);
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        if (!put_log(yq_json_at(logs, i), w)) {
            return 0;
        }
    }
    yq_rlp_list_end(w, list);
    yq_rlp_list_end(w, all);
    return w->status == YQ_OK;
}

/* ---- files ---- */

static rpc_doc *add(rpc_list *list, rpc_doc doc)
{
    list->doc = realloc(list->doc, (list->n + 1) * sizeof *list->doc);
    YQ_ASSERT(list->doc != NULL);
    list->doc[list->n] = doc;
    return &list->doc[list->n++];
}

/* The block of a number, made when it is new. */
static rpc_block *block_at(rpc_dir *dir, uint64_t number)
{
    size_t at = 0;
    while (at < dir->block_n && dir->block[at].number < number) {
        at++;
    }
    if (at < dir->block_n && dir->block[at].number == number) {
        return &dir->block[at];
    }
    dir->block = realloc(dir->block, (dir->block_n + 1) * sizeof *dir->block);
    YQ_ASSERT(dir->block != NULL);
    memmove(dir->block + at + 1, dir->block + at, (dir->block_n - at) * sizeof *dir->block);
    dir->block_n++;
    dir->block[at] = (rpc_block){.number = number};
    return &dir->block[at];
}

static rpc_block *more_block(rpc_dir *dir, uint64_t number)
{
    dir->more = realloc(dir->more, (dir->more_n + 1) * sizeof *dir->more);
    YQ_ASSERT(dir->more != NULL);
    dir->more[dir->more_n] = (rpc_block){.number = number};
    return &dir->more[dir->more_n++];
}

static yq_slice copy_of(yq_slice bytes)
{
    uint8_t *p = malloc(bytes.n + 1);
    YQ_ASSERT(p != NULL);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return yq_slice_of(p, bytes.n);
}

static int is_text(const yq_json *object, const char *key)
{
    yq_slice text;
    return yq_json_text(yq_json_get(object, key), &text);
}

static int take_fields(rpc_dir *dir, const rpc_doc *doc)
{
    uint64_t number;
    if (!is_text(doc->value, "sha3Uncles") || !is_text(doc->value, "receiptsRoot") ||
        !is_text(doc->value, "extraData") ||
        !yq_json_quantity(yq_json_get(doc->value, "number"), &number)) {
        return 0;
    }
    rpc_block *b = block_at(dir, number);
    if (b->fields.value != NULL) {
        b = more_block(dir, number);
    }
    b->fields = *doc;
    return 1;
}

/* The bytes of a block: hex, whose first item is a header. */
static int take_bytes(evm_run *run, rpc_dir *dir, const rpc_doc *doc)
{
    static uint8_t room[EVM_EVIDENCE_MAX];
    yq_buf out = {room, sizeof room, 0};
    yq_slice text;
    yq_fault why = {0};
    run_call call_room;
    yq_evm_header header;
    if (!yq_json_text(doc->value, &text) || text.n < 1000) {
        return 0;
    }
    size_t prefix = text.p[0] == '0' && text.p[1] == 'x' ? 2 : 0;
    const yq_evm_call call = {evm_host(run, &call_room), &why, NULL};
    if (yq_hex_decode(&out, (const char *)text.p + prefix, text.n - prefix) != YQ_OK) {
        return 0;
    }
    yq_cur c = yq_cur_of(yq_slice_of(out.p, out.n));
    yq_cur items = yq_rlp_list(&c);
    yq_slice first = yq_rlp_item(&items);
    if (yq_cur_status(&items, &why) != YQ_OK ||
        yq_evm_header_decode(&call, first, &header) != YQ_OK) {
        return 0;
    }
    rpc_block *b = block_at(dir, header.number);
    if (b->bytes.value != NULL) {
        b = more_block(dir, header.number);
    }
    b->bytes = *doc;
    b->raw = copy_of(yq_slice_of(out.p, out.n));
    return 1;
}

static int take_genesis(rpc_dir *dir, const rpc_doc *doc)
{
    static const char *const engine[] = {"clique", "istanbul", "ibft", "ibft2", "qbft"};
    const yq_json *config = yq_json_get(doc->value, "config");
    if (config == NULL || yq_json_get(doc->value, "alloc") == NULL) {
        return 0;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(engine); i++) {
        const yq_json *e = yq_json_get(config, engine[i]);
        uint64_t epoch;
        if (yq_json_uint(yq_json_get(e, "epoch"), &epoch) ||
            yq_json_uint(yq_json_get(e, "epochlength"), &epoch) ||
            yq_json_uint(yq_json_get(e, "epochLength"), &epoch)) {
            dir->epoch = epoch;
        }
    }
    (void)add(&dir->genesis, *doc);
    return 1;
}

static int is_hex_of(const yq_json *value, size_t size)
{
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    return yq_json_hex(value, &out) && out.n == size;
}

/* Takes the document when it is one of the forms. */
static void take(evm_run *run, rpc_dir *dir, const rpc_doc *doc)
{
    const yq_json *v = doc->value;
    if (take_fields(dir, doc) || take_genesis(dir, doc) || take_bytes(run, dir, doc)) {
        return;
    }
    if (yq_json_is_array(yq_json_get(v, "accountProof"))) {
        (void)add(&dir->proofs, *doc);
    } else if (is_text(v, "transactionHash") && is_text(v, "logsBloom")) {
        (void)add(&dir->receipts, *doc);
    } else if (is_hex_of(v, YQ_DIGEST_SIZE)) {
        (void)add(&dir->hashes, *doc);
    } else if (yq_json_is_array(v) && is_hex_of(yq_json_at(v, 0), YQ_EVM_ADDRESS_SIZE)) {
        (void)add(&dir->sets, *doc);
    }
}

/* ---- blocks ---- */

/* [header, transactions, uncles], and withdrawals where the chain has them. */
static yq_status read_raw(const yq_evm_call *call, rpc_block *b)
{
    yq_cur c = yq_cur_of(b->raw);
    yq_cur items = yq_rlp_list(&c);
    b->block.header = yq_rlp_item(&items);
    b->block.txs = yq_rlp_item(&items);
    yq_slice uncles = yq_rlp_item(&items);
    if (yq_cur_left(&items) > 0) {
        (void)yq_rlp_item(&items);
    }
    yq_rlp_end(&items, &c);
    yq_status status = yq_cur_done(&c, &b->why);
    if (status == YQ_OK) {
        status = yq_evm_header_decode(call, b->block.header, &b->block.fields);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_digest hash = yq_evm_hash(call, uncles);
    return yq_digest_equal(&hash, &b->block.fields.uncles)
               ? YQ_OK
               : yq_fail(&b->why, YQ_E_HASH, 0, "sha3Uncles");
}

/* Fields against bytes; without bytes the header is made from the fields. */
static yq_status read_fields(rpc_block *b)
{
    static uint8_t room[RPC_HEADER_MAX + 1024u];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_buf stated = {b->stated.b, sizeof b->stated.b, 0};
    if (!evm_rpc_header(b->fields.value, &w) ||
        !yq_json_hex(yq_json_get(b->fields.value, "hash"), &stated) || stated.n != YQ_DIGEST_SIZE) {
        return yq_fail(&b->why, YQ_E_FIELD_MISSING, 0, "a field of the header");
    }
    if (b->raw.n == 0) {
        b->block.header = copy_of(yq_writer_slice(&w));
    } else if (!yq_slice_equal(b->block.header, yq_writer_slice(&w))) {
        return yq_fail(&b->why, YQ_E_BODY_MISMATCH, 0, "fields and bytes of a header differ");
    }
    return YQ_OK;
}

static void read_block(evm_run *run, rpc_block *b)
{
    run_call room;
    const yq_evm_call call = {evm_host(run, &room), &b->why, NULL};
    b->status = b->raw.n == 0 ? YQ_OK : read_raw(&call, b);
    if (b->status == YQ_OK && b->fields.value != NULL) {
        b->status = read_fields(b);
    }
    if (b->status == YQ_OK) {
        b->status = yq_evm_header_decode(&call, b->block.header, &b->block.fields);
    }
}

void evm_rpc_read(evm_run *run, const run_folder *folder, rpc_dir *out)
{
    *out = (rpc_dir){0};
    for (size_t i = 0; i < folder->doc_n; i++) {
        const yq_json *root = folder->doc[i].root, *result = yq_json_get(root, "result");
        const rpc_doc doc = {folder->doc[i].file->name, result != NULL ? result : root};
        take(run, out, &doc);
    }
    for (size_t i = 0; i < out->block_n; i++) {
        read_block(run, &out->block[i]);
    }
    for (size_t i = 0; i < out->more_n; i++) {
        read_block(run, &out->more[i]);
    }
}

static void free_blocks(rpc_block *block, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        run_file_free(block[i].raw.n > 0 ? block[i].raw : block[i].block.header);
    }
    free(block);
}

void evm_rpc_free(rpc_dir *dir)
{
    free_blocks(dir->block, dir->block_n);
    free_blocks(dir->more, dir->more_n);
    free(dir->receipts.doc);
    free(dir->proofs.doc);
    free(dir->sets.doc);
    free(dir->hashes.doc);
    free(dir->genesis.doc);
}
