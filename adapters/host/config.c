#include "adapters/host/config.h"

#include "relay/base/bytes.h"
#include "relay/hub/tx.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#define CONFIG_SIZE_MAX (256u << 10)
#define POLL_MS         300u
#define POLL_MS_MIN     20u
#define POLL_MS_MAX     60000u
#define DEADLINE_MS     15000u
#define DEADLINE_MS_MIN 500u
#define DEADLINE_MS_MAX 120000u
#define BATCH           20u
#define SEE             "see yuqiao-adapter --help for the keys"

/* ---- the schema ----------------------------------------------------------------------------- */

#define FIELD_TEXT(name, flags)                                                                    \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | (flags), yq_host_file, name, 1, 4096)
#define FIELD_LIST(name, schema)                                                                   \
    CYAML_FIELD_SEQUENCE(                                                                          \
        #name, CYAML_FLAG_POINTER, yq_host_file, name, schema, 1, YQ_HOST_ENDPOINTS_MAX)
#define FIELD_UINT(name) CYAML_FIELD_UINT(#name, CYAML_FLAG_OPTIONAL, yq_host_file, name)

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 4096),
};
static const cyaml_schema_field_t file_fields[] = {
    FIELD_TEXT(chain, 0),
    FIELD_TEXT(framework, 0),
    FIELD_LIST(endpoints, &text_schema),
    FIELD_LIST(hub, &text_schema),
    FIELD_TEXT(key, 0),
    FIELD_TEXT(passphrase_file, CYAML_FLAG_OPTIONAL),
    FIELD_TEXT(cursor_dir, 0),
    FIELD_TEXT(hub_ca, CYAML_FLAG_OPTIONAL),
    FIELD_UINT(poll_ms),
    FIELD_UINT(deadline_ms),
    FIELD_UINT(batch),
    FIELD_UINT(start_height),
    CYAML_FIELD_IGNORE("options", CYAML_FLAG_OPTIONAL), /* free keys: read from the document */
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, yq_host_file, file_fields),
};

/* ---- loading -------------------------------------------------------------------------------- */

typedef struct load {
    const char *path;
    char *text;
    size_t n;
    yaml_document_t document;
    int has_document;
    char first[200], field[64]; /* what the schema's reader told first, and the innermost field */
    yq_host_config_error *error;
} load;

static yq_status wrong_at(load *l, size_t line, const char *key, const char *advice)
{
    (void)snprintf(
        l->error->text, sizeof l->error->text, "%.300s:%zu: %.60s: %s", l->path, line, key, advice);
    return YQ_E_CONFIG_INVALID;
}

static const char *scalar(const yaml_node_t *node)
{
    return node != NULL && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
                                                          : NULL;
}

static yaml_node_pair_t *pairs_of(yaml_node_t *mapping, size_t *n)
{
    *n = (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
    return mapping->data.mapping.pairs.start;
}

/* Out: the key's node and its value's, in the file's mapping. */
static int find(load *l, const char *key, yaml_node_t **key_node, yaml_node_t **value)
{
    yaml_node_t *root = yaml_document_get_root_node(&l->document);
    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        return 0;
    }
    size_t n;
    yaml_node_pair_t *pair = pairs_of(root, &n);
    for (size_t i = 0; i < n; i++) {
        yaml_node_t *node = yaml_document_get_node(&l->document, pair[i].key);
        const char *name = scalar(node);
        if (name != NULL && strcmp(name, key) == 0) {
            *key_node = node;
            *value = yaml_document_get_node(&l->document, pair[i].value);
            return 1;
        }
    }
    return 0;
}

/* A wrong value of a key. */
static yq_status wrong(load *l, const char *key, const char *advice)
{
    yaml_node_t *node, *value;
    size_t line = find(l, key, &node, &value) ? node->start_mark.line + 1 : 1;
    return wrong_at(l, line, key, advice);
}

static yq_status read_text(load *l)
{
    FILE *f = fopen(l->path, "rb");
    if (f == NULL) {
        int saved = errno;
        (void)snprintf(
            l->error->text,
            sizeof l->error->text,
            "%.300s: %s; name the file with --config FILE",
            l->path,
            strerror(saved));
        return saved == ENOENT || saved == ENOTDIR ? YQ_E_NOT_FOUND : YQ_E_IO;
    }
    l->text = calloc(1, CONFIG_SIZE_MAX + 1);
    l->n = l->text == NULL ? 0 : fread(l->text, 1, CONFIG_SIZE_MAX + 1, f);
    int bad = l->text == NULL || ferror(f) != 0;
    (void)fclose(f);
    if (bad) {
        (void)wrong_at(l, 1, "file", "cannot be read");
        return YQ_E_IO;
    }
    return l->n > CONFIG_SIZE_MAX ? wrong_at(l, 1, "file", "larger than 256 KiB") : YQ_OK;
}

static yq_status read_document(load *l)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return YQ_E_MEMORY;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)l->text, l->n);
    yq_status status = YQ_OK;
    if (yaml_parser_load(&parser, &l->document)) {
        l->has_document = 1;
    } else {
        char advice[160];
        (void)snprintf(
            advice,
            sizeof advice,
            "not valid YAML: %.100s; mend the line",
            parser.problem == NULL ? "cannot be read" : parser.problem);
        status = wrong_at(l, parser.problem_mark.line + 1, "file", advice);
    }
    yaml_parser_delete(&parser);
    return status;
}

/* The schema's reader takes the last of two equal keys without a word. */
static yq_status check_duplicates(load *l, yaml_node_t *mapping)
{
    size_t n;
    yaml_node_pair_t *pair = pairs_of(mapping, &n);
    for (size_t i = 0; i < n; i++) {
        yaml_node_t *node = yaml_document_get_node(&l->document, pair[i].key);
        const char *name = scalar(node);
        if (name == NULL) {
            return wrong_at(
                l, node->start_mark.line + 1, "file", "a key must be a plain text; correct it");
        }
        for (size_t k = 0; k < i; k++) {
            const char *other = scalar(yaml_document_get_node(&l->document, pair[k].key));
            if (strcmp(name, other) == 0) {
                return wrong_at(
                    l, node->start_mark.line + 1, name, "stands here twice; remove one");
            }
        }
    }
    return YQ_OK;
}

/* The reader tells an error in one line and then where it was, innermost first. */
__attribute__((format(printf, 3, 0))) static void on_reader_log(
    cyaml_log_t level, void *ctx, const char *format, va_list args)
{
    load *l = ctx;
    char line[400];
    if (level < CYAML_LOG_ERROR || vsnprintf(line, sizeof line, format, args) < 0) {
        return;
    }
    line[strcspn(line, "\n")] = '\0';
    const char *name = strstr(line, "field '");
    if (l->first[0] == '\0') {
        const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
        (void)snprintf(l->first, sizeof l->first, "%.199s", text);
    } else if (name != NULL && l->field[0] == '\0') {
        (void)snprintf(l->field, sizeof l->field, "%.63s", name + 7);
        l->field[strcspn(l->field, "'")] = '\0';
    }
}

static yq_status refused(load *l)
{
    int is_named =
        strstr(l->first, "Unexpected key") != NULL || strstr(l->first, "Missing required") != NULL;
    const char *last = strrchr(l->first, ' ');
    if (is_named && last != NULL) {
        (void)snprintf(l->field, sizeof l->field, "%.63s", last + 1);
    }
    const char *advice = "give a value of the right type and range";
    if (strstr(l->first, "Unexpected key") != NULL) {
        advice = "remove the key or correct its name";
    } else if (strstr(l->first, "Missing required") != NULL) {
        advice = "add the key";
    }
    char text[320];
    (void)snprintf(text, sizeof text, "%.150s: %s; " SEE, l->first, advice);
    return wrong(l, l->field[0] == '\0' ? "file" : l->field, text);
}

static void *keep_memory(void *ctx, void *p, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

static cyaml_config_t reader_config(load *l)
{
    return (cyaml_config_t){
        .log_fn = on_reader_log,
        .log_ctx = l,
        .mem_fn = keep_memory,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

/* ---- checks --------------------------------------------------------------------------------- */

static yq_status read_options(load *l, yq_host_config *config)
{
    yaml_node_t *key, *value;
    if (!find(l, "options", &key, &value)) {
        return YQ_OK;
    }
    if (value->type != YAML_MAPPING_NODE) {
        return wrong(l, "options", "must be a mapping of key: \"value\"");
    }
    yq_status status = check_duplicates(l, value);
    if (status != YQ_OK) {
        return status;
    }
    size_t n;
    yaml_node_pair_t *pair = pairs_of(value, &n);
    if (n > YQ_HOST_OPTIONS_MAX) {
        return wrong(l, "options", "at most 64 keys");
    }
    for (size_t i = 0; i < n; i++) {
        yaml_node_t *name = yaml_document_get_node(&l->document, pair[i].key);
        const char *text = scalar(yaml_document_get_node(&l->document, pair[i].value));
        if (text == NULL) {
            return wrong_at(
                l, name->start_mark.line + 1, scalar(name), "must be one text or number");
        }
        char **copy = &config->option_text[2 * config->option_n];
        copy[0] = strdup(scalar(name));
        copy[1] = strdup(text);
        config->option[config->option_n++] = (yq_option){.key = copy[0], .value = copy[1]};
        if (copy[0] == NULL || copy[1] == NULL) {
            return YQ_E_MEMORY;
        }
    }
    return YQ_OK;
}

static int is_framework(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return 0;
        }
    }
    return n > 0 && n <= YQ_FRAMEWORK_SIZE_MAX;
}

static int is_hub_endpoint(const char *text)
{
    return (strncmp(text, "unix:/", 6) == 0 && strlen(text) < 100) ||
           (strncmp(text, "http://", 7) == 0 && text[7] != '\0') ||
           (strncmp(text, "https://", 8) == 0 && text[8] != '\0');
}

/* 0 means the default; else it must lie in the range. */
static uint32_t number(uint32_t value, uint32_t otherwise, uint32_t min, uint32_t max, int *good)
{
    if (value == 0) {
        return otherwise;
    }
    *good = value >= min && value <= max;
    return value;
}

static yq_status check_numbers(load *l, yq_host_config *config)
{
    const yq_host_file *f = config->file;
    int good = 1;
    config->poll_ms = number(f->poll_ms, POLL_MS, POLL_MS_MIN, POLL_MS_MAX, &good);
    if (!good) {
        return wrong(l, "poll_ms", "must be 20 to 60000, or left out");
    }
    config->deadline_ms =
        number(f->deadline_ms, DEADLINE_MS, DEADLINE_MS_MIN, DEADLINE_MS_MAX, &good);
    if (!good) {
        return wrong(l, "deadline_ms", "must be 500 to 120000, or left out");
    }
    config->batch = number(f->batch, BATCH, 1, YQ_DELIVERY_PACKETS_MAX, &good);
    return good ? YQ_OK : wrong(l, "batch", "must be 1 to 100, or left out");
}

/* path, under the folder of the configuration file unless absolute. */
static char *absolute(const load *l, const char *path)
{
    if (path == NULL) {
        return NULL;
    }
    const char *slash = strrchr(l->path, '/');
    size_t dir_n = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - l->path) + 1;
    char *out = malloc(dir_n + strlen(path) + 1);
    if (out != NULL) {
        memcpy(out, l->path, dir_n);
        memcpy(out + dir_n, path, strlen(path) + 1);
    }
    return out;
}

static yq_status check(load *l, yq_host_config *config)
{
    const yq_host_file *f = config->file;
    if (!yq_chain_id_valid(yq_slice_text(f->chain))) {
        return wrong(l, "chain", "must be the hub's id of the chain: 3 to 48 of a-z, 0-9 and -");
    }
    if (!is_framework(f->framework)) {
        return wrong(l, "framework", "must be a framework's name: a-z, 0-9 and -");
    }
    for (unsigned i = 0; i < f->hub_count; i++) {
        if (!is_hub_endpoint(f->hub[i])) {
            return wrong(l, "hub", "each entry must be unix:/PATH, http://HOST or https://HOST");
        }
    }
    yq_status status = check_numbers(l, config);
    if (status != YQ_OK) {
        return status;
    }
    config->key = absolute(l, f->key);
    config->passphrase_file = absolute(l, f->passphrase_file);
    config->cursor_dir = absolute(l, f->cursor_dir);
    config->hub_ca = absolute(l, f->hub_ca);
    return config->key == NULL || config->cursor_dir == NULL ? YQ_E_MEMORY
                                                             : read_options(l, config);
}

static yq_status load_all(load *l, yq_host_config *config)
{
    yq_status status = read_text(l);
    status = status == YQ_OK ? read_document(l) : status;
    if (status != YQ_OK) {
        return status;
    }
    yaml_node_t *root = yaml_document_get_root_node(&l->document);
    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        return wrong_at(l, 1, "file", "must be a mapping of keys; " SEE);
    }
    status = check_duplicates(l, root);
    if (status != YQ_OK) {
        return status;
    }
    cyaml_config_t reader = reader_config(l);
    cyaml_err_t error = cyaml_load_data(
        (const uint8_t *)l->text,
        l->n,
        &reader,
        &file_schema,
        (cyaml_data_t **)&config->file,
        NULL);
    if (error != CYAML_OK) {
        config->file = NULL;
        return refused(l);
    }
    return check(l, config);
}

yq_status yq_host_config_load(yq_host_config *config, const char *path, yq_host_config_error *error)
{
    *config = (yq_host_config){0};
    *error = (yq_host_config_error){0};
    load l = {.path = path, .error = error};
    yq_status status = load_all(&l, config);
    if (status == YQ_E_MEMORY) {
        (void)wrong_at(&l, 1, "file", "out of memory");
    }
    if (l.has_document) {
        yaml_document_delete(&l.document);
    }
    free(l.text);
    return status;
}

void yq_host_config_free(yq_host_config *config)
{
    if (config->file != NULL) {
        load l = {0};
        cyaml_config_t reader = reader_config(&l);
        (void)cyaml_free(&reader, &file_schema, config->file, 0);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(config->option_text); i++) {
        free(config->option_text[i]);
    }
    free(config->key);
    free(config->passphrase_file);
    free(config->cursor_dir);
    free(config->hub_ca);
    *config = (yq_host_config){0};
}
