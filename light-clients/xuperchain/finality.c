#include "light-clients/xuperchain/xuperchain.h"

const yq_xuper_set *yq_xuper_set_at(const yq_xuper_state *state, uint64_t height)
{
    const yq_xuper_set *found = NULL;
    for (size_t i = 0; i < state->set_n && state->set[i].from <= height; i++) {
        found = &state->set[i];
    }
    return found;
}

static int place_of(const yq_xuper_set *set, yq_slice address, size_t *place)
{
    for (size_t i = 0; i < set->n; i++) {
        if (yq_slice_equal(set->address[i], address)) {
            *place = i;
            return 1;
        }
    }
    return 0;
}

static yq_signature check_of(
    const yq_xuper_call *call, const uint8_t *key, const uint8_t *sig, const yq_digest *id)
{
    return (yq_signature){
        .alg = call->scheme == YQ_XUPER_SM2 ? YQ_SIG_SM2_DIGEST : YQ_SIG_P256_DIGEST,
        .key = {key, 64},
        .msg = {id->b, sizeof id->b},
        .sig = {sig, 64}};
}

/* A header in its place: after its parent, made by a validator of its height. */
static yq_status check_link(
    const yq_xuper_call *call,
    const yq_xuper_state *state,
    const yq_xuper_record *parent,
    const yq_xuper_header *header,
    uint64_t height)
{
    const yq_xuper_set *set = yq_xuper_set_at(state, height);
    size_t place;
    if (!yq_digest_equal(&header->parent, &parent->id)) {
        return yq_xuper_fail(call, YQ_E_PARENT, "pre_hash");
    }
    if (header->record.time_ns < parent->time_ns) {
        return yq_xuper_fail(call, YQ_E_TIME_ORDER, "timestamp");
    }
    if (set == NULL) {
        return yq_xuper_fail(call, YQ_E_HEADER_UNKNOWN, "validators of this height");
    }
    if (!place_of(set, header->proposer, &place)) {
        return yq_xuper_fail(call, YQ_E_SIGNER_UNKNOWN, "proposer");
    }
    if (header->record.failed && header->view != height - 1) {
        return yq_xuper_fail(call, YQ_E_PROOF_NONCANONICAL, "errors without a certificate");
    }
    return YQ_OK;
}

/* Only signatures count: that a leader who gathers votes agrees is not taken for granted. The
 * parent was linked before, so that its height has a set. */
static yq_status check_cert(
    const yq_xuper_call *call,
    const yq_xuper_state *state,
    const yq_xuper_header *header,
    uint64_t height)
{
    const yq_xuper_set *set = yq_xuper_set_at(state, height - 1);
    uint8_t seen[YQ_XUPER_MEMBERS_MAX] = {0};
    if (!header->has_cert || header->vote_n == 0) {
        return yq_xuper_fail(call, YQ_E_SIGNATURES_MISSING, "certificate");
    }
    if (!yq_digest_equal(&header->proposal, &header->parent) || header->view != height - 1) {
        return yq_xuper_fail(call, YQ_E_CERT_MIXED, "certificate of another block");
    }
    for (size_t i = 0; i < header->vote_n; i++) {
        size_t place;
        if (!place_of(set, header->vote[i].address, &place)) {
            return yq_xuper_fail(call, YQ_E_SIGNER_UNKNOWN, "vote");
        }
        if (seen[place]) {
            return yq_xuper_fail(call, YQ_E_DUP_SIGNER, "vote");
        }
        seen[place] = 1;
    }
    return header->vote_n >= yq_xuper_quorum(set->n) ? YQ_OK
                                                     : yq_xuper_fail(call, YQ_E_QUORUM, "votes");
}

/* Every header's own signature, and the votes of the last three. */
static yq_status check_signatures(const yq_xuper_call *call, const yq_xuper_headers *in)
{
    const yq_verifier_host *host = call->host;
    size_t n = 0;
    const size_t most = in->n + (size_t)3 * YQ_XUPER_MEMBERS_MAX;
    yq_signature *sig = host->scratch(host->self, most * sizeof *sig);
    yq_status *valid = host->scratch(host->self, most * sizeof *valid);
    if (sig == NULL || valid == NULL) {
        return yq_xuper_fail(call, YQ_E_LIMIT, "signatures");
    }
    for (size_t i = 0; i < in->n; i++) {
        const yq_xuper_header *header = &in->header[i];
        sig[n++] = check_of(call, header->key, header->sig, &header->id);
        for (size_t k = 0; k < header->vote_n && i + 3 >= in->n; k++) {
            const yq_xuper_vote *vote = &header->vote[k];
            sig[n++] = check_of(call, vote->key, vote->sig, &header->proposal);
        }
    }
    yq_status status = host->check_signatures(host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_xuper_fail(call, status, "signature");
}

yq_status yq_xuper_final(
    const yq_xuper_call *call,
    const yq_xuper_state *state,
    const yq_xuper_record *parent,
    const yq_xuper_headers *in)
{
    for (size_t i = 0; i < in->n; i++) {
        yq_status status = check_link(call, state, parent, &in->header[i], in->first + i);
        if (status == YQ_OK && i + 3 >= in->n) {
            status = check_cert(call, state, &in->header[i], in->first + i);
        }
        if (status != YQ_OK) {
            return status;
        }
        parent = &in->header[i].record;
    }
    return check_signatures(call, in);
}

static int take_text(yq_cur *c, const char *text)
{
    const yq_slice want = yq_slice_text(text);
    return yq_slice_equal(yq_cur_take(c, want.n), want);
}

/* {"address":["...","..."]} */
yq_status yq_xuper_list_decode(const yq_xuper_call *call, yq_slice text, yq_xuper_set *out)
{
    yq_cur c = yq_cur_of(text);
    int more = take_text(&c, "{\"address\":[");
    out->n = 0;
    while (more) {
        size_t n = 0, place;
        more = out->n < YQ_XUPER_MEMBERS_MAX && take_text(&c, "\"");
        while (n < yq_cur_left(&c) && c.p[c.pos + n] != '"') {
            n++;
        }
        yq_slice address = yq_cur_take(&c, n);
        if (!more || !yq_xuper_address_valid(address) || place_of(out, address, &place) ||
            !take_text(&c, "\"")) {
            return yq_xuper_fail(call, YQ_E_SET_CHANGE, "list of validators");
        }
        out->address[out->n++] = address;
        more = yq_cur_left(&c) > 0 && c.p[c.pos] == ',';
        (void)yq_cur_take(&c, (size_t)more);
    }
    if (out->n == 0 || !take_text(&c, "]}") || yq_cur_done(&c, NULL) != YQ_OK) {
        return yq_xuper_fail(call, YQ_E_SET_CHANGE, "list of validators");
    }
    return YQ_OK;
}

yq_status yq_xuper_set_add(
    const yq_xuper_call *call, yq_xuper_state *state, const yq_xuper_set *set)
{
    size_t drop = 0;
    if (state->set[state->set_n - 1].from == set->from) {
        state->set_n--;
    }
    while (drop + 1 < state->set_n && state->set[drop + 1].from <= state->height + 1) {
        drop++;
    }
    state->set_n -= drop;
    memmove(state->set, state->set + drop, state->set_n * sizeof *state->set);
    if (state->set_n == YQ_XUPER_SETS_MAX) {
        return yq_xuper_fail(call, YQ_E_LIMIT, "changes that wait");
    }
    state->set[state->set_n++] = *set;
    return YQ_OK;
}

int yq_xuper_sets_new(const yq_xuper_call *call, yq_xuper_state *out)
{
    out->set = call->host->scratch(call->host->self, YQ_XUPER_SETS_MAX * sizeof *out->set);
    return out->set != NULL;
}
