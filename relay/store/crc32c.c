#include "relay/store/crc32c.h"

#include <pthread.h>

#define POLYNOMIAL 0x82f63b78u /* reflected */

static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t x = i;
        for (unsigned bit = 0; bit < 8; bit++) {
            x = x >> 1 ^ ((x & 1) != 0 ? POLYNOMIAL : 0);
        }
        table[0][i] = x;
    }
    for (unsigned k = 1; k < 8; k++) {
        for (uint32_t i = 0; i < 256; i++) {
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff];
        }
    }
}

uint32_t yq_crc32c(yq_slice bytes)
{
    (void)pthread_once(&once, make_table);
    uint32_t x = UINT32_MAX;
    size_t i = 0;
    for (; i + 8 <= bytes.n; i += 8) {
        const uint8_t *p = bytes.p + i;
        x ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        x = table[7][x & 0xff] ^ table[6][x >> 8 & 0xff] ^ table[5][x >> 16 & 0xff] ^
            table[4][x >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
    for (; i < bytes.n; i++) {
        x = x >> 8 ^ table[0][(x ^ bytes.p[i]) & 0xff];
    }
    return ~x;
}
