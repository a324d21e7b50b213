#include "relay/crypto/keccak.h"

#include <string.h>

#define RATE 136u

static const uint64_t round_constant[24] = {
    UINT64_C(0x0000000000000001), UINT64_C(0x0000000000008082), UINT64_C(0x800000000000808a),
    UINT64_C(0x8000000080008000), UINT64_C(0x000000000000808b), UINT64_C(0x0000000080000001),
    UINT64_C(0x8000000080008081), UINT64_C(0x8000000000008009), UINT64_C(0x000000000000008a),
    UINT64_C(0x0000000000000088), UINT64_C(0x0000000080008009), UINT64_C(0x000000008000000a),
    UINT64_C(0x000000008000808b), UINT64_C(0x800000000000008b), UINT64_C(0x8000000000008089),
    UINT64_C(0x8000000000008003), UINT64_C(0x8000000000008002), UINT64_C(0x8000000000000080),
    UINT64_C(0x000000000000800a), UINT64_C(0x800000008000000a), UINT64_C(0x8000000080008081),
    UINT64_C(0x8000000000008080), UINT64_C(0x0000000080000001), UINT64_C(0x8000000080008008)};

static uint64_t rotate(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static void theta(uint64_t *a)
{
    uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    uint64_t d0 = c4 ^ rotate(c1, 1), d1 = c0 ^ rotate(c2, 1), d2 = c1 ^ rotate(c3, 1);
    uint64_t d3 = c2 ^ rotate(c4, 1), d4 = c3 ^ rotate(c0, 1);
    for (unsigned y = 0; y < 25; y += 5) {
        a[y] ^= d0;
        a[y + 1] ^= d1;
        a[y + 2] ^= d2;
        a[y + 3] ^= d3;
        a[y + 4] ^= d4;
    }
}

static void chi_row(uint64_t *out, uint64_t b0, uint64_t b1, uint64_t b2, uint64_t b3, uint64_t b4)
{
    out[0] = b0 ^ (~b1 & b2);
    out[1] = b1 ^ (~b2 & b3);
    out[2] = b2 ^ (~b3 & b4);
    out[3] = b3 ^ (~b4 & b0);
    out[4] = b4 ^ (~b0 & b1);
}

static void permute(uint64_t *a)
{
    uint64_t b[25];
    for (unsigned round = 0; round < 24; round++) {
        theta(a);
        /* rho, pi and chi: each row takes its lanes from a diagonal, turned. */
        chi_row(
            &b[0], a[0], rotate(a[6], 44), rotate(a[12], 43), rotate(a[18], 21), rotate(a[24], 14));
        chi_row(
            &b[5],
            rotate(a[3], 28),
            rotate(a[9], 20),
            rotate(a[10], 3),
            rotate(a[16], 45),
            rotate(a[22], 61));
        chi_row(
            &b[10],
            rotate(a[1], 1),
            rotate(a[7], 6),
            rotate(a[13], 25),
            rotate(a[19], 8),
            rotate(a[20], 18));
        chi_row(
            &b[15],
            rotate(a[4], 27),
            rotate(a[5], 36),
            rotate(a[11], 10),
            rotate(a[17], 15),
            rotate(a[23], 56));
        chi_row(
            &b[20],
            rotate(a[2], 62),
            rotate(a[8], 55),
            rotate(a[14], 39),
            rotate(a[15], 41),
            rotate(a[21], 2));
        b[0] ^= round_constant[round];
        memcpy(a, b, sizeof b);
    }
}

static uint64_t lane_of(const uint8_t *p)
{
    uint64_t lane = 0;
    for (unsigned i = 8; i-- > 0;) {
        lane = lane << 8 | p[i];
    }
    return lane;
}

void yq_keccak_add(yq_keccak *keccak, yq_slice in)
{
    size_t at = 0;
    while (at < in.n) {
        if (keccak->used % 8 == 0 && in.n - at >= 8) {
            keccak->lane[keccak->used / 8] ^= lane_of(in.p + at);
            keccak->used += 8;
            at += 8;
        } else {
            keccak->lane[keccak->used / 8] ^= (uint64_t)in.p[at] << (8 * (keccak->used % 8));
            keccak->used++;
            at++;
        }
        if (keccak->used == RATE) {
            permute(keccak->lane);
            keccak->used = 0;
        }
    }
}

void yq_keccak_end(yq_keccak *keccak, uint8_t *md)
{
    keccak->lane[keccak->used / 8] ^= UINT64_C(0x01) << (8 * (keccak->used % 8));
    keccak->lane[RATE / 8 - 1] ^= UINT64_C(0x80) << 56;
    permute(keccak->lane);
    for (size_t i = 0; i < 32; i++) {
        md[i] = (uint8_t)(keccak->lane[i / 8] >> (8 * (i % 8)));
    }
}
