#include "light-clients/attested/attested.h"

void yq_attest_take_set(const yq_attest_call *call, yq_cur *c, yq_attest_set *out)
{
    size_t begin = c->pos;
    *out = (yq_attest_set){.threshold = yq_cur_u16(c)};
    size_t at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n > YQ_ATTEST_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "attesters");
    }
    if (!yq_cur_ok(c)) {
        out->n = 0;
        return;
    }
    out->member =
        call->host->scratch(call->host->self, YQ_ATTEST_MEMBERS_MAX * sizeof *out->member);
    if (out->member == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "attesters");
        return;
    }
    for (size_t i = 0; i < out->n; i++) {
        out->member[i].suite = yq_cur_u8(c);
        out->member[i].org = yq_cur_str8(c, YQ_ATTEST_ORG_MAX);
        out->member[i].key = yq_cur_str8(c, YQ_ATTEST_KEY_MAX);
    }
    if (yq_cur_ok(c)) {
        out->raw = yq_slice_of(c->p + begin, c->pos - begin);
    }
}

static size_t key_size(uint8_t suite)
{
    return suite == 4 ? 32 : suite >= 1 && suite <= 3 ? 64 : 0;
}

static yq_status check_member(const yq_attest_call *call, const yq_attest_set *set, size_t i)
{
    const yq_attest_member *m = &set->member[i];
    if (key_size(m->suite) == 0) {
        return yq_attest_fail(call, YQ_E_FIELD_UNKNOWN, "suite");
    }
    if (m->key.n != key_size(m->suite) || m->org.n == 0) {
        return yq_attest_fail(call, YQ_E_LEN, "attester");
    }
    int order = i == 0 ? 1 : yq_slice_compare(m->key, set->member[i - 1].key);
    if (order == 0) {
        return yq_attest_fail(call, YQ_E_DUP_SIGNER, "attester");
    }
    return order > 0 ? YQ_OK : yq_attest_fail(call, YQ_E_NONCANONICAL, "attesters are not sorted");
}

/* The greatest number of keys that one organisation holds. */
static size_t largest_org(const yq_attest_set *set)
{
    size_t most = 0;
    for (size_t i = 0; i < set->n; i++) {
        size_t own = 0;
        for (size_t k = 0; k < set->n; k++) {
            own += yq_slice_equal(set->member[i].org, set->member[k].org) ? 1 : 0;
        }
        most = own > most ? own : most;
    }
    return most;
}

yq_status yq_attest_set_check(const yq_attest_call *call, const yq_attest_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        yq_status status = check_member(call, set, i);
        if (status != YQ_OK) {
            return status;
        }
    }
    size_t most = largest_org(set);
    if (set->n < 2 || most == set->n) {
        return yq_attest_fail(call, YQ_E_QUORUM_CONFIG, "one attester or one organisation");
    }
    if (set->threshold > set->n) {
        return yq_attest_fail(call, YQ_E_CONFIG_INVALID, "threshold above the attesters");
    }
    if ((size_t)3 * set->threshold < 2 * set->n || set->threshold < 2) {
        return yq_attest_fail(call, YQ_E_THRESHOLD_LOW, "threshold below two thirds");
    }
    return most < set->threshold
               ? YQ_OK
               : yq_attest_fail(call, YQ_E_SET_CONCENTRATION, "one organisation reaches it alone");
}
