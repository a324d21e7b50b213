#include "adapters/fabric/evidence.h"
#include "conformance/runner/kinds.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOCKS_MAX   65536u
#define NAMES_MAX    16u
#define KEYS_TRACKED 65536u
#define TYPE_CONFIG  1u
#define TYPE_TX      3u
#define POLICY       "/Channel/Application/Endorsement"

typedef struct held {
    const run_file *file;
    yq_slice raw;
    yq_fabric_raw_block block;
} held;

typedef struct fabric_run {
    run_report *report;
    int mutations;
    held *item; /* by number; the first of each */
    size_t n;
    yq_slice channel;
    yq_fabric_registration registration[NAMES_MAX];
    size_t registration_n;
    run_client *client;
    run_workspace *space;
} fabric_run;

static int is_block_file(const run_file *file)
{
    return run_ends_with(file->base, ".block") || run_ends_with(file->base, ".pb");
}

static void insert(fabric_run *run, held one)
{
    run->item = realloc(run->item, (run->n + 1) * sizeof *run->item);
    YQ_ASSERT(run->item != NULL);
    size_t at = run->n;
    while (at > 0 && run->item[at - 1].block.number > one.block.number) {
        run->item[at] = run->item[at - 1];
        at--;
    }
    run->item[at] = one;
    run->n++;
}

static void read_folder(fabric_run *run, const run_folder *folder)
{
    for (size_t i = 0; i < folder->n && run->n < BLOCKS_MAX; i++) {
        const run_file *file = &folder->file[i];
        held one = {.file = file};
        yq_fault why;
        if (!is_block_file(file)) {
            continue;
        }
        yq_status status = run_file_read(file->path, &one.raw, &why);
        if (status == YQ_OK) {
            status = yq_fabric_raw_block_decode(one.raw, &one.block, &why);
        }
        if (status == YQ_OK) {
            insert(run, one);
            continue;
        }
        if (!yq_status_is_fault(status) && !run_ends_with(file->base, ".block")) {
            run_report_skip(run->report, file->name, "no block of Fabric");
            run_file_free(one.raw);
            continue;
        }
        run_row row = {.file = file->name, .kind = "block", .anchor = "none", .code = status};
        (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why.offset, why.text);
        run_report_row(run->report, &row);
        run_file_free(one.raw);
    }
}

static int element_at(const held *h, size_t idx, yq_slice *element)
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
static int config_of(const held *h, yq_fabric_raw_tx *tx)
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

static void find_names(fabric_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        size_t at = 0;
        yq_slice element;
        while (yq_fabric_raw_next(&run->item[i].block, &at, &element)) {
            yq_fabric_raw_tx tx;
            yq_fabric_raw_tx_decode(element, &tx);
            if (tx.type == TYPE_TX) {
                note_name(run, tx.chaincode);
            }
        }
    }
}

static int start(fabric_run *run, const held *first)
{
    yq_fabric_raw_tx config;
    yq_fault why = {0};
    run_row row = {
        .file = first->file->name,
        .kind = "anchor",
        .anchor = first->block.number == 0 ? "genesis" : "self"};
    size_t cap = yq_fabric_raw_update_size(&first->block) + (64u << 10);
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_buf out = {room, cap, 0};
    if (!config_of(first, &config)) {
        free(room);
        run_report_skip(run->report, first->file->name, "no configuration block to begin with");
        return 0;
    }
    run->channel = config.channel;
    row.code = yq_fabric_raw_anchor(
        run->channel, run->registration, run->registration_n, &first->block, &out);
    if (row.code == YQ_OK) {
        row.code = run_client_init(run->client, yq_slice_of(out.p, out.n), &why);
    }
    if (row.code != YQ_OK) {
        (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why.offset, why.text);
    }
    run_row_check(&row, "data hash");
    run_row_check(&row, "configuration");
    run_report_row(run->report, &row);
    free(room);
    return row.code == YQ_OK;
}

static void event_row(fabric_run *run, const held *h, uint32_t index, yq_slice element)
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
        run_mutate(run->report, run->client, RUN_MUTATE_EVENT, proof, 0, &row);
    }
    run_row_check(&row, "creator");
    run_row_check(&row, "endorsements");
    run_row_check(&row, "success");
    run_row_check(&row, "event");
    run_report_row(run->report, &row);
    free(room);
}

/* Returns 1 when the client went on. */
static int block_row(fabric_run *run, const held *h)
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
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, 0, &row);
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

static void follow(fabric_run *run)
{
    uint64_t next = run->item[0].block.number + 1;
    for (size_t i = 1; i < run->n; i++) {
        const held *h = &run->item[i];
        if (h->block.number + 1 == next) {
            continue; /* the genesis under a second name, or a block that was read already */
        }
        if (h->block.number != next || !block_row(run, h)) {
            if (h->block.number != next) {
                run_report_skip(run->report, h->file->name, "the block before it is not there");
            }
            return;
        }
        size_t at = 0;
        yq_slice element;
        for (uint32_t k = 0; yq_fabric_raw_next(&h->block, &at, &element); k++) {
            event_row(run, h, k, element);
        }
        next++;
    }
}

static void items_free(fabric_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        run_file_free(run->item[i].raw);
    }
    free(run->item);
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): items_free gives back what read_folder took */
void run_fabric_folder(run_report *report, const run_folder *folder, int mutations)
{
    fabric_run run = {.report = report, .mutations = mutations};
    read_folder(&run, folder);
    if (run.n == 0) {
        items_free(&run);
        return;
    }
    const yq_verifier *verifier = run_verifier("fabric");
    YQ_ASSERT(verifier != NULL);
    run.client = run_client_new(verifier);
    run.space = run_workspace_new();
    find_names(&run);
    if (start(&run, &run.item[0])) {
        follow(&run);
    }
    run_client_free(run.client);
    run_workspace_free(run.space);
    items_free(&run);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */
