#include "adapters/cometbft/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define TRUSTING_S_DEFAULT   1209600u /* 14 days: two thirds of the usual 21 of unbonding */
#define TRUSTING_S_MAX       315360000u
#define DRIFT_S_DEFAULT      10u
#define DRIFT_S_MAX          600u
#define UPDATE_EVERY_DEFAULT 20u
#define VALID_BLOCKS_DEFAULT 100u
#define INBOX_MAX            255u

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* A decimal number in 1 .. max. Returns 0 if it is not one. */
static int number_of(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text[0] < '1' || text[0] > '9') {
        return 0;
    }
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || digit > max || value > (max - digit) / 10) {
            return 0;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return 1;
}

static yq_status take_copy(const char *key, const char *text, char **out, yq_fault *why)
{
    if (text[0] == '\0') {
        return bad(why, key, "is empty");
    }
    free(*out);
    *out = strdup(text);
    return *out == NULL ? yq_fail(why, YQ_E_MEMORY, 0, key) : YQ_OK;
}

static yq_status take_chain_id(yq_comet_session *s, const char *text, yq_fault *why)
{
    size_t n = strlen(text);
    if (n == 0 || n > YQ_COMET_CHAIN_ID_SIZE) {
        return bad(why, "chain_id", "the chain's own name, 1 to 50 bytes");
    }
    memcpy(s->chain_id, text, n + 1);
    s->chain_id_given = 1;
    return YQ_OK;
}

static yq_status take_level(yq_comet_session *s, const char *text, yq_fault *why)
{
    int is_form = text[0] >= '1' && text[0] <= '9' && text[1] == '/' && text[2] >= '1' &&
                  text[2] <= '9' && text[3] == '\0';
    int num = is_form ? text[0] - '0' : 0, den = is_form ? text[2] - '0' : 1;
    if (!is_form || num > den || 3 * num < den) {
        return bad(why, "trust_level", "a fraction of one digit each, 1/3 to 1/1");
    }
    s->level_num = (uint8_t)num;
    s->level_den = (uint8_t)den;
    return YQ_OK;
}

static yq_status take_stores(yq_comet_session *s, const char *text, yq_fault *why)
{
    if (strcmp(text, "iavl") != 0 && strcmp(text, "smt") != 0) {
        return bad(why, "stores", "iavl or smt");
    }
    s->stores = strcmp(text, "iavl") == 0 ? 1 : 2;
    return YQ_OK;
}

/* A name as it stands, or as the hub prints it, in hex. */
static yq_status take_inbox(yq_comet_session *s, const char *text, yq_fault *why)
{
    char name[INBOX_MAX + 1] = "";
    size_t n = strlen(text);
    yq_buf room = {(uint8_t *)name, INBOX_MAX, 0};
    if (n <= INBOX_MAX && memchr(text, '/', n) != NULL) {
        return take_copy("inbox", text, &s->inbox, why);
    }
    if (yq_hex_decode(&room, text, n) != YQ_OK || memchr(name, '/', room.n) == NULL ||
        memchr(name, '\0', room.n) != NULL) {
        return bad(why, "inbox", "the emitter's name, port/channel or client/port, or it in hex");
    }
    return take_copy("inbox", name, &s->inbox, why);
}

typedef struct number_option {
    const char *key;
    uint64_t max, unit;
    uint64_t *out;
    const char *what;
} number_option;

static yq_status take_number(const number_option *o, const char *text, yq_fault *why)
{
    uint64_t value;
    if (!number_of(text, o->max, &value)) {
        return bad(why, o->key, o->what);
    }
    *o->out = value * o->unit;
    return YQ_OK;
}

static yq_status take_option(yq_comet_session *s, const char *key, const char *text, yq_fault *why)
{
    uint64_t sources = 0;
    const number_option number[] = {
        {"min_sources", s->endpoint_n, 1, &sources, "1 to the number of endpoints"},
        {"trusting_period_s", TRUSTING_S_MAX, 1000, &s->trusting_ms, "seconds"},
        {"clock_drift_s", DRIFT_S_MAX, 1000, &s->drift_ms, "seconds, at most 600"},
        {"anchor_height", INT64_MAX, 1, &s->anchor_height, "a height"},
        {"update_every", 10000, 1, &s->update_every, "blocks, at most 10000"},
        {"valid_blocks", 100000, 1, &s->valid_blocks, "blocks, at most 100000"},
    };
    const struct {
        const char *key;
        char **out;
    } copy[] = {
        {"emitters", &s->emitters},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(number); i++) {
        if (strcmp(key, number[i].key) == 0) {
            yq_status status = take_number(&number[i], text, why);
            s->min_sources = sources == 0 ? s->min_sources : (size_t)sources;
            return status;
        }
    }
    for (size_t i = 0; i < YQ_ARRAY_N(copy); i++) {
        if (strcmp(key, copy[i].key) == 0) {
            return take_copy(key, text, copy[i].out, why);
        }
    }
    if (strcmp(key, "chain_id") == 0) {
        return take_chain_id(s, text, why);
    }
    if (strcmp(key, "trust_level") == 0) {
        return take_level(s, text, why);
    }
    if (strcmp(key, "stores") == 0) {
        return take_stores(s, text, why);
    }
    return strcmp(key, "inbox") == 0 ? take_inbox(s, text, why) : bad(why, key, "no such option");
}

/* tcp:// is the nodes' own word for http. */
static yq_status open_pool(yq_comet_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *endpoint[YQ_COMET_ENDPOINTS_MAX];
    yq_adapter_config plain = *config;
    for (size_t i = 0; i < config->endpoint_n; i++) {
        int is_tcp = strncmp(config->endpoints[i], "tcp://", 6) == 0;
        endpoint[i] = config->endpoints[i] + (is_tcp ? 6 : 0);
    }
    plain.endpoints = endpoint;
    s->rpc.meaning = yq_comet_meaning;
    s->rpc.only_objects = 1;
    return yq_web_pool_open(&s->host, &plain, &s->access, s->min_sources, &s->rpc.pool, why);
}

yq_status yq_comet_options_read(yq_comet_session *s, const yq_adapter_config *config, yq_fault *why)
{
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_COMET_ENDPOINTS_MAX) {
        return bad(why, "endpoints", "1 to 16 addresses of the nodes' RPC");
    }
    s->endpoint_n = config->endpoint_n;
    s->min_sources = 1;
    s->trusting_ms = TRUSTING_S_DEFAULT * UINT64_C(1000);
    s->drift_ms = DRIFT_S_DEFAULT * UINT64_C(1000);
    s->update_every = UPDATE_EVERY_DEFAULT;
    s->valid_blocks = VALID_BLOCKS_DEFAULT;
    s->level_num = 1;
    s->level_den = 3;
    s->stores = 1;
    for (size_t i = 0; i < config->option_n; i++) {
        const yq_option *o = &config->options[i];
        yq_status status = YQ_OK;
        if (!yq_web_access_take(&s->access, o, &status, why)) {
            status = take_option(s, o->key, o->value, why);
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    return open_pool(s, config, why);
}

/* Looks for a name in the list; with is_client, for one that is it, or begins with it and a stroke.
 */
static int is_listed(const yq_comet_session *s, yq_slice name, int is_client)
{
    const char *at = s->emitters;
    if (at == NULL) {
        return 1;
    }
    while (*at != '\0') {
        size_t n = strcspn(at, ",");
        int begins = n >= name.n && yq_slice_equal(yq_slice_of(at, name.n), name);
        if (begins && (n == name.n || (is_client && at[name.n] == '/'))) {
            return 1;
        }
        at += n + (at[n] == ',');
    }
    return 0;
}

int yq_comet_emitter_wanted(const yq_comet_session *s, yq_slice emitter)
{
    return is_listed(s, emitter, 0);
}

int yq_comet_client_wanted(const yq_comet_session *s, yq_slice client)
{
    return is_listed(s, client, 1);
}
