#include "light-clients/fabric/policy.h"

int yq_fabric_signers_add(yq_fabric_signers *signers, const yq_fabric_identity *id)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (yq_fabric_identity_same(signers->id[i], id)) {
            return 0;
        }
    }
    signers->id[signers->n++] = id;
    return 1;
}

/* SignaturePolicyEnvelope {1: version, 2: rule, 3: repeated MSPPrincipal}. */
typedef struct policy {
    yq_slice rule;
    yq_slice principal[YQ_FABRIC_PRINCIPALS_MAX];
    size_t principal_n;
} policy;

static int decode_policy(yq_slice in, policy *out)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    uint64_t version = 0;
    out->rule = (yq_slice){0};
    out->principal_n = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice item;
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &version);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &out->rule);
        } else if (f.number == 3 && yq_fabric_wire_item(&w, &f, &item)) {
            if (out->principal_n == YQ_FABRIC_PRINCIPALS_MAX) {
                return 0;
            }
            out->principal[out->principal_n++] = item;
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return form.ok && form.strict && version == 0 && out->rule.n > 0;
}

/* SignaturePolicy: one of {1: signed_by, 2: n_out_of {1: n, 2: repeated rule}}. */
typedef struct rule {
    int is_group;
    uint64_t signed_by;
    int64_t n;
    yq_slice group;
} rule;

static int decode_rule(yq_slice in, rule *out)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    unsigned kinds = 0;
    uint64_t n = 0;
    *out = (rule){0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1 && yq_fabric_wire_uint(&w, &f, &out->signed_by)) {
            kinds++;
        } else if (f.number == 2 && yq_fabric_wire_bytes(&w, &f, &out->group)) {
            out->is_group = 1;
            kinds++;
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    yq_fabric_wire inner = yq_fabric_wire_of(out->group, &form);
    while (yq_fabric_wire_next(&inner, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&inner, &f, &n);
        } else if (f.number != 2 || f.type != YQ_FABRIC_BYTES) {
            yq_fabric_wire_unknown(&inner);
        }
    }
    out->n = (int32_t)(uint32_t)n;
    return form.ok && form.strict && kinds == 1;
}

typedef struct frame {
    yq_fabric_wire rules; /* over n_out_of */
    yq_fabric_form form;
    int64_t n, verified;
    uint64_t used; /* bit i: signer i */
} frame;

static void open_frame(frame *fr, const rule *r, uint64_t used)
{
    *fr = (frame){.form = {1, 1}, .n = r->n, .used = used};
    fr->rules = yq_fabric_wire_of(r->group, NULL);
}

/* The next child rule of a frame. Returns 0 when there is none; *good = 0 when it is not in form.
 */
static int next_rule(frame *fr, rule *out, int *good)
{
    yq_fabric_field f;
    fr->rules.form = &fr->form;
    while (yq_fabric_wire_next(&fr->rules, &f)) {
        if (f.number == 2 && f.type == YQ_FABRIC_BYTES) {
            *good = decode_rule(f.bytes, out);
            return 1;
        }
    }
    return 0;
}

static yq_status take_signer(
    const yq_fabric_question *q, const policy *p, uint64_t signed_by, frame *fr)
{
    for (size_t i = 0; i < q->signers->n; i++) {
        int fits = 0;
        if ((fr->used >> i & 1) != 0) {
            continue;
        }
        yq_status status = yq_fabric_principal_check(
            q->call, q->members, q->signers->id[i], p->principal[signed_by], q->hopeful, &fits);
        if (status != YQ_OK) {
            return status;
        }
        if (fits) {
            fr->used |= q->hopeful && q->signers->is_open ? 0 : (uint64_t)1 << i;
            fr->verified++;
            return YQ_OK;
        }
    }
    return YQ_OK;
}

yq_status yq_fabric_policy_signature(const yq_fabric_question *q, yq_slice in, int *satisfied)
{
    frame stack[YQ_FABRIC_POLICY_DEPTH];
    policy p;
    rule r;
    *satisfied = q->hopeful;
    if (!decode_policy(in, &p) || !decode_rule(p.rule, &r)) {
        return YQ_OK;
    }
    /* The top stands in a group of one, so that a bare signed_by is no special case. */
    stack[0] = (frame){.form = {1, 1}, .n = 1};
    size_t depth = 1;
    int pending = 1;
    while (depth > 0) {
        frame *top = &stack[depth - 1];
        int good = 1;
        if (!pending && depth > 1 && next_rule(top, &r, &good)) {
            pending = 1;
        }
        if (!good) {
            return YQ_OK;
        }
        if (pending && r.is_group) {
            if (depth == YQ_FABRIC_POLICY_DEPTH) {
                return YQ_OK;
            }
            open_frame(&stack[depth], &r, top->used);
            depth++;
        } else if (pending) {
            yq_status status =
                r.signed_by < p.principal_n ? take_signer(q, &p, r.signed_by, top) : YQ_OK;
            if (status != YQ_OK || r.signed_by >= p.principal_n) {
                return status;
            }
        } else {
            int won = top->verified >= top->n;
            depth--;
            if (depth == 0) {
                *satisfied = won;
            } else if (won) {
                stack[depth - 1].verified++;
                stack[depth - 1].used = top->used;
            }
        }
        pending = 0;
    }
    return YQ_OK;
}

/* ImplicitMetaPolicy {1: sub_policy, 2: rule}. Returns 0 when it is not in form. */
static int decode_implicit(yq_slice in, yq_slice *name, uint64_t *kind)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    *name = (yq_slice){0};
    *kind = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, name);
        } else if (f.number == 2) {
            yq_fabric_wire_uint(&w, &f, kind);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return form.ok && form.strict && *kind <= 2;
}

static uint32_t threshold_of(const yq_fabric_tree *tree, uint32_t group, uint64_t kind)
{
    const yq_fabric_element *g = &tree->e[group];
    uint32_t n = 0;
    for (uint32_t i = g->child; i < g->child + g->child_n; i++) {
        n += tree->e[i].kind == YQ_FABRIC_GROUP ? 1 : 0;
    }
    if (n == 0) {
        return 0;
    }
    return kind == 0 ? 1 : (kind == 1 ? n : n / 2 + 1);
}

typedef struct meta {
    uint32_t group, next; /* of the children: index of the next to look at */
    uint32_t threshold, got;
    yq_slice name;
} meta;

/* Opens an implicit policy. Returns 0 when it is not in form. */
static int open_meta(const yq_fabric_tree *tree, uint32_t element, meta *out)
{
    uint64_t kind;
    *out = (meta){.group = tree->e[element].parent};
    if (!decode_implicit(tree->e[element].content, &out->name, &kind)) {
        return 0;
    }
    out->threshold = threshold_of(tree, out->group, kind);
    out->next = tree->e[out->group].child;
    return 1;
}

/* The policy element of the next child group; NONE where the group has none of that name. Returns
 * 0 when there is no further group. */
static int next_child(const yq_fabric_tree *tree, meta *m, uint32_t *element)
{
    const yq_fabric_element *g = &tree->e[m->group];
    while (m->next < g->child + g->child_n) {
        uint32_t at = m->next++;
        if (tree->e[at].kind == YQ_FABRIC_GROUP) {
            *element = yq_fabric_tree_find(tree, at, YQ_FABRIC_POLICY, m->name);
            return 1;
        }
    }
    return 0;
}

static int is_implicit(const yq_fabric_tree *tree, uint32_t element)
{
    return element != YQ_FABRIC_NONE && tree->e[element].policy_type == YQ_FABRIC_POLICY_IMPLICIT;
}

/* A policy that is not implicit. */
static yq_status leaf(const yq_fabric_question *q, uint32_t element, int *satisfied)
{
    *satisfied = 0;
    if (element == YQ_FABRIC_NONE) {
        return YQ_OK;
    }
    if (q->tree->e[element].policy_type != YQ_FABRIC_POLICY_SIGNATURE) {
        *satisfied = q->hopeful;
        return YQ_OK;
    }
    return yq_fabric_policy_signature(q, q->tree->e[element].content, satisfied);
}

yq_status yq_fabric_policy_element(const yq_fabric_question *q, uint32_t element, int *satisfied)
{
    meta stack[YQ_FABRIC_TREE_DEPTH + 1];
    size_t depth = 0;
    *satisfied = 0;
    if (!is_implicit(q->tree, element)) {
        return leaf(q, element, satisfied);
    }
    if (!open_meta(q->tree, element, &stack[depth++])) {
        *satisfied = q->hopeful;
        return YQ_OK;
    }
    while (depth > 0) {
        meta *top = &stack[depth - 1];
        uint32_t child;
        int won = 0;
        if (top->got < top->threshold && next_child(q->tree, top, &child)) {
            if (is_implicit(q->tree, child)) {
                int good = open_meta(q->tree, child, &stack[depth]);
                depth += good ? 1 : 0;
                top->got += !good && q->hopeful ? 1 : 0;
                continue;
            }
            yq_status status = leaf(q, child, &won);
            if (status != YQ_OK) {
                return status;
            }
            top->got += won ? 1 : 0;
            continue;
        }
        won = top->got >= top->threshold;
        depth--;
        if (depth == 0) {
            *satisfied = won;
        } else {
            stack[depth - 1].got += won ? 1 : 0;
        }
    }
    return YQ_OK;
}

uint32_t yq_fabric_policy_least(const yq_fabric_tree *tree, uint32_t element)
{
    if (is_implicit(tree, element)) {
        meta m;
        return open_meta(tree, element, &m) ? m.threshold : 0;
    }
    if (tree->e[element].policy_type != YQ_FABRIC_POLICY_SIGNATURE) {
        return 0;
    }
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(tree->e[element].content, &form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        rule r;
        if (f.number == 2 && f.type == YQ_FABRIC_BYTES && decode_rule(f.bytes, &r)) {
            return r.is_group ? (r.n < 0 ? 0 : (uint32_t)r.n) : 1;
        }
    }
    return 0;
}
