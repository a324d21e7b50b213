#ifndef YQ_CONFORMANCE_CHAINS_COMMON_CONTRACT_PARTS_H
#define YQ_CONFORMANCE_CHAINS_COMMON_CONTRACT_PARTS_H

/* Inner parts of the contract's model: what it stores, and the reading of a delivery. */
#include "conformance/chains/common/contract.h"
#include "relay/base/bytes.h"

/* Names of a lane, or of a chain, length-prefixed. */
#define YQ_CONTRACT_KEY_MAX (3u * (2u + YQ_SERVICE_SIZE_MAX))

typedef struct yq_contract_key {
    size_t n;
    uint8_t b[YQ_CONTRACT_KEY_MAX];
} yq_contract_key;

/* An index: its number, what became of it. */
typedef struct yq_contract_slot {
    yq_contract_item item;
    uint32_t code;
} yq_contract_slot;

/* An ordered lane into this chain: the lowest number not spent, and the spent ones above it. */
typedef struct yq_contract_lane {
    yq_contract_key key;
    uint64_t next;
    uint64_t *above;
    size_t above_n;
} yq_contract_lane;

typedef struct yq_contract_halt {
    yq_contract_key chain;
    uint64_t sequence; /* highest seen */
    int halted;
} yq_contract_halt;

/* A lane out of this chain, by its last number. */
typedef struct yq_contract_out_lane {
    yq_contract_key key;
    uint64_t sequence;
} yq_contract_out_lane;

/* A packet that was sent and is not acknowledged. */
typedef struct yq_contract_sent {
    yq_contract_key key;
    uint64_t sequence;
    yq_digest commitment;
} yq_contract_sent;

struct yq_contract {
    uint8_t *hub, *own; /* texts */
    size_t hub_n, own_n;
    uint32_t hash;
    yq_valset set;         /* with exports: chain, epoch and suite only */
    yq_export_set exports; /* n 0: the ledger's own certificates count */
    uint64_t floor;
    int no_clock, paused;
    yq_sig_checker check;
    yq_contract_service service;
    void *self;
    int busy; /* a delivery is under way */

    uint64_t height; /* highest accepted, with its root; zero: none */
    yq_digest root, next_set;

    yq_contract_slot *slot; /* by index */
    size_t slot_n;
    yq_contract_lane *lane;
    size_t lane_n;
    yq_contract_halt *halt;
    size_t halt_n;
    yq_contract_out_lane *out;
    size_t out_n;
    yq_contract_sent *sent;
    size_t sent_n;
    uint64_t executed, spent, settled, sent_all;
};

/* ---- contract.c ---- */

/* Grows an array of n items of size by one; returns the array. The new item is zero. */
void *yq_contract_grow(void *array, size_t *n, size_t size);

/* The slot of an index, made when it is not there. */
yq_contract_slot *yq_contract_slot_of(yq_contract *c, uint64_t index);
/* NULL when the index was never seen. */
yq_contract_slot *yq_contract_slot_find(const yq_contract *c, uint64_t index);

yq_contract_key yq_contract_key_of(yq_slice a, yq_slice b, yq_slice d);

yq_contract_lane *yq_contract_lane_of(yq_contract *c, const yq_packet *packet);
/* Spends a number of a lane; one that is spent stays so. */
void yq_contract_lane_spend(yq_contract_lane *lane, uint64_t number);
/* Everything below next is spent: drops what next has reached. */
void yq_contract_lane_settle(yq_contract_lane *lane);

yq_contract_halt *yq_contract_halt_of(yq_contract *c, yq_slice chain);

/* The packet that an acknowledgement speaks of, NULL when it is closed or was never sent. */
yq_contract_sent *yq_contract_sent_of(yq_contract *c, const yq_packet *ack);
void yq_contract_sent_close(yq_contract *c, yq_contract_sent *sent);

void yq_contract_state_of(const yq_contract *c, yq_inbox_state *out);

/* ---- delivery.c ---- */

/* A packet whose proof is good, with what its payload says where the hub made it. */
typedef struct yq_contract_arrival {
    uint64_t index;
    yq_packet packet;
    int unknown; /* of a kind that this contract does not know */
    yq_digest commitment;
    yq_ack ack;
    yq_cancel cancel;
    yq_decision decision;
} yq_contract_arrival;

typedef struct yq_contract_delivery {
    yq_final_info info;
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_contract_arrival arrival[YQ_DELIVERY_PACKETS_MAX];
    size_t n;
} yq_contract_delivery;

/* Checks certificate and proofs of a delivery; changes nothing. Out: slices borrow from in. */
YQ_NODISCARD yq_status
yq_contract_check(const yq_contract *c, yq_slice in, yq_contract_delivery *out, yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_CONTRACT_PARTS_H */
