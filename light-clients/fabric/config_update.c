/* Whether a configuration is what a signed update makes of the one before it. */
#include "light-clients/fabric/bundle.h"
#include "light-clients/fabric/header.h"
#include "relay/base/assert.h"

#define CONFIG_SIGNATURES_MAX 128u

typedef struct update {
    const yq_fabric_call *call;
    yq_fabric_bundle *bundle; /* in force */
    const yq_fabric_tree *next;
    yq_fabric_tree read, write;
    yq_fabric_signers signers;
} update;

/* ConfigUpdateEnvelope {1: config_update, 2: repeated ConfigSignature}. */
typedef struct update_envelope {
    yq_slice config_update;
    yq_slice signature[CONFIG_SIGNATURES_MAX];
    size_t signature_n;
} update_envelope;

static yq_status decode_envelope(
    const yq_fabric_call *call, yq_slice in, yq_slice channel, update_envelope *out)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_envelope envelope;
    yq_fabric_payload p;
    if (!yq_fabric_envelope_split(in, &envelope)) {
        return yq_fabric_fail(call, YQ_E_NONCANONICAL, "last_update");
    }
    yq_fabric_payload_decode(envelope.payload, &p, &form);
    if (p.type != YQ_FABRIC_TYPE_CONFIG_UPDATE) {
        return yq_fabric_fail(call, YQ_E_TYPE, "last_update");
    }
    if (!yq_slice_equal(p.channel_id, channel)) {
        return yq_fabric_fail(call, YQ_E_DOMAIN, "last_update");
    }
    yq_fabric_wire w = yq_fabric_wire_of(p.data, &form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice item;
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &out->config_update);
        } else if (f.number == 2 && yq_fabric_wire_item(&w, &f, &item)) {
            if (out->signature_n == CONFIG_SIGNATURES_MAX) {
                return yq_fabric_fail(call, YQ_E_LIMIT, "signatures of the update");
            }
            out->signature[out->signature_n++] = item;
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return form.ok && form.strict ? YQ_OK : yq_fabric_fail(call, YQ_E_NONCANONICAL, "last_update");
}

/* ConfigUpdate {1: channel_id, 2: read_set, 3: write_set, 5: isolated_data}. */
static yq_status decode_update(update *u, yq_slice in, yq_slice channel)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    yq_slice id = {0}, read = {0}, write = {0}, ignored;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &id);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &read);
        } else if (f.number == 3) {
            yq_fabric_wire_bytes(&w, &f, &write);
        } else if (f.number != 5 || !yq_fabric_wire_item(&w, &f, &ignored)) {
            yq_fabric_wire_unknown(&w);
        }
    }
    if (!form.ok || !form.strict) {
        return yq_fabric_fail(u->call, YQ_E_NONCANONICAL, "ConfigUpdate");
    }
    if (!yq_slice_equal(id, channel)) {
        return yq_fabric_fail(u->call, YQ_E_DOMAIN, "ConfigUpdate");
    }
    yq_status status = yq_fabric_tree_decode(u->call, read, &u->read);
    return status == YQ_OK ? yq_fabric_tree_decode(u->call, write, &u->write) : status;
}

/* The element of another tree at the same place; NONE when it is not there. */
static uint32_t same_place(const yq_fabric_tree *from, uint32_t element, const yq_fabric_tree *to)
{
    uint32_t path[YQ_FABRIC_TREE_DEPTH + 1];
    size_t n = 0;
    for (uint32_t at = element; at != 0; at = from->e[at].parent) {
        path[n++] = at;
    }
    uint32_t at = 0;
    while (n > 0 && at != YQ_FABRIC_NONE) {
        const yq_fabric_element *e = &from->e[path[--n]];
        at = yq_fabric_tree_find(to, at, (yq_fabric_kind)e->kind, e->key);
    }
    return at;
}

/* The same keys of the same kinds below both groups. */
static int same_members(
    const yq_fabric_tree *a, const yq_fabric_element *x, const yq_fabric_tree *b, uint32_t group)
{
    if (x->child_n != b->e[group].child_n) {
        return 0;
    }
    for (uint32_t i = x->child; i < x->child + x->child_n; i++) {
        if (yq_fabric_tree_find(b, group, (yq_fabric_kind)a->e[i].kind, a->e[i].key) ==
            YQ_FABRIC_NONE) {
            return 0;
        }
    }
    return 1;
}

/* An element as such, without what its children hold. */
static int same_content(const yq_fabric_tree *a, uint32_t x, const yq_fabric_tree *b, uint32_t y)
{
    YQ_ASSERT(x < a->n && y < b->n && b->e != NULL); /* a tree has its root at least */
    const yq_fabric_element *p = &a->e[x], *q = &b->e[y];
    if (p->version != q->version || !yq_slice_equal(p->mod_policy, q->mod_policy)) {
        return 0;
    }
    if (p->kind == YQ_FABRIC_GROUP) {
        return same_members(a, p, b, y);
    }
    return p->policy_type == q->policy_type && yq_slice_equal(p->content, q->content);
}

/* The policy that must agree to a change of an element, from its mod_policy: relative to the group
 * itself, or to the group that holds the value or policy. */
static yq_status check_agreed(update *u, uint32_t element)
{
    const yq_fabric_tree *tree = &u->bundle->tree;
    const yq_fabric_element *e = &tree->e[element];
    uint32_t group = e->kind == YQ_FABRIC_GROUP ? element : e->parent;
    int satisfied = 0;
    const yq_fabric_question q = {
        .call = u->call, .tree = tree, .members = &u->bundle->members, .signers = &u->signers};
    yq_status status =
        yq_fabric_policy_element(&q, yq_fabric_tree_policy(tree, group, e->mod_policy), &satisfied);
    if (status != YQ_OK) {
        return status;
    }
    return satisfied && u->signers.n > 0
               ? YQ_OK
               : yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "mod_policy is not satisfied");
}

/* One element of the next configuration: unchanged, or as the write set has it. */
static yq_status check_element(update *u, uint32_t at, size_t *changed)
{
    const yq_fabric_tree *old = &u->bundle->tree, *next = u->next;
    uint32_t before = same_place(next, at, old);
    if (before != YQ_FABRIC_NONE && same_content(next, at, old, before)) {
        return YQ_OK;
    }
    ++*changed;
    uint32_t written = same_place(next, at, &u->write);
    if (written == YQ_FABRIC_NONE || !same_content(next, at, &u->write, written)) {
        return yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "element is not as the update has it");
    }
    if (next->e[at].mod_policy.n == 0) {
        return yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "mod_policy");
    }
    if (before == YQ_FABRIC_NONE) {
        /* Its group changed with it, and that needed agreement. */
        return next->e[at].version == 0
                   ? YQ_OK
                   : yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "version of a new element");
    }
    if (old->e[before].version == UINT64_MAX || next->e[at].version != old->e[before].version + 1) {
        return yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "version");
    }
    return check_agreed(u, before);
}

/* The update's read set is current, and its whole write set is in the next configuration. */
static yq_status check_sets(update *u)
{
    const yq_fabric_tree *old = &u->bundle->tree;
    for (uint32_t i = 0; i < u->read.n; i++) {
        uint32_t at = same_place(&u->read, i, old);
        if (at == YQ_FABRIC_NONE || old->e[at].version != u->read.e[i].version) {
            return yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "read set");
        }
    }
    for (uint32_t i = 0; i < u->write.n; i++) {
        uint32_t before = same_place(&u->write, i, old);
        uint32_t after = same_place(&u->write, i, u->next);
        uint32_t read = same_place(&u->write, i, &u->read);
        if (after == YQ_FABRIC_NONE || u->next->e[after].version != u->write.e[i].version) {
            return yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "write set");
        }
        /* What is written at the version that stands must have been read. */
        if (before != YQ_FABRIC_NONE && old->e[before].version == u->write.e[i].version &&
            read == YQ_FABRIC_NONE) {
            return yq_fabric_fail(u->call, YQ_E_SET_CHANGE, "write set");
        }
    }
    return YQ_OK;
}

/* ConfigSignature {1: signature_header, 2: signature} over signature_header || config_update. */
static yq_status add_signer(update *u, yq_slice in, yq_slice config_update)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    yq_slice header = {0}, signature = {0}, creator = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &header);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &signature);
        }
    }
    w = yq_fabric_wire_of(header, &form);
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &creator);
        }
    }
    const yq_fabric_identity *id;
    yq_status status = yq_fabric_identity_of(u->call, &u->bundle->members, creator, &id);
    if (status != YQ_OK || !form.ok || id->status != YQ_OK) {
        return status; /* a signature that counts for nothing, as in Fabric */
    }
    const yq_slice part[] = {header, config_update};
    yq_signature job;
    yq_status valid = YQ_E_SIG;
    status = yq_fabric_signature_job(u->call, &id->cert, part, YQ_ARRAY_N(part), signature, &job);
    if (status == YQ_E_LIMIT) {
        return status;
    }
    if (status == YQ_OK) {
        status = yq_fabric_check(u->call, &job, 1, &valid);
        if (status != YQ_OK) {
            return status;
        }
    }
    if (valid == YQ_OK && u->signers.n < YQ_FABRIC_SIGNERS_MAX) {
        (void)yq_fabric_signers_add(&u->signers, id);
    }
    return YQ_OK;
}

yq_status yq_fabric_bundle_check_update(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    const yq_fabric_bundle *next,
    yq_slice channel,
    yq_slice last_update)
{
    if (bundle->sequence == UINT64_MAX || next->sequence != bundle->sequence + 1) {
        return yq_fabric_fail(call, YQ_E_CONFIG_SEQUENCE, "sequence");
    }
    if (last_update.n == 0) {
        return yq_fabric_fail(call, YQ_E_FIELD_MISSING, "last_update");
    }
    update *u = yq_fabric_room(call, 1, sizeof *u);
    update_envelope *envelope = yq_fabric_room(call, 1, sizeof *envelope);
    if (u == NULL || envelope == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "update");
    }
    *u = (update){.call = call, .bundle = bundle, .next = &next->tree};
    yq_status status = decode_envelope(call, last_update, channel, envelope);
    if (status == YQ_OK) {
        status = decode_update(u, envelope->config_update, channel);
    }
    for (size_t i = 0; i < envelope->signature_n && status == YQ_OK; i++) {
        status = add_signer(u, envelope->signature[i], envelope->config_update);
    }
    if (status == YQ_OK) {
        status = check_sets(u);
    }
    size_t changed = 0;
    for (uint32_t i = 0; i < u->next->n && status == YQ_OK; i++) {
        status = check_element(u, i, &changed);
    }
    if (status == YQ_OK && changed == 0) {
        status = yq_fabric_fail(call, YQ_E_SET_CHANGE, "update without effect");
    }
    return status;
}
