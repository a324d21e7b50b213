#ifndef YQ_CONFORMANCE_MESSAGES_PROOF_H
#define YQ_CONFORMANCE_MESSAGES_PROOF_H

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/writer.h"

/*
 * What the simulated chains prove, and the light client that checks it. A signature is a tag: SM3
 * over the chain's key, what is meant, and the bytes. A chain that is misled signs what never
 * happened with the same key; recovery gives the light client another.
 */
#define MSIM_FRAMEWORK "tagged"

extern const yq_verifier msim_verifier;

typedef struct msim_event_proof {
    uint64_t height;
    yq_slice emitter, name, tx_id, data;
    uint32_t index;
    uint8_t grade;
} msim_event_proof;

/* Writers of evidence under a key of 32 bytes. */
void msim_put_anchor(yq_writer *w, const yq_digest *key, uint64_t height);
void msim_put_update(yq_writer *w, const yq_digest *key, uint64_t height);
void msim_put_fork(yq_writer *w, const yq_digest *key, uint64_t height);
void msim_put_event(yq_writer *w, const yq_digest *key, const msim_event_proof *event);

#endif /* YQ_CONFORMANCE_MESSAGES_PROOF_H */
