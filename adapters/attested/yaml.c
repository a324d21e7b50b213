#include "adapters/attested/yaml.h"

#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

void yq_atd_yaml_fail(
    yq_atd_yaml *y, yq_status status, const yaml_node_t *node, const char *key, const char *advice)
{
    char text[sizeof y->why->text];
    if (y->status == YQ_OK) {
        size_t line = node == NULL ? 1 : node->start_mark.line + 1;
        (void)snprintf(text, sizeof text, "line %zu: %.32s: %.64s", line, key, advice);
        y->status = yq_fail(y->why, status, 0, text);
    }
}

static const char *scalar(const yaml_node_t *node)
{
    return node != NULL && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
                                                          : NULL;
}

static size_t pair_n(const yaml_node_t *mapping)
{
    return (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
}

static yaml_node_t *key_at(yq_atd_yaml *y, const yaml_node_t *mapping, size_t i)
{
    return yaml_document_get_node(&y->document, mapping->data.mapping.pairs.start[i].key);
}

yaml_node_t *yq_atd_yaml_open(yq_atd_yaml *y, yq_slice text)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        y->status = yq_fail(y->why, YQ_E_MEMORY, 0, "mapping");
        return NULL;
    }
    const uint8_t *p = text.n == 0 ? (const uint8_t *)"" : text.p; /* libyaml stops at NULL */
    yaml_parser_set_input_string(&parser, p, text.n);
    y->has_document = yaml_parser_load(&parser, &y->document);
    if (!y->has_document) {
        const yaml_node_t at = {.start_mark = parser.problem_mark};
        yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, &at, "file", "not valid YAML; mend the line");
    }
    yaml_parser_delete(&parser);
    yaml_node_t *root = y->has_document ? yaml_document_get_root_node(&y->document) : NULL;
    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, root, "file", "must be a mapping of keys");
        return NULL;
    }
    return root;
}

void yq_atd_yaml_close(yq_atd_yaml *y)
{
    if (y->has_document) {
        yaml_document_delete(&y->document);
    }
}

void yq_atd_yaml_keys(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *const *known, size_t n)
{
    for (size_t i = 0; y->status == YQ_OK && i < pair_n(mapping); i++) {
        const yaml_node_t *node = key_at(y, mapping, i);
        const char *name = scalar(node);
        int is_known = 0;
        for (size_t k = 0; name != NULL && k < n; k++) {
            is_known |= strcmp(name, known[k]) == 0;
        }
        if (!is_known) {
            yq_atd_yaml_fail(
                y,
                YQ_E_CONFIG_INVALID,
                node,
                name == NULL ? "key" : name,
                "not known here; remove it or correct its name");
        }
        for (size_t k = 0; y->status == YQ_OK && k < i; k++) {
            const char *other = scalar(key_at(y, mapping, k));
            if (name != NULL && other != NULL && strcmp(name, other) == 0) {
                yq_atd_yaml_fail(
                    y, YQ_E_CONFIG_INVALID, node, name, "stands here twice; remove one");
            }
        }
    }
}

yaml_node_t *yq_atd_yaml_get(yq_atd_yaml *y, const yaml_node_t *mapping, const char *key)
{
    for (size_t i = 0; y->status == YQ_OK && i < pair_n(mapping); i++) {
        const char *name = scalar(key_at(y, mapping, i));
        if (name != NULL && strcmp(name, key) == 0) {
            return yaml_document_get_node(&y->document, mapping->data.mapping.pairs.start[i].value);
        }
    }
    return NULL;
}

yaml_node_t *yq_atd_yaml_need(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *key, yaml_node_type_t type)
{
    yaml_node_t *node = yq_atd_yaml_get(y, mapping, key);
    if (node == NULL) {
        yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, mapping, key, "is needed here; add it");
    } else if (node->type != type) {
        yq_atd_yaml_fail(
            y,
            YQ_E_CONFIG_INVALID,
            node,
            key,
            type == YAML_MAPPING_NODE ? "must be a mapping of keys" : "must be a list");
        node = NULL;
    }
    return node;
}

const char *yq_atd_yaml_keep(yq_atd_yaml *y, const yaml_node_t *node, const char *key)
{
    yq_atd_mapping *m = y->mapping;
    const char *text = scalar(node);
    size_t n = text == NULL ? 0 : node->data.scalar.length;
    int good = n > 0 && n <= YQ_ATD_TEXT_MAX && m->text_n < YQ_ARRAY_N(m->text);
    for (size_t i = 0; good && i < n; i++) {
        good = (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
    }
    if (!good) {
        yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, node, key, "must be one text of 1 to 255 bytes");
        return NULL;
    }
    char *copy = strdup(text);
    if (copy == NULL) {
        yq_atd_yaml_fail(y, YQ_E_MEMORY, node, key, "out of memory");
        return NULL;
    }
    m->text[m->text_n++] = copy;
    return copy;
}

const char *yq_atd_yaml_optional(yq_atd_yaml *y, const yaml_node_t *mapping, const char *key)
{
    const yaml_node_t *node = yq_atd_yaml_get(y, mapping, key);
    return node == NULL ? NULL : yq_atd_yaml_keep(y, node, key);
}

const char *yq_atd_yaml_text(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *key, const char *otherwise)
{
    const char *text = yq_atd_yaml_optional(y, mapping, key);
    if (text == NULL && otherwise == NULL) {
        yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, mapping, key, "is needed here; add it");
    }
    return text == NULL ? otherwise : text;
}

uint64_t yq_atd_yaml_number(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *key, uint64_t least, uint64_t most)
{
    const yaml_node_t *node = yq_atd_yaml_get(y, mapping, key);
    const char *text = scalar(node);
    uint64_t value = 0;
    int good = text != NULL && text[0] >= '0' && text[0] <= '9';
    for (size_t i = 0; good && text[i] != '\0'; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        good = text[i] >= '0' && text[i] <= '9' &&
               value <= (most - (digit < most ? digit : most)) / 10;
        value = value * 10 + digit;
    }
    if (!good || value < least || value > most) {
        char advice[72];
        (void)snprintf(
            advice,
            sizeof advice,
            "must be a number of %llu to %llu",
            (unsigned long long)least,
            (unsigned long long)most);
        yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, node == NULL ? mapping : node, key, advice);
    }
    return value;
}

unsigned yq_atd_yaml_word(
    yq_atd_yaml *y,
    const yaml_node_t *mapping,
    const char *key,
    const char *const *word,
    size_t n,
    const char *otherwise)
{
    const char *text = yq_atd_yaml_text(y, mapping, key, otherwise);
    char advice[72] = "must be one of";
    for (size_t i = 0; text != NULL && i < n; i++) {
        size_t at = strlen(advice);
        (void)snprintf(advice + at, sizeof advice - at, " %s", word[i]);
        if (strcmp(text, word[i]) == 0) {
            return (unsigned)i + 1;
        }
    }
    yq_atd_yaml_fail(y, YQ_E_CONFIG_INVALID, yq_atd_yaml_get(y, mapping, key), key, advice);
    return 0;
}
