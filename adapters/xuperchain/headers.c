#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

yq_status yq_xua_header_check(const yq_xua_block *block, yq_writer *w, yq_digest *id, yq_fault *why)
{
    size_t cap = yq_xua_header_size(block);
    yq_buf hashed = {malloc(cap), cap, 0};
    yq_status status = YQ_E_MEMORY;
    if (hashed.p != NULL) {
        status = yq_xua_header_put(block, hashed, w, id, why);
    }
    free(hashed.p);
    if (status == YQ_OK && !yq_slice_equal(block->id, YQ_SLICE_OF(id->b))) {
        return yq_fail(why, YQ_E_PEER, 0, "blockid is not the header's");
    }
    return status == YQ_E_MEMORY ? yq_fail(why, status, 0, "header") : status;
}

/* Appends one header. */
static yq_status append(yq_xua_bytes *all, const yq_xua_block *block, yq_fault *why)
{
    size_t cap = yq_xua_header_size(block);
    uint8_t *grown = realloc(all->p, all->n + cap);
    yq_digest id = {{0}};
    if (grown == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "headers");
    }
    all->p = grown;
    yq_writer w = yq_writer_of(grown + all->n, cap);
    yq_status status = yq_xua_header_check(block, &w, &id, why);
    all->n += w.n;
    return status;
}

/* Whether the chain goes on from below to a block. */
static yq_status check_link(
    yq_xua_session *s, const yq_digest *below, const yq_xua_block *block, yq_fault *why)
{
    if (yq_slice_equal(block->parent, YQ_SLICE_OF(below->b))) {
        return YQ_OK;
    }
    yq_xua_source_clear(s); /* the chain's end may have changed meanwhile */
    return yq_fail(why, YQ_E_PEER, 0, "pre_hash: the blocks do not follow each other");
}

yq_status yq_xua_headers_make(
    yq_xua_session *s, uint64_t height, uint64_t until_ms, yq_xua_headers *out, yq_fault *why)
{
    yq_status status = YQ_OK;
    yq_digest below = {{0}};
    size_t certified = 0; /* in a row */
    *out = (yq_xua_headers){.first = height};
    while (status == YQ_OK && (out->n < YQ_XUA_HEADERS_MIN || certified < YQ_XUA_BEHIND)) {
        const yq_xua_block *block = NULL;
        if (out->n == YQ_XUA_HEADERS_MAX) {
            status = yq_fail(
                why,
                YQ_E_LIMIT,
                0,
                "64 blocks without three certificates in a row: no chained BFT?");
            break;
        }
        status = yq_xua_source_block(s, height + out->n, until_ms, &block, why);
        if (status == YQ_OK && out->n > 0) {
            status = check_link(s, &below, block, why);
        }
        status = status == YQ_OK ? append(&out->bytes, block, why) : status;
        if (status == YQ_OK) {
            memcpy(below.b, block->id.p, sizeof below.b);
            certified = out->n > 0 && yq_xua_certifies(block) ? certified + 1 : 0;
            out->n++;
        }
    }
    if (status != YQ_OK) {
        yq_xua_bytes_free(&out->bytes);
    }
    return status;
}
