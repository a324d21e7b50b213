#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

static yq_xua_cached *slot_of(yq_xua_session *s, uint64_t height)
{
    return &s->cache[height % YQ_XUA_CACHE_BLOCKS];
}

void yq_xua_source_clear(yq_xua_session *s)
{
    for (size_t i = 0; i < YQ_XUA_CACHE_BLOCKS; i++) {
        yq_xua_bytes_free(&s->cache[i].raw);
    }
}

/* Endpoint number i in the order of asking. */
static size_t endpoint_at(const yq_xua_session *s, size_t i)
{
    return (s->preferred + i) % s->endpoint_n;
}

/* One that did not answer lately is left alone where enough others are there. */
static int is_resting(const yq_xua_session *s, size_t endpoint)
{
    return s->endpoint_n > s->min_sources && s->rests_until_ms[endpoint] > yq_xua_now_ms();
}

/* A node without a block of this height answers with an error like any other. */
static yq_status fetch(
    yq_xua_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_xua_cached *out,
    yq_fault *why)
{
    uint64_t newest = 0;
    yq_status status = yq_xua_height_of(s, endpoint, until_ms, &newest, NULL, why);
    if (status == YQ_OK && newest < height) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "the node has no block of this height yet");
    }
    if (status != YQ_OK) {
        return status;
    }
    status = yq_xua_block_of(s, endpoint, height, until_ms, &out->raw, &out->block, why);
    if (status != YQ_OK) {
        yq_xua_bytes_free(&out->raw);
    }
    return status;
}

yq_status yq_xua_source_block(
    yq_xua_session *s,
    uint64_t height,
    uint64_t until_ms,
    const yq_xua_block **block,
    yq_fault *why)
{
    yq_xua_cached *slot = slot_of(s, height);
    yq_status worst = YQ_E_UNAVAILABLE;
    *block = &slot->block;
    if (slot->raw.p != NULL && slot->block.height == height) {
        return YQ_OK;
    }
    yq_xua_bytes_free(&slot->raw);
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = endpoint_at(s, i);
        uint64_t share = yq_xua_share(until_ms, s->endpoint_n + 1 - i);
        yq_fault theirs = {0};
        yq_status status = fetch(s, endpoint, height, share, slot, &theirs);
        if (status == YQ_OK) {
            s->preferred = endpoint;
            s->counts.blocks++;
            return YQ_OK;
        }
        if (i == 0 || status != YQ_E_NOT_FOUND) {
            worst = yq_fail(why, status, 0, theirs.text);
        }
    }
    return worst;
}

/* What another node has at a block's height. Out: agrees, 1 the same; differs, 1 another one. */
static void compare_with(
    yq_xua_session *s,
    size_t endpoint,
    const yq_xua_block *block,
    uint64_t until_ms,
    int *agrees,
    int *differs)
{
    yq_xua_bytes room = {0};
    yq_xua_block other;
    yq_fault theirs = {0};
    uint64_t newest = 0;
    *agrees = 0;
    *differs = 0;
    /* Below the blocks that certify it, a height has one block; at the end two are in good order.
     */
    if (yq_xua_height_of(s, endpoint, until_ms, &newest, NULL, &theirs) != YQ_OK ||
        newest < block->height + YQ_XUA_BEHIND) {
        return;
    }
    if (yq_xua_block_of(s, endpoint, block->height, until_ms, &room, &other, &theirs) == YQ_OK) {
        *agrees = yq_slice_equal(other.id, block->id);
        *differs = !*agrees;
    }
    yq_xua_bytes_free(&room);
}

yq_status yq_xua_source_compare(
    yq_xua_session *s, const yq_xua_block *block, uint64_t until_ms, yq_fault *why)
{
    size_t agree = 1;
    for (size_t i = 1; i < s->endpoint_n; i++) {
        size_t endpoint = endpoint_at(s, i);
        int agrees, differs;
        if (is_resting(s, endpoint)) {
            continue;
        }
        uint64_t share = yq_xua_share(until_ms, s->endpoint_n - i);
        compare_with(s, endpoint, block, share, &agrees, &differs);
        agree += agrees ? 1 : 0;
        if (differs) {
            s->counts.disagreements++;
            yq_xua_source_clear(s);
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "nodes have different blocks");
        }
    }
    if (agree < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this block");
    }
    return YQ_OK;
}

/* The heights of all nodes that answer, the highest first. */
static yq_status ask_heights(
    yq_xua_session *s,
    uint64_t until_ms,
    uint64_t have[YQ_XUA_ENDPOINTS_MAX],
    size_t *n,
    yq_fault *why)
{
    yq_status worst = YQ_E_UNAVAILABLE;
    *n = 0;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        uint64_t newest = 0, share = yq_xua_share(until_ms, s->endpoint_n - i);
        if (is_resting(s, i)) {
            continue;
        }
        yq_status status = yq_xua_height_of(s, i, share, &newest, NULL, why);
        if (status != YQ_OK) {
            worst = status;
            continue;
        }
        size_t at = (*n)++;
        for (; at > 0 && have[at - 1] < newest; at--) {
            have[at] = have[at - 1];
        }
        have[at] = newest;
    }
    if (*n < s->min_sources) {
        return *n == 0 && why != NULL && why->text[0] != '\0'
                   ? worst
                   : yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    return YQ_OK;
}

static uint64_t certified_below(uint64_t newest)
{
    return newest > YQ_XUA_BEHIND ? newest - YQ_XUA_BEHIND : 0;
}

yq_status yq_xua_source_latest(
    yq_xua_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t have[YQ_XUA_ENDPOINTS_MAX] = {0};
    size_t n;
    yq_status status = ask_heights(s, until_ms, have, &n, why);
    *height = status == YQ_OK ? certified_below(have[s->min_sources - 1]) : 0;
    return status;
}

yq_status yq_xua_source_common(
    yq_xua_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t have[YQ_XUA_ENDPOINTS_MAX] = {0};
    size_t n;
    yq_status status = ask_heights(s, until_ms, have, &n, why);
    *height = status == YQ_OK ? certified_below(have[n - 1]) : 0;
    return status;
}
