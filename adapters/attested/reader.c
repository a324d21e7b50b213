#include "adapters/attested/reader.h"

#include <stdio.h>
#include <stdlib.h>

#define RATE_DEFAULT    600u
#define RATE_MAX        60000u
#define SKEW_DEFAULT_MS 300000u
#define SKEW_MAX_MS     86400000u
#define ATTESTER_PREFIX "attester_"

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

const char *yq_atd_option(const yq_adapter_config *config, const char *key)
{
    for (size_t i = 0; i < config->option_n; i++) {
        if (strcmp(config->options[i].key, key) == 0) {
            return config->options[i].value;
        }
    }
    return NULL;
}

/* A decimal number in least .. most, without sign or leading zeros. */
static yq_status take_number(
    const yq_adapter_config *config,
    const char *key,
    uint64_t least,
    uint64_t most,
    uint64_t *out,
    yq_fault *why)
{
    const char *text = yq_atd_option(config, key);
    if (text == NULL) {
        return YQ_OK;
    }
    uint64_t value = 0;
    int good = text[0] >= '0' && text[0] <= '9' && (text[0] != '0' || text[1] == '\0');
    for (size_t i = 0; good && text[i] != '\0'; i++) {
        good = text[i] >= '0' && text[i] <= '9' && value <= most / 10;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    if (!good || value < least || value > most) {
        return bad(why, key, "a number in its range");
    }
    *out = value;
    return YQ_OK;
}

/* Takes the options of HTTP, those of attesters behind their prefix. */
static yq_status take_access(yq_atd_reader *r, const yq_adapter_config *config, yq_fault *why)
{
    static const char *const own[] = {"mapping", "rate_per_minute", "skew_ms", "anchor_number"};
    size_t prefix = sizeof ATTESTER_PREFIX - 1;
    yq_status status = YQ_OK;
    for (size_t i = 0; i < config->option_n && status == YQ_OK; i++) {
        yq_option option = config->options[i];
        yq_web_access *access = &r->platform.access;
        int is_known = strncmp(option.key, YQ_ATD_URL, sizeof YQ_ATD_URL - 1) == 0;
        for (size_t k = 0; k < YQ_ARRAY_N(own); k++) {
            is_known |= strcmp(option.key, own[k]) == 0;
        }
        if (strncmp(option.key, ATTESTER_PREFIX, prefix) == 0) {
            access = &r->attester_access;
            option.key += prefix;
        }
        if (!is_known && !yq_web_access_take(access, &option, &status, why)) {
            status = bad(why, config->options[i].key, "not an option of this adapter");
        }
    }
    return status;
}

static yq_status take_options(yq_atd_reader *r, const yq_adapter_config *config, yq_fault *why)
{
    yq_atd_platform *p = &r->platform;
    p->pace.per_minute = RATE_DEFAULT;
    p->skew_ms = SKEW_DEFAULT_MS;
    r->anchor_number = 1;
    const struct {
        const char *key;
        uint64_t least, most, *out;
    } number[] = {
        {"rate_per_minute", 1, RATE_MAX, &p->pace.per_minute},
        {"skew_ms", 0, SKEW_MAX_MS, &p->skew_ms},
        {"anchor_number", 1, INT64_MAX, &r->anchor_number}};
    yq_status status = take_access(r, config, why);
    for (size_t i = 0; i < YQ_ARRAY_N(number) && status == YQ_OK; i++) {
        status =
            take_number(config, number[i].key, number[i].least, number[i].most, number[i].out, why);
    }
    const char *path = yq_atd_option(config, "mapping");
    if (status == YQ_OK && path == NULL) {
        status = bad(why, "mapping", "is needed: the file that says how the platform is read");
    }
    return status == YQ_OK ? yq_atd_mapping_read(path, &r->mapping, why) : status;
}

yq_status yq_atd_reader_open(
    yq_atd_reader *r, const yq_adapter_host *host, const yq_adapter_config *config, yq_fault *why)
{
    r->host = *host;
    r->platform.mapping = &r->mapping;
    r->chain = strdup(config->chain);
    if (r->chain == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "chain");
    }
    if (strlen(r->chain) > YQ_ATTEST_CHAIN_MAX) {
        return bad(why, "chain", "is longer than 64 bytes");
    }
    yq_status status = take_options(r, config, why);
    return status == YQ_OK ? yq_atd_platform_open(&r->platform, &r->host, config, why) : status;
}

void yq_atd_reader_close(yq_atd_reader *r)
{
    yq_atd_platform_close(&r->platform);
    yq_web_access_free(&r->attester_access);
    yq_atd_mapping_free(&r->mapping);
    free(r->chain);
}
