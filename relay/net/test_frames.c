#include "relay/net/bind.h"
#include "relay/net/frames.h"
#include "relay/net/queue.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static yq_status head(uint32_t size, uint8_t type)
{
    uint8_t room[YQ_FRAME_HEAD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u32(&w, size);
    yq_put_u8(&w, type);
    yq_frame_type seen;
    uint32_t seen_size;
    yq_fault why;
    yq_status status = yq_frame_head(YQ_SLICE_OF(room), &seen, &seen_size, &why);
    if (status == YQ_OK) {
        cr_assert(seen == (yq_frame_type)type && seen_size == size);
    }
    return status;
}

Test(frames, every_type_has_its_bounds)
{
    for (unsigned type = 0; type < 256; type++) {
        const yq_frame_rule *rule = yq_frame_rule_of((uint8_t)type);
        cr_assert((rule != NULL) == (type >= 1 && type <= YQ_FRAME_TYPE_MAX));
        if (rule == NULL) {
            cr_assert(head(8, (uint8_t)type) == YQ_E_FIELD_UNKNOWN);
            continue;
        }
        cr_assert(head(rule->size_min, (uint8_t)type) == YQ_OK);
        cr_assert(head(rule->size_max, (uint8_t)type) == YQ_OK);
        cr_assert(head(rule->size_max + 1, (uint8_t)type) == YQ_E_LIMIT);
        cr_assert(head(UINT32_MAX, (uint8_t)type) == YQ_E_LIMIT);
        cr_assert(head(rule->size_min - 1, (uint8_t)type) == YQ_E_LEN);
    }
}

Test(frames, a_head_is_five_bytes)
{
    static const uint8_t bytes[6] = {0, 0, 0, 8, YQ_FRAME_PING, 0};
    yq_frame_type type;
    uint32_t size;
    for (size_t n = 0; n < 5; n++) {
        cr_assert(yq_frame_head(yq_slice_of(bytes, n), &type, &size, NULL) == YQ_E_TRUNCATED);
    }
    cr_assert(yq_frame_head(yq_slice_of(bytes, 6), &type, &size, NULL) == YQ_E_TRAILING);
}

Test(frames, digests)
{
    static uint8_t room[YQ_FRAME_DIGESTS_SIZE + 64], digests[YQ_FRAME_DIGESTS_SIZE];
    const uint8_t *seen;
    uint16_t n;
    memset(digests, 7, sizeof digests);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_frame_digests_put(&w, digests, 3);
    cr_assert(yq_frame_digests_decode(yq_writer_slice(&w), &seen, &n, NULL) == YQ_OK);
    cr_assert(n == 3 && memcmp(seen, digests, 96) == 0);
    cr_assert(yq_frame_digests_decode(yq_slice_of(room, 97), &seen, &n, NULL) == YQ_E_TRUNCATED);
    cr_assert(yq_frame_digests_decode(yq_slice_of(room, 99), &seen, &n, NULL) == YQ_E_TRAILING);
    memset(room, 0, 2);
    cr_assert(yq_frame_digests_decode(yq_slice_of(room, 2), &seen, &n, NULL) == YQ_E_RANGE);
    room[0] = 4;
    room[1] = 1; /* 1025 */
    cr_assert(
        yq_frame_digests_decode(yq_slice_of(room, 2 + 32 * 1025), &seen, &n, NULL) == YQ_E_LIMIT);
}

static yq_status range(uint64_t from, uint64_t to)
{
    uint8_t room[16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_frame_range_put(&w, from, to);
    return yq_frame_range_decode(yq_writer_slice(&w), &from, &to, NULL);
}

Test(frames, ranges)
{
    cr_assert(range(1, 1) == YQ_OK);
    cr_assert(range(5, 68) == YQ_OK);
    cr_assert(range(5, 69) == YQ_E_LIMIT);
    cr_assert(range(0, 3) == YQ_E_RANGE);
    cr_assert(range(4, 3) == YQ_E_RANGE);
    cr_assert(range(1, UINT64_MAX) == YQ_E_LIMIT);
    cr_assert(range(UINT64_MAX, UINT64_MAX) == YQ_OK);
}

static yq_status chunk(uint32_t size, uint32_t offset, size_t n)
{
    static uint8_t room[16 + YQ_FRAME_CHUNK_MAX + 1], bytes[YQ_FRAME_CHUNK_MAX + 1];
    yq_frame_chunk c = {.from = 9, .size = size, .offset = offset, .bytes = {bytes, n}}, seen;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_frame_chunk_put(&w, &c);
    yq_status status = yq_frame_chunk_decode(yq_writer_slice(&w), &seen, NULL);
    if (status == YQ_OK) {
        cr_assert(
            seen.from == 9 && seen.size == size && seen.offset == offset && seen.bytes.n == n);
    }
    return status;
}

Test(frames, chunks)
{
    cr_assert(chunk(10, 0, 10) == YQ_OK);
    cr_assert(chunk(10, 9, 1) == YQ_OK);
    cr_assert(chunk(10, 9, 2) == YQ_E_LEN);
    cr_assert(chunk(10, 10, 1) == YQ_E_LEN);
    cr_assert(chunk(10, 11, 1) == YQ_E_LEN);
    cr_assert(chunk(10, UINT32_MAX, 2) == YQ_E_LEN);
    cr_assert(chunk(10, 0, 0) == YQ_E_LEN);
    cr_assert(chunk(YQ_FRAME_RANGE_SIZE_MAX, 0, YQ_FRAME_CHUNK_MAX) == YQ_OK);
    cr_assert(chunk(YQ_FRAME_RANGE_SIZE_MAX, 0, YQ_FRAME_CHUNK_MAX + 1) == YQ_E_LEN);
    cr_assert(chunk(YQ_FRAME_RANGE_SIZE_MAX + 1, 0, 1) == YQ_E_LIMIT);
}

Test(queue, the_urgent_lane_goes_first_and_both_are_bounded)
{
    static uint8_t body[YQ_ENVELOPE_SIZE_MAX];
    yq_frame_queue q = {0};
    cr_assert(yq_frame_queue_take(&q) == NULL);
    cr_assert(yq_frame_queue_put(&q, YQ_FRAME_ENVELOPE, yq_slice_of(body, 3)) == YQ_OK);
    cr_assert(yq_frame_queue_put(&q, YQ_FRAME_CONSENSUS, yq_slice_of(body, 1)) == YQ_OK);
    cr_assert(yq_frame_queue_put(&q, YQ_FRAME_CONSENSUS, yq_slice_of(body, 2)) == YQ_OK);
    static const size_t sizes[] = {6, 7, 8};
    for (size_t i = 0; i < 3; i++) {
        yq_queued_frame *f = yq_frame_queue_take(&q);
        cr_assert(f != NULL && f->size == sizes[i]);
        free(f);
    }
    cr_assert(yq_frame_queue_bytes(&q) == 0);
    unsigned n = 0;
    while (yq_frame_queue_put(&q, YQ_FRAME_ENVELOPE, YQ_SLICE_OF(body)) == YQ_OK) {
        n++;
    }
    cr_assert(n == YQ_NET_QUEUE_BYTES_MAX / (sizeof body + YQ_FRAME_HEAD_SIZE));
    n = 0;
    while (yq_frame_queue_put(&q, YQ_FRAME_CONSENSUS, yq_slice_of(body, 1)) == YQ_OK) {
        n++;
    }
    cr_assert(n == YQ_NET_QUEUE_FRAMES_MAX);
    yq_frame_queue_clear(&q);
    cr_assert(yq_frame_queue_bytes(&q) == 0);
}

typedef struct binding {
    yq_key *key, *other;
    yq_bind bind;
    yq_bind_expect expect;
    yq_digest peer;
    uint8_t ekm[YQ_BIND_EKM_SIZE];
} binding;

static void make(binding *b)
{
    *b = (binding){0};
    b->key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("bind"), "a");
    b->other = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("bind"), "b");
    memset(b->ekm, 5, sizeof b->ekm);
    b->bind = (yq_bind){.role = YQ_BIND_ROLE_DIALER, .chain_id_hash = {{1}}, .epoch = 3};
    yq_signer_id(YQ_SUITE_SM2, yq_key_public(b->key), &b->bind.own);
    yq_signer_id(YQ_SUITE_SM2, yq_key_public(b->other), &b->bind.peer);
    b->peer = b->bind.own;
    yq_bind_sign(&b->bind, b->key, b->ekm);
    b->expect = (yq_bind_expect){
        .role = YQ_BIND_ROLE_DIALER,
        .chain_id_hash = b->bind.chain_id_hash,
        .own = b->bind.peer,
        .peer = &b->peer,
        .ekm = b->ekm,
    };
}

static yq_status judge(const binding *b)
{
    yq_fault why;
    return yq_bind_check(&b->bind, &b->expect, yq_key_public(b->key).p, &why);
}

static void drop(binding *b)
{
    yq_key_free(b->key);
    yq_key_free(b->other);
}

Test(bind, every_byte_is_covered)
{
    binding b;
    make(&b);
    cr_assert(judge(&b) == YQ_OK);
    uint8_t room[YQ_FRAME_BIND_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_bind_put(&w, &b.bind);
    cr_assert(w.status == YQ_OK && w.n == sizeof room);
    for (size_t i = 0; i < sizeof room; i++) {
        for (unsigned bit = 1; bit < 256; bit = bit << 3 | 1) {
            room[i] ^= (uint8_t)bit;
            yq_status status = yq_bind_decode(YQ_SLICE_OF(room), &b.bind, NULL);
            cr_assert(status != YQ_OK || judge(&b) == YQ_E_LINK_BIND, "byte %zu", i);
            room[i] ^= (uint8_t)bit;
        }
    }
    cr_assert(yq_bind_decode(YQ_SLICE_OF(room), &b.bind, NULL) == YQ_OK && judge(&b) == YQ_OK);
    for (size_t n = 0; n < sizeof room; n++) {
        cr_assert(yq_bind_decode(yq_slice_of(room, n), &b.bind, NULL) != YQ_OK);
    }
    drop(&b);
}

Test(bind, what_is_expected_must_be_what_was_signed)
{
    binding b;
    make(&b);
    b.ekm[31] ^= 1; /* another channel */
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    b.ekm[31] ^= 1;
    b.expect.role = YQ_BIND_ROLE_LISTENER;
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    b.expect.role = YQ_BIND_ROLE_DIALER;
    b.expect.chain_id_hash.b[0] = 2;
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    b.expect.chain_id_hash.b[0] = 1;
    b.expect.own = b.bind.own; /* made for another node */
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    b.bind.own = b.bind.peer; /* this node's own key from elsewhere */
    b.expect.own = b.bind.peer;
    yq_bind_sign(&b.bind, b.key, b.ekm);
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    b.bind.own = b.peer;
    yq_bind_sign(&b.bind, b.key, b.ekm);
    cr_assert(judge(&b) == YQ_OK);
    b.peer = b.bind.peer; /* called somebody else */
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    b.expect.peer = NULL;
    cr_assert(judge(&b) == YQ_OK);
    yq_bind_sign(&b.bind, b.other, b.ekm); /* another's key */
    cr_assert(judge(&b) == YQ_E_LINK_BIND);
    drop(&b);
}

Test(frames, exports)
{
    uint8_t room[YQ_FRAME_EXPORT_MAX], sigs[] = {1, 2, 3}, suite;
    uint64_t height;
    yq_slice seen;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_frame_export_put(&w, 3, 77, YQ_SLICE_OF(sigs));
    cr_assert(w.n == YQ_FRAME_GET_EXPORT_SIZE + sizeof sigs);
    cr_assert(yq_frame_export_decode(yq_writer_slice(&w), &suite, &height, &seen, NULL) == YQ_OK);
    cr_assert(suite == 3 && height == 77 && seen.n == sizeof sigs);
    cr_assert(memcmp(seen.p, sigs, sizeof sigs) == 0);
    for (size_t n = 0; n < YQ_FRAME_GET_EXPORT_SIZE; n++) {
        yq_slice cut = yq_slice_of(room, n);
        cr_assert(yq_frame_export_decode(cut, &suite, &height, &seen, NULL) == YQ_E_TRUNCATED);
    }
}
