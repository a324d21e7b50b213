#include "light-clients/fabric/judge.h"

#define OK_STATUS_MIN 200u
#define OK_STATUS_MAX 399u

void yq_fabric_spoil(yq_fabric_case *c, yq_status status, int surely)
{
    if (c->status == YQ_OK) {
        c->status = status;
    }
    c->surely_invalid |= surely && c->tx->form.strict;
}

uint32_t yq_fabric_chaincode_of(const yq_fabric_state *state, yq_slice name)
{
    for (uint32_t i = 0; i < state->chaincode_n; i++) {
        if (yq_slice_equal(state->chaincode[i].name, name)) {
            return i;
        }
    }
    return YQ_FABRIC_NO_CHAINCODE;
}

static int take_text(yq_slice *in, const char *text)
{
    yq_slice want = yq_slice_text(text);
    if (in->n < want.n || memcmp(in->p, want.p, want.n) != 0) {
        return 0;
    }
    *in = yq_slice_of(in->p + want.n, in->n - want.n);
    return 1;
}

yq_fabric_definition_key yq_fabric_definition_key_of(
    const yq_fabric_state *state, yq_slice key, uint32_t *chaincode)
{
    if (!take_text(&key, "namespaces/fields/")) {
        return YQ_FABRIC_DEFINITION_OTHER;
    }
    for (uint32_t i = 0; i < state->chaincode_n; i++) {
        yq_slice name = state->chaincode[i].name;
        if (key.n < name.n || memcmp(key.p, name.p, name.n) != 0) {
            continue;
        }
        yq_slice rest = yq_slice_of(key.p + name.n, key.n - name.n);
        *chaincode = i;
        if (yq_slice_equal(rest, yq_slice_text("/Sequence"))) {
            return YQ_FABRIC_DEFINITION_SEQUENCE;
        }
        if (yq_slice_equal(rest, yq_slice_text("/ValidationInfo"))) {
            return YQ_FABRIC_DEFINITION_VALIDATION;
        }
    }
    return YQ_FABRIC_DEFINITION_OTHER;
}

static int is_lifecycle(yq_slice name)
{
    return yq_slice_equal(name, yq_slice_text(YQ_FABRIC_LIFECYCLE));
}

void yq_fabric_case_touch(yq_fabric_case *c)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(c->tx->results, &form);
    yq_fabric_namespace ns;
    c->own = yq_fabric_chaincode_of(c->state, c->tx->chaincode);
    c->written = 0;
    c->redefined = 0;
    while (yq_fabric_namespace_next(&w, &ns)) {
        uint32_t at = yq_fabric_chaincode_of(c->state, ns.name), which;
        int lifecycle = is_lifecycle(ns.name);
        if (at == YQ_FABRIC_NO_CHAINCODE && !lifecycle) {
            continue;
        }
        yq_fabric_wire inner = yq_fabric_wire_of(ns.rwset, &form);
        yq_fabric_access a;
        while (yq_fabric_access_next(&inner, &a)) {
            if (a.kind != YQ_FABRIC_WRITE && a.kind != YQ_FABRIC_METADATA) {
                continue;
            }
            if (!lifecycle) {
                c->written |= 1u << at;
            } else if (
                yq_fabric_definition_key_of(c->state, a.key, &which) !=
                YQ_FABRIC_DEFINITION_OTHER) {
                c->redefined |= 1u << which;
            }
        }
    }
}

static int is_own_proposal(const yq_fabric_case *c)
{
    const yq_fabric_tx *tx = c->tx;
    const yq_slice part[] = {tx->head.channel_header, tx->action_header, tx->proposal_payload};
    yq_digest md = yq_fabric_hash(c->call, c->call->dialect->tx_hash, part, YQ_ARRAY_N(part));
    return yq_slice_equal(tx->proposal_hash, YQ_SLICE_OF(md));
}

/* What needs no signature. */
static void judge_form(yq_fabric_case *c)
{
    const yq_fabric_tx *tx = c->tx;
    if (!tx->form.strict) {
        yq_fabric_spoil(c, YQ_E_NONCANONICAL, 0);
    }
    if (tx->action_n != 1 || tx->head.epoch != 0 || tx->head.nonce.n == 0 ||
        tx->head.creator.n == 0 || tx->action_nonce.n == 0 || tx->action_creator.n == 0) {
        yq_fabric_spoil(c, YQ_E_TX_FAILED, 1);
        return;
    }
    if (!yq_fabric_is_tx_id(c->call, c->call->dialect->tx_hash, &tx->head) || !is_own_proposal(c)) {
        yq_fabric_spoil(c, YQ_E_HASH, 1);
        return;
    }
    if (!yq_slice_equal(tx->action_header, tx->head.signature_header) ||
        tx->chaincode_version.n == 0) {
        yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, 0);
    }
    if (!yq_slice_equal(tx->header_chaincode, tx->chaincode)) {
        yq_fabric_spoil(c, YQ_E_EMITTER, 0);
    }
    if (!tx->has_response || tx->response_status < OK_STATUS_MIN ||
        tx->response_status > OK_STATUS_MAX) {
        yq_fabric_spoil(c, YQ_E_TX_FAILED, 0);
    }
    if (tx->events.n > 0) {
        yq_fabric_form form = {1, 1};
        yq_fabric_event event;
        yq_fabric_event_decode(tx->events, &event, &form);
        if (!form.ok || !form.strict) {
            yq_fabric_spoil(c, YQ_E_NONCANONICAL, 0);
        } else if (
            !yq_slice_equal(event.chaincode, tx->chaincode) ||
            !yq_slice_equal(event.tx_id, tx->head.tx_id)) {
            yq_fabric_spoil(c, YQ_E_EMITTER, 0);
        }
    }
}

/* Resolves a signer. valid becomes OK when the check is among the jobs, E_UNSUPPORTED when we
 * cannot tell, another status when it is surely bad. */
static void add_signature(
    const yq_fabric_case *c,
    yq_fabric_signing *s,
    yq_slice identity,
    yq_slice signature,
    const yq_slice *part,
    size_t part_n)
{
    size_t i = s->n++;
    const yq_fabric_identity *id = NULL;
    s->is_exact[i] = yq_fabric_signature_is_exact(signature);
    s->valid[i] = yq_fabric_identity_of(c->call, &c->bundle->members, identity, &id);
    s->who[i] = id;
    if (s->valid[i] != YQ_OK) {
        s->valid[i] = YQ_E_UNSUPPORTED; /* beyond what one call may look at */
        return;
    }
    if (id->status != YQ_OK) {
        s->valid[i] = id->surety == YQ_FABRIC_SURE ? id->status : YQ_E_UNSUPPORTED;
        return;
    }
    yq_signature *job = &s->job[s->job_n];
    s->valid[i] = yq_fabric_signature_job(c->call, &id->cert, part, part_n, signature, job);
    if (s->valid[i] == YQ_E_LIMIT) {
        s->valid[i] = YQ_E_UNSUPPORTED;
    }
    if (s->valid[i] == YQ_OK) {
        s->is_exact[i] |= job->alg == YQ_SIG_ED25519_MESSAGE;
        s->job_of[i] = s->job_n++;
    }
}

static void check_signatures(const yq_fabric_case *c, yq_fabric_signing *s)
{
    yq_status verdict[YQ_FABRIC_SIGNING_MAX];
    for (size_t i = 0; i < s->job_n; i++) {
        verdict[i] = YQ_E_SIG;
    }
    yq_status status = s->job_n == 0 ? YQ_OK : yq_fabric_check(c->call, s->job, s->job_n, verdict);
    for (size_t i = 0; i < s->n; i++) {
        if (s->valid[i] == YQ_OK) {
            s->valid[i] = status == YQ_OK ? verdict[s->job_of[i]] : YQ_E_UNSUPPORTED;
        }
    }
}

/* Whether signers satisfy a chaincode's policy. */
static int is_endorsed(
    const yq_fabric_case *c, uint32_t at, const yq_fabric_signers *signers, int hopeful)
{
    const yq_fabric_chaincode *cc = &c->state->chaincode[at];
    const yq_fabric_question q = {
        .call = c->call,
        .tree = &c->bundle->tree,
        .members = &c->bundle->members,
        .signers = signers,
        .hopeful = hopeful};
    int satisfied = 0;
    yq_status status =
        cc->kind == YQ_FABRIC_BY_PATH
            ? yq_fabric_policy_element(
                  &q, yq_fabric_tree_policy(q.tree, YQ_FABRIC_NONE, cc->policy), &satisfied)
            : yq_fabric_policy_signature(&q, cc->policy, &satisfied);
    return status == YQ_OK ? satisfied : hopeful;
}

/* Nobody's endorsement of a definition can satisfy the channel's policy for definitions. */
static int is_surely_unagreed(const yq_fabric_case *c, const yq_fabric_signers *hopeful)
{
    const yq_fabric_question q = {
        .call = c->call,
        .tree = &c->bundle->tree,
        .members = &c->bundle->members,
        .signers = hopeful,
        .hopeful = 1};
    uint32_t element = yq_fabric_tree_policy(
        q.tree, YQ_FABRIC_NONE, yq_slice_text("/Channel/Application/LifecycleEndorsement"));
    int satisfied = 1;
    if (element == YQ_FABRIC_NONE || yq_fabric_policy_element(&q, element, &satisfied) != YQ_OK) {
        return 0;
    }
    return !satisfied;
}

static void judge_policies(
    yq_fabric_case *c, const yq_fabric_signers *good, const yq_fabric_signers *hopeful)
{
    uint32_t asked = c->written;
    if (c->own != YQ_FABRIC_NO_CHAINCODE) {
        asked |= 1u << c->own;
        /* An empty list of endorsements never passes, whatever a policy says. */
        if (good->n == 0) {
            yq_fabric_spoil(c, YQ_E_ENDORSEMENT, 0);
        }
    }
    for (uint32_t i = 0; i < c->state->chaincode_n; i++) {
        if ((asked >> i & 1) == 0) {
            continue;
        }
        uint8_t flags = c->state->chaincode[i].flags;
        int is_known = (flags & (YQ_FABRIC_POLICY_CHANGED | YQ_FABRIC_KEY_POLICIES)) == 0;
        if (!is_known) {
            yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, 0);
        } else if (!is_endorsed(c, i, good, 0)) {
            int surely = (c->written >> i & 1) != 0 && !is_endorsed(c, i, hopeful, 1);
            yq_fabric_spoil(c, YQ_E_ENDORSEMENT, surely);
        }
    }
    if (c->redefined != 0 && is_surely_unagreed(c, hopeful)) {
        yq_fabric_spoil(c, YQ_E_ENDORSEMENT, 1);
    }
}

static void judge_signatures(yq_fabric_case *c)
{
    yq_fabric_signing *s = c->signing;
    const yq_fabric_tx *tx = c->tx;
    yq_fabric_signers good = {.n = 0}, hopeful = {.n = 0};
    s->n = 0;
    s->job_n = 0;
    add_signature(c, s, tx->head.creator, c->envelope.signature, &c->envelope.payload, 1);
    size_t endorsement_n = tx->endorsement_n < YQ_FABRIC_ENDORSEMENTS_MAX
                               ? tx->endorsement_n
                               : YQ_FABRIC_ENDORSEMENTS_MAX;
    for (size_t i = 0; i < endorsement_n; i++) {
        const yq_fabric_endorsement *e = &tx->endorsement[i];
        const yq_slice part[] = {tx->response_payload, e->endorser};
        add_signature(c, s, e->endorser, e->signature, part, YQ_ARRAY_N(part));
    }
    check_signatures(c, s);
    if (s->valid[0] != YQ_OK || !s->is_exact[0]) {
        int is_open = s->valid[0] == YQ_OK || s->valid[0] == YQ_E_UNSUPPORTED;
        yq_fabric_spoil(c, is_open ? YQ_E_VALIDITY_UNPROVEN : s->valid[0], !is_open);
    }
    int all_known = endorsement_n == tx->endorsement_n;
    for (size_t i = 1; i < s->n; i++) {
        if (s->valid[i] == YQ_OK && s->is_exact[i]) {
            (void)yq_fabric_signers_add(&good, s->who[i]);
        }
        if (s->valid[i] == YQ_E_UNSUPPORTED && s->who[i] == NULL) {
            all_known = 0;
        } else if (s->valid[i] == YQ_OK || s->valid[i] == YQ_E_UNSUPPORTED) {
            (void)yq_fabric_signers_add(&hopeful, s->who[i]);
        }
    }
    if (!all_known) {
        yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, 0);
        return;
    }
    hopeful.is_open = hopeful.n != good.n;
    judge_policies(c, &good, &hopeful);
}

typedef enum freshness {
    FRESHNESS_UNKNOWN = 0,
    FRESHNESS_CURRENT = 1,
    FRESHNESS_STALE = 2, /* surely */
} freshness;

static freshness freshness_of(const yq_fabric_case *c, uint32_t at, const yq_fabric_access *a)
{
    const yq_fabric_chaincode *cc = &c->state->chaincode[at];
    yq_fabric_writer writer;
    if (!yq_fabric_get_writer(c->call, at, a->key, &writer)) {
        int never_written =
            (cc->flags & YQ_FABRIC_FROM_GENESIS) != 0 && (cc->flags & YQ_FABRIC_KEYS_OVERFLOW) == 0;
        if (!never_written) {
            return FRESHNESS_UNKNOWN;
        }
        return a->has_version ? FRESHNESS_STALE : FRESHNESS_CURRENT;
    }
    int is_same = a->has_version && a->block == writer.number && a->tx == writer.index;
    if (is_same && !writer.is_delete) {
        /* Endorsers saw this version, so its writer was valid. */
        return FRESHNESS_CURRENT;
    }
    if (!writer.is_proven) {
        return FRESHNESS_UNKNOWN;
    }
    return writer.is_delete && !a->has_version ? FRESHNESS_CURRENT : FRESHNESS_STALE;
}

static void judge_read(yq_fabric_case *c, uint32_t at, const yq_fabric_access *a)
{
    freshness f = freshness_of(c, at, a);
    if (f != FRESHNESS_CURRENT || at != c->own) {
        yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, f == FRESHNESS_STALE);
    }
}

/* A read in _lifecycle: the chaincode's own Sequence at the version that is followed. */
static void judge_definition_read(yq_fabric_case *c, const yq_fabric_access *a)
{
    uint32_t which;
    if (c->own != YQ_FABRIC_NO_CHAINCODE && a->kind == YQ_FABRIC_READ && a->has_version &&
        yq_fabric_definition_key_of(c->state, a->key, &which) == YQ_FABRIC_DEFINITION_SEQUENCE &&
        which == c->own) {
        const yq_fabric_chaincode *cc = &c->state->chaincode[which];
        if ((cc->flags & YQ_FABRIC_SEQUENCE_KNOWN) != 0 && a->block == cc->sequence_block &&
            a->tx == cc->sequence_tx) {
            return;
        }
    }
    yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, 0);
}

static void judge_results(yq_fabric_case *c)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(c->tx->results, &form);
    yq_fabric_namespace ns;
    unsigned own_n = 0, lifecycle_n = 0;
    while (yq_fabric_namespace_next(&w, &ns)) {
        uint32_t at = yq_fabric_chaincode_of(c->state, ns.name);
        int is_own = at != YQ_FABRIC_NO_CHAINCODE && at == c->own;
        int lifecycle = is_lifecycle(ns.name);
        own_n += is_own ? 1 : 0;
        lifecycle_n += lifecycle ? 1 : 0;
        if (ns.collection_n > 0 || own_n > 1 || lifecycle_n > 1) {
            yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, 0);
        }
        yq_fabric_wire inner = yq_fabric_wire_of(ns.rwset, &form);
        yq_fabric_access a;
        while (yq_fabric_access_next(&inner, &a)) {
            if (lifecycle) {
                judge_definition_read(c, &a);
            } else if (a.kind == YQ_FABRIC_READ && at != YQ_FABRIC_NO_CHAINCODE) {
                judge_read(c, at, &a);
            } else if (a.kind != YQ_FABRIC_WRITE || !is_own) {
                yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, 0);
            }
        }
    }
}

void yq_fabric_case_judge(yq_fabric_case *c)
{
    judge_form(c);
    if (!c->surely_invalid) {
        judge_signatures(c);
    }
    if (!c->surely_invalid) {
        judge_results(c);
    }
}
