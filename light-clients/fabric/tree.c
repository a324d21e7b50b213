#include "light-clients/fabric/tree.h"

/* ConfigGroup {1: version, 2: groups, 3: values, 4: policies, 5: mod_policy}; the maps' numbers
 * are the kinds' plus 1. */
#define FIELD_GROUPS     2u
#define FIELD_POLICIES   4u
#define FIELD_MOD_POLICY 5u

typedef struct growth {
    const yq_fabric_call *call;
    yq_fabric_tree *tree;
    uint32_t cap;
    yq_fabric_form form;
} growth;

static void decode_policy(yq_slice in, yq_fabric_element *e, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &e->policy_type);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &e->content);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* ConfigValue {1: version, 2: value, 3: mod_policy}, ConfigPolicy {1: version, 2: Policy,
 * 3: mod_policy}. */
static void decode_leaf(yq_slice in, yq_fabric_element *e, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body = {0};
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &e->version);
        } else if (f.number == 2 && yq_fabric_wire_bytes(&w, &f, &body)) {
            if (e->kind == YQ_FABRIC_POLICY) {
                decode_policy(body, e, form);
            } else {
                e->content = body;
            }
        } else if (f.number == 3) {
            yq_fabric_wire_text(&w, &f, &e->mod_policy);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

static yq_status add_child(growth *g, uint32_t parent, uint8_t kind, yq_slice entry)
{
    yq_fabric_tree *tree = g->tree;
    if (tree->n == g->cap) {
        return yq_fabric_fail(g->call, YQ_E_LIMIT, "configuration elements");
    }
    uint8_t depth = (uint8_t)(tree->e[parent].depth + 1);
    if (depth > YQ_FABRIC_TREE_DEPTH) {
        return yq_fabric_fail(g->call, YQ_E_DEPTH, "configuration groups");
    }
    yq_fabric_element e = {.kind = kind, .depth = depth, .parent = parent};
    yq_fabric_wire_entry(entry, &e.key, &e.content, &g->form);
    if (yq_fabric_tree_find(tree, parent, kind, e.key) != YQ_FABRIC_NONE) {
        return yq_fabric_fail(g->call, YQ_E_FIELD_DUP, "configuration key");
    }
    if (kind != YQ_FABRIC_GROUP) {
        yq_slice body = e.content;
        e.content = (yq_slice){0};
        decode_leaf(body, &e, &g->form);
    }
    tree->e[tree->n++] = e;
    tree->e[parent].child_n++;
    return YQ_OK;
}

static yq_status open_group(growth *g, uint32_t idx)
{
    yq_fabric_element *e = &g->tree->e[idx];
    e->child = g->tree->n;
    yq_fabric_wire w = yq_fabric_wire_of(e->content, &g->form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice entry;
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &e->version);
        } else if (f.number >= FIELD_GROUPS && f.number <= FIELD_POLICIES) {
            yq_status status = YQ_OK;
            if (yq_fabric_wire_item(&w, &f, &entry)) {
                status = add_child(g, idx, (uint8_t)(f.number - 1), entry);
            }
            if (status != YQ_OK) {
                return status;
            }
        } else if (f.number == FIELD_MOD_POLICY) {
            yq_fabric_wire_text(&w, &f, &e->mod_policy);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return YQ_OK;
}

yq_status yq_fabric_tree_decode(const yq_fabric_call *call, yq_slice group, yq_fabric_tree *tree)
{
    /* An element with a key needs at least five bytes. */
    uint32_t cap = group.n / 5 + 1 < YQ_FABRIC_ELEMENTS_MAX ? (uint32_t)(group.n / 5 + 1)
                                                            : YQ_FABRIC_ELEMENTS_MAX;
    *tree = (yq_fabric_tree){0};
    tree->e = yq_fabric_room(call, cap, sizeof *tree->e);
    if (tree->e == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "configuration");
    }
    tree->e[0] =
        (yq_fabric_element){.kind = YQ_FABRIC_GROUP, .parent = YQ_FABRIC_NONE, .content = group};
    tree->n = 1;
    growth g = {.call = call, .tree = tree, .cap = cap, .form = {1, 1}};
    for (uint32_t i = 0; i < tree->n; i++) {
        yq_status status = tree->e[i].kind == YQ_FABRIC_GROUP ? open_group(&g, i) : YQ_OK;
        if (status != YQ_OK) {
            return status;
        }
        if (!g.form.ok || !g.form.strict) {
            return yq_fabric_fail(call, YQ_E_NONCANONICAL, "configuration");
        }
    }
    return YQ_OK;
}

uint32_t yq_fabric_tree_find(
    const yq_fabric_tree *tree, uint32_t group, yq_fabric_kind kind, yq_slice key)
{
    if (group == YQ_FABRIC_NONE) {
        return YQ_FABRIC_NONE;
    }
    const yq_fabric_element *e = &tree->e[group];
    for (uint32_t i = e->child; i < e->child + e->child_n; i++) {
        if (tree->e[i].kind == (uint8_t)kind && yq_slice_equal(tree->e[i].key, key)) {
            return i;
        }
    }
    return YQ_FABRIC_NONE;
}

yq_slice yq_fabric_tree_value(const yq_fabric_tree *tree, uint32_t group, const char *key)
{
    uint32_t at = yq_fabric_tree_find(tree, group, YQ_FABRIC_VALUE, yq_slice_text(key));
    const yq_slice none = {0};
    return at == YQ_FABRIC_NONE ? none : tree->e[at].content;
}

uint32_t yq_fabric_tree_policy(const yq_fabric_tree *tree, uint32_t group, yq_slice path)
{
    static const char root[] = "/Channel/";
    size_t root_n = sizeof root - 1;
    if (path.n > 0 && path.p[0] == '/') {
        if (path.n < root_n || memcmp(path.p, root, root_n) != 0) {
            return YQ_FABRIC_NONE;
        }
        path = yq_slice_of(path.p + root_n, path.n - root_n);
        group = 0;
    }
    size_t at = 0;
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == '/') {
            yq_slice name = yq_slice_of(path.p + at, i - at);
            group = yq_fabric_tree_find(tree, group, YQ_FABRIC_GROUP, name);
            at = i + 1;
        }
    }
    return yq_fabric_tree_find(
        tree, group, YQ_FABRIC_POLICY, yq_slice_of(path.p + at, path.n - at));
}
