#ifndef YQ_CONFORMANCE_RUNNER_FISCO2_H
#define YQ_CONFORMANCE_RUNNER_FISCO2_H

#include "adapters/fisco-bcos-2/evidence.h"
#include "conformance/runner/kinds.h"

/* FISCO BCOS 2 in JSON: what a file holds, by its content. */
typedef enum fisco2_class {
    FISCO2_OTHER = 0,
    FISCO2_BLOCK, /* a block or a header */
    FISCO2_TX,    /* a whole transaction */
    FISCO2_RECEIPT,
    FISCO2_TX_PROOF,      /* {transaction, txProof} */
    FISCO2_RECEIPT_PROOF, /* {transactionReceipt, receiptProof} */
    FISCO2_VERSION,       /* of a node */
    FISCO2_SAMPLE,        /* {block | proof, txproof, receiptproof, expect} */
} fisco2_class;

typedef struct fisco2_doc {
    const run_file *file;
    const yq_json *root;
    const yq_json *value; /* the result of a reply, or the root */
    fisco2_class class;
    uint64_t number; /* BLOCK */
} fisco2_doc;

#define FISCO2_EVIDENCE_MAX (4u << 20)
#define FISCO2_BLOCK_TX_MAX 1024u
#define FISCO2_CHANGES_MAX  64u

typedef struct fisco2_run {
    run_report *report;
    const run_folder *folder;
    int mutations;
    fisco2_doc *doc;
    size_t n;
    yq_fisco2_profile profile;
    run_client *client;
    run_workspace *space;
    const char *anchor;
    uint8_t evidence[FISCO2_EVIDENCE_MAX];
} fisco2_run;

/* Returns 1 when some document of the folder is of this framework. */
int fisco2_has_docs(const run_folder *folder);
/* Classes every document of the folder. Returns the number of those of this framework. */
size_t fisco2_read(fisco2_run *run);
void fisco2_free(fisco2_run *run);

/* One published sample. */
void fisco2_sample(fisco2_run *run, const fisco2_doc *doc);

/* A state in which block is the next one and its own sealers are trusted: for a file without an
 * anchor. Out: state. Returns 0 when the block lacks what is needed. */
int fisco2_self_anchor(const yq_fisco2_profile *profile, const yq_json *block, yq_buf *state);

/* The proofs of one accepted block. */
void fisco2_proofs(fisco2_run *run, const fisco2_doc *block);

/* The set changes of a block, as the evidence of the next one takes them. Returns their number. */
typedef struct fisco2_paths {
    uint8_t room[2][8192];
    yq_slice path[2];
} fisco2_paths;
size_t fisco2_changes(
    fisco2_run *run,
    uint64_t number,
    yq_fisco2_inclusion_json *change,
    fisco2_paths *paths,
    size_t cap);

/* Finds a document by class and transaction hash (lower-case text, with 0x), or NULL. */
const fisco2_doc *fisco2_find(const fisco2_run *run, fisco2_class class, yq_slice hash);
/* Returns 1 for a transaction of this hash, its receipt, and the proofs of both. */
int fisco2_is_about(const fisco2_doc *doc, yq_slice hash);
/* Returns 1 when an earlier document of the class is the same. */
int fisco2_is_copy(const fisco2_run *run, const fisco2_doc *doc);
const fisco2_doc *fisco2_find_block(const fisco2_run *run, uint64_t number, int whole);

/* The expected verdict that a file states, or given when it states none. */
yq_status fisco2_expected(const fisco2_doc *doc, yq_status given);

#endif /* YQ_CONFORMANCE_RUNNER_FISCO2_H */
