#include "adapters/attested/mapping.h"

#include "adapters/attested/yaml.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE_MAX    1000u
#define VERSION     1u
#define FAIL_CONFIG YQ_E_CONFIG_INVALID

/* ---- records ---- */

/* A path that has a word in braces, and begins with a stroke. */
static const char *take_path(
    yq_atd_yaml *y, const yaml_node_t *node, const char *key, const char *const *word, size_t n)
{
    const char *path = yq_atd_yaml_text(y, node, key, NULL);
    int good = path != NULL && path[0] == '/';
    for (size_t i = 0; good && i < n; i++) {
        good = strstr(path, word[i]) != NULL;
    }
    if (path != NULL && !good) {
        char advice[64];
        (void)snprintf(
            advice,
            sizeof advice,
            "must begin with / and have %s %s",
            n > 0 ? word[0] : "",
            n > 1 ? word[1] : "");
        yq_atd_yaml_fail(
            y,
            FAIL_CONFIG,
            yq_atd_yaml_get(y, node, key),
            key,
            n == 0 ? "must begin with /" : advice);
    }
    return path;
}

static void take_fields(yq_atd_yaml *y, const yaml_node_t *records, yq_atd_records *out)
{
    const yaml_node_t *node = yq_atd_yaml_need(y, records, "fields", YAML_MAPPING_NODE);
    size_t n =
        node == NULL ? 0 : (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    if (node != NULL && (n == 0 || n > YQ_ATD_FIELDS_MAX)) {
        yq_atd_yaml_fail(y, FAIL_CONFIG, node, "fields", "must be 1 to 32 of KEY: MEMBER");
    }
    for (size_t i = 0; i < n && y->status == YQ_OK; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        yq_atd_field *f = &out->field[out->field_n++];
        f->key = yq_atd_yaml_keep(y, yaml_document_get_node(&y->document, pair->key), "fields");
        f->place = yq_atd_yaml_keep(y, yaml_document_get_node(&y->document, pair->value), "fields");
        for (size_t k = 0; k < i && y->status == YQ_OK; k++) {
            if (strcmp(out->field[k].key, f->key) == 0) {
                yq_atd_yaml_fail(y, FAIL_CONFIG, node, f->key, "stands here twice; remove one");
            }
        }
    }
}

static void take_records(yq_atd_yaml *y, const yaml_node_t *root, yq_atd_records *out)
{
    static const char *const known[] = {
        "path",
        "page",
        "list",
        "last",
        "number",
        "time",
        "clock",
        "id",
        "index",
        "emitter",
        "name",
        "data",
        "form",
        "fields"};
    static const char *const words[] = {"{after}", "{limit}"};
    static const char *const clock[] = {"ms", "s", "text"};
    static const char *const form[] = {"hex", "text", "base64", "fields"};
    const yaml_node_t *node = yq_atd_yaml_need(y, root, "records", YAML_MAPPING_NODE);
    if (node == NULL) {
        return;
    }
    yq_atd_yaml_keys(y, node, known, YQ_ARRAY_N(known));
    out->path = take_path(y, node, "path", words, YQ_ARRAY_N(words));
    out->page = yq_atd_yaml_number(y, node, "page", 1, PAGE_MAX);
    out->clock = (yq_atd_clock)yq_atd_yaml_word(y, node, "clock", clock, 3, "ms");
    out->form = (yq_atd_form)yq_atd_yaml_word(y, node, "form", form, 4, "hex");
    const struct {
        const char *key, *otherwise;
        yq_atd_place *to;
    } place[] = {
        {"list", "items", &out->list},
        {"last", NULL, &out->last},
        {"number", NULL, &out->number},
        {"time", NULL, &out->time},
        {"id", NULL, &out->id},
        {"index", "=0", &out->index},
        {"emitter", NULL, &out->emitter},
        {"name", NULL, &out->name}};
    for (size_t i = 0; i < YQ_ARRAY_N(place); i++) {
        *place[i].to = yq_atd_yaml_text(y, node, place[i].key, place[i].otherwise);
    }
    if (out->form == YQ_ATD_FIELDS) {
        take_fields(y, node, out);
    } else {
        out->data = yq_atd_yaml_text(y, node, "data", NULL);
    }
}

/* ---- inbox ---- */

static void take_inbox(yq_atd_yaml *y, const yaml_node_t *root, yq_atd_inbox *out)
{
    static const char *const known[] = {
        "submit",
        "member",
        "step",
        "step_member",
        "ticket",
        "fate",
        "state",
        "done",
        "failed",
        "number",
        "reason"};
    static const char *const words[] = {"{ticket}"};
    if (y->status != YQ_OK || yq_atd_yaml_get(y, root, "inbox") == NULL) {
        return;
    }
    const yaml_node_t *node = yq_atd_yaml_need(y, root, "inbox", YAML_MAPPING_NODE);
    if (node == NULL) {
        return;
    }
    yq_atd_yaml_keys(y, node, known, YQ_ARRAY_N(known));
    out->submit = take_path(y, node, "submit", NULL, 0);
    out->member = yq_atd_yaml_text(y, node, "member", "delivery");
    if (yq_atd_yaml_get(y, node, "step") != NULL) {
        out->step = take_path(y, node, "step", NULL, 0);
    }
    out->step_member = yq_atd_yaml_text(y, node, "step_member", "set");
    out->fate = take_path(y, node, "fate", words, 1);
    out->ticket = yq_atd_yaml_text(y, node, "ticket", NULL);
    out->state = yq_atd_yaml_text(y, node, "state", NULL);
    out->done = yq_atd_yaml_text(y, node, "done", NULL);
    out->failed = yq_atd_yaml_text(y, node, "failed", NULL);
    out->number = yq_atd_yaml_text(y, node, "number", NULL);
    out->reason = yq_atd_yaml_text(y, node, "reason", "reason");
}

/* ---- attesters ---- */

static void take_attester(yq_atd_yaml *y, const yaml_node_t *node, yq_atd_attester *out)
{
    static const char *const known[] = {"name", "organisation", "suite", "key"};
    static const char *const suite[] = {"sm2", "p256", "secp256k1", "ed25519"};
    if (node->type != YAML_MAPPING_NODE) {
        yq_atd_yaml_fail(y, FAIL_CONFIG, node, "attesters", "each must be a mapping of keys");
        return;
    }
    yq_atd_yaml_keys(y, node, known, YQ_ARRAY_N(known));
    out->name = yq_atd_yaml_text(y, node, "name", NULL);
    out->organisation = yq_atd_yaml_text(y, node, "organisation", NULL);
    if (out->organisation != NULL && strlen(out->organisation) > 64) {
        yq_atd_yaml_fail(y, FAIL_CONFIG, node, "organisation", "must be of at most 64 bytes");
    }
    out->suite = (uint8_t)yq_atd_yaml_word(y, node, "suite", suite, 4, "sm2");
    const char *hex = yq_atd_yaml_text(y, node, "key", NULL);
    yq_buf room = {out->key, sizeof out->key, 0};
    if (hex != NULL && yq_hex_decode(&room, hex, strlen(hex)) != YQ_OK) {
        yq_atd_yaml_fail(
            y,
            FAIL_CONFIG,
            yq_atd_yaml_get(y, node, "key"),
            "key",
            "must be the public key in hex");
    }
    out->key_n = room.n;
}

static void take_attesters(yq_atd_yaml *y, const yaml_node_t *root, yq_atd_mapping *out)
{
    out->epoch = yq_atd_yaml_number(y, root, "epoch", 1, UINT32_MAX);
    out->threshold = yq_atd_yaml_number(y, root, "threshold", 1, YQ_ATD_ATTESTERS_MAX);
    const yaml_node_t *list = yq_atd_yaml_need(y, root, "attesters", YAML_SEQUENCE_NODE);
    if (list == NULL) {
        return;
    }
    const yaml_node_item_t *item = list->data.sequence.items.start;
    size_t n = (size_t)(list->data.sequence.items.top - item);
    if (n > YQ_ATD_ATTESTERS_MAX) {
        yq_atd_yaml_fail(y, FAIL_CONFIG, list, "attesters", "at most 16");
    }
    for (size_t i = 0; i < n && y->status == YQ_OK; i++) {
        yq_atd_attester *a = &out->attester[out->attester_n++];
        const yaml_node_t *node = yaml_document_get_node(&y->document, item[i]);
        take_attester(y, node, a);
        for (size_t k = 0; k < i && y->status == YQ_OK; k++) {
            if (strcmp(out->attester[k].name, a->name) == 0) {
                yq_atd_yaml_fail(y, FAIL_CONFIG, node, "name", "another attester has it");
            }
        }
    }
}

/* ---- the file ---- */

yq_status yq_atd_mapping_parse(yq_slice file, yq_atd_mapping *out, yq_fault *why)
{
    static const char *const known[] = {
        "version", "records", "inbox", "epoch", "threshold", "attesters"};
    *out = (yq_atd_mapping){0};
    if (file.n > YQ_ATD_FILE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "mapping: larger than 256 KiB");
    }
    yq_hash_one(YQ_HASH_SM3, file, out->sm3.b);
    yq_atd_yaml y = {.mapping = out, .why = why};
    const yaml_node_t *root = yq_atd_yaml_open(&y, file);
    if (root != NULL) {
        yq_atd_yaml_keys(&y, root, known, YQ_ARRAY_N(known));
        (void)yq_atd_yaml_number(&y, root, "version", VERSION, VERSION);
        take_records(&y, root, &out->records);
        take_inbox(&y, root, &out->inbox);
        take_attesters(&y, root, out);
    }
    yq_atd_yaml_close(&y);
    return y.status == YQ_OK ? yq_atd_attesters_check(out, why) : y.status;
}

yq_status yq_atd_mapping_read(const char *path, yq_atd_mapping *out, yq_fault *why)
{
    *out = (yq_atd_mapping){0};
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return yq_fail(
            why,
            errno == ENOENT ? YQ_E_NOT_FOUND : YQ_E_IO,
            0,
            "mapping: the file cannot be read; correct the path");
    }
    uint8_t *text = malloc(YQ_ATD_FILE_MAX + 1);
    size_t n = text == NULL ? 0 : fread(text, 1, YQ_ATD_FILE_MAX + 1, f);
    int bad = text == NULL || ferror(f) != 0;
    (void)fclose(f);
    yq_status status = bad ? yq_fail(why, YQ_E_IO, 0, "mapping: the file cannot be read")
                           : yq_atd_mapping_parse(yq_slice_of(text, n), out, why);
    free(text);
    return status;
}

void yq_atd_mapping_free(yq_atd_mapping *m)
{
    for (size_t i = 0; i < m->text_n; i++) {
        free(m->text[i]);
    }
    *m = (yq_atd_mapping){0};
}
