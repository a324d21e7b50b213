#ifndef YQ_LIGHT_CLIENTS_FABRIC_POLICY_H
#define YQ_LIGHT_CLIENTS_FABRIC_POLICY_H

#include "light-clients/fabric/msp.h"
#include "light-clients/fabric/tree.h"

#define YQ_FABRIC_SIGNERS_MAX      64u
#define YQ_FABRIC_POLICY_DEPTH     16u
#define YQ_FABRIC_PRINCIPALS_MAX   256u
#define YQ_FABRIC_POLICY_SIGNATURE 1u
#define YQ_FABRIC_POLICY_IMPLICIT  3u

/* Members whose signatures were good, each once. */
typedef struct yq_fabric_signers {
    const yq_fabric_identity *id[YQ_FABRIC_SIGNERS_MAX];
    size_t n;
    int is_open; /* some may not count, or be more than they seem */
} yq_fabric_signers;

/* Adds a member. Returns 0 when it is there already. In: n < YQ_FABRIC_SIGNERS_MAX. */
int yq_fabric_signers_add(yq_fabric_signers *signers, const yq_fabric_identity *id);

/* What a policy is asked with. */
typedef struct yq_fabric_question {
    const yq_fabric_call *call;
    const yq_fabric_tree *tree;
    yq_fabric_members *members;
    const yq_fabric_signers *signers;
    int hopeful; /* as in yq_fabric_principal_check; and a policy that only we cannot judge is
                    satisfied. Where signers are open none is used up by a principal: who takes whom
                    is not known. A policy that is not satisfied so is surely not. */
} yq_fabric_question;

/*
 * Evaluates a SignaturePolicyEnvelope as Fabric does: left to right, each signed_by takes the first
 * unused signer that fits, n_out_of tries all its children and keeps what the successful ones used;
 * no backtracking. Out: satisfied. Errors: E_LIMIT, E_BUDGET; a policy that is not well formed is
 * never satisfied, but hopefully.
 */
YQ_NODISCARD yq_status
yq_fabric_policy_signature(const yq_fabric_question *q, yq_slice policy, int *satisfied);

/* Evaluates a policy of the configuration (NONE: never satisfied): SIGNATURE, or IMPLICIT_META
 * over the direct child groups. Errors as above. */
YQ_NODISCARD yq_status
yq_fabric_policy_element(const yq_fabric_question *q, uint32_t element, int *satisfied);

/*
 * Returns the number of signers below which the policy can never be satisfied, counted at its top
 * only (the n of n_out_of, the threshold of an implicit one); 0 for a policy that demands nothing
 * or is not well formed. In: element is not NONE.
 */
uint32_t yq_fabric_policy_least(const yq_fabric_tree *tree, uint32_t element);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_POLICY_H */
