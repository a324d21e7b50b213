#include "conformance/chains/common/control.h"

#include "conformance/chains/attested/atmock.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_MAX_SIZE 1024u
#define EVERYBODY     UINT32_MAX

static yq_atm_platform *platform_of(const yq_mock_control *c)
{
    return c->chain;
}

static void out_text_hex(const yq_mock_control *c, const char *key, const char *text)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(text));
}

static void put_tx(const yq_mock_control *c, uint64_t number)
{
    out_text_hex(c, NULL, yq_atm_find(c->chain, number)->id);
}

static yq_buf records_room(void)
{
    yq_buf room = {malloc(YQ_CONTRACT_RECORDS_MAX), YQ_CONTRACT_RECORDS_MAX, 0};
    YQ_ASSERT(room.p != NULL);
    return room;
}

/* ---- hooks ---- */

/* Installs a contract; its first record is STATE. */
static yq_status install(
    const yq_mock_control *c,
    const char *topic,
    const yq_contract_config *config,
    yq_contract **out)
{
    yq_buf records = records_room();
    yq_contract_free(*out);
    *out = yq_contract_new(config);
    yq_status status = *out == NULL ? yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "deploy")
                                    : yq_contract_state(*out, &records);
    if (status == YQ_OK) {
        (void)yq_atm_append(
            c->chain, topic, YQ_ATM_EVENT, yq_slice_of(records.p, records.n), c->time);
    }
    free(records.p);
    return status;
}

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_atm_platform *p = c->chain;
    p->deploy = *config;
    p->deploy.hash = YQ_HASH_SM3;
    p->deploy.own_chain = yq_slice_text(p->name);
    (void)snprintf(p->hub, sizeof p->hub, "%.*s", (int)config->hub.n, (const char *)config->hub.p);
    p->deploy.hub = yq_slice_text(p->hub);
    (void)snprintf(p->inbox_topic, sizeof p->inbox_topic, "yuqiao-inbox");
    yq_status status = install(c, p->inbox_topic, &p->deploy, &p->inbox);
    if (status == YQ_OK) {
        out_text_hex(c, "inbox", p->inbox_topic);
        out_text_hex(c, "event", YQ_ATM_EVENT);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    return platform_of(c)->inbox;
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    yq_atm_platform *p = c->chain;
    int is_foreign = p->mode == YQ_MOCK_FOREIGN_EMITTER;
    yq_send what;
    yq_status status = yq_send_decode(argument, &what, c->why);
    yq_buf records = records_room();
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count && status == YQ_OK; i++) {
        records.n = 0;
        status = yq_contract_send(
            is_foreign ? p->foreign : p->inbox, &what, yq_slice_text("platform-user"), &records);
        if (status == YQ_OK) {
            put_tx(
                c,
                yq_atm_append(
                    p,
                    is_foreign ? p->foreign_topic : p->inbox_topic,
                    YQ_ATM_EVENT,
                    yq_slice_of(records.p, records.n),
                    c->time));
        }
    }
    yq_json_out_end(c->reply);
    free(records.p);
    return status;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    out_text_hex(c, "emitter", YQ_ATM_PLAIN);
    out_text_hex(c, "event", YQ_ATM_CHANGED);
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        put_tx(c, yq_atm_append(c->chain, YQ_ATM_PLAIN, YQ_ATM_CHANGED, payload, c->time));
    }
    yq_json_out_end(c->reply);
    return YQ_OK;
}

static yq_status foreign(const yq_mock_control *c)
{
    yq_atm_platform *p = c->chain;
    (void)snprintf(p->foreign_topic, sizeof p->foreign_topic, "yuqiao-inbox-2");
    return install(c, p->foreign_topic, &p->deploy, &p->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return yq_atm_last(c->chain);
}

/* The platform shows everybody another record of a number. Its hash is nothing that it publishes.
 */
static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    yq_atm_record *r = yq_atm_find(c->chain, height);
    *hash = *shown = (yq_digest){{0}};
    if (r == NULL) {
        return YQ_E_NOT_FOUND;
    }
    r->changed_for = EVERYBODY;
    return YQ_OK;
}

/* Nobody signs on the platform: forged signatures are the attesters' matter. */
static yq_status supports(const yq_mock_control *c, yq_mock_mode mode)
{
    return mode == YQ_MOCK_HONEST || mode == YQ_MOCK_FOREIGN_EMITTER || mode == YQ_MOCK_FORK
               ? YQ_OK
               : yq_fail(c->why, YQ_E_UNSUPPORTED, 0, "mode: the platform publishes no signatures");
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_atm_platform *p = c->chain;
    p->mode = mode == YQ_MOCK_FORK ? YQ_MOCK_HONEST : mode;
    for (size_t i = 0; mode == YQ_MOCK_HONEST && i < p->record_n; i++) {
        p->record[i].changed_for = p->record[i].hidden_for = 0;
    }
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    yq_atm_platform *p = c->chain;
    yq_buf records = records_room();
    int good = yq_contract_next_set(p->inbox, set) == YQ_OK &&
               yq_contract_state(p->inbox, &records) == YQ_OK;
    if (good) {
        (void)yq_atm_append(
            p, p->inbox_topic, YQ_ATM_EVENT, yq_slice_of(records.p, records.n), c->time);
    }
    free(records.p);
    return good;
}

static void write_status(const yq_mock_control *c)
{
    const yq_atm_platform *p = c->chain;
    yq_json_out_uint(c->reply, "height", yq_atm_last(p));
    yq_json_out_uint(c->reply, "records", p->record_n);
    yq_json_out_uint(c->reply, "asked", p->asked);
    yq_json_out_uint(c->reply, "limited", p->limited);
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(p->mode));
}

/* ---- commands of this framework ---- */

/* Returns YQ_ATM_CALLERS when there is no such name. */
static size_t caller_named(yq_slice name)
{
    size_t i = 0;
    while (i < YQ_ATM_CALLERS && !yq_slice_equal(name, yq_slice_text(yq_atm_caller(i)))) {
        i++;
    }
    return i;
}

/* {caller, file}: writes the caller's token, private to its owner. */
static yq_status do_token(const yq_mock_control *c)
{
    yq_slice name = {0}, file = {0};
    char path[PATH_MAX_SIZE];
    yq_status status = yq_mock_take_text(c, "caller", &name);
    status = status == YQ_OK ? yq_mock_take_text(c, "file", &file) : status;
    if (status != YQ_OK || caller_named(name) == YQ_ATM_CALLERS || file.n >= sizeof path) {
        return status == YQ_OK ? yq_mock_missing(c, "caller") : status;
    }
    memcpy(path, file.p, file.n);
    path[file.n] = '\0';
    const char *token = platform_of(c)->token[caller_named(name)];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int good = fd >= 0 && write(fd, token, strlen(token)) == (ssize_t)strlen(token);
    good = fd >= 0 && close(fd) == 0 && good;
    return good ? YQ_OK : yq_fail(c->why, YQ_E_IO, 0, "file");
}

/* {on, retry_after}: down, as for hours. */
static yq_status do_outage(const yq_mock_control *c)
{
    yq_atm_platform *p = c->chain;
    p->is_out = 1;
    (void)yq_json_bool(yq_json_get(c->command, "on"), &p->is_out);
    p->retry_s = yq_mock_number_of(c, "retry_after", 0);
    return YQ_OK;
}

/* {per_minute, retry_after}: questions that each caller has; 0: any. */
static yq_status do_limit(const yq_mock_control *c)
{
    yq_atm_platform *p = c->chain;
    p->per_minute = yq_mock_number_of(c, "per_minute", 0);
    p->retry_s = yq_mock_number_of(c, "retry_after", 0);
    memset(p->granted, 0, sizeof p->granted);
    return YQ_OK;
}

/* {as}: how it replies from now on. */
static yq_status do_manner(const yq_mock_control *c)
{
    static const char *const name[YQ_ATM_MANNER_N] = {
        "honest", "html", "no-id", "backward", "large", "lost"};
    yq_slice as = {0};
    yq_status status = yq_mock_take_text(c, "as", &as);
    for (unsigned i = 0; status == YQ_OK && i < YQ_ATM_MANNER_N; i++) {
        if (yq_slice_equal(as, yq_slice_text(name[i]))) {
            platform_of(c)->manner = (yq_atm_manner)i;
            return YQ_OK;
        }
    }
    return status == YQ_OK ? yq_fail(c->why, YQ_E_FIELD_UNKNOWN, 0, "as") : status;
}

/* {caller, number}: one caller is shown another record, or with hide none. */
static yq_status do_lie(const yq_mock_control *c)
{
    yq_slice name = {0};
    int hide = 0;
    yq_status status = yq_mock_take_text(c, "caller", &name);
    yq_atm_record *r = yq_atm_find(c->chain, yq_mock_number_of(c, "number", 0));
    (void)yq_json_bool(yq_json_get(c->command, "hide"), &hide);
    if (status != YQ_OK || r == NULL || caller_named(name) == YQ_ATM_CALLERS) {
        return status == YQ_OK ? yq_mock_missing(c, r == NULL ? "number" : "caller") : status;
    }
    *(hide ? &r->hidden_for : &r->changed_for) |= UINT32_C(1) << caller_named(name);
    return YQ_OK;
}

/* {ahead_ms, back_ms, numbers}: of the records from now on: their clock, and numbers left out once.
 */
static yq_status do_skew(const yq_mock_control *c)
{
    yq_atm_platform *p = c->chain;
    p->skew_ms =
        (int64_t)yq_mock_number_of(c, "ahead_ms", 0) - (int64_t)yq_mock_number_of(c, "back_ms", 0);
    p->numbers_skipped = yq_mock_number_of(c, "numbers", 0);
    return YQ_OK;
}

yq_status yq_atm_control(
    yq_atm_platform *p, uint64_t time_ms, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    static const yq_mock_command own[] = {
        {"token", do_token},
        {"outage", do_outage},
        {"limit", do_limit},
        {"manner", do_manner},
        {"lie", do_lie},
        {"skew", do_skew}};
    static const yq_mock_hooks hooks = {
        .deploy = deploy,
        .inbox = inbox_of,
        .send = send,
        .emit = emit,
        .foreign = foreign,
        .height = height_of,
        .fork = fork_at,
        .supports = supports,
        .set_mode = set_mode,
        .next_set = next_set,
        .status = write_status,
        .own = own,
        .own_n = YQ_ARRAY_N(own),
    };
    const yq_mock_control c = {&hooks, p, time_ms, command, reply, why};
    return yq_mock_control_run(&c);
}
