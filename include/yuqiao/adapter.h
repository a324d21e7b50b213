#ifndef YQ_ADAPTER_H
#define YQ_ADAPTER_H

/*
 * The adapter ABI: input and output for one framework. An adapter is never believed: what it brings
 * is evidence, which the validators' light client judges. It runs in a process of its own
 * (yuqiao-adapter), beside the chain; its calls may block up to deadline_ms. The host calls one
 * session from one thread at a time.
 *
 * Memory: everything that a call gives out is allocated with host->alloc and lives until the next
 * call on that session.
 */

#include "yuqiao/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define YQ_ADAPTER_MAGIC     UINT32_C(0x31415159) /* "YQA1" */
#define YQ_ADAPTER_ABI_MAJOR 1
#define YQ_ADAPTER_ABI_MINOR 1

typedef struct yq_adapter_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    void *self;
    void *(*alloc)(void *self, size_t size); /* zeroed; NULL at the cap: return E_MEMORY */
    void (*log)(void *self, int level, const char *text);
    uint64_t (*now_ms)(void *self); /* wall clock */
    int (*stopping)(void *self);    /* not 0: return soon */
} yq_adapter_host;

typedef struct yq_option {
    const char *key, *value;
} yq_option;

typedef struct yq_adapter_config {
    const char *chain; /* the hub's id of the chain */
    const char *const *endpoints;
    size_t endpoint_n;
    const yq_option *options; /* the framework's own keys: see the adapter's README */
    size_t option_n;
} yq_adapter_config;

typedef struct yq_check {
    const char *name; /* stable, lower case with dashes */
    int passed;
    const char *detail; /* what was seen, or what to mend */
} yq_check;

/* An event at some height, with the proof that the chain's verifier takes. */
typedef struct yq_event_proof {
    yq_slice emitter,
        name; /* as in yq_verified_event: hints by which the host picks the registered ones */
    yq_slice tx_id;
    uint32_t event_index;
    yq_slice proof;
} yq_event_proof;

/* All that one height of the chain has to say. */
typedef struct yq_height_evidence {
    yq_slice update; /* for verifier->update; empty: this height needs none */
    const yq_event_proof *event;
    size_t event_n;
} yq_height_evidence;

typedef enum yq_submit_state {
    YQ_SUBMIT_INVALID = 0,
    YQ_SUBMIT_PENDING = 1, /* not in a block yet */
    YQ_SUBMIT_DONE = 2,    /* in a block, executed */
    YQ_SUBMIT_FAILED = 3,  /* in a block, reverted: text says why */
    YQ_SUBMIT_LOST = 4,    /* can no longer enter a block: submit anew */
} yq_submit_state;

typedef struct yq_receipt_view {
    yq_submit_state state;
    uint64_t height;
    const char *text;
} yq_receipt_view;

typedef struct yq_adapter {
    uint32_t magic, size;
    uint16_t abi_major, abi_minor;
    const char *framework, *version; /* static storage */

    /* Opens a session; does not connect yet. Out: session. Errors: E_CONFIG_INVALID naming the key.
     */
    yq_status (*open)(
        const yq_adapter_host *host,
        const yq_adapter_config *config,
        void **session,
        yq_fault *why);

    /* Looks at everything that the chain's side needs. Out: a list of checks, also when one failed.
     */
    yq_status (*preflight)(
        void *session,
        uint32_t deadline_ms,
        const yq_check **check,
        size_t *check_n,
        yq_fault *why);

    /* Out: the trust anchor, as the chain's verifier takes it, from what the endpoints say. A
     * person compares its hash with one learnt on another way before it is voted on. */
    yq_status (*anchor)(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why);

    /* Out: the highest height that evidence can be asked for. */
    yq_status (*latest)(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why);

    /* Out: the evidence of one height. Errors: E_NOT_FOUND: not there yet; E_SOURCE_DISAGREE:
     * endpoints contradict. */
    yq_status (*evidence)(
        void *session,
        uint64_t height,
        uint32_t deadline_ms,
        yq_height_evidence *out,
        yq_fault *why);

    /* Hands a delivery (packet.h) to the chain's inbox. Out: the reference by which its fate is
     * asked. NULL: read only. */
    yq_status (*submit)(
        void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why);

    /* Out: the fate of a submitted delivery. */
    yq_status (*receipt)(
        void *session,
        yq_slice reference,
        uint32_t deadline_ms,
        yq_receipt_view *out,
        yq_fault *why);

    /* Out: the adapter's own counters, as key and decimal value. */
    yq_status (*counters)(void *session, const yq_option **counter, size_t *counter_n);

    void (*close)(void *session);

    /* ---- since minor 1 ---- */

    /* Hands the inbox the set of its next epoch: the bytes u64 epoch, u8 suite, u16 quorum, u16 n,
     * n times a key behind its u8 length. The certificate that names the set came in a delivery
     * before. Out: the reference, as of submit. NULL: the inbox's epochs are stepped by others. */
    yq_status (*step)(
        void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why);
} yq_adapter;

/* The one symbol that a plugin exports. Returns a static descriptor. */
const yq_adapter *yq_adapter_v1(void);

#ifdef __cplusplus
}
#endif

#endif /* YQ_ADAPTER_H */
