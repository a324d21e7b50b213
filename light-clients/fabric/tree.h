#ifndef YQ_LIGHT_CLIENTS_FABRIC_TREE_H
#define YQ_LIGHT_CLIENTS_FABRIC_TREE_H

#include "light-clients/fabric/call.h"
#include "light-clients/fabric/wire.h"

/* A ConfigGroup flattened: element 0 is the root, the children of a group lie side by side. */
#define YQ_FABRIC_ELEMENTS_MAX 4096u
#define YQ_FABRIC_TREE_DEPTH   6u
#define YQ_FABRIC_NONE         UINT32_MAX

typedef enum yq_fabric_kind {
    YQ_FABRIC_KIND_INVALID = 0,
    YQ_FABRIC_GROUP = 1,
    YQ_FABRIC_VALUE = 2,
    YQ_FABRIC_POLICY = 3,
} yq_fabric_kind;

typedef struct yq_fabric_element {
    uint8_t kind; /* yq_fabric_kind */
    uint8_t depth;
    uint32_t parent, child, child_n; /* child: of a group */
    yq_slice key;
    uint64_t version;
    yq_slice mod_policy;
    uint64_t policy_type; /* of a policy: 1 SIGNATURE, 3 IMPLICIT_META; 0 when it has none */
    yq_slice content;     /* of a group: its message; of a value or policy: the value */
} yq_fabric_element;

typedef struct yq_fabric_tree {
    yq_fabric_element *e;
    uint32_t n;
} yq_fabric_tree;

/* Reads a ConfigGroup. Errors: E_NONCANONICAL, E_FIELD_DUP (a key twice), E_LIMIT, E_DEPTH. */
YQ_NODISCARD yq_status
yq_fabric_tree_decode(const yq_fabric_call *call, yq_slice group, yq_fabric_tree *tree);

/* Returns the child of a group by kind and key, or YQ_FABRIC_NONE; group may be NONE. */
uint32_t yq_fabric_tree_find(
    const yq_fabric_tree *tree, uint32_t group, yq_fabric_kind kind, yq_slice key);

/* As find, for a text and value: the value's content, empty when it is not there. */
yq_slice yq_fabric_tree_value(const yq_fabric_tree *tree, uint32_t group, const char *key);

/* Resolves the path of a policy: "/Channel/..." from the root, else from group on. Returns the
 * policy's element or NONE. */
uint32_t yq_fabric_tree_policy(const yq_fabric_tree *tree, uint32_t group, yq_slice path);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TREE_H */
