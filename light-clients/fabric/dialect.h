#ifndef YQ_LIGHT_CLIENTS_FABRIC_DIALECT_H
#define YQ_LIGHT_CLIENTS_FABRIC_DIALECT_H

#include "yuqiao/types.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/*
 * What the domestic forks of Fabric do differently. There is no standard: each fork replaced other
 * hashes, and members with SM2 keys sign one of three things. A client finds out at its anchor and
 * keeps to it.
 */
typedef enum yq_fabric_signing_mode {
    YQ_FABRIC_SIGNING_INVALID = 0,
    YQ_FABRIC_SIGNING_PLAIN = 1,       /* Fabric's own: ECDSA with low s, Ed25519 */
    YQ_FABRIC_SIGNING_SM2_HASH = 2,    /* SM2 with e = SM3(message) */
    YQ_FABRIC_SIGNING_SM2_MESSAGE = 3, /* e = SM3(Z || message) */
    YQ_FABRIC_SIGNING_SM2_TWICE = 4,   /* e = SM3(Z || SM3(message)) */
} yq_fabric_signing_mode;

typedef struct yq_fabric_dialect {
    uint8_t header_hash, data_hash, tx_hash; /* yq_hash_alg: SHA-256 or SM3; tx_hash: of transaction
                                                ids and proposals */
    uint8_t signing;                         /* yq_fabric_signing_mode */
} yq_fabric_dialect;

#define YQ_FABRIC_PLAIN                                                                            \
    {                                                                                              \
        YQ_HASH_SHA256, YQ_HASH_SHA256, YQ_HASH_SHA256, YQ_FABRIC_SIGNING_PLAIN                    \
    }

/* Returns 1 for Fabric's own dialect. */
static inline int yq_fabric_is_plain(const yq_fabric_dialect *d)
{
    return d->header_hash == YQ_HASH_SHA256 && d->data_hash == YQ_HASH_SHA256 &&
           d->tx_hash == YQ_HASH_SHA256 && d->signing == YQ_FABRIC_SIGNING_PLAIN;
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_DIALECT_H */
