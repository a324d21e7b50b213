#ifndef YQ_CONFORMANCE_RUNNER_COMET_H
#define YQ_CONFORMANCE_RUNNER_COMET_H

#include "adapters/cometbft/evidence.h"
#include "conformance/runner/kinds.h"
#include "light-clients/cometbft/ics23.h"

#define COMET_EVIDENCE_MAX (4u << 20)

/* One folder's run. */
typedef struct comet_run {
    run_report *report;
    int mutations;
    run_client *client;
    run_workspace *space;
    uint8_t evidence[COMET_EVIDENCE_MAX];
} comet_run;

/* What a JSON file holds, by its content. */
typedef enum comet_class {
    COMET_OTHER = 0,
    COMET_STEPS,      /* a light client's steps with their verdicts */
    COMET_IBC,        /* a client of IBC, with an update or a proof */
    COMET_PROOF,      /* {root, proof, key, value}, {root, existence}, or {root, proof, items} */
    COMET_OPS,        /* named or listed cases of ICS-23's parts */
    COMET_COMMIT,     /* a node's /commit */
    COMET_VALIDATORS, /* a node's /validators */
} comet_class;

comet_class comet_class_of(const yq_json *value);

/* Each adds its rows. name: of the file. */
void comet_steps(comet_run *run, const char *name, const yq_json *value);
void comet_ibc(comet_run *run, const char *name, const yq_json *value);
void comet_proof(comet_run *run, const char *name, const yq_json *value);
void comet_ops(comet_run *run, const char *name, const yq_json *value);

/* A node's replies: commits in order of their heights, with the sets. */
typedef struct comet_reply {
    const char *name;
    const yq_json *value;
    comet_class class;
    uint64_t height;
} comet_reply;
void comet_replies(comet_run *run, const comet_reply *reply, size_t n);

#endif /* YQ_CONFORMANCE_RUNNER_COMET_H */
