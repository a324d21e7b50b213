#ifndef YQ_RELAY_NODE_TESTNET_H
#define YQ_RELAY_NODE_TESTNET_H

#include "yuqiao/limits.h"
#include "yuqiao/types.h"

/*
 * Lays out a test network on one machine: as many organisations as validators, one validator and
 * one administrator each, governance without delay, everything on loopback. Keys are drawn, in
 * clear: never for production.
 *
 *   DIR/nodeI/{config.yaml, genesis.bin, keys/validator.pem, keys/export.pem, wal/, db/, run/}
 *   DIR/guard/nodeI/              the sign guard, outside the home
 *   DIR/admin/orgI.pem            an administrator's key
 *   DIR/recovery/keyI.pem         the recovery set: three keys, two of which sign
 *
 * Node I listens on base_port + 10 I (peers), + 2 (API) and + 3 (metrics).
 */
typedef struct yq_testnet_plan {
    const char *dir;            /* made; must not exist, or be empty */
    const char *hub;            /* chain id, as "henan-main" */
    uint16_t validators;        /* YQ_VALIDATORS_MIN .. YQ_VALIDATORS_MAX */
    uint16_t base_port;         /* base_port + 10 * validators must not pass 65535; not 0 */
    uint64_t time_ms;           /* of the genesis */
    uint64_t recovery_delay_ms; /* at least a day without single_operator */
    int single_operator; /* one organisation may hold all, and changes of validators need no hour */
} yq_testnet_plan;

/* Errors: E_CONFIG_INVALID (why names the field), E_EXISTS (dir is not empty), E_IO. Leaves what it
 * has written when it fails. */
YQ_NODISCARD yq_status yq_testnet_init(const yq_testnet_plan *plan, yq_fault *why);

/* The code of organisation idx in a test network: 18 characters and a NUL, with the check digits of
 * GB 32100 and GB 11714. */
#define YQ_TESTNET_CODE_SIZE 19u
void yq_testnet_code(char *code, unsigned idx);

#endif /* YQ_RELAY_NODE_TESTNET_H */
