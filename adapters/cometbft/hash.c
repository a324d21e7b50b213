#include "adapters/cometbft/evidence.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"

#define FIELDS   14u
#define LEAF_MAX 160u

/* Leaves are the messages as they stand; what is no message is wrapped into one. */
static int is_message(uint32_t number)
{
    return number == 1 || number == 4 || number == 5;
}

yq_status yq_comet_header_hash(yq_slice message, yq_digest *out, yq_fault *why)
{
    yq_digest leaf[FIELDS];
    const yq_slice nothing = {0};
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    for (size_t i = 0; i < FIELDS; i++) {
        yq_merkle_leaf(YQ_HASH_SHA256, &nothing, 1, &leaf[i]);
    }
    while (yq_pb_next(&c, &f)) {
        uint8_t room[LEAF_MAX];
        yq_writer w = yq_writer_of(room, sizeof room);
        if (f.number > FIELDS) {
            return yq_fail(why, YQ_E_FIELD_UNKNOWN, f.at, "header");
        }
        if (f.type == YQ_PB_VARINT) {
            yq_pb_put_varint(&w, 1, f.value);
        } else if (is_message(f.number)) {
            yq_put(&w, f.bytes);
        } else {
            yq_pb_put_bytes(&w, 1, f.bytes);
        }
        if (w.status != YQ_OK) {
            return yq_fail(why, YQ_E_LEN, f.at, "header");
        }
        const yq_slice whole = yq_writer_slice(&w);
        yq_merkle_leaf(YQ_HASH_SHA256, &whole, 1, &leaf[f.number - 1]);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        yq_merkle_root(YQ_HASH_SHA256, leaf, FIELDS, out);
    }
    return status;
}
