#include "conformance/chains/attested/atmock.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/crypto/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const caller_name[YQ_ATM_CALLERS] = {
    "adapter",
    "attester-1",
    "attester-2",
    "attester-3",
    "attester-4",
    "attester-5",
    "attester-6",
    "attester-7",
    "attester-8",
    "auditor"};

const char *yq_atm_caller(size_t i)
{
    return i < YQ_ATM_CALLERS ? caller_name[i] : NULL;
}

static void *grow(void *array, size_t *n, size_t size)
{
    uint8_t *grown = realloc(array, (*n + 1) * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *n * size, 0, size);
    ++*n;
    return grown;
}

static void make_tokens(yq_atm_platform *p)
{
    for (size_t i = 0; i < YQ_ATM_CALLERS; i++) {
        yq_digest md = {{0}};
        const yq_slice part[] = {
            yq_slice_text(p->seed), yq_slice_text("/"), yq_slice_text(caller_name[i])};
        yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), md.b);
        (void)yq_hex_encode(p->token[i], YQ_ATM_TOKEN_SIZE, md.b, (YQ_ATM_TOKEN_SIZE - 1) / 2);
    }
}

yq_atm_platform *yq_atm_new(const char *name, const char *seed, uint64_t time_ms)
{
    yq_atm_platform *p = calloc(1, sizeof *p);
    YQ_ASSERT(p != NULL);
    p->name = strdup(name);
    p->seed = strdup(seed);
    YQ_ASSERT(p->name != NULL && p->seed != NULL);
    make_tokens(p);
    (void)yq_atm_append(p, "platform", "Opened", yq_slice_text(name), time_ms);
    return p;
}

void yq_atm_free(yq_atm_platform *p)
{
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < p->record_n; i++) {
        free(p->record[i].data);
    }
    yq_contract_free(p->inbox);
    yq_contract_free(p->foreign);
    free(p->record);
    free(p->ticket);
    free(p->name);
    free(p->seed);
    free(p);
}

uint64_t yq_atm_last(const yq_atm_platform *p)
{
    return p->record_n == 0 ? 0 : p->record[p->record_n - 1].number;
}

yq_atm_record *yq_atm_find(yq_atm_platform *p, uint64_t number)
{
    for (size_t i = p->record_n; i-- > 0;) {
        if (p->record[i].number == number) {
            return &p->record[i];
        }
    }
    return NULL;
}

uint64_t yq_atm_append(
    yq_atm_platform *p, const char *topic, const char *type, yq_slice data, uint64_t time_ms)
{
    uint64_t last = yq_atm_last(p);
    uint64_t before = last == 0 ? 0 : p->record[p->record_n - 1].time_ms;
    uint64_t time = (uint64_t)((int64_t)time_ms + p->skew_ms);
    p->record = grow(p->record, &p->record_n, sizeof *p->record);
    yq_atm_record *r = &p->record[p->record_n - 1];
    r->number = last + 1 + p->numbers_skipped;
    r->time_ms = p->skew_ms == 0 && time < before ? before : time;
    (void)snprintf(r->topic, sizeof r->topic, "%s", topic);
    (void)snprintf(r->type, sizeof r->type, "%s", type);
    (void)snprintf(r->id, sizeof r->id, "%.20s-%" PRIu64, p->name, r->number);
    r->data = malloc(data.n + 1);
    YQ_ASSERT(r->data != NULL);
    yq_bytes_copy(r->data, data.p, data.n);
    r->data_n = data.n;
    p->numbers_skipped = 0;
    return r->number;
}

const yq_atm_ticket *yq_atm_ticket_of(const yq_atm_platform *p, yq_slice name)
{
    for (size_t i = 0; i < p->ticket_n; i++) {
        if (yq_slice_equal(name, yq_slice_text(p->ticket[i].name))) {
            return &p->ticket[i];
        }
    }
    return NULL;
}

/* A ticket for what the inbox did: its records go into the journal. */
static const yq_atm_ticket *give_ticket(
    yq_atm_platform *p, yq_status status, const yq_buf *records, uint64_t time_ms)
{
    p->ticket = grow(p->ticket, &p->ticket_n, sizeof *p->ticket);
    yq_atm_ticket *t = &p->ticket[p->ticket_n - 1];
    (void)snprintf(t->name, sizeof t->name, "ticket %zu/%s", p->ticket_n, p->name);
    if (status != YQ_OK) {
        (void)snprintf(t->reason, sizeof t->reason, "%s", yq_status_name(status) + 2);
    } else if (records->n > 0) {
        t->number = yq_atm_append(
            p, p->inbox_topic, YQ_ATM_EVENT, yq_slice_of(records->p, records->n), time_ms);
    } else {
        t->number = yq_atm_last(p);
    }
    return t;
}

static const yq_atm_ticket *run_inbox(
    yq_atm_platform *p, yq_slice bytes, int is_step, uint64_t time_ms)
{
    yq_fault why = {0};
    yq_status status = YQ_E_STATE;
    yq_buf records = {malloc(YQ_CONTRACT_RECORDS_MAX), YQ_CONTRACT_RECORDS_MAX, 0};
    YQ_ASSERT(records.p != NULL);
    if (p->inbox != NULL && is_step) {
        status = yq_contract_step(p->inbox, bytes, &records);
    } else if (p->inbox != NULL) {
        status = yq_contract_deliver(p->inbox, bytes, time_ms, &records, &why);
    }
    const yq_atm_ticket *t = give_ticket(p, status, &records, time_ms);
    free(records.p);
    return t;
}

const yq_atm_ticket *yq_atm_deliver(yq_atm_platform *p, yq_slice delivery, uint64_t time_ms)
{
    return run_inbox(p, delivery, 0, time_ms);
}

const yq_atm_ticket *yq_atm_step(yq_atm_platform *p, yq_slice set, uint64_t time_ms)
{
    return run_inbox(p, set, 1, time_ms);
}
