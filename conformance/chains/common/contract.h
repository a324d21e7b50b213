#ifndef YQ_CONFORMANCE_CHAINS_COMMON_CONTRACT_H
#define YQ_CONFORMANCE_CHAINS_COMMON_CONTRACT_H

#include "yuqiao/packet.h"

#include "relay/bft/types.h"
#include "relay/hub/export_cert.h"

/*
 * The outbox and inbox contract of messages.md, sections 1, 2 and 5, as mock chains run it. The
 * contracts of real chains follow the same order of checks. Not pure: it allocates; running out of
 * memory stops the process.
 */
typedef struct yq_contract yq_contract;

/*
 * A service of this chain: what the contract calls. Returns OK; ERROR when it fails, then it has
 * kept no effect; REFUSED when the contract's allow list does not have it, for calls that come from
 * a service (kinds 1, 4, 7, 8) only.
 */
typedef yq_done_status (*yq_contract_service)(void *self, uint64_t index, const yq_packet *packet);

typedef struct yq_contract_config {
    yq_slice hub, own_chain; /* chain ids; copied */
    uint32_t hash;           /* of this chain: yq_hash_alg */
    yq_valset set;           /* the hub's first known set, with chain_id_hash and epoch */
    /* Not NULL: the inbox checks export certificates by this set, and the other is not looked at.
     */
    const yq_export_set *exports;
    uint64_t floor;              /* indices below it are never executed here */
    int no_clock;                /* 1: block time means nothing here, deadlines are not looked at */
    yq_sig_checker check;        /* of the hub's signatures; NULL: the suite's own */
    yq_contract_service service; /* NULL: one that fails for YQ_CONTRACT_FAILING_SERVICE alone */
    void *self;                  /* of both; it outlives the contract */
} yq_contract_config;

/* Returns NULL when the configuration has no hub, no keys or an unknown hash. */
yq_contract *yq_contract_new(const yq_contract_config *config);
void yq_contract_free(yq_contract *contract);

/* Returns one that has the same state and from now on goes its own way: to try an execution. In: no
 * delivery is under way. Owns: free with yq_contract_free. */
yq_contract *yq_contract_copy(const yq_contract *contract);

/*
 * Executes one delivery (canonical bytes of yq_delivery) in a block of time_ms. Returns OK and the
 * records to emit, or the reason for which the call reverts: then nothing has changed. Out:
 * records, canonical bytes, empty when there is nothing to tell. Errors: E_STATE (paused), E_BUSY
 * (a service called back), E_NOSPC, and what is wrong with certificate, paths or packets.
 */
YQ_NODISCARD yq_status yq_contract_deliver(
    yq_contract *contract, yq_slice delivery, uint64_t time_ms, yq_buf *records, yq_fault *why);

/* Sends one packet: numbers it on its lane. Out: records with one SENT. Errors: E_LIMIT. */
YQ_NODISCARD yq_status
yq_contract_send(yq_contract *contract, const yq_send *send, yq_slice sender, yq_buf *records);

/* As yq_contract_send, for other kinds than calls and for ordered lanes. group: zero for none. */
typedef struct yq_contract_kind {
    uint8_t kind, order; /* yq_packet_kind, yq_order */
    yq_digest group;
} yq_contract_kind;
YQ_NODISCARD yq_status yq_contract_send_kind(
    yq_contract *contract,
    const yq_send *send,
    const yq_contract_kind *kind,
    yq_slice sender,
    yq_buf *records);

/* Its administrators pause it or let it go on. Out: records with one STATE. */
YQ_NODISCARD yq_status yq_contract_pause(yq_contract *contract, int paused, yq_buf *records);

/* Out: records with one STATE. */
YQ_NODISCARD yq_status yq_contract_state(const yq_contract *contract, yq_buf *records);

/* Steps to the next epoch: its set must hash to the next_set of a certificate seen. Errors:
 * E_VALSET_HASH, E_EPOCH_OLD. */
YQ_NODISCARD yq_status yq_contract_next_set(yq_contract *contract, const yq_valset *set);

/* As yq_contract_next_set, of a set as the hub hands it over (yq_valset_step_put). Out: records
 * with one STATE. Errors: also decode codes. */
YQ_NODISCARD yq_status yq_contract_step(yq_contract *contract, yq_slice set, yq_buf *records);

/* What happened to an index: how often it was handed in, how often its target ran. Returns 0 past
 * the end. */
typedef struct yq_contract_item {
    uint64_t index;
    uint32_t deliveries, executions;
    uint8_t status;    /* yq_done_status, 0: not spent */
    uint64_t position; /* the how-manieth execution here it was, 0: none */
    yq_digest payload_sm3;
} yq_contract_item;
int yq_contract_item_at(const yq_contract *contract, uint64_t index, yq_contract_item *out);

typedef struct yq_contract_view {
    uint64_t epoch, height, size;                  /* size: highest index seen + 1 */
    uint64_t executed, spent, settled, sent, open; /* open: sent and not acknowledged */
    yq_digest root;                                /* export root of that height */
    uint32_t hash;                                 /* of outbox and packets: yq_hash_alg */
} yq_contract_view;
void yq_contract_look(const yq_contract *contract, yq_contract_view *out);

/* Room for the records of one call. */
#define YQ_CONTRACT_RECORDS_MAX (1u << 20)

/* A service of this name always fails (status error, code 1): for tests of the error path. */
#define YQ_CONTRACT_FAILING_SERVICE "fail"

/* What a service of this name sends by yq_contract_send is ordered. */
#define YQ_CONTRACT_ORDERED_SERVICE "ordered"

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_CONTRACT_H */
