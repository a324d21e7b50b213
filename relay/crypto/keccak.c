#include "relay/crypto/keccak.h"

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

/* The walk of rho and pi over the lanes that starts at lane 1: where each goes, and by how many
 * bits it turns. */
static const uint8_t target[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                   15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
static const uint8_t turn[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                 27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};

static uint64_t rotate(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static void permute(uint64_t *a)
{
    for (unsigned round = 0; round < 24; round++) {
        uint64_t c[5];
        for (unsigned x = 0; x < 5; x++) {
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        }
        for (unsigned x = 0; x < 5; x++) {
            uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
            for (unsigned y = 0; y < 25; y += 5) {
                a[x + y] ^= d;
            }
        }
        uint64_t moving = a[1];
        for (unsigned i = 0; i < 24; i++) {
            uint64_t next = a[target[i]];
            a[target[i]] = rotate(moving, turn[i]);
            moving = next;
        }
        for (unsigned y = 0; y < 25; y += 5) {
            uint64_t row[5] = {a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4]};
            for (unsigned x = 0; x < 5; x++) {
                a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
        a[0] ^= round_constant[round];
    }
}

void yq_keccak_add(yq_keccak *keccak, yq_slice in)
{
    for (size_t i = 0; i < in.n; i++) {
        keccak->lane[keccak->used / 8] ^= (uint64_t)in.p[i] << (8 * (keccak->used % 8));
        if (++keccak->used == RATE) {
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
