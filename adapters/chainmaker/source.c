#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define RANGE_BYTES_MAX (16u << 20)

static yq_cma_cached *slot_of(yq_cma_session *s, uint64_t height)
{
    return &s->cache[height % YQ_CMA_CACHE_BLOCKS];
}

static int is_cached(yq_cma_session *s, uint64_t height)
{
    const yq_cma_cached *c = slot_of(s, height);
    return c->raw.p != NULL && c->block.header.height == height;
}

void yq_cma_source_clear(yq_cma_session *s)
{
    for (size_t i = 0; i < YQ_CMA_CACHE_BLOCKS; i++) {
        yq_cma_bytes_free(&s->cache[i].raw);
    }
}

void yq_cma_source_drop(yq_cma_session *s, uint64_t height)
{
    if (is_cached(s, height)) {
        yq_cma_bytes_free(&slot_of(s, height)->raw);
    }
}

/* Endpoint number i in the order of asking. */
static size_t endpoint_at(const yq_cma_session *s, size_t i)
{
    return (s->preferred + i) % s->endpoint_n;
}

/* One that did not answer lately is left alone where enough others are there. */
static int is_resting(const yq_cma_session *s, size_t endpoint)
{
    return s->endpoint_n > s->min_sources && s->rests_until_ms[endpoint] > yq_cma_now_ms();
}

/* ---- filling the cache ---- */

typedef struct filling {
    yq_cma_session *s;
    uint64_t next;
    size_t bytes;
    yq_fault *why;
} filling;

static yq_status take_block(void *self, yq_slice info)
{
    filling *f = self;
    yq_cma_cached c = {.raw = {malloc(info.n + 1), info.n}};
    if (c.raw.p == NULL) {
        return yq_fail(f->why, YQ_E_MEMORY, 0, "block");
    }
    yq_bytes_copy(c.raw.p, info.p, info.n);
    yq_status status = yq_cma_block_decode(yq_slice_of(c.raw.p, c.raw.n), &c.block, f->why);
    if (status == YQ_OK && c.block.header.height != f->next) {
        status = yq_fail(f->why, YQ_E_PEER, 0, "the node sent another block than asked for");
    }
    if (status != YQ_OK) {
        free(c.raw.p);
        return status;
    }
    yq_cma_bytes_free(&slot_of(f->s, f->next)->raw);
    *slot_of(f->s, f->next) = c;
    f->s->counts.blocks++;
    f->next++;
    f->bytes += info.n;
    /* What was asked for is there; the rest is only ahead of its time. */
    return f->bytes > RANGE_BYTES_MAX ? YQ_E_BUSY : YQ_OK;
}

/* The last block of a range that begins with height. */
static uint64_t end_of_range(const yq_cma_session *s, uint64_t height)
{
    if (s->known_latest <= height) {
        return height;
    }
    uint64_t ahead = s->known_latest - height;
    return height + (ahead < YQ_CMA_CACHE_BLOCKS ? ahead : YQ_CMA_CACHE_BLOCKS - 1);
}

/* Fills the cache from one node, which has the height: asked for more than there is it would wait.
 * Out: end, behind the last block that came. */
static yq_status fill(
    yq_cma_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    uint64_t *end,
    yq_fault *why)
{
    uint64_t newest = 0, last = end_of_range(s, height);
    yq_status status = yq_cma_height_of(s, endpoint, until_ms, &newest, why);
    if (status == YQ_OK && newest < height) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "the node has no block of this height yet");
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_cma_source_clear(s);
    filling f = {.s = s, .next = height, .why = why};
    const yq_cma_range range = {height, last < newest ? last : newest, 0};
    status = yq_cma_subscribe(s, endpoint, &range, until_ms, take_block, &f, why);
    *end = f.next;
    if (f.next > height) {
        return YQ_OK;
    }
    return status == YQ_OK ? yq_fail(why, YQ_E_PEER, 0, "the node sent no block") : status;
}

/* ---- comparing ---- */

typedef struct comparison {
    yq_cma_session *s;
    uint64_t next;
    int differs;
    yq_fault *why;
} comparison;

/* Two headers are one when they are the same without block_hash and signature. */
static int are_same(yq_slice a, yq_slice b)
{
    uint8_t *room = malloc(a.n + b.n + 1);
    if (room == NULL) {
        return 0;
    }
    yq_writer x = yq_writer_of(room, a.n), y = yq_writer_of(room + a.n, b.n);
    yq_cma_header_put(a, &x);
    yq_cma_header_put(b, &y);
    int same = yq_slice_equal(yq_writer_slice(&x), yq_writer_slice(&y));
    free(room);
    return same;
}

static yq_status compare_header(void *self, yq_slice raw)
{
    comparison *c = self;
    yq_cma_header other;
    yq_status status = yq_cma_header_decode(raw, &other, c->why);
    if (status != YQ_OK) {
        return status;
    }
    if (!is_cached(c->s, c->next) || other.height != c->next) {
        return yq_fail(c->why, YQ_E_PEER, 0, "the node sent another header than asked for");
    }
    if (!are_same(raw, slot_of(c->s, c->next)->block.header.raw)) {
        c->differs = 1;
        return yq_fail(c->why, YQ_E_SOURCE_DISAGREE, 0, "nodes have different blocks");
    }
    c->next++;
    return YQ_OK;
}

/* Asks one other node for the headers of what is in the cache. Returns 1 when it has the first. */
static int compare_with(
    yq_cma_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t end,
    uint64_t until_ms,
    comparison *c)
{
    uint64_t newest = 0;
    *c = (comparison){.s = s, .next = height, .why = c->why};
    if (yq_cma_height_of(s, endpoint, until_ms, &newest, c->why) != YQ_OK || newest < height) {
        return 0;
    }
    const yq_cma_range range = {height, end - 1 < newest ? end - 1 : newest, 1};
    yq_status status = yq_cma_subscribe(s, endpoint, &range, until_ms, compare_header, c, c->why);
    return c->next > height && status == YQ_OK;
}

static yq_status compare(
    yq_cma_session *s,
    size_t source,
    uint64_t height,
    uint64_t end,
    uint64_t until_ms,
    yq_fault *why)
{
    size_t agree = 1;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_fault theirs = {0};
        comparison c = {.why = &theirs};
        if (i == source || is_resting(s, i)) {
            continue;
        }
        uint64_t share = yq_cma_share(until_ms, s->endpoint_n - i);
        agree += compare_with(s, i, height, end, share, &c) ? 1 : 0;
        if (c.differs) {
            s->counts.disagreements++;
            yq_cma_source_clear(s);
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, theirs.text);
        }
    }
    if (agree < s->min_sources) {
        yq_cma_source_clear(s);
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this block");
    }
    return YQ_OK;
}

yq_status yq_cma_source_block(
    yq_cma_session *s,
    uint64_t height,
    uint64_t until_ms,
    const yq_cma_block **block,
    yq_fault *why)
{
    yq_status worst = YQ_E_UNAVAILABLE;
    *block = &slot_of(s, height)->block;
    if (is_cached(s, height)) {
        return YQ_OK;
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = endpoint_at(s, i);
        uint64_t end = height, share = yq_cma_share(until_ms, s->endpoint_n + 1 - i);
        yq_fault theirs = {0};
        yq_status status = fill(s, endpoint, height, share, &end, &theirs);
        if (status == YQ_OK) {
            s->preferred = endpoint;
            return compare(s, endpoint, height, end, until_ms, why);
        }
        if (i == 0 || status != YQ_E_NOT_FOUND) {
            worst = yq_fail(why, status, 0, theirs.text);
        }
    }
    yq_cma_source_clear(s);
    return worst;
}

yq_status yq_cma_source_any(
    yq_cma_session *s,
    uint64_t height,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_block *block,
    yq_fault *why)
{
    yq_status status = YQ_E_UNAVAILABLE;
    *room = (yq_cma_bytes){0};
    for (size_t i = 0; i < s->endpoint_n && status != YQ_OK; i++) {
        uint64_t share = yq_cma_share(until_ms, s->endpoint_n - i);
        yq_cma_bytes_free(room);
        status = yq_cma_block_of(s, endpoint_at(s, i), height, share, room, block, why);
    }
    return status;
}

yq_status yq_cma_source_latest(
    yq_cma_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t have[YQ_CMA_ENDPOINTS_MAX] = {0};
    size_t n = 0;
    yq_status worst = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        uint64_t newest = 0, share = yq_cma_share(until_ms, s->endpoint_n - i);
        if (is_resting(s, i)) {
            continue;
        }
        yq_status status = yq_cma_height_of(s, i, share, &newest, why);
        if (status != YQ_OK) {
            worst = status;
            continue;
        }
        size_t at = n++;
        for (; at > 0 && have[at - 1] < newest; at--) { /* highest first */
            have[at] = have[at - 1];
        }
        have[at] = newest;
    }
    if (n < s->min_sources) {
        return n == 0 && why != NULL && why->text[0] != '\0'
                   ? worst
                   : yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *height = have[s->min_sources - 1];
    s->known_latest = *height;
    return YQ_OK;
}
