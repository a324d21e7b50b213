#include "conformance/runner/xuper.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define MUTATE_STEP 8u /* heights between updates that are mutated */

/* Blocks one behind the other. */
typedef struct chain {
    xuper_block **at;
    size_t n;
} chain;

static xuper_block *child_of(xuper_run *run, const xuper_block *b)
{
    for (size_t i = 0; i < run->n; i++) {
        xuper_block *c = &run->block[i];
        if (c->raw != NULL && c->height == b->height + 1 && yq_digest_equal(&c->parent, &b->id)) {
            return c;
        }
    }
    return NULL;
}

/* Of two children of one block the one that goes on is meant. */
static xuper_block *next_of(xuper_run *run, const xuper_block *b)
{
    xuper_block *found = child_of(run, b);
    for (size_t i = 0; i < run->n && found != NULL && child_of(run, found) == NULL; i++) {
        xuper_block *c = &run->block[i];
        if (c->raw != NULL && c->height == b->height + 1 && yq_digest_equal(&c->parent, &b->id) &&
            child_of(run, c) != NULL) {
            found = c;
        }
    }
    return found;
}

/* Who votes and proposes: the validators of a chain that names them nowhere else. */
static void note_member(xuper_run *run, yq_slice address)
{
    for (size_t i = 0; i < run->set.n; i++) {
        if (yq_slice_equal(run->set.address[i], address)) {
            return;
        }
    }
    if (run->set.n < YQ_XUPER_MEMBERS_MAX) {
        memcpy(run->address[run->set.n], address.p, address.n);
        run->set.address[run->set.n] = yq_slice_of(run->address[run->set.n], address.n);
        run->set.n++;
    }
}

static void note_members(xuper_run *run, const xuper_block *b)
{
    run_call room;
    yq_fault why;
    yq_xuper_header header = {0};
    const yq_xuper_call call = {
        run_workspace_host(run->space, run->client, &room), &why, b->scheme};
    yq_cur c = yq_cur_of(yq_slice_of(b->raw, b->raw_n));
    yq_xuper_take_header(&call, &c, &header);
    YQ_ASSERT(yq_cur_ok(&c)); /* it was read when it was kept */
    note_member(run, header.proposer);
    for (size_t i = 0; i < header.vote_n; i++) {
        note_member(run, header.vote[i].address);
    }
}

/* The blocks from `first` on that make it final: 0 when there are not enough. */
static size_t enough(const chain *c, size_t first)
{
    for (size_t n = YQ_XUPER_HEADERS_MIN; first + n <= c->n && n <= YQ_XUPER_HEADERS_MAX; n++) {
        const size_t end = first + n;
        if (c->at[end - 1]->certifies && c->at[end - 2]->certifies && c->at[end - 3]->certifies) {
            return n;
        }
    }
    return 0;
}

static yq_status anchor_at(xuper_run *run, const xuper_block *b, yq_fault *why)
{
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    yq_put_u8(&w, YQ_XUPER_LAYOUT_VERSION);
    yq_put_u8(&w, b->scheme);
    yq_put_u8(&w, 0);
    yq_put_str8(&w, (yq_slice){0});
    yq_put_str8(&w, (yq_slice){0});
    yq_put_u64(&w, b->height);
    yq_put(&w, YQ_SLICE_OF(b->id.b));
    yq_xuper_put_set(&w, &run->set);
    yq_put(&w, yq_slice_of(b->raw, b->raw_n));
    return run_client_init(run->client, yq_writer_slice(&w), why);
}

/* One update that makes block `first` final, and those behind it that come along. Returns how many.
 */
static size_t final_row(xuper_run *run, const chain *c, size_t first, size_t n)
{
    const xuper_block *b = c->at[first];
    run_row row = {.file = b->name, .kind = "final block", .anchor = "self"};
    yq_fault why = {0};
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    yq_put_u8(&w, YQ_XUPER_LAYOUT_VERSION);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->height);
    yq_put_u16(&w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        yq_put(&w, yq_slice_of(c->at[first + i]->raw, c->at[first + i]->raw_n));
    }
    const yq_slice evidence = yq_writer_slice(&w);
    run_row_check(&row, "link");
    run_row_check(&row, "three certificates");
    run_row_check(&row, "quorum");
    yq_status status = run_client_try_update(run->client, run->space, evidence, &why);
    if (status == YQ_OK && run->mutations && b->height % MUTATE_STEP == 2) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, &row);
    }
    if (status == YQ_OK) {
        status = run_client_update(run->client, evidence, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
    return status == YQ_OK ? n - 3 : 0;
}

static void anchor_failed(
    xuper_run *run, const xuper_block *b, yq_status status, const yq_fault *why)
{
    run_row row = {.file = b->name, .kind = "anchor", .anchor = "self"};
    run_row_verdict(&row, status, why, 1);
    run_report_row(run->report, &row);
}

static void follow(xuper_run *run, const chain *c)
{
    yq_fault why = {0};
    run->set = (yq_xuper_set){0};
    for (size_t i = 0; i < c->n; i++) {
        note_members(run, c->at[i]);
    }
    if (enough(c, 1) == 0) {
        return;
    }
    yq_status status = anchor_at(run, c->at[0], &why);
    if (status != YQ_OK) {
        anchor_failed(run, c->at[0], status, &why);
        return;
    }
    for (size_t at = 1, n = enough(c, at); n != 0; n = enough(c, at)) {
        size_t done = final_row(run, c, at, n);
        if (done == 0) {
            return;
        }
        at += done;
    }
}

void xuper_follow(xuper_run *run)
{
    chain c = {.at = calloc(run->n + 1, sizeof(xuper_block *))};
    YQ_ASSERT(c.at != NULL);
    for (size_t i = 0; i < run->n; i++) {
        xuper_block *b = &run->block[i];
        if (b->raw == NULL || b->used) {
            continue;
        }
        for (c.n = 0; b != NULL; b = next_of(run, b)) {
            b->used = 1;
            c.at[c.n++] = b;
        }
        follow(run, &c);
    }
    free(c.at);
}
