/* Blocks from several nodes. */
#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADERS_MAX YQ_FABRIC_CACHE_BLOCKS
#define RANGE       16u

static yq_fabric_seek seek_of(const yq_fabric_session *s, uint64_t from, uint64_t to)
{
    yq_fabric_seek seek = {
        .channel = s->access.channel,
        .msp_id = s->access.member.msp_id,
        .cert_pem = s->access.member.cert_pem,
        .tls_cert_hash = s->access.tls_cert_hash,
        .now_ms = s->host.now_ms(s->host.self),
        .from = from,
        .to = to};
    yq_random(seek.nonce, sizeof seek.nonce);
    return seek;
}

static yq_status ask(
    yq_fabric_session *s,
    size_t endpoint,
    const yq_fabric_seek *seek,
    uint32_t deadline_ms,
    yq_fabric_take_block take,
    void *self,
    yq_fault *why)
{
    if (s->link[endpoint] == NULL) {
        s->link[endpoint] = yq_fabric_link_open(&s->access, s->url[endpoint]);
    }
    if (s->link[endpoint] == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "link");
    }
    s->counts.requests++;
    yq_status status =
        yq_fabric_deliver_blocks(s->link[endpoint], seek, deadline_ms, take, self, why);
    s->counts.failures += status != YQ_OK && status != YQ_E_NOT_FOUND ? 1 : 0;
    return status;
}

static void drop(yq_fabric_session *s, yq_fabric_cached *c)
{
    s->cache_size -= c->n;
    free(c->p);
    *c = (yq_fabric_cached){0};
}

void yq_fabric_source_clear(yq_fabric_session *s)
{
    for (size_t i = 0; i < YQ_FABRIC_CACHE_BLOCKS; i++) {
        drop(s, &s->cache[i]);
    }
}

static yq_fabric_cached *slot_of(yq_fabric_session *s, uint64_t height)
{
    return &s->cache[height % YQ_FABRIC_CACHE_BLOCKS];
}

/* The header's data_hash is that of the data, by Fabric's hash or, where the dialect is found out,
 * the other that there is. */
static int has_its_data(const yq_fabric_raw_block *block, int is_probed)
{
    static const uint32_t hash[] = {YQ_HASH_SHA256, YQ_HASH_SM3};
    yq_slice *part = calloc(block->n, sizeof *part);
    if (part == NULL) {
        return 0;
    }
    size_t at = 0, n = 0;
    while (n < block->n && yq_fabric_raw_next(block, &at, &part[n])) {
        n++;
    }
    int same = 0;
    for (size_t i = 0; i < (is_probed ? YQ_ARRAY_N(hash) : 1); i++) {
        uint8_t md[YQ_DIGEST_SIZE];
        yq_hash(hash[i], part, n, md);
        same |= yq_slice_equal(block->data_hash, YQ_SLICE_OF(md));
    }
    free(part);
    return same;
}

typedef struct filling {
    yq_fabric_session *s;
    uint64_t next;
    yq_fault *why;
} filling;

static yq_status take_block(void *self, yq_slice raw)
{
    filling *f = self;
    yq_fabric_session *s = f->s;
    yq_fabric_cached c = {.number = f->next, .p = malloc(raw.n + 1), .n = raw.n};
    if (c.p == NULL) {
        return yq_fail(f->why, YQ_E_MEMORY, 0, "block");
    }
    yq_bytes_copy(c.p, raw.p, raw.n);
    yq_status status = yq_fabric_raw_block_decode(yq_slice_of(c.p, c.n), &c.block, f->why);
    if (status == YQ_OK && c.block.number != f->next) {
        status = yq_fail(f->why, YQ_E_PEER, 0, "the node sent another block than asked for");
    }
    if (status == YQ_OK && !has_its_data(&c.block, s->is_probed)) {
        status = yq_fail(f->why, YQ_E_PEER, 0, "the node sent data that is not its header's");
    }
    if (status != YQ_OK) {
        free(c.p);
        return status;
    }
    drop(s, slot_of(s, f->next));
    *slot_of(s, f->next) = c;
    s->cache_size += c.n;
    s->counts.blocks++;
    s->counts.bytes += c.n;
    f->next++;
    /* What was asked for is there; the rest was only ahead of its time. */
    return s->cache_size > YQ_FABRIC_CACHE_SIZE_MAX ? YQ_E_BUSY : YQ_OK;
}

typedef struct comparison {
    yq_fabric_session *s;
    uint64_t next;
    int differs;
    yq_fault *why;
} comparison;

static yq_status compare_block(void *self, yq_slice raw)
{
    comparison *c = self;
    yq_fabric_raw_block other;
    const yq_fabric_cached *mine = slot_of(c->s, c->next);
    /* Headers come without data: a block that cannot be read whole still has its header. */
    yq_status status = yq_fabric_raw_header_decode(raw, &other, c->why);
    if (status != YQ_OK) {
        return status;
    }
    if (mine->p == NULL || mine->number != c->next || other.number != c->next) {
        return yq_fail(c->why, YQ_E_PEER, 0, "the node sent another block than asked for");
    }
    if (!yq_slice_equal(other.previous_hash, mine->block.previous_hash) ||
        !yq_slice_equal(other.data_hash, mine->block.data_hash)) {
        c->differs = 1;
        return yq_fail(c->why, YQ_E_SOURCE_DISAGREE, 0, "nodes have different blocks");
    }
    c->next++;
    return YQ_OK;
}

/* Fills the cache from one node. Out: end, behind the last block that came. */
static yq_status fill(
    yq_fabric_session *s,
    size_t endpoint,
    uint64_t height,
    uint32_t deadline_ms,
    uint64_t *end,
    yq_fault *why)
{
    uint64_t last = height;
    if (s->known_latest > height) {
        last = s->known_latest - height < RANGE ? s->known_latest : height + RANGE - 1;
    }
    yq_fabric_source_clear(s);
    filling f = {.s = s, .next = height, .why = why};
    const yq_fabric_seek seek = seek_of(s, height, last);
    yq_status status = ask(s, endpoint, &seek, deadline_ms, take_block, &f, why);
    *end = f.next;
    if (f.next > height) {
        return YQ_OK;
    }
    return status == YQ_OK ? yq_fail(why, YQ_E_PEER, 0, "the node sent no block") : status;
}

/* Asks the other nodes for the headers of what is in the cache. */
static yq_status compare(
    yq_fabric_session *s,
    size_t source,
    uint64_t height,
    uint64_t *end,
    uint32_t deadline_ms,
    yq_fault *why)
{
    size_t agree = 1;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        if (i == source) {
            continue;
        }
        yq_fault theirs = {0};
        comparison c = {.s = s, .next = height, .why = &theirs};
        yq_fabric_seek seek = seek_of(s, height, *end - 1);
        seek.headers_only = 1;
        yq_status status = ask(s, i, &seek, deadline_ms, compare_block, &c, &theirs);
        if (c.differs) {
            s->counts.disagreements++;
            yq_fabric_source_clear(s);
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, theirs.text);
        }
        if (c.next > height && (status == YQ_OK || status == YQ_E_NOT_FOUND)) {
            agree++;
        }
    }
    if (agree < s->min_sources) {
        yq_fabric_source_clear(s);
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this block");
    }
    return YQ_OK;
}

yq_status yq_fabric_source_block(
    yq_fabric_session *s,
    uint64_t height,
    uint32_t deadline_ms,
    const yq_fabric_raw_block **block,
    yq_fault *why)
{
    yq_fabric_cached *c = slot_of(s, height);
    *block = &c->block;
    if (c->p != NULL && c->number == height) {
        return YQ_OK;
    }
    yq_status worst = YQ_E_NOT_FOUND;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        uint64_t end;
        yq_fault theirs = {0};
        yq_status status = fill(s, endpoint, height, deadline_ms, &end, &theirs);
        if (status == YQ_OK) {
            s->preferred = endpoint;
            return compare(s, endpoint, height, &end, deadline_ms, why);
        }
        if (i == 0 || status != YQ_E_NOT_FOUND) {
            worst = yq_fail(why, status, 0, theirs.text);
        }
    }
    yq_fabric_source_clear(s);
    return worst;
}

static yq_status take_number(void *self, yq_slice raw)
{
    yq_fabric_raw_block block;
    yq_status status = yq_fabric_raw_header_decode(raw, &block, NULL);
    if (status == YQ_OK) {
        *(uint64_t *)self = block.number;
    }
    return status;
}

yq_status yq_fabric_source_newest(
    yq_fabric_session *s, size_t endpoint, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    yq_fabric_seek seek = seek_of(s, YQ_FABRIC_NEWEST, YQ_FABRIC_NEWEST);
    seek.headers_only = 1;
    *height = UINT64_MAX;
    yq_status status = ask(s, endpoint, &seek, deadline_ms, take_number, height, why);
    if (status == YQ_OK && *height == UINT64_MAX) {
        return yq_fail(why, YQ_E_PEER, 0, "the node sent no block");
    }
    return status;
}

yq_status yq_fabric_source_latest(
    yq_fabric_session *s, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    uint64_t have[YQ_FABRIC_ENDPOINTS_MAX];
    size_t n = 0;
    yq_status worst = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        uint64_t newest;
        yq_status status = yq_fabric_source_newest(s, i, deadline_ms, &newest, why);
        if (status != YQ_OK) {
            worst = status;
            continue;
        }
        size_t at = n++;
        while (at > 0 && have[at - 1] < newest) { /* highest first */
            have[at] = have[at - 1];
            at--;
        }
        have[at] = newest;
    }
    if (n == 0) {
        return worst;
    }
    if (n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *height = have[s->min_sources - 1];
    s->known_latest = *height;
    return YQ_OK;
}
