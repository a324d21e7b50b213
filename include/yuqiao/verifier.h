#ifndef YQ_VERIFIER_H
#define YQ_VERIFIER_H

/*
 * The light-client ABI. A verifier is pure: everything that it knows comes in as arguments,
 * everything that it decides goes out as bytes and a status. It holds no static state, allocates
 * nothing but the host's scratch, and does no cryptography of its own: hashes and signatures go
 * through the host, which meters, caches and checks them in parallel.
 *
 * A verifier never returns a fault (-4xx): the host reserves scratch and work before the call, so
 * that running out (E_BUDGET, E_LIMIT) is the same verdict on every validator.
 *
 * Growth: structs grow at the end only; a host reads no further than `size`, and a missing or NULL
 * method is "not offered".
 */

#include "yuqiao/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define YQ_VERIFIER_MAGIC     UINT32_C(0x31565159) /* "YQV1" */
#define YQ_VERIFIER_ABI_MAJOR 1                    /* unequal: refuse to load */
#define YQ_VERIFIER_ABI_MINOR 0                    /* grows when a field is appended */

/* What the host lends for the length of one call. */
typedef struct yq_verifier_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    void *self; /* first argument of every function below */

    /* Returns size bytes (zeroed, aligned for any type) that live until the verifier returns, or
     * NULL at the cap: return E_LIMIT then. */
    void *(*scratch)(void *self, size_t size);

    /* Hashes the concatenation of part[0..part_n). Out: md, 32 bytes or what
     * yq_hash_alg says, never above YQ_HASH_SIZE_MAX. Never fails for a known alg. */
    void (*hash)(void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md);

    /* Checks n signatures, in parallel where that helps. Out: valid[i] = OK or the E_SIG* /
     * E_KEY_POINT status of sig[i]. Returns OK when all were looked at, E_BUDGET when the call's
     * work budget does not cover them. */
    yq_status (*check_signatures)(void *self, const yq_signature *sig, size_t n, yq_status *valid);

    /* Recovers the secp256k1 public key (x||y, 64 bytes) that made sig65 = r||s||v, v in 0..3, over
     * a 32-byte digest. */
    yq_status (*recover)(void *self, const uint8_t *digest, const uint8_t *sig65, uint8_t *key64);

    /* The client's own records: a map of bytes beside its state, kept in the ledger, empty at init.
     * A record that was put in this call is seen by get in this call; all of a call's puts are
     * dropped when it fails. get: out is the value, empty with found = 0 if there is none; the
     * slice lives until the verifier returns. put: key of 1..YQ_CLIENT_RECORD_KEY_MAX bytes, value
     * of at most YQ_CLIENT_RECORD_MAX; an empty value deletes. Only init and update may put;
     * elsewhere it returns E_STATE. */
    yq_slice (*record_get)(void *self, yq_slice key, int *found);
    yq_status (*record_put)(void *self, yq_slice key, yq_slice value);
} yq_verifier_host;

/* An event that was proven. Slices borrow from the proof or from scratch: copy before the next
 * call. */
typedef struct yq_verified_event {
    uint64_t height;
    uint64_t time_ms; /* of the foreign block, 0 where the framework's blocks carry no time that its
                         validators vouch for */
    yq_slice emitter; /* EVM family: the 20-byte address; Fabric: the chaincode's name */
    yq_slice name;    /* EVM family: topic 0, 32 bytes; Fabric: the event's name */
    yq_slice data;  /* as in the receipt: EVM family: the log's data; Fabric: the event's payload */
    yq_slice bytes; /* the data of a one-`bytes`-argument event (EVM family: ABI-decoded, strict;
                       empty if it is not one); where events carry plain bytes, the same as data */
    yq_slice tx_id; /* the chain's own transaction id; with event_index the event's identity */
    uint32_t event_index; /* of the event in its transaction */
    uint8_t grade;        /* yq_grade */
} yq_verified_event;

/* A verified value, or its proven absence. */
typedef struct yq_verified_value {
    uint64_t height;
    int present;
    yq_slice value;
} yq_verified_value;

/* What a client's state says about itself. Text for people, numbers for machines. */
typedef struct yq_client_view {
    uint64_t height;           /* highest verified */
    uint8_t hash[32];          /* of the header at that height */
    uint64_t time_ms;          /* of that header, as in yq_verified_event */
    uint64_t trusted_until_ms; /* 0: no trust period */
    uint8_t grade;             /* yq_grade: the best that an event of this client can have */
    uint16_t validators, quorum;
    uint8_t set_hash[32]; /* SM3 over the validators' identities, to compare by eye */
    char note[160]; /* what a person should know of the limits of this client, English, NUL at the
                       end */
} yq_client_view;

typedef struct yq_verifier {
    uint32_t magic, size;
    uint16_t abi_major, abi_minor;
    uint32_t
        version; /* of the rules; (framework, version) is activated on the ledger at a height */
    const char *framework; /* "fabric", "fisco-bcos-2"; static storage */
    uint32_t
        state_size_max; /* the host gives every next.p this capacity; at most YQ_CLIENT_STATE_MAX */

    /*
     * Makes a client's first state from a trust anchor. now_ms in every method is the ledger's
     * time, never a clock's. Out: state. Errors: E_ANCHOR, E_ZERO_ROOT and the decode codes; why
     * says where.
     */
    yq_status (*init)(
        const yq_verifier_host *host,
        yq_slice anchor,
        uint64_t now_ms,
        yq_buf *state,
        yq_fault *why);

    /*
     * Advances a client by one header (or configuration) with its evidence. Out: next (never
     * aliases state) and records. An evidence of a height at or below the client's is E_REPLAY if
     * equal to what is known, E_MISBEHAVIOUR if it is valid and differs: the host freezes the chain
     * then.
     */
    yq_status (*update)(
        const yq_verifier_host *host,
        yq_slice state,
        yq_slice evidence,
        uint64_t now_ms,
        yq_buf *next,
        yq_fault *why);

    /* Returns OK when the evidence proves that the chain's validators contradicted themselves, else
     * the reason why not. */
    yq_status (*misbehaviour)(
        const yq_verifier_host *host,
        yq_slice state,
        yq_slice evidence,
        uint64_t now_ms,
        yq_fault *why);

    /* Verifies one event of a successful transaction at or below the client's height. Out: event.
     */
    yq_status (*event)(
        const yq_verifier_host *host,
        yq_slice state,
        yq_slice proof,
        uint64_t now_ms,
        yq_verified_event *event,
        yq_fault *why);

    /* Verifies a value, or its absence, in the foreign state. NULL where the framework proves no
     * state. */
    yq_status (*value)(
        const yq_verifier_host *host,
        yq_slice state,
        yq_slice key,
        yq_slice proof,
        uint64_t now_ms,
        yq_verified_value *value,
        yq_fault *why);

    /* Describes a state. Out: view. Errors: decode codes, for a state that is not this verifier's.
     */
    yq_status (*describe)(
        const yq_verifier_host *host, yq_slice state, yq_client_view *view, yq_fault *why);
} yq_verifier;

/* The one symbol that a loadable verifier exports. Returns a static descriptor. */
const yq_verifier *yq_verifier_v1(void);

/* The verifiers linked into this program, in the order of their names. */
size_t yq_verifier_count(void);
const yq_verifier *yq_verifier_at(size_t idx);

#ifdef __cplusplus
}
#endif

#endif /* YQ_VERIFIER_H */
