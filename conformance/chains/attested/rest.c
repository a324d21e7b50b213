#include "conformance/chains/attested/atmock.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_MAX  (64u << 20)
#define FILLER     (65u << 20)
#define MINUTE_MS  60000u
#define INBOX      "/api/v1/inbox"
#define TICKET_MAX 256u

static yq_atm_reply bare(int code)
{
    return (yq_atm_reply){.code = code};
}

static yq_atm_reply begin(int code)
{
    yq_atm_reply reply = {.code = code, .out = yq_json_out_new(REPLY_MAX)};
    YQ_ASSERT(reply.out != NULL);
    yq_json_out_object(reply.out, NULL);
    return reply;
}

/* Returns YQ_ATM_CALLERS for a stranger. */
static size_t caller_of(const yq_atm_platform *p, const char *authorization)
{
    size_t i = 0;
    while (i < YQ_ATM_CALLERS &&
           (authorization == NULL || strncmp(authorization, "Bearer ", 7) != 0 ||
            strcmp(authorization + 7, p->token[i]) != 0)) {
        i++;
    }
    return i;
}

/* A number behind "KEY=" in a query, or otherwise. */
static uint64_t argument(const char *query, const char *key, uint64_t otherwise)
{
    const char *at = query == NULL ? NULL : strstr(query, key);
    return at == NULL ? otherwise : strtoull(at + strlen(key), NULL, 10);
}

/* ---- the journal ---- */

static void put_record(
    const yq_atm_platform *p, const yq_atm_record *r, size_t caller, yq_json_out *out)
{
    int is_changed = (r->changed_for >> caller & 1u) != 0;
    yq_json_out_object(out, NULL);
    yq_json_out_uint(out, "seq", r->number);
    yq_json_out_uint(out, "time", r->time_ms);
    if (p->manner != YQ_ATM_NO_ID) {
        yq_json_out_str(out, "id", r->id);
    }
    yq_json_out_object(out, "from");
    yq_json_out_str(out, "topic", r->topic);
    yq_json_out_str(out, "type", r->type);
    yq_json_out_end(out);
    if (is_changed && r->data_n > 0) {
        uint8_t *copy = malloc(r->data_n);
        YQ_ASSERT(copy != NULL);
        memcpy(copy, r->data, r->data_n);
        copy[r->data_n - 1] ^= 1;
        yq_json_out_hex(out, "body", yq_slice_of(copy, r->data_n));
        free(copy);
    } else {
        yq_json_out_hex(out, "body", yq_slice_of(r->data, r->data_n));
    }
    yq_json_out_end(out);
}

static yq_atm_reply get_journal(const yq_atm_platform *p, const char *query, size_t caller)
{
    uint64_t after = argument(query, "after=", 0),
             limit = argument(query, "limit=", YQ_ATM_PAGE_MAX);
    yq_atm_reply reply = begin(200);
    size_t first = 0, n = 0;
    limit = limit < YQ_ATM_PAGE_MAX ? limit : YQ_ATM_PAGE_MAX;
    while (first < p->record_n && p->record[first].number <= after) {
        first++;
    }
    n = p->record_n - first < limit ? p->record_n - first : (size_t)limit;
    yq_json_out_array(reply.out, "items");
    for (size_t i = 0; i < n; i++) {
        const yq_atm_record *r =
            &p->record[p->manner == YQ_ATM_BACKWARD ? first + n - 1 - i : first + i];
        if ((r->hidden_for >> caller & 1u) == 0) {
            put_record(p, r, caller, reply.out);
        }
    }
    yq_json_out_end(reply.out);
    yq_json_out_uint(reply.out, "last", yq_atm_last(p));
    return reply;
}

/* ---- the inbox ---- */

/* {delivery} or {set}, in hex. */
static yq_atm_reply post_inbox(yq_atm_platform *p, const yq_atm_request *request, int is_step)
{
    yq_atm_reply reply = bare(400);
    yq_json *document = yq_json_parse(request->body, REPLY_MAX, NULL);
    const yq_json *value =
        document == NULL ? NULL : yq_json_get(yq_json_root(document), is_step ? "set" : "delivery");
    yq_buf room = {malloc(request->body.n + 1), request->body.n + 1, 0};
    YQ_ASSERT(room.p != NULL);
    if (yq_json_hex(value, &room)) {
        const yq_slice bytes = yq_slice_of(room.p, room.n);
        const yq_atm_ticket *t = is_step ? yq_atm_step(p, bytes, request->time_ms)
                                         : yq_atm_deliver(p, bytes, request->time_ms);
        reply = begin(202);
        yq_json_out_str(reply.out, "ticket", t->name);
        reply.is_cut = p->manner == YQ_ATM_LOST;
    }
    free(room.p);
    yq_json_free(document);
    return reply;
}

/* Undoes percent-encoding. Returns the size. */
static size_t plain(const char *text, char *out, size_t cap)
{
    size_t n = 0;
    for (; *text != '\0' && n + 1 < cap; text++) {
        char digits[3] = {0};
        if (*text == '%' && text[1] != '\0' && text[2] != '\0') {
            memcpy(digits, text + 1, 2);
            out[n++] = (char)strtoul(digits, NULL, 16);
            text += 2;
        } else {
            out[n++] = *text;
        }
    }
    return n;
}

static yq_atm_reply get_ticket(const yq_atm_platform *p, const char *name)
{
    char text[TICKET_MAX];
    size_t n = plain(name, text, sizeof text);
    const yq_atm_ticket *t = yq_atm_ticket_of(p, yq_slice_of(text, n));
    if (t == NULL) {
        return bare(404);
    }
    yq_atm_reply reply = begin(200);
    yq_json_out_str(reply.out, "state", t->number > 0 ? "done" : "failed");
    if (t->number > 0) {
        yq_json_out_uint(reply.out, "record", t->number);
    } else {
        yq_json_out_str(reply.out, "reason", t->reason);
    }
    return reply;
}

/* ---- all of it ---- */

/* Returns 1 when the caller's questions of this minute are used up. */
static int is_limited(yq_atm_platform *p, size_t caller, uint64_t time_ms)
{
    if (p->minute[caller] != time_ms / MINUTE_MS) {
        p->minute[caller] = time_ms / MINUTE_MS;
        p->granted[caller] = 0;
    }
    p->granted[caller]++;
    return p->per_minute > 0 && p->granted[caller] > p->per_minute;
}

static yq_atm_reply route(yq_atm_platform *p, const yq_atm_request *r, size_t caller)
{
    if (!r->is_post && strcmp(r->path, "/api/v1/journal") == 0) {
        return get_journal(p, r->query, caller);
    }
    if (r->is_post && strcmp(r->path, INBOX) == 0) {
        return post_inbox(p, r, 0);
    }
    if (r->is_post && strcmp(r->path, INBOX "/step") == 0) {
        return post_inbox(p, r, 1);
    }
    if (!r->is_post && strncmp(r->path, INBOX "/", sizeof INBOX) == 0) {
        return get_ticket(p, r->path + sizeof INBOX);
    }
    return bare(404);
}

yq_atm_reply yq_atm_answer(yq_atm_platform *p, const yq_atm_request *r)
{
    size_t caller = caller_of(p, r->authorization);
    p->asked++;
    if (p->is_out) {
        return (yq_atm_reply){.code = 503, .retry_s = p->retry_s};
    }
    if (caller == YQ_ATM_CALLERS) {
        return bare(401);
    }
    if (is_limited(p, caller, r->time_ms)) {
        p->limited++;
        return (yq_atm_reply){.code = 429, .retry_s = p->retry_s};
    }
    if (p->manner == YQ_ATM_HTML) {
        return (yq_atm_reply){.code = 200, .is_html = 1};
    }
    if (p->manner == YQ_ATM_LARGE) {
        return (yq_atm_reply){.code = 200, .filler = FILLER};
    }
    yq_atm_reply reply = route(p, r, caller);
    if (reply.out != NULL) {
        yq_json_out_end(reply.out);
    }
    return reply;
}
