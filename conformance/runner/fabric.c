#include "conformance/runner/fabric.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdio.h>
#include <stdlib.h>

/* Version, number, lengths, data hash: what stands in front of the flags of an update, beside the
 * previous hash and the signatures. */
#define FLAGS_AT     48u
#define NAMES_MAX    16u
#define KEYS_TRACKED 65536u
#define TYPE_CONFIG  1u
#define TYPE_TX      3u
#define POLICY       "/Channel/Application/Endorsement"

typedef struct fabric_run {
    run_report *report;
    int mutations;
    fabric_files files;
    size_t chains; /* that began with a configuration of this folder */
    yq_slice channel;
    yq_fabric_registration registration[NAMES_MAX];
    size_t registration_n;
    run_client *client;
    run_workspace *space;
} fabric_run;

static int element_at(const fabric_block *h, size_t idx, yq_slice *element)
{
    size_t at = 0;
    for (size_t i = 0; i <= idx; i++) {
        if (!yq_fabric_raw_next(&h->block, &at, element)) {
            return 0;
        }
    }
    return 1;
}

/* The first element, when it is a configuration. */
static int config_of(const fabric_block *h, yq_fabric_raw_tx *tx)
{
    yq_slice element;
    if (!element_at(h, 0, &element)) {
        return 0;
    }
    yq_fabric_raw_tx_decode(element, tx);
    return tx->type == TYPE_CONFIG;
}

/* Every chaincode that is called is followed, with the channel's default endorsement policy. */
static void note_name(fabric_run *run, yq_slice name)
{
    size_t at = run->registration_n;
    for (size_t i = 0; i < run->registration_n; i++) {
        int order = yq_slice_compare(name, run->registration[i].name);
        if (order == 0) {
            return;
        }
        if (order < 0) {
            at = i;
            break;
        }
    }
    if (run->registration_n == NAMES_MAX || name.n == 0 || name.p[0] == '_') {
        return;
    }
    memmove(
        run->registration + at + 1,
        run->registration + at,
        (run->registration_n - at) * sizeof run->registration[0]);
    run->registration[at] =
        (yq_fabric_registration){.name = name, .path = yq_slice_text(POLICY), .keys = KEYS_TRACKED};
    run->registration_n++;
}

/* Of this channel. */
static void find_names(fabric_run *run)
{
    for (size_t i = 0; i < run->files.n; i++) {
        size_t at = 0;
        yq_slice element;
        while (yq_fabric_raw_next(&run->files.block[i].block, &at, &element)) {
            yq_fabric_raw_tx tx;
            yq_fabric_raw_tx_decode(element, &tx);
            if (tx.type == TYPE_TX && yq_slice_equal(tx.channel, run->channel)) {
                note_name(run, tx.chaincode);
            }
        }
    }
}

/* sample: the block that shows the dialect; NULL: Fabric's own. */
static yq_status begin(
    fabric_run *run, const fabric_block *first, const fabric_block *sample, yq_fault *why)
{
    size_t cap = yq_fabric_raw_update_size(&first->block) + (64u << 10);
    cap += sample == NULL ? 0 : yq_fabric_raw_update_size(&sample->block);
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_buf out = {room, cap, 0};
    yq_status status = yq_fabric_raw_sampled_anchor(
        run->channel,
        run->registration,
        run->registration_n,
        &first->block,
        sample == NULL ? NULL : &sample->block,
        &out);
    if (status == YQ_OK) {
        status = run_client_init(run->client, yq_slice_of(out.p, out.n), why);
    }
    free(room);
    return status;
}

static int goes_on(fabric_run *run, const fabric_block *h)
{
    size_t cap = yq_fabric_raw_update_size(&h->block);
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_buf out = {room, cap, 0};
    yq_fault why;
    int good =
        yq_fabric_raw_update(&h->block, &out) == YQ_OK &&
        run_client_try_update(run->client, run->space, yq_slice_of(out.p, out.n), &why) == YQ_OK;
    free(room);
    return good;
}

/* Begins in Fabric's own dialect; where no block goes on from there, in the one that a block behind
 * the first one shows. Out: sample, which showed another. */
static yq_status find_dialect(
    fabric_run *run, const fabric_block *first, const fabric_block **sample, yq_fault *why)
{
    yq_status status = begin(run, first, NULL, why);
    *sample = NULL;
    for (unsigned probing = 0; probing < 2; probing++) {
        for (size_t i = 0; i < run->files.n; i++) {
            const fabric_block *h = &run->files.block[i];
            yq_fault theirs;
            if (h->used || h->block.number != first->block.number + 1 ||
                (probing && begin(run, first, h, &theirs) != YQ_OK)) {
                continue;
            }
            if ((probing && status != YQ_OK) || (status == YQ_OK && goes_on(run, h))) {
                *sample = probing ? h : NULL;
                return YQ_OK;
            }
        }
    }
    return begin(run, first, NULL, why);
}

/* A block of that number which is not used: the one whose parent is the client's last block, else,
 * in a folder of one chain, any. */
static fabric_block *next_of(fabric_run *run, uint64_t number)
{
    yq_client_view view = {0};
    yq_fault why;
    fabric_block *any = NULL;
    if (run_client_describe(run->client, run->space, &view, &why) != YQ_OK) {
        return NULL;
    }
    for (size_t i = 0; i < run->files.n; i++) {
        fabric_block *h = &run->files.block[i];
        if (h->used || h->block.number != number) {
            continue;
        }
        if (yq_slice_equal(h->block.previous_hash, YQ_SLICE_OF(view.hash))) {
            return h;
        }
        any = h;
    }
    return run->chains == 1 ? any : NULL;
}

/* With the chaincodes that are called, where blocks follow. */
static int start(fabric_run *run, const fabric_block *first)
{
    yq_fabric_raw_tx config;
    yq_fault why = {0};
    run_row row = {
        .file = first->file->name,
        .kind = "anchor",
        .anchor = first->block.number == 0 ? "genesis" : "self"};
    YQ_ASSERT(config_of(first, &config));
    run->channel = config.channel;
    run->registration_n = 0;
    const fabric_block *sample;
    row.code = find_dialect(run, first, &sample, &why);
    if (row.code == YQ_OK && next_of(run, first->block.number + 1) != NULL) {
        find_names(run);
        row.code = begin(run, first, sample, &why);
    }
    if (row.code != YQ_OK) {
        (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why.offset, why.text);
    }
    run_row_check(&row, "data hash");
    run_row_check(&row, "configuration");
    if (sample != NULL) {
        run_row_check(&row, "dialect of the next block");
    }
    run_report_row(run->report, &row);
    return row.code == YQ_OK;
}

static void event_row(fabric_run *run, const fabric_block *h, uint32_t index, yq_slice element)
{
    yq_fabric_raw_tx tx;
    yq_fabric_raw_tx_decode(element, &tx);
    if (tx.type != TYPE_TX || !tx.has_event) {
        return;
    }
    run_row row = {.file = h->file->name, .kind = "event", .anchor = "genesis"};
    size_t cap = element.n + YQ_FABRIC_RAW_PROOF_OVERHEAD;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_buf out = {room, cap, 0};
    yq_verified_event event;
    yq_fault why = {0};
    row.code = yq_fabric_raw_proof(h->block.number, index, element, &out);
    yq_slice proof = yq_slice_of(out.p, out.n);
    if (row.code == YQ_OK) {
        row.code = run_client_event(run->client, run->space, proof, &event, &why);
    }
    if (row.code == YQ_OK && !(yq_slice_equal(event.name, tx.event_name) &&
                               yq_slice_equal(event.data, tx.event_payload))) {
        row.code = YQ_E_CONFLICT;
    }
    if (row.code != YQ_OK) {
        (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why.offset, why.text);
    } else if (run->mutations) {
        run_mutate(run->report, run->client, RUN_MUTATE_EVENT, proof, NULL, &row);
    }
    run_row_check(&row, "creator");
    run_row_check(&row, "endorsements");
    run_row_check(&row, "success");
    run_row_check(&row, "event");
    run_report_row(run->report, &row);
    free(room);
}

/* Returns 1 when the client went on. */
static int block_row(fabric_run *run, const fabric_block *h)
{
    run_row row = {.file = h->file->name, .kind = "block", .anchor = "genesis"};
    size_t cap = yq_fabric_raw_update_size(&h->block);
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_buf out = {room, cap, 0};
    yq_fault why = {0};
    row.code = yq_fabric_raw_update(&h->block, &out);
    yq_slice evidence = yq_slice_of(out.p, out.n);
    if (row.code == YQ_OK) {
        row.code = run_client_try_update(run->client, run->space, evidence, &why);
    }
    if (row.code == YQ_OK && run->mutations) {
        const run_claim flags = {
            FLAGS_AT + h->block.previous_hash.n + h->block.signatures.n,
            h->block.flags.n,
            "validity flag",
            "not signed; of a transaction that touches no followed chaincode it decides nothing"};
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, &flags, &row);
    }
    if (row.code == YQ_OK) {
        row.code = run_client_update(run->client, evidence, &why);
    } else {
        (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why.offset, why.text);
    }
    run_row_check(&row, "block hash");
    run_row_check(&row, "link");
    run_row_check(&row, "data hash");
    run_row_check(&row, "orderers' signatures");
    run_row_check(&row, "policy");
    run_row_check(&row, "transactions");
    run_report_row(run->report, &row);
    free(room);
    return row.code == YQ_OK;
}

static void follow(fabric_run *run, const fabric_block *first)
{
    fabric_block *h;
    for (uint64_t next = first->block.number + 1; (h = next_of(run, next)) != NULL; next++) {
        h->used = 1;
        if (!block_row(run, h)) {
            return;
        }
        size_t at = 0;
        yq_slice element;
        for (uint32_t k = 0; yq_fabric_raw_next(&h->block, &at, &element); k++) {
            event_row(run, h, k, element);
        }
    }
}

static int same_header(const yq_fabric_raw_block *a, const yq_fabric_raw_block *b)
{
    return a->number == b->number && yq_slice_equal(a->previous_hash, b->previous_hash) &&
           yq_slice_equal(a->data_hash, b->data_hash);
}

/* Blocks that stand in the folder twice, as the genesis often does. */
static void drop_repeated(fabric_run *run)
{
    for (size_t i = 0; i < run->files.n; i++) {
        for (size_t k = 0; k < i && !run->files.block[i].used; k++) {
            if (same_header(&run->files.block[i].block, &run->files.block[k].block) &&
                run->files.block[i].block.data.n == run->files.block[k].block.data.n) {
                run_report_skip(
                    run->report, run->files.block[i].file->name, "a block that another file has");
                run->files.block[i].used = 1;
            }
        }
    }
}

/* A configuration without the block before it begins a chain. */
static int begins(const fabric_run *run, const fabric_block *h)
{
    yq_fabric_raw_tx config;
    if (h->used || !config_of(h, &config)) {
        return 0;
    }
    for (size_t i = 0; i < run->files.n; i++) {
        if (run->files.block[i].block.number + 1 == h->block.number) {
            return 0;
        }
    }
    return 1;
}

/* A block as text has nothing that is hashed: its header against the block that has it in bytes. */
static void text_row(fabric_run *run, const fabric_text *t)
{
    run_row row = {.file = t->file->name, .kind = "block as text", .anchor = "self"};
    int found = 0, same = 0;
    for (size_t i = 0; i < run->files.n; i++) {
        const yq_fabric_raw_block *b = &run->files.block[i].block;
        int link = yq_slice_equal(b->previous_hash, yq_slice_of(t->previous, t->previous_n));
        int data = yq_slice_equal(b->data_hash, YQ_SLICE_OF(t->data));
        if (b->number == t->number && (run->chains == 1 || link || data)) {
            found = 1;
            same |= link && data;
        }
    }
    if (!found) {
        run_report_skip(
            run->report, t->file->name, "a block as text, without the bytes that are hashed");
        return;
    }
    run_row_check(&row, "header");
    row.code = same ? YQ_OK : YQ_E_BODY_MISMATCH;
    run_report_row(run->report, &row);
}

static void run_files(fabric_run *run)
{
    drop_repeated(run);
    for (size_t i = 0; i < run->files.n; i++) {
        run->chains += begins(run, &run->files.block[i]) ? 1u : 0u;
    }
    for (size_t i = 0; i < run->files.n; i++) {
        fabric_block *h = &run->files.block[i];
        if (begins(run, h)) {
            h->used = 1;
            if (start(run, h)) {
                follow(run, h);
            }
        }
    }
    for (size_t i = 0; i < run->files.n; i++) {
        if (!run->files.block[i].used) {
            run_report_skip(
                run->report,
                run->files.block[i].file->name,
                "no chain of this folder leads to this block");
        }
    }
}

void run_fabric_folder(run_report *report, const run_folder *folder, int mutations)
{
    fabric_run run = {.report = report, .mutations = mutations};
    const yq_verifier *verifier = run_verifier("fabric");
    YQ_ASSERT(verifier != NULL);
    fabric_files_read(report, folder, &run.files);
    run.client = run_client_new(verifier);
    run.space = run_workspace_new();
    run_files(&run);
    for (size_t i = 0; i < run.files.text_n; i++) {
        text_row(&run, &run.files.text[i]);
    }
    run_client_free(run.client);
    run_workspace_free(run.space);
    fabric_files_free(&run.files);
}
