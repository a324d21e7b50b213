#include "relay/hub/evidence.h"

#include "relay/crypto/signed.h"
#include "relay/hub/change.h"
#include "relay/hub/validators.h"

#define FINAL_INFO_SIZE 192u
#define SIG_SIZE        64u

/* A vote's parts; they borrow from its bytes. */
typedef struct signed_vote {
    uint8_t type;
    uint64_t epoch, view;
    yq_slice body;
    uint16_t signer;
    yq_slice sig;
} signed_vote;

static yq_status decode(yq_slice in, signed_vote *v, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    v->type = yq_cur_u8(&c);
    v->epoch = yq_cur_u64(&c);
    v->view = yq_cur_u64(&c);
    size_t size = YQ_DIGEST_SIZE;
    if (v->type == YQ_SIGNED_NULLIFY) {
        size = 0;
    } else if (v->type == YQ_SIGNED_FINALIZE) {
        size = FINAL_INFO_SIZE;
    } else if (v->type != YQ_SIGNED_PROPOSE && v->type != YQ_SIGNED_NOTARIZE) {
        return yq_fail(why, YQ_E_FIELD_UNKNOWN, 0, "type");
    }
    v->body = yq_cur_take(&c, size);
    v->signer = yq_cur_u16(&c);
    v->sig = yq_cur_take(&c, SIG_SIZE);
    return yq_cur_done(&c, why);
}

/* INVALID: an honest validator may sign both. In: same epoch, view and signer. */
static yq_evidence_kind kind_of(const signed_vote *one, const signed_vote *two)
{
    int final_and_null = (one->type == YQ_SIGNED_FINALIZE && two->type == YQ_SIGNED_NULLIFY) ||
                         (one->type == YQ_SIGNED_NULLIFY && two->type == YQ_SIGNED_FINALIZE);
    if (final_and_null) {
        return YQ_EVIDENCE_CONFLICT;
    }
    if (one->type != two->type || yq_slice_equal(one->body, two->body)) {
        return YQ_EVIDENCE_INVALID;
    }
    if (one->type == YQ_SIGNED_PROPOSE) {
        return YQ_EVIDENCE_PROPOSE;
    }
    return one->type == YQ_SIGNED_NOTARIZE ? YQ_EVIDENCE_NOTARIZE : YQ_EVIDENCE_FINALIZE;
}

static yq_status check_sig(yq_hub *hub, const yq_validators *set, const signed_vote *v)
{
    yq_digest m;
    yq_signed_digest(
        set->alg,
        (yq_signed_type)v->type,
        &hub->rules.chain_id_hash,
        v->epoch,
        v->view,
        v->body,
        &m);
    return yq_validators_signed(set->suite, set->item[v->signer].key, &m, v->sig);
}

/* Its epoch is not long over. */
static int is_recent(yq_hub *hub, uint64_t epoch)
{
    yq_validators next;
    return !yq_validators_load(hub, epoch + 1, &next) || next.from_height == 0 ||
           hub->height <= next.from_height + YQ_EVIDENCE_HEIGHTS;
}

static void evidence_key(yq_state_key *key, const signed_vote *v, yq_evidence_kind kind)
{
    yq_state_key_begin(key, YQ_MODULE_SYS, YQ_TABLE_SYS_EVIDENCE);
    yq_put_u64(&key->w, v->epoch);
    yq_put_u64(&key->w, v->view);
    yq_put_u16(&key->w, v->signer);
    yq_put_u8(&key->w, (uint8_t)kind);
}

static void keep(yq_hub *hub, const yq_state_key *key, const yq_validator *who, const yq_tx *tx)
{
    yq_writer w = yq_state_record(hub, 256 + 2 * YQ_SIGNED_VOTE_MAX);
    yq_put_u64(&w, hub->height);
    yq_put_u64(&w, hub->time_ms);
    yq_put_str8(&w, who->key);
    yq_put_str8(&w, who->org);
    yq_put_blob16(&w, tx->as.twice_signed.one);
    yq_put_blob16(&w, tx->as.twice_signed.two);
    yq_state_store_record(hub, key, &w);
}

yq_status yq_evidence_record(yq_hub *hub, yq_call *call)
{
    signed_vote one = {0}, two = {0};
    yq_validators set;
    yq_state_key key;
    yq_status status = decode(call->tx.as.twice_signed.one, &one, call->why);
    if (status == YQ_OK) {
        status = decode(call->tx.as.twice_signed.two, &two, call->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (one.epoch != two.epoch || one.view != two.view || one.signer != two.signer) {
        return yq_fail(call->why, YQ_E_NOT_PROVEN, 0, "epoch, view or signer differ");
    }
    yq_evidence_kind kind = kind_of(&one, &two);
    if (kind == YQ_EVIDENCE_INVALID) {
        return yq_fail(call->why, YQ_E_NOT_PROVEN, 0, "an honest validator may sign both");
    }
    if (one.epoch == 0 || !yq_validators_load(hub, one.epoch, &set) || one.signer >= set.n) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "epoch or signer");
    }
    if (!is_recent(hub, one.epoch)) {
        return yq_fail(call->why, YQ_E_EXPIRED, 0, "epoch");
    }
    evidence_key(&key, &one, kind);
    if (yq_state_has(hub, &key)) {
        return yq_fail(call->why, YQ_E_EXISTS, 0, "evidence");
    }
    status = check_sig(hub, &set, &one);
    if (status == YQ_OK) {
        status = check_sig(hub, &set, &two);
    }
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "signature");
    }
    keep(hub, &key, &set.item[one.signer], &call->tx);
    yq_state_tell(hub, YQ_HUB_EVENT_EVIDENCE, set.item[one.signer].key, (uint64_t)kind);
    yq_put_u8(&call->data, (uint8_t)kind);
    return YQ_OK;
}

const char *yq_evidence_kind_name(uint8_t kind)
{
    switch ((yq_evidence_kind)kind) {
    case YQ_EVIDENCE_PROPOSE:
        return "two-proposals";
    case YQ_EVIDENCE_NOTARIZE:
        return "two-notarize";
    case YQ_EVIDENCE_CONFLICT:
        return "finalize-and-nullify";
    case YQ_EVIDENCE_FINALIZE:
        return "two-results";
    case YQ_EVIDENCE_INVALID:
        break;
    }
    return "invalid";
}

int yq_hub_evidence_next(yq_hub *hub, yq_evidence *item)
{
    yq_state_key prefix, after;
    yq_slice key, value;
    const signed_vote at = {.epoch = item->epoch, .view = item->view, .signer = item->signer};
    hub->exhausted = 0;
    yq_state_key_begin(&prefix, YQ_MODULE_SYS, YQ_TABLE_SYS_EVIDENCE);
    evidence_key(&after, &at, (yq_evidence_kind)item->kind);
    yq_slice from = yq_state_key_slice(&after);
    from.n = item->epoch == 0 ? 0 : from.n; /* from the first */
    if (!yq_state_next(hub, &prefix, from, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n);
    item->epoch = yq_cur_u64(&c);
    item->view = yq_cur_u64(&c);
    item->signer = yq_cur_u16(&c);
    item->kind = yq_cur_u8(&c);
    yq_state_record_done(&c);
    c = yq_cur_of(value);
    item->height = yq_cur_u64(&c);
    item->time_ms = yq_cur_u64(&c);
    item->key = yq_cur_str8(&c, 64);
    item->org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
    item->one = yq_cur_blob16(&c, YQ_SIGNED_VOTE_MAX);
    item->two = yq_cur_blob16(&c, YQ_SIGNED_VOTE_MAX);
    yq_state_record_done(&c);
    return 1;
}
