#include "relay/codec/msgpack.h"

/* Size of the sequence that starts with b, 0 when none does. */
static size_t sequence_size(uint8_t b)
{
    if (b < 0x80) {
        return 1;
    }
    if (b >= 0xc2 && b <= 0xdf) {
        return 2;
    }
    if (b >= 0xe0 && b <= 0xef) {
        return 3;
    }
    return b >= 0xf0 && b <= 0xf4 ? 4 : 0;
}

/* The second byte's bounds keep out overlong forms, surrogates and what is above U+10FFFF. */
static int second_is_good(uint8_t first, uint8_t second)
{
    uint8_t min = first == 0xe0 ? 0xa0 : (first == 0xf0 ? 0x90 : 0x80);
    uint8_t max = first == 0xed ? 0x9f : (first == 0xf4 ? 0x8f : 0xbf);
    return second >= min && second <= max;
}

int yq_utf8_valid(yq_slice bytes)
{
    size_t i = 0;
    while (i < bytes.n) {
        size_t size = sequence_size(bytes.p[i]);
        if (size == 0 || size > bytes.n - i) {
            return 0;
        }
        if (size > 1 && !second_is_good(bytes.p[i], bytes.p[i + 1])) {
            return 0;
        }
        for (size_t k = 2; k < size; k++) {
            if (bytes.p[i + k] < 0x80 || bytes.p[i + k] > 0xbf) {
                return 0;
            }
        }
        i += size;
    }
    return 1;
}
