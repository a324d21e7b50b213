#ifndef YQ_CONFORMANCE_RUNNER_FISCO3_H
#define YQ_CONFORMANCE_RUNNER_FISCO3_H

#include "conformance/runner/kinds.h"
#include "relay/base/writer.h"

/*
 * FISCO BCOS 3 in JSON: replies of nodes (a block, a transaction, a receipt, with or without their
 * flat proofs), published samples {block, tx, receipt, expect}, and transactions in TARS bytes
 * {vectors: [{hex, expect}]}.
 */
typedef struct fisco3_doc {
    const run_file *file;
    const yq_json *block, *tx, *receipt, *tars, *expect; /* what it holds, or NULL */
    int bare;        /* a reply alone: its folder is one chain */
    uint64_t number; /* of block */
} fisco3_doc;

#define FISCO3_BYTES_MAX (4u << 20)
#define FISCO3_FLAT_MAX  256u /* elements of a proof */

typedef struct fisco3_run {
    run_report *report;
    const run_folder *folder;
    int mutations;
    fisco3_doc *doc;
    size_t n;
    run_client *client;
    run_workspace *space;
    uint8_t bytes[FISCO3_BYTES_MAX], next[FISCO3_BYTES_MAX];
} fisco3_run;

/* Suite of a client. */
#define FISCO3_SM     1u
#define FISCO3_KECCAK 3u

/* ---- fisco3_read.c ---- */

/* Returns 1 when some document of the folder is of this framework. */
int fisco3_has_docs(const run_folder *folder);
/* Classes every document of the folder by what it holds; returns the number of those of this
 * framework. */
size_t fisco3_read(fisco3_run *run);
void fisco3_free(fisco3_run *run);
/* Of a JSON value of its form: NULL or the receipt, or the transaction, of this hash. */
const yq_json *fisco3_receipt_of(const fisco3_run *run, const yq_json *tx);
/* The block of a number whose root of that name is this one; else one of that number and suite. */
const fisco3_doc *fisco3_block_of(
    fisco3_run *run, uint64_t number, uint8_t suite, const char *root, const yq_digest *is);
int fisco3_digest(const yq_json *object, const char *key, yq_digest *out);

/* ---- fisco3_hash.c: bytes as the chain hashes them; failures are E_FIELD_MISSING in w ---- */

void fisco3_put_header(const yq_json *block, yq_writer *w);
/* In: hex, the nonce is a hex text (nodes from 3.3 on). */
void fisco3_put_tx(const yq_json *tx, int hex, yq_writer *w);
/* What is hashed behind `to`. */
void fisco3_put_rest(const yq_json *tx, uint64_t version, yq_writer *w);
void fisco3_put_receipt(const yq_json *receipt, yq_writer *w);

/* The suite whose hash of the bytes is the stated one, or 0. */
uint8_t fisco3_suite_of(yq_slice bytes, const yq_digest *stated);
yq_digest fisco3_hash(uint8_t suite, yq_slice bytes);
/* The suite, and whether the nonce is hex, by the stated hash. Returns 0 when none leads to it. */
uint8_t fisco3_tx_suite(const yq_json *tx, yq_writer *w, int *hex);

/* Puts a hex text's bytes, a text, a number of so many bytes; what is missing fails. */
void fisco3_put_hex(const yq_json *value, yq_writer *w);
void fisco3_put_text(const yq_json *value, yq_writer *w);
/* An address is hashed without its 0x. */
void fisco3_put_address(const yq_json *value, yq_writer *w);
void fisco3_put_number(const yq_json *value, size_t size, yq_writer *w);

/* ---- fisco3_evidence.c: for the light client ---- */

/* A state below the block, whose own sealers are trusted. */
void fisco3_put_state(const yq_json *block, uint8_t suite, const yq_json *tx, yq_writer *w);
void fisco3_put_update(const yq_json *block, uint8_t suite, yq_writer *w);
void fisco3_put_genesis(const yq_json *block, uint8_t suite, const yq_digest *hash, yq_writer *w);
/* One log of a call, with the flat proofs that stand in both. */
void fisco3_put_event(
    uint8_t suite,
    const yq_json *tx,
    const yq_json *receipt,
    int hex,
    uint64_t number,
    uint32_t log,
    yq_writer *w);

/* ---- fisco3_proof.c ---- */

typedef struct fisco3_flat {
    uint8_t bytes[FISCO3_FLAT_MAX * YQ_DIGEST_SIZE];
    size_t n; /* elements */
} fisco3_flat;

/* Reads a flat proof: [count, hash.., count, hash.., ...], or one hash. Returns 0 if it is none. */
int fisco3_flat_read(const yq_json *list, fisco3_flat *out);
/* Out: root that it leads to. Errors: E_PROOF*. */
yq_status fisco3_flat_climb(
    const fisco3_flat *flat, uint8_t suite, const yq_digest *leaf, yq_digest *root);

/* ---- fisco3_tars.c ---- */

/* A transaction in TARS: its fields as they are hashed, the hash and the signature that it states.
 * Strict: each field once, in order, in its shortest form. Errors: decode codes. */
yq_status fisco3_tars_tx(
    yq_slice bytes, yq_writer *hashed, yq_slice *stated, yq_slice *sig, yq_fault *why);

/* ---- fisco3_rows.c ---- */

void fisco3_block_rows(fisco3_run *run, const fisco3_doc *doc);
void fisco3_tx_rows(fisco3_run *run, const fisco3_doc *doc);
void fisco3_receipt_rows(fisco3_run *run, const fisco3_doc *doc);
void fisco3_tars_rows(fisco3_run *run, const fisco3_doc *doc);
/* The account that signed. In: address of 20 bytes, or NULL. */
yq_status fisco3_sender_check(
    uint8_t suite, const yq_digest *hash, yq_slice sig, const uint8_t *address, yq_fault *why);

#endif /* YQ_CONFORMANCE_RUNNER_FISCO3_H */
