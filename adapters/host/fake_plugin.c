/*
 * A chain of files for the host's tests. Option dir: its folder. `latest` holds the height; height
 * h has the update "update<h>" and the event "proof<h>" of emitter "em", name "ev"; a height that a
 * delivery made has the event "done:i,j,", one that a step made "state:E"; `named` holds the epoch
 * whose set the last certificate "end:E" named, `epoch` the inbox's (0: any); `executions` has one
 * line of eight bytes a packet. A file fail_<call> with a number makes so many calls fail;
 * fail_wait: makes a call hang.
 */
#include "yuqiao/adapter.h"
#include "yuqiao/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct session {
    const yq_adapter_host *host;
    char dir[256];
} session;

static yq_status told(yq_fault *why, yq_status status, const char *text)
{
    why->status = status;
    (void)snprintf(why->text, sizeof why->text, "%s", text);
    return status;
}

static uint64_t read_number(const session *s, const char *name)
{
    char path[400], text[32] = "";
    (void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return 0;
    }
    if (fgets(text, sizeof text, f) == NULL) {
        text[0] = '\0';
    }
    (void)fclose(f);
    return strtoull(text, NULL, 10);
}

static void write_text(const session *s, const char *name, const char *mode, const char *text)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
    FILE *f = fopen(path, mode);
    if (f != NULL) {
        (void)fputs(text, f);
        (void)fclose(f);
    }
}

static int fails(const session *s, const char *call)
{
    char name[64], text[32];
    (void)snprintf(name, sizeof name, "fail_%s", call);
    uint64_t left = read_number(s, name);
    if (left == 0) {
        return 0;
    }
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)(left - 1));
    write_text(s, name, "w", text);
    return 1;
}

static yq_status fake_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **out, yq_fault *why)
{
    for (size_t i = 0; i < config->option_n; i++) {
        if (strcmp(config->options[i].key, "dir") == 0) {
            session *s = calloc(1, sizeof *s);
            if (s == NULL) {
                return told(why, YQ_E_MEMORY, "session");
            }
            s->host = host;
            (void)snprintf(s->dir, sizeof s->dir, "%s", config->options[i].value);
            *out = s;
            return YQ_OK;
        }
    }
    return told(why, YQ_E_CONFIG_INVALID, "options.dir: name the chain's folder");
}

static yq_status fake_preflight(
    void *self, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    session *s = self;
    (void)deadline_ms;
    (void)why;
    yq_check *out = s->host->alloc(s->host->self, sizeof *out);
    if (out == NULL) {
        return YQ_E_MEMORY;
    }
    *out = (yq_check){.name = "folder", .passed = access(s->dir, R_OK) == 0, .detail = s->dir};
    *check = out;
    *check_n = 1;
    return YQ_OK;
}

static yq_status fake_anchor(void *self, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    (void)self;
    (void)deadline_ms;
    (void)why;
    *anchor = (yq_slice){(const uint8_t *)"abc", 3};
    return YQ_OK;
}

static yq_status fake_latest(void *self, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    session *s = self;
    (void)deadline_ms;
    if (fails(s, "wait")) {
        for (int i = 0; i < 30; i++) {
            (void)sleep(1); /* a plugin that does not ask whether it should stop */
        }
    }
    if (fails(s, "latest")) {
        return told(why, YQ_E_UNAVAILABLE, "the chain does not answer");
    }
    *height = read_number(s, "latest");
    return YQ_OK;
}

static char *lend_text(session *s, size_t size)
{
    return s->host->alloc(s->host->self, size);
}

static yq_slice slice(const char *text)
{
    return (yq_slice){(const uint8_t *)text, strlen(text)};
}

static yq_status fake_evidence(
    void *self, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    session *s = self;
    (void)deadline_ms;
    if (fails(s, "evidence")) {
        return told(why, YQ_E_UNAVAILABLE, "the chain does not answer");
    }
    if (height > read_number(s, "latest")) {
        return told(why, YQ_E_NOT_FOUND, "not there yet");
    }
    char *update = lend_text(s, 64), *proof = lend_text(s, 4096), *tx_id = lend_text(s, 64);
    yq_event_proof *event = s->host->alloc(s->host->self, 2 * sizeof *event);
    if (update == NULL || proof == NULL || tx_id == NULL || event == NULL) {
        return YQ_E_MEMORY;
    }
    (void)snprintf(update, 64, "update%llu", (unsigned long long)height);
    (void)snprintf(proof, 4096, "proof%llu", (unsigned long long)height);
    (void)snprintf(tx_id, 64, "tx%llu", (unsigned long long)height);
    char path[400];
    (void)snprintf(path, sizeof path, "%s/done_%llu", s->dir, (unsigned long long)height);
    FILE *f = fopen(path, "r");
    if (f != NULL) {
        size_t n = fread(proof, 1, 4095, f);
        proof[n] = '\0';
        (void)fclose(f);
    }
    event[0] = (yq_event_proof){
        .emitter = slice("em"), .name = slice("ev"), .tx_id = slice(tx_id), .proof = slice(proof)};
    event[1] = (yq_event_proof){
        .emitter = slice("other"),
        .name = slice("ev"),
        .tx_id = slice(tx_id),
        .event_index = 1,
        .proof = slice("never")};
    *out = (yq_height_evidence){.update = slice(update), .event = event, .event_n = 2};
    return YQ_OK;
}

/* Replaces a file in one step: this process may be killed at any instruction, its chain may not. */
static void replace_text(const session *s, const char *name, const char *text)
{
    char fresh[400], path[400];
    (void)snprintf(fresh, sizeof fresh, "%s/fresh", s->dir);
    (void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
    write_text(s, "fresh", "w", text);
    (void)rename(fresh, path);
}

/* Executes a packet unless it was before. One append is both the record and its effect. */
static void execute(session *s, uint64_t index)
{
    char path[400], record[16], line[16];
    (void)snprintf(path, sizeof path, "%s/executions", s->dir);
    (void)snprintf(record, sizeof record, "%07llu\n", (unsigned long long)index);
    FILE *f = fopen(path, "r");
    if (f != NULL) {
        int found = 0;
        while (!found && fgets(line, sizeof line, f) != NULL) {
            found = strcmp(line, record) == 0;
        }
        (void)fclose(f);
        if (found) {
            return;
        }
    }
    write_text(s, "executions", "a", record);
}

static uint64_t number_behind(yq_slice text, size_t at)
{
    char room[32] = "";
    if (text.n > at) {
        (void)snprintf(room, sizeof room, "%.*s", (int)(text.n - at), (const char *)text.p + at);
    }
    return strtoull(room, NULL, 10);
}

static void write_number(const session *s, const char *name, uint64_t number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    replace_text(s, name, text);
}

/* One block more, with this event. Out: reference, its height. */
static yq_status give_height(session *s, const char *event, yq_slice *reference)
{
    char name[64];
    uint64_t at = read_number(s, "latest") + 1;
    (void)snprintf(name, sizeof name, "done_%llu", (unsigned long long)at);
    if (event != NULL) {
        replace_text(s, name, event);
    }
    write_number(s, "latest", at);
    char *out = lend_text(s, 32);
    if (out == NULL) {
        return YQ_E_MEMORY;
    }
    (void)snprintf(out, 32, "%llu", (unsigned long long)at);
    *reference = slice(out);
    return YQ_OK;
}

static yq_status fake_submit(
    void *self, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    session *s = self;
    (void)deadline_ms;
    if (fails(s, "submit")) {
        return told(why, YQ_E_UNAVAILABLE, "the chain does not answer");
    }
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d;
    yq_status status = yq_delivery_decode(delivery, packet, YQ_DELIVERY_PACKETS_MAX, &d, why);
    if (status != YQ_OK) {
        return status;
    }
    char done[4000] = "done:";
    for (uint16_t i = 0; i < d.n; i++) {
        size_t n = strlen(done);
        execute(s, packet[i].index);
        (void)snprintf(done + n, sizeof done - n, "%llu,", (unsigned long long)packet[i].index);
    }
    write_text(s, d.n > 0 ? "submissions" : "certificates", "a", "x");
    if (d.certificate.n > 4 && memcmp(d.certificate.p, "end:", 4) == 0) {
        write_number(s, "named", number_behind(d.certificate, 4) + 1);
    }
    return give_height(s, d.n > 0 ? done : NULL, reference);
}

/* A set that no certificate named is refused in its block. */
static yq_status fake_step(
    void *self, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    session *s = self;
    char state[64];
    (void)deadline_ms;
    if (fails(s, "step")) {
        return told(why, YQ_E_UNAVAILABLE, "the chain does not answer");
    }
    uint64_t epoch = number_behind(set, 4);
    int good = epoch == read_number(s, "named") && epoch == read_number(s, "epoch") + 1;
    (void)snprintf(state, sizeof state, "state:%llu", (unsigned long long)epoch);
    if (good) {
        write_number(s, "epoch", epoch);
    } else {
        write_text(s, "fail_delivery", "w", "1");
    }
    return give_height(s, good ? state : NULL, reference);
}

static yq_status fake_receipt(
    void *self, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    session *s = self;
    (void)deadline_ms;
    (void)why;
    char text[32];
    (void)snprintf(text, sizeof text, "%.*s", (int)reference.n, (const char *)reference.p);
    *out =
        (yq_receipt_view){.state = YQ_SUBMIT_DONE, .height = strtoull(text, NULL, 10), .text = ""};
    if (fails(s, "receipt")) {
        out->state = YQ_SUBMIT_PENDING;
    } else if (fails(s, "delivery")) {
        out->state = YQ_SUBMIT_FAILED;
        out->text = "out of gas";
    }
    return YQ_OK;
}

static yq_status fake_counters(void *self, const yq_option **counter, size_t *counter_n)
{
    static const yq_option one[] = {{"calls", "7"}};
    (void)self;
    *counter = one;
    *counter_n = 1;
    return YQ_OK;
}

static void fake_close(void *self)
{
    free(self);
}

const yq_adapter *yq_adapter_v1(void)
{
    static const yq_adapter table = {
        .magic = YQ_ADAPTER_MAGIC,
        .size = sizeof table,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .framework = "fake",
        .version = "1.2.3",
        .open = fake_open,
        .preflight = fake_preflight,
        .anchor = fake_anchor,
        .latest = fake_latest,
        .evidence = fake_evidence,
        .submit = fake_submit,
        .receipt = fake_receipt,
        .counters = fake_counters,
        .close = fake_close,
        .step = fake_step,
    };
    return &table;
}
