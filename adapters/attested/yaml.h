#ifndef YQ_ADAPTERS_ATTESTED_YAML_H
#define YQ_ADAPTERS_ATTESTED_YAML_H

/* Inner part: a YAML document, each value with its line. */
#include "adapters/attested/mapping.h"

#include <yaml.h>

typedef struct yq_atd_yaml {
    yaml_document_t document;
    int has_document;
    yq_atd_mapping *mapping; /* that texts are kept in */
    yq_fault *why;
    yq_status status; /* first failure; later reads do nothing */
} yq_atd_yaml;

/* Sets the first failure: "line N: key: advice". node NULL: line 1. */
void yq_atd_yaml_fail(
    yq_atd_yaml *y, yq_status status, const yaml_node_t *node, const char *key, const char *advice);

/* Parses; keys that stand twice, and values that are no mapping, list or text, are refused later by
 * who reads them. Returns the root, a mapping, or NULL. */
yaml_node_t *yq_atd_yaml_open(yq_atd_yaml *y, yq_slice text);
void yq_atd_yaml_close(yq_atd_yaml *y);

/* Refuses keys that are none of known, and those that stand twice. */
void yq_atd_yaml_keys(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *const *known, size_t n);

/* A value of a mapping, NULL when it is not there. */
yaml_node_t *yq_atd_yaml_get(yq_atd_yaml *y, const yaml_node_t *mapping, const char *key);
/* A mapping or a list that has to be there. */
yaml_node_t *yq_atd_yaml_need(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *key, yaml_node_type_t type);

/* A text of 1 to YQ_ATD_TEXT_MAX bytes without controls; otherwise when it is not there, and
 * otherwise NULL: it is needed. The text lives as long as the mapping. */
const char *yq_atd_yaml_text(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *key, const char *otherwise);
/* As above, or NULL when it is not there. */
const char *yq_atd_yaml_optional(yq_atd_yaml *y, const yaml_node_t *mapping, const char *key);
uint64_t yq_atd_yaml_number(
    yq_atd_yaml *y, const yaml_node_t *mapping, const char *key, uint64_t least, uint64_t most);

/* The place of the text in words, from 1; 0 with a failure when it is none of them. */
unsigned yq_atd_yaml_word(
    yq_atd_yaml *y,
    const yaml_node_t *mapping,
    const char *key,
    const char *const *word,
    size_t n,
    const char *otherwise);

/* A scalar's text kept with the mapping. */
const char *yq_atd_yaml_keep(yq_atd_yaml *y, const yaml_node_t *node, const char *key);

#endif /* YQ_ADAPTERS_ATTESTED_YAML_H */
