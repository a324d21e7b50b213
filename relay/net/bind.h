#ifndef YQ_RELAY_NET_BIND_H
#define YQ_RELAY_NET_BIND_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

/*
 * The SM2 binding of a TLS channel. Each side signs, before any other byte of its own,
 *   m = SM3("YUQIAO1" || u8 6 || chain_id_hash || u64 0 || u64 0 || body),
 *   body = u8 role || b32 chain_id_hash || u64 epoch || b32 own id || b32 peer id || b32 EKM
 * where EKM is what TLS exports for this channel alone. Whoever ends TLS in the middle has another
 * EKM on each side, so a forwarded or recorded binding proves nothing; the role keeps it from being
 * given back to its sender.
 */
#define YQ_BIND_EKM_SIZE    32u
#define YQ_BIND_SIGNED_TYPE 6u /* LINK_BIND in the table of signed types */

typedef enum yq_bind_role {
    YQ_BIND_ROLE_INVALID = 0,
    YQ_BIND_ROLE_DIALER = 1,
    YQ_BIND_ROLE_LISTENER = 2,
} yq_bind_role;

typedef struct yq_bind {
    uint8_t role; /* yq_bind_role of the sender */
    yq_digest chain_id_hash;
    uint64_t epoch;  /* the sender's, for the record: nodes that lag may link too */
    yq_digest own;   /* signer id of the sender */
    yq_digest peer;  /* signer id of the receiver */
    uint8_t sig[64]; /* r||s */
} yq_bind;

/* Layout: u8 role, b32 chain_id_hash, u64 epoch, b32 own, b32 peer, b64 sig. Errors: -1xx;
 * E_FIELD_UNKNOWN for a role that is none. */
YQ_NODISCARD yq_status yq_bind_decode(yq_slice in, yq_bind *bind, yq_fault *why);
void yq_bind_put(yq_writer *w, const yq_bind *bind);

/* Out: m, what is signed. */
void yq_bind_digest(const yq_bind *bind, const uint8_t *ekm, yq_digest *m);

/* Signs with an SM2 key. Out: bind->sig. In: the other fields of bind; ekm, YQ_BIND_EKM_SIZE
 * bytes. */
void yq_bind_sign(yq_bind *bind, const yq_key *key, const uint8_t *ekm);

/* What the receiver expects of the other side. */
typedef struct yq_bind_expect {
    yq_bind_role role;       /* the sender's */
    yq_digest chain_id_hash; /* ours */
    yq_digest own;           /* our own id, which the sender must have named as its peer */
    const yq_digest *peer;   /* whom we called; NULL: whoever is known */
    const uint8_t *ekm;
} yq_bind_expect;

/*
 * Judges a binding against what this side expects. In: key, the 64-byte SM2 key that the registry
 * holds for bind->own. Returns OK or E_LINK_BIND; why names the check. Does not check that the key
 * is allowed to link.
 */
YQ_NODISCARD yq_status
yq_bind_check(const yq_bind *bind, const yq_bind_expect *expect, const uint8_t *key, yq_fault *why);

#endif /* YQ_RELAY_NET_BIND_H */
