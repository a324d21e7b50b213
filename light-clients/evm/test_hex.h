#ifndef YQ_LIGHT_CLIENTS_EVM_TEST_HEX_H
#define YQ_LIGHT_CLIENTS_EVM_TEST_HEX_H

/* For tests: bytes written as hex. */
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"

static inline void test_hex_put(yq_writer *w, const char *hex)
{
    uint8_t room[512];
    yq_buf buf = {room, sizeof room, 0};
    YQ_ASSERT(yq_hex_decode(&buf, hex, strlen(hex)) == YQ_OK);
    yq_put_bytes(w, room, buf.n);
}

#endif /* YQ_LIGHT_CLIENTS_EVM_TEST_HEX_H */
