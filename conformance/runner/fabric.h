#ifndef YQ_CONFORMANCE_RUNNER_FABRIC_H
#define YQ_CONFORMANCE_RUNNER_FABRIC_H

#include "adapters/fabric/evidence.h"
#include "conformance/runner/kinds.h"
#include "relay/base/writer.h"

/* A block of a folder: of a file of its own, or one of a peer's block file. */
typedef struct fabric_block {
    const run_file *file;
    yq_slice raw; /* common.Block; its own memory */
    yq_fabric_raw_block block;
    int used; /* a row or a skip tells of it */
} fabric_block;

/* A block as text: its header, and nothing that the chain hashes. */
typedef struct fabric_text {
    const run_file *file;
    uint64_t number;
    uint8_t previous[32], data[32];
    size_t previous_n;
} fabric_text;

typedef struct fabric_files {
    fabric_block *block; /* by number */
    size_t n;
    fabric_text *text;
    size_t text_n;
} fabric_files;

/* Reads blocks (.block, .pb), peers' block files (blockfile_NNNNNN) and blocks as JSON. Files of a
 * block's name that cannot be read get their row. Owns: fabric_files_free. */
void fabric_files_read(run_report *report, const run_folder *folder, fabric_files *out);
void fabric_files_free(fabric_files *files);

/* Reads one record of a peer's block file (number, data hash, previous hash, envelopes, metadata)
 * and writes it as the message that an orderer gives. Errors: decode codes; E_NOSPC, never when w
 * has room for twice the record and 1,024 bytes. Source: Fabric's block serialization. */
yq_status fabric_record_read(yq_slice record, yq_writer *w, yq_fault *why);

#endif /* YQ_CONFORMANCE_RUNNER_FABRIC_H */
