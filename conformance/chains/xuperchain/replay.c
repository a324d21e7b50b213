#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"
#include "relay/codec/base64.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX   (16u << 20)
#define BLOCKS_MAX 100000u
#define TEXT_MAX   1024u

/* ---- a block as the command line prints it, made into its message ---- */

static void put_number(yq_writer *w, uint32_t field, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, field, value);
    }
}

static void put_text(yq_writer *w, uint32_t field, yq_slice text)
{
    if (text.n > 0) {
        yq_pb_put_bytes(w, field, text);
    }
}

static void fail(yq_writer *w)
{
    w->status = w->status == YQ_OK ? YQ_E_TYPE : w->status;
}

static void put_hex(yq_writer *w, uint32_t field, const yq_json *object, const char *key)
{
    uint8_t room[TEXT_MAX];
    yq_buf out = {room, sizeof room, 0};
    const yq_json *value = yq_json_get(object, key);
    if (value != NULL && !yq_json_hex(value, &out)) {
        fail(w);
    }
    put_text(w, field, yq_slice_of(out.p, out.n));
}

static void put_vote(yq_writer *w, const yq_json *vote)
{
    uint8_t der[TEXT_MAX];
    yq_buf out = {der, sizeof der, 0};
    if (yq_base64_decode(xuper_text(vote, "Sign"), &out, NULL) != YQ_OK) {
        fail(w);
        return;
    }
    size_t mark = yq_pb_begin(w);
    put_text(w, 1, xuper_text(vote, "Address"));
    put_text(w, 2, xuper_text(vote, "PublicKey"));
    put_text(w, 3, yq_slice_of(out.p, out.n));
    yq_pb_end(w, mark, 1);
}

static void put_justify(yq_writer *w, const yq_json *justify)
{
    const yq_json *votes = yq_json_get(yq_json_get(justify, "SignInfos"), "QCSignInfos");
    if (yq_json_count(justify) == 0) {
        return;
    }
    size_t cert = yq_pb_begin(w);
    put_hex(w, 1, justify, "ProposalId");
    put_text(w, 2, xuper_text(justify, "ProposalMsg"));
    put_number(w, 3, xuper_number(justify, "Type"));
    put_number(w, 4, xuper_number(justify, "ViewNumber"));
    size_t mark = yq_pb_begin(w);
    for (size_t i = 0; i < yq_json_count(votes); i++) {
        put_vote(w, yq_json_at(votes, i));
    }
    yq_pb_end(w, mark, 5);
    yq_pb_end(w, cert, 20);
}

static void put_failed(yq_writer *w, const yq_json *failed)
{
    for (const char *key = yq_json_key_next(failed, NULL); key != NULL;
         key = yq_json_key_next(failed, key)) {
        size_t mark = yq_pb_begin(w);
        put_text(w, 1, yq_slice_text(key));
        put_text(w, 2, xuper_text(failed, key));
        yq_pb_end(w, mark, 18);
    }
}

static void put_txs(yq_writer *w, const yq_json *list)
{
    for (size_t i = 0; i < yq_json_count(list); i++) {
        size_t mark = yq_pb_begin(w);
        if (!xuper_message_of_json(yq_json_at(list, i), w)) {
            fail(w);
        }
        put_hex(w, 2, yq_json_at(list, i), "blockid");
        yq_pb_end(w, mark, 11);
    }
}

static yq_status put_block(yq_writer *w, const yq_json *b)
{
    put_number(w, 1, xuper_number(b, "version"));
    put_number(w, 2, xuper_number(b, "nonce"));
    put_hex(w, 3, b, "blockid");
    put_hex(w, 4, b, "preHash");
    put_text(w, 5, xuper_text(b, "proposer"));
    put_hex(w, 6, b, "sign");
    put_text(w, 7, xuper_text(b, "pubkey"));
    put_hex(w, 8, b, "merkleRoot");
    put_number(w, 9, xuper_number(b, "height"));
    put_number(w, 10, xuper_number(b, "timestamp"));
    put_txs(w, yq_json_get(b, "transactions"));
    put_number(w, 12, xuper_number(b, "txCount"));
    put_number(w, 16, xuper_number(b, "curTerm"));
    put_number(w, 17, xuper_number(b, "curBlockNum"));
    put_failed(w, yq_json_get(b, "failedTxs"));
    put_justify(w, yq_json_get(b, "justify"));
    return w->status;
}

/* ---- files ---- */

static yq_status corrupt(yq_fault *why, const char *path)
{
    char text[sizeof why->text];
    const char *name = strrchr(path, '/');
    (void)snprintf(
        text, sizeof text, "%.80s: no block of a recorded chain", name == NULL ? path : name + 1);
    return yq_fail(why, YQ_E_CORRUPT, 0, text);
}

/* Out: text, to be freed. Returns E_NOT_FOUND for a file that is not there. */
static yq_status read_file(const char *path, yq_buf *text, yq_fault *why)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return YQ_E_NOT_FOUND;
    }
    *text = (yq_buf){malloc(FILE_MAX), FILE_MAX, 0};
    YQ_ASSERT(text->p != NULL);
    text->n = fread(text->p, 1, FILE_MAX, file);
    int good = ferror(file) == 0 && text->n < FILE_MAX;
    (void)fclose(file);
    return good ? YQ_OK : corrupt(why, path);
}

static yq_status read_block(const yq_json *json, yq_xum_block *b)
{
    const size_t cap = FILE_MAX;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    yq_status status = put_block(&w, json);
    b->height = xuper_number(json, "height");
    b->time_ns = xuper_number(json, "timestamp");
    if (status == YQ_OK && !xuper_digest(yq_json_get(json, "blockid"), &b->id)) {
        status = YQ_E_TYPE;
    }
    b->raw = realloc(w.p, w.n + 1);
    YQ_ASSERT(b->raw != NULL);
    b->raw_n = w.n;
    return status;
}

static yq_status load(yq_xum_chain *chain, const char *path, yq_fault *why)
{
    yq_buf text = {0};
    yq_status status = read_file(path, &text, why);
    if (status != YQ_OK) {
        free(text.p);
        return status;
    }
    yq_json *document = yq_json_parse(yq_slice_of(text.p, text.n), FILE_MAX, NULL);
    free(text.p);
    chain->block = yq_xum_grow(chain->block, &chain->block_n, sizeof(yq_xum_block *));
    yq_xum_block *b = calloc(1, sizeof *b);
    YQ_ASSERT(b != NULL);
    chain->block[chain->block_n - 1] = b;
    status = document == NULL ? YQ_E_TYPE : read_block(yq_json_root(document), b);
    if (status == YQ_OK && chain->block_n > 1 &&
        b->height != chain->block[0]->height + chain->block_n - 1) {
        status = YQ_E_TYPE;
    }
    yq_json_free(document);
    return status == YQ_OK ? YQ_OK : corrupt(why, path);
}

yq_status yq_xum_replay(const char *folder, yq_xum_chain **out, yq_fault *why)
{
    yq_xum_chain *chain = calloc(1, sizeof *chain);
    yq_status status = YQ_OK;
    YQ_ASSERT(chain != NULL);
    chain->is_recorded = 1;
    chain->name = strdup("recorded");
    YQ_ASSERT(chain->name != NULL);
    for (unsigned i = 0; i < BLOCKS_MAX && status == YQ_OK; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%.4000s/b%u.json", folder, i);
        status = load(chain, path, why);
    }
    if (status == YQ_E_NOT_FOUND && chain->block_n > 0) {
        *out = chain;
        return YQ_OK;
    }
    yq_xum_chain_free(chain);
    return status == YQ_E_NOT_FOUND ? yq_fail(why, YQ_E_IO, 0, "replay: the folder has no b0.json")
                                    : status;
}
