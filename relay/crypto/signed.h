#ifndef YQ_RELAY_CRYPTO_SIGNED_H
#define YQ_RELAY_CRYPTO_SIGNED_H

#include "yuqiao/types.h"

/* Every kind of signed bytes. No byte string can be read as two of them. */
typedef enum yq_signed_type {
    YQ_SIGNED_INVALID = 0,
    YQ_SIGNED_PROPOSE = 1,
    YQ_SIGNED_NOTARIZE = 2,
    YQ_SIGNED_NULLIFY = 3,
    YQ_SIGNED_FINALIZE = 4,
    YQ_SIGNED_CLIENT_ENVELOPE = 5, /* epoch = view = 0 */
    YQ_SIGNED_LINK_BIND = 6,       /* epoch = view = 0 */
    YQ_SIGNED_EXPORT = 7,          /* signs H_suite of the Export bytes, without this prefix */
    YQ_SIGNED_GOV = 8,
    YQ_SIGNED_RECOVER = 9,
} yq_signed_type;

#define YQ_SIGNED_PREFIX      "YUQIAO1"
#define YQ_SIGNED_PREFIX_SIZE 7u

/* m = H("YUQIAO1" || type || chain_id_hash || epoch || view || body): what is signed, as a message
 * for SM2, as the digest for the others. */
void yq_signed_digest(
    uint32_t alg,
    yq_signed_type type,
    const yq_digest *chain_id_hash,
    uint64_t epoch,
    uint64_t view,
    yq_slice body,
    yq_digest *m);

#endif /* YQ_RELAY_CRYPTO_SIGNED_H */
