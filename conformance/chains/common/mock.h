#ifndef YQ_CONFORMANCE_CHAINS_COMMON_MOCK_H
#define YQ_CONFORMANCE_CHAINS_COMMON_MOCK_H

#include "yuqiao/types.h"

#include "relay/codec/json.h"

struct event_base;

/*
 * A mock foreign chain: real keys, valid blocks, the client protocol of the framework's node, so
 * that an adapter cannot tell the difference. For tests and the demonstration only. One chain is
 * driven from one event loop; nothing listens outside loopback.
 */
typedef struct yq_mock_options {
    const char *chain;  /* the hub's id of the chain */
    const char *seed;   /* keys and ids are derived from (seed, chain, name) */
    const char *replay; /* serve the recorded blocks of this folder, or NULL */
    uint16_t port;      /* 0: any free one */
    uint32_t block_ms;  /* a block at most this often, when there is something to put in it */
    const char *suite;  /* "sm", "keccak", or the framework's own word; NULL: its default */
} yq_mock_options;

/*
 * Control commands, one JSON object each, {"do": NAME, ...}. Every framework that has them uses
 * these:
 *   deploy   {hub, chain_id_hash, epoch, keys[hex], floor}: installs outbox and inbox, whose first
 *            event is STATE; replies {inbox, event} as the hub registers them (hex)
 *   send     {service, dst_chain, dst_service (texts), payload (hex), deadline_ms, count}; replies
 *            {txs[hex]}
 *   emit     {payload (hex), count}: events of a plain contract; replies {emitter, event, txs}
 * (hex) hostile  {mode, height}: from the next block on; "none" ends it, and heals what was shown
 *            before. Modes: yq_mock_mode_name. fork: a second block of height (the highest when
 *            left out) is shown from now on; replies {height, hash, shown}
 *   next_set {chain_id_hash, epoch, keys[hex]}: hands the inbox its next epoch's set
 *   inbox    replies {executed, spent, settled, sent, epoch, height, items[{index, deliveries,
 *            executions, status, payload_sm3}]}
 *   status   replies {height, ...}
 */
typedef enum yq_mock_mode {
    YQ_MOCK_HONEST = 0,
    YQ_MOCK_FORGED_SIGNATURE,    /* one of the quorum's signatures is made with another key */
    YQ_MOCK_ONE_SIGNATURE_SHORT, /* quorum - 1 signatures */
    YQ_MOCK_REPEATED_SIGNER,     /* quorum - 1 distinct ones, one of them twice */
    YQ_MOCK_FOREIGN_EMITTER,     /* the registered event, from another contract */
    YQ_MOCK_ALTERED_RECEIPT,     /* the event's data is not what the chain executed */
    YQ_MOCK_FORK,                /* a second valid block at a height that has one */
    YQ_MOCK_MODE_N,
} yq_mock_mode;

/* "none", "forged-signature", ...; NULL past the end. */
const char *yq_mock_mode_name(unsigned mode);
/* Returns YQ_MOCK_MODE_N for an unknown name. */
yq_mock_mode yq_mock_mode_of(yq_slice name);

typedef struct yq_mock_framework {
    const char *name;

    /* Makes the chain and listens on 127.0.0.1. Out: mock. Errors: E_CONFIG_INVALID, E_IO,
     * E_CORRUPT (a recorded block that cannot be read: why names its file). */
    yq_status (*open)(
        struct event_base *base, const yq_mock_options *options, void **mock, yq_fault *why);
    uint16_t (*port)(void *mock);
    const char *scheme; /* of its endpoint: "http" */

    /* Carries out one control command; writes members into the open object of reply. Errors:
     * E_METHOD_UNKNOWN, E_FIELD_MISSING, E_STATE and what the command gives. */
    yq_status (*control)(void *mock, const yq_json *command, yq_json_out *reply, yq_fault *why);
    void (*close)(void *mock);
} yq_mock_framework;

/* The frameworks linked into this program, in the order of their names. */
size_t yq_mock_count(void);
const yq_mock_framework *yq_mock_at(size_t idx);

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_MOCK_H */
