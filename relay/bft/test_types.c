#include "relay/bft/types.h"

#include <criterion/criterion.h>

static yq_header some_header(void)
{
    yq_header h = {
        .ver = 1,
        .epoch = 2,
        .view = 3,
        .height = 4,
        .parent_view = 2,
        .time_ms = UINT64_C(1760000000000),
        .leader = 1,
        .n_env = 5,
        .n_tx = 6,
        .flags = YQ_BLOCK_EPOCH_END,
    };
    memset(h.chain_id_hash.b, 0x11, 32);
    memset(h.parent_hash.b, 0x22, 32);
    memset(h.payload_root.b, 0x33, 32);
    memset(h.prev_result_root.b, 0x44, 32);
    return h;
}

static yq_final_info some_info(void)
{
    yq_final_info info = {.epoch = 2, .view = 3, .height = 4, .time_ms = UINT64_C(1760000000000)};
    memset(info.chain_id_hash.b, 0x11, 32);
    memset(info.h.b, 0x55, 32);
    memset(info.result_root.b, 0x66, 32);
    memset(info.export_root.b, 0x77, 32);
    memset(info.next_valset_hash.b, 0x88, 32);
    return info;
}

static yq_cert some_cert(uint8_t type, uint64_t view, uint32_t bitmap)
{
    static yq_cert c;
    memset(&c, 0, sizeof c);
    c.type = type;
    c.epoch = 2;
    c.view = view;
    c.bitmap = bitmap;
    if (type == YQ_SIGNED_FINALIZE) {
        c.info = some_info();
        c.info.view = view;
        c.h = c.info.h;
    } else if (type == YQ_SIGNED_NOTARIZE) {
        memset(c.h.b, 0x55, 32);
    }
    unsigned n = 0;
    for (uint32_t map = bitmap; map != 0; map &= map - 1, n++) {
        memset(c.sig[n], (int)(0x90 + n), 64);
    }
    return c;
}

static size_t put_header(uint8_t *room, size_t cap)
{
    yq_header h = some_header();
    yq_writer w = yq_writer_of(room, cap);
    yq_header_put(&w, &h);
    cr_assert_eq(w.status, YQ_OK);
    return w.n;
}

Test(types, header_has_its_layout)
{
    uint8_t room[256];
    cr_assert_eq(put_header(room, sizeof room), YQ_HEADER_SIZE);
    static const uint8_t start[] = {0, 1, 0x11, 0x11};
    cr_assert_arr_eq(room, start, sizeof start);
    static const uint8_t numbers[] = {0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0,
                                      0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4};
    cr_assert_arr_eq(room + 34, numbers, sizeof numbers);
    cr_assert_eq(room[YQ_HEADER_SIZE - 1], YQ_BLOCK_EPOCH_END);
}

Test(types, header_is_strict)
{
    uint8_t room[256] = {0};
    size_t n = put_header(room, sizeof room);
    yq_header h;
    yq_fault why;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_OK);
    uint8_t again[256];
    yq_writer w = yq_writer_of(again, sizeof again);
    yq_header_put(&w, &h);
    cr_assert_arr_eq(again, room, n);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(yq_header_decode(yq_slice_of(room, i), &h, &why), YQ_E_TRUNCATED, "%zu", i);
    }
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n + 1), &h, &why), YQ_E_TRAILING);
    cr_assert_eq(why.offset, n);

    room[1] = 2;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_OK);
    room[1] = 0;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_E_VERSION);
    room[1] = 3;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_E_VERSION);
    cr_assert_eq(why.offset, 0);
    room[1] = 1;
    room[n - 1] = 8;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_E_FIELD_UNKNOWN);
    cr_assert_eq(why.offset, n - 1);
    room[n - 1] = 0;
    size_t n_env = 140, n_tx = 144;
    memset(room + n_env, 0, 8);
    room[n_env + 2] = YQ_BLOCK_ENVELOPE_N_MAX >> 8;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_OK);
    room[n_env + 3] = 1;
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_E_LIMIT);
    cr_assert_eq(why.offset, n_env);
    memset(room + n_env, 0, 8);
    room[n_tx + 2] = (YQ_BLOCK_TX_N_MAX + 1) >> 8;
    room[n_tx + 3] = (uint8_t)(YQ_BLOCK_TX_N_MAX + 1);
    cr_assert_eq(yq_header_decode(yq_slice_of(room, n), &h, &why), YQ_E_LIMIT);
    cr_assert_eq(why.offset, n_tx);
}

static void check_vote(uint8_t type)
{
    yq_vote v = {.type = type, .epoch = 2, .view = 3, .signer = 30};
    memset(v.sig, 0xab, 64);
    size_t body = 32;
    if (type == YQ_SIGNED_FINALIZE) {
        v.info = some_info();
        v.h = v.info.h;
        body = YQ_FINAL_INFO_SIZE;
    } else if (type == YQ_SIGNED_NULLIFY) {
        body = 0;
    } else {
        memset(v.h.b, 0x55, 32);
    }
    uint8_t room[YQ_VOTE_SIZE_MAX + 1] = {0};
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_vote_put(&w, &v);
    cr_assert_eq(w.n, 17 + body + 66);
    yq_vote got;
    memset(&got, 0xee, sizeof got);
    yq_fault why;
    cr_assert_eq(yq_vote_decode(yq_writer_slice(&w), &got, &why), YQ_OK);
    uint8_t again[YQ_VOTE_SIZE_MAX];
    yq_writer w2 = yq_writer_of(again, sizeof again);
    yq_vote_put(&w2, &got);
    cr_assert_eq(w2.n, w.n);
    cr_assert_arr_eq(again, room, w.n);
    for (size_t i = 0; i < w.n; i++) {
        cr_assert_eq(yq_vote_decode(yq_slice_of(room, i), &got, &why), YQ_E_TRUNCATED);
    }
    cr_assert_eq(yq_vote_decode(yq_slice_of(room, w.n + 1), &got, &why), YQ_E_TRAILING);
    room[17 + body + 1] = YQ_VALIDATORS_MAX;
    cr_assert_eq(yq_vote_decode(yq_slice_of(room, w.n), &got, &why), YQ_E_RANGE);
    cr_assert_eq(why.offset, 17 + body);
    room[17 + body + 1] = 30;
    if (type == YQ_SIGNED_FINALIZE) {
        room[17 + 32 + 8 + 7] ^= 1; /* the info's view */
        cr_assert_eq(yq_vote_decode(yq_slice_of(room, w.n), &got, &why), YQ_E_NONCANONICAL);
    }
}

Test(types, votes_are_strict)
{
    for (uint8_t type = YQ_SIGNED_PROPOSE; type <= YQ_SIGNED_FINALIZE; type++) {
        check_vote(type);
    }
    uint8_t room[YQ_VOTE_SIZE_MAX] = {0};
    yq_vote got;
    yq_fault why;
    static const uint8_t bad[] = {0, YQ_SIGNED_CLIENT_ENVELOPE, YQ_SIGNED_RECOVER, 255};
    for (size_t i = 0; i < sizeof bad; i++) {
        room[0] = bad[i];
        cr_assert_eq(yq_vote_decode(yq_slice_of(room, 83), &got, &why), YQ_E_FIELD_UNKNOWN);
        cr_assert_eq(why.offset, 0);
    }
}

Test(types, certificates_are_strict)
{
    static const uint32_t maps[] = {0, 1, 0x7, 0x7fffffff};
    for (uint8_t type = YQ_SIGNED_NOTARIZE; type <= YQ_SIGNED_FINALIZE; type++) {
        for (size_t m = 0; m < sizeof maps / sizeof maps[0]; m++) {
            yq_cert c = some_cert(type, 3, maps[m]);
            uint8_t room[YQ_CERT_SIZE_MAX + 1] = {0}, again[YQ_CERT_SIZE_MAX];
            yq_writer w = yq_writer_of(room, sizeof room);
            yq_cert_put(&w, &c);
            yq_cert got;
            yq_fault why;
            cr_assert_eq(yq_cert_decode(yq_writer_slice(&w), &got, &why), YQ_OK);
            yq_writer w2 = yq_writer_of(again, sizeof again);
            yq_cert_put(&w2, &got);
            cr_assert_eq(w2.n, w.n);
            cr_assert_arr_eq(again, room, w.n);
            for (size_t i = 0; i < w.n; i++) {
                cr_assert_eq(yq_cert_decode(yq_slice_of(room, i), &got, &why), YQ_E_TRUNCATED);
            }
            cr_assert_eq(yq_cert_decode(yq_slice_of(room, w.n + 1), &got, &why), YQ_E_TRAILING);
        }
    }
    yq_cert c = some_cert(YQ_SIGNED_NULLIFY, 3, 7);
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, &c);
    yq_cert got;
    yq_fault why;
    cr_assert_eq(room[17], 7, "least significant byte first");
    room[20] = 0x80; /* validator 31 */
    cr_assert_eq(yq_cert_decode(yq_writer_slice(&w), &got, &why), YQ_E_RANGE);
    cr_assert_eq(why.offset, 17);
    room[20] = 0;
    room[0] = YQ_SIGNED_PROPOSE;
    cr_assert_eq(yq_cert_decode(yq_writer_slice(&w), &got, &why), YQ_E_FIELD_UNKNOWN);
}

/* A proposal for view 6 on view 3, with the nullifications of 5 and 4. */
static size_t put_proposal(yq_block_proposal *p, uint8_t *room, size_t cap)
{
    static uint8_t digests[5 * 32];
    memset(digests, 0x77, sizeof digests);
    memset(p, 0, sizeof *p);
    p->header = some_header();
    p->header.view = 6;
    p->header.parent_view = 3;
    p->digests = digests;
    p->parent = some_cert(YQ_SIGNED_NOTARIZE, 3, 7);
    p->nullif_n = 2;
    p->nullif[0] = some_cert(YQ_SIGNED_NULLIFY, 5, 0xb);
    p->nullif[1] = some_cert(YQ_SIGNED_NULLIFY, 4, 0xe);
    memset(p->sig, 0xcd, 64);
    yq_writer w = yq_writer_of(room, cap);
    yq_proposal_put(&w, p);
    cr_assert_eq(w.status, YQ_OK);
    return w.n;
}

static uint8_t proposal_room[YQ_PROPOSAL_SIZE_MAX + 1], proposal_again[YQ_PROPOSAL_SIZE_MAX + 1];
static yq_block_proposal proposal_one, proposal_two;

Test(types, proposals_are_strict)
{
    uint8_t *room = proposal_room;
    size_t n = put_proposal(&proposal_one, room, sizeof proposal_room);
    yq_block_proposal *got = &proposal_two;
    yq_fault why;
    cr_assert_eq(yq_proposal_decode(yq_slice_of(room, n), got, &why), YQ_OK);
    yq_writer w = yq_writer_of(proposal_again, sizeof proposal_again);
    yq_proposal_put(&w, got);
    cr_assert_eq(w.n, n);
    cr_assert_arr_eq(proposal_again, room, n);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(yq_proposal_decode(yq_slice_of(room, i), got, &why), YQ_E_TRUNCATED);
    }
    cr_assert_eq(yq_proposal_decode(yq_slice_of(room, n + 1), got, &why), YQ_E_TRAILING);
    cr_assert_eq(yq_proposal_decode_unsigned(yq_slice_of(room, n - 64), got, &why), YQ_OK);
    cr_assert_eq(got->sig[0], 0);
    cr_assert_eq(yq_proposal_decode_unsigned(yq_slice_of(room, n), got, &why), YQ_E_TRAILING);
}

static yq_status decode_changed(yq_block_proposal *p)
{
    yq_writer w = yq_writer_of(proposal_room, sizeof proposal_room);
    yq_proposal_put(&w, p);
    return yq_proposal_decode(yq_writer_slice(&w), &proposal_two, NULL);
}

Test(types, proposals_carry_the_right_certificates)
{
    yq_block_proposal *p = &proposal_one;
    (void)put_proposal(p, proposal_room, sizeof proposal_room);
    p->parent.view = 2;
    cr_assert_eq(decode_changed(p), YQ_E_NONCANONICAL, "the parent's view is the header's");
    p->parent = some_cert(YQ_SIGNED_NULLIFY, 3, 7);
    cr_assert_eq(decode_changed(p), YQ_E_NONCANONICAL, "a nullified view has no block");
    p->parent = some_cert(YQ_SIGNED_FINALIZE, 3, 7);
    cr_assert_eq(decode_changed(p), YQ_OK);
    p->nullif[1].view = 5;
    cr_assert_eq(decode_changed(p), YQ_E_NONCANONICAL, "each view once");
    p->nullif[1] = some_cert(YQ_SIGNED_NULLIFY, 4, 7);
    p->nullif[0].view = 6;
    cr_assert_eq(decode_changed(p), YQ_E_NONCANONICAL, "below the proposal's view");
    p->nullif[0] = some_cert(YQ_SIGNED_NOTARIZE, 5, 7);
    cr_assert_eq(decode_changed(p), YQ_E_NONCANONICAL, "only nullifications");
    p->header.parent_view = 0;
    p->nullif_n = 0;
    cr_assert_eq(decode_changed(p), YQ_OK, "the first of an epoch has no parent certificate");
    cr_assert_eq(proposal_two.parent.type, YQ_SIGNED_INVALID);
    size_t count = YQ_HEADER_SIZE + 5 * 32;
    cr_assert_eq(proposal_room[count], 0);
    proposal_room[count] = YQ_PROPOSAL_NULLIF_MAX + 1;
    yq_fault why;
    cr_assert_eq(
        yq_proposal_decode(yq_slice_of(proposal_room, count + 65), &proposal_two, &why),
        YQ_E_LIMIT);
    cr_assert_eq(why.offset, count);
}

Test(types, the_largest_proposal_fits)
{
    static uint8_t digests[32 * YQ_BLOCK_ENVELOPE_N_MAX];
    yq_block_proposal *p = &proposal_one;
    memset(p, 0, sizeof *p);
    p->header = some_header();
    p->header.view = 30;
    p->header.parent_view = 3;
    p->header.n_env = YQ_BLOCK_ENVELOPE_N_MAX;
    p->digests = digests;
    p->parent = some_cert(YQ_SIGNED_FINALIZE, 3, 0x7fffffff);
    p->nullif_n = YQ_PROPOSAL_NULLIF_MAX;
    for (unsigned i = 0; i < YQ_PROPOSAL_NULLIF_MAX; i++) {
        p->nullif[i] = some_cert(YQ_SIGNED_NULLIFY, 29 - i, 0x7fffffff);
    }
    yq_writer w = yq_writer_of(proposal_room, YQ_PROPOSAL_SIZE_MAX);
    yq_proposal_put(&w, p);
    cr_assert_eq(w.status, YQ_OK);
    cr_assert_eq(yq_proposal_decode(yq_writer_slice(&w), &proposal_two, NULL), YQ_OK);
}

Test(types, blocks_are_strict)
{
    uint8_t room[YQ_HEADER_SIZE + 5 * 32 + 1] = {0};
    size_t n = put_header(room, sizeof room);
    memset(room + n, 0x77, 5 * 32);
    n += 5 * 32;
    yq_header h;
    const uint8_t *digests;
    cr_assert_eq(yq_block_decode(yq_slice_of(room, n), &h, &digests, NULL), YQ_OK);
    cr_assert_eq(digests, room + YQ_HEADER_SIZE);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(yq_block_decode(yq_slice_of(room, i), &h, &digests, NULL), YQ_E_TRUNCATED);
    }
    cr_assert_eq(yq_block_decode(yq_slice_of(room, n + 1), &h, &digests, NULL), YQ_E_TRAILING);
}

Test(types, final_info_is_strict)
{
    yq_final_info info = some_info(), got;
    uint8_t room[YQ_FINAL_INFO_SIZE + 1] = {0}, again[YQ_FINAL_INFO_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_final_info_put(&w, &info);
    cr_assert_eq(w.n, YQ_FINAL_INFO_SIZE);
    cr_assert_eq(yq_final_info_decode(yq_writer_slice(&w), &got, NULL), YQ_OK);
    w = yq_writer_of(again, sizeof again);
    yq_final_info_put(&w, &got);
    cr_assert_arr_eq(again, room, YQ_FINAL_INFO_SIZE);
    for (size_t i = 0; i < YQ_FINAL_INFO_SIZE; i++) {
        cr_assert_eq(yq_final_info_decode(yq_slice_of(room, i), &got, NULL), YQ_E_TRUNCATED);
    }
    cr_assert_eq(yq_final_info_decode(yq_slice_of(room, sizeof room), &got, NULL), YQ_E_TRAILING);
}
