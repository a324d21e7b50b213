#ifndef YQ_CONFORMANCE_MESSAGES_RULES_H
#define YQ_CONFORMANCE_MESSAGES_RULES_H

#include "conformance/chains/common/contract.h"
#include "relay/hub/hub.h"

/* The hub and the contract as the simulator calls them: the product's code, or the same sources in
 * an archive in which one rule can be left out. */
typedef struct msim_rules {
    void (*hub_init)(
        yq_hub *,
        const yq_kv *,
        void *,
        const yq_verifier *const *,
        size_t,
        const yq_signature_checker *);
    yq_status (*hub_genesis)(yq_hub *, const yq_hub_params *, yq_fault *);
    yq_status (*hub_note_set)(yq_hub *, uint64_t, uint8_t, const yq_digest *);
    void (*hub_begin_block)(yq_hub *, uint64_t, uint64_t, yq_hub_result *);
    void (*hub_execute)(yq_hub *, const yq_digest *, yq_slice, yq_hub_result *);
    void (*hub_end_block)(yq_hub *, yq_block_end *);
    void (*hub_reset)(yq_hub *);
    yq_status (*hub_chain)(yq_hub *, yq_slice, yq_chain *);
    yq_status (*hub_message)(yq_hub *, const yq_digest *, yq_message *);
    yq_status (*hub_lane)(yq_hub *, yq_lane *);
    yq_status (*hub_outbox)(yq_hub *, yq_slice, yq_outbox_view *);
    yq_status (*hub_delivery)(yq_hub *, yq_slice, uint64_t, size_t, yq_slice, yq_buf *);
    int (*hub_packet)(yq_hub *, yq_slice, uint64_t, yq_slice *);
    yq_contract *(*contract_new)(const yq_contract_config *);
    void (*contract_free)(yq_contract *);
    yq_status (*contract_deliver)(yq_contract *, yq_slice, uint64_t, yq_buf *, yq_fault *);
    yq_status (*contract_send)(
        yq_contract *, const yq_send *, const yq_contract_kind *, yq_slice, yq_buf *);
    yq_status (*contract_state)(const yq_contract *, yq_buf *);
    yq_status (*contract_pause)(yq_contract *, int, yq_buf *);
    yq_status (*contract_next_set)(yq_contract *, const yq_valset *);
    int (*contract_item)(const yq_contract *, uint64_t, yq_contract_item *);
    void (*contract_look)(const yq_contract *, yq_contract_view *);
} msim_rules;

extern const msim_rules msim_rules_product, msim_rules_mutant;

/* Leaves a rule out of the second: a number of relay/hub/mutants.h, 0 for none. */
void msim_mutant_set(int number);

/* Number of a rule by its name, 0 for an unknown one. */
int msim_rule_number(const char *name);

#endif /* YQ_CONFORMANCE_MESSAGES_RULES_H */
