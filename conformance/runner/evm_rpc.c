#include "conformance/runner/evm_rpc.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define MUTATED_MAX 4u /* blocks of a folder whose every byte is changed */

/* The rows of a block's one or two files. */
static void report(evm_run *run, const rpc_block *b, run_row *row)
{
    (void)snprintf(
        row->note + strlen(row->note),
        sizeof row->note - strlen(row->note),
        "%sblock %llu",
        row->note[0] == '\0' ? "" : ", ",
        (unsigned long long)b->number);
    if (b->fields.value != NULL && b->bytes.value != NULL) {
        run_row other = *row;
        other.file = b->bytes.name;
        other.kind = "block bytes";
        other.mutations_tried = other.mutations_refused = 0;
        row->file = b->fields.name;
        run_report_row(run->report, &other);
    } else {
        row->file = b->fields.value != NULL ? b->fields.name : b->bytes.name;
    }
    run_report_row(run->report, row);
}

static yq_status check_hash(const rpc_block *b, const uint8_t *hash, yq_fault *why)
{
    return yq_digest_is_zero(&b->stated) || memcmp(hash, b->stated.b, YQ_DIGEST_SIZE) == 0
               ? YQ_OK
               : yq_fail(why, YQ_E_HASH, 0, "the hash that the node states");
}

/* What holds of a block's own bytes, whatever its consensus. */
static yq_status check_body(evm_run *run, const rpc_block *b, run_row *row, yq_fault *why)
{
    if (b->fields.value != NULL && b->bytes.value != NULL) {
        run_row_check(row, "fields and bytes");
    }
    if (b->block.txs.n == 0) {
        return YQ_OK;
    }
    run_row_check(row, "transactions root");
    return evm_txs_check(run, &b->block, why);
}

/* The client's verdict on block i, with its successors, and the hash that it finds. */
static yq_status follow_block(
    evm_run *run,
    const rpc_dir *dir,
    const evm_block *const *at,
    size_t i,
    uint16_t depth,
    run_row *row)
{
    const rpc_block *b = &dir->block[i];
    yq_client_view view = {0};
    yq_fault why = {0};
    yq_status status = check_body(run, b, row, &why);
    row->anchor = "genesis";
    run_row_check(row, "header hash");
    run_row_check(row, "parent hash");
    run_row_check(row, "validators");
    run_row_check(row, depth > 0 ? "seal" : "committed seals");
    yq_slice evidence = evm_update_of(run, &at[i], depth + 1u);
    if (status == YQ_OK) {
        status = run_client_try_update(run->client, run->space, evidence, &why);
    }
    if (status == YQ_OK && run->mutations && i <= MUTATED_MAX) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, row);
    }
    if (status == YQ_OK) {
        status = run_client_update(run->client, evidence, &why);
    }
    if (status == YQ_OK) {
        status = run_client_describe(run->client, run->space, &view, &why);
    }
    if (status == YQ_OK) {
        status = check_hash(b, view.hash, &why);
    }
    run_row_verdict(row, status, &why, 1);
    return status;
}

/* A block that the client does not reach: its own hash, its parent, its transactions. */
static void lone_block(evm_run *run, const rpc_dir *dir, size_t i, const char *reason)
{
    const rpc_block *b = &dir->block[i], *before = i > 0 ? b - 1 : NULL;
    run_row row = {.kind = "block", .anchor = "self"};
    run_call room;
    yq_fault why = b->why;
    const yq_evm_call call = {evm_host(run, &room), &why, NULL};
    yq_status status = b->status;
    (void)snprintf(row.note, sizeof row.note, "%s", reason);
    if (status == YQ_OK && before != NULL && before->number + 1 == b->number &&
        !yq_digest_is_zero(&before->stated)) {
        run_row_check(&row, "parent hash");
        status = yq_digest_equal(&before->stated, &b->block.fields.parent)
                     ? YQ_OK
                     : yq_fail(&why, YQ_E_PARENT, 0, "header");
    }
    const yq_digest hash = yq_evm_hash(&call, b->block.header);
    if (status == YQ_OK && memcmp(hash.b, b->stated.b, YQ_DIGEST_SIZE) == 0) {
        run_row_check(&row, "header hash");
    }
    if (status == YQ_OK) {
        status = check_body(run, b, &row, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    report(run, b, &row);
}

/* Without a genesis file: Clique lists its signers where an epoch begins; the others carry none. */
static uint64_t epoch_of(const rpc_dir *dir)
{
    if (dir->epoch != 0) {
        return dir->epoch;
    }
    for (size_t i = 1; i < dir->block_n; i++) {
        if (dir->block[i].block.fields.extra.n > YQ_EVM_VANITY_SIZE + YQ_EVM_SEAL_SIZE &&
            (dir->block[i].block.fields.extra.n - YQ_EVM_VANITY_SIZE - YQ_EVM_SEAL_SIZE) %
                    YQ_EVM_ADDRESS_SIZE ==
                0 &&
            dir->block[i - 1].block.fields.extra.n == YQ_EVM_VANITY_SIZE + YQ_EVM_SEAL_SIZE) {
            return dir->block[i].number;
        }
    }
    return EVM_EPOCH;
}

/* Blocks from the first on that stand one behind the other and could be read. */
static size_t run_of(const rpc_dir *dir)
{
    size_t n = 0;
    while (n < dir->block_n && dir->block[n].status == YQ_OK &&
           dir->block[n].number == dir->block[0].number + n) {
        n++;
    }
    return n;
}

static void first_block(evm_run *run, const rpc_dir *dir)
{
    const rpc_block *b = &dir->block[0];
    run_row row = {.kind = "block", .anchor = "hash"};
    yq_client_view view = {0};
    yq_fault why = {0};
    run_row_check(&row, "header hash");
    run_row_check(&row, "validators");
    yq_status status = run_client_describe(run->client, run->space, &view, &why);
    if (status == YQ_OK) {
        status = check_hash(b, view.hash, &why);
    }
    if (status == YQ_OK) {
        status = check_body(run, b, &row, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    report(run, b, &row);
}

/* Returns how many blocks the client took. */
static size_t follow(evm_run *run, const rpc_dir *dir)
{
    size_t n = run_of(dir), done = 0;
    uint16_t depth;
    uint8_t mode;
    const evm_block **at = calloc(n + 1, sizeof(const evm_block *));
    YQ_ASSERT(at != NULL);
    for (size_t i = 0; i < n; i++) {
        at[i] = &dir->block[i].block;
    }
    if (n > 1 && evm_start(run, at, n, epoch_of(dir), &mode, &depth)) {
        first_block(run, dir);
        for (done = 1; done + depth < n; done++) {
            run_row row = {.kind = "block"};
            yq_status status = follow_block(run, dir, at, done, depth, &row);
            report(run, &dir->block[done], &row);
            if (status != YQ_OK) {
                done++;
                break;
            }
        }
    }
    free(at);
    return done;
}

/* A block that another file has too: the same header and hash, and transactions that belong to it.
 */
static void more_block(evm_run *run, const rpc_dir *dir, const rpc_block *b)
{
    run_row row = {.kind = "block", .anchor = "self"};
    yq_fault why = b->why;
    yq_status status = b->status;
    (void)snprintf(row.note, sizeof row.note, "as another file");
    run_row_check(&row, "the same header");
    for (size_t i = 0; i < dir->block_n && status == YQ_OK; i++) {
        const rpc_block *first = &dir->block[i];
        if (first->number != b->number) {
            continue;
        }
        if (!yq_slice_equal(first->block.header, b->block.header)) {
            status = yq_fail(&why, YQ_E_BODY_MISMATCH, 0, "another block of this number");
        } else if (!yq_digest_is_zero(&first->stated)) {
            status = check_hash(b, first->stated.b, &why);
        }
    }
    if (status == YQ_OK) {
        status = check_body(run, b, &row, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    report(run, b, &row);
}

void evm_rpc_folder(evm_run *run, const run_folder *folder)
{
    rpc_dir dir;
    evm_rpc_read(run, folder, &dir);
    if (dir.block_n > 0) {
        size_t done = follow(run, &dir);
        for (size_t i = done; i < dir.block_n; i++) {
            lone_block(
                run,
                &dir,
                i,
                done > 0 ? "not followed by enough blocks" : "consensus not followed");
        }
        for (size_t i = 0; i < dir.more_n; i++) {
            more_block(run, &dir, &dir.more[i]);
        }
        evm_rpc_rest(run, &dir);
    }
    evm_rpc_free(&dir);
}
