#include "conformance/runner/fisco3.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>

static const uint8_t tars[] = {0x1a,                               /* data */
                               0x1c,                               /* version 0 */
                               0x26, 1,    'c',                    /* chainID */
                               0x36, 1,    'g',                    /* groupID */
                               0x41, 0x01, 0xf4,                   /* blockLimit 500 */
                               0x56, 1,    '7',                    /* nonce */
                               0x66, 0,                            /* to */
                               0x7d, 0x00, 0x00, 2,    0xab, 0xcd, /* input */
                               0x0b, 0x2d, 0x00, 0x00, 1,    0xee, /* dataHash */
                               0x3d, 0x00, 0x00, 1,    0xdd};      /* signature */

static yq_status tars_with(size_t at, uint8_t value, size_t n)
{
    uint8_t room[64], bytes[sizeof tars];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_slice stated, sig;
    yq_fault why;
    memcpy(bytes, tars, sizeof tars);
    bytes[at] = value;
    return fisco3_tars_tx(yq_slice_of(bytes, n), &w, &stated, &sig, &why);
}

Test(tars, transactions_are_read_strictly)
{
    static const struct {
        size_t at;
        uint8_t value;
    } bad[] = {
        {0, 0x2a}, /* another field first */
        {1, 0x10}, /* a zero with a payload */
        {2, 0x16}, /* a field twice */
        {2, 0x27}, /* a longer length than needed */
        {8, 0x42}, /* a number of another size */
        {9, 0xff}, /* a number that has a shorter form */
        {17, 0x06},
        {18, 0x01},
        {19, 0x0c},
        {23, 0x0a}, /* no end */
        {24, 0x3d}, /* the hash is missing */
        {29, 0x4d},
    };
    uint8_t room[64];
    static const uint8_t wanted[] = {
        0, 0, 0, 0, 'c', 'g', 0, 0, 0, 0, 0, 0, 1, 0xf4, '7', 0xab, 0xcd};
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_slice stated, sig;
    yq_fault why;
    cr_assert_eq(fisco3_tars_tx(YQ_SLICE_OF(tars), &w, &stated, &sig, &why), YQ_OK, "%s", why.text);
    cr_expect_eq(w.n, sizeof wanted);
    cr_expect_arr_eq(room, wanted, sizeof wanted);
    cr_expect_eq(stated.p[0], 0xee);
    cr_expect_eq(sig.p[0], 0xdd);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_expect_neq(tars_with(bad[i].at, bad[i].value, sizeof tars), YQ_OK, "row %zu", i);
    }
    static const uint8_t wide[] = {0x1a, 0x13, 0, 0, 0,    1,    0, 0, 0, 0,
                                   0x0b, /* a version of 2^32 */
                                   0x2d, 0,    0, 1, 0xee, 0x3d, 0, 0, 1, 0xdd};
    w = yq_writer_of(room, sizeof room);
    cr_expect_eq(fisco3_tars_tx(YQ_SLICE_OF(wide), &w, &stated, &sig, &why), YQ_E_RANGE);
    for (size_t n = 0; n < sizeof tars; n++) {
        cr_expect_neq(tars_with(0, 0x1a, n), YQ_OK, "%zu", n);
    }
}
