#include "relay/crypto/crypto.h"
#include "relay/hub/governance.h"
#include "relay/hub/org.h"
#include "relay/hub/validators.h"

#define ORGS_MAX     1024u
#define DELAY_MS_MAX YQ_PROPOSAL_OPEN_MS

static yq_status bad(yq_fault *why, const char *field)
{
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, field);
}

/* UTF-8 as in a transaction: what a registration would refuse is refused here. */
static int name_is_good(yq_slice name, yq_slice code)
{
    static const uint8_t key[YQ_SM2_KEY_SIZE] = {1};
    const yq_tx tx = {
        .method = YQ_METHOD_ORG_REGISTER,
        .as.org_register = {.admin = {key, sizeof key}, .code = code, .name = name}};
    uint8_t room[256];
    yq_buf out = {room, sizeof room, 0};
    return yq_tx_encode(&tx, &out) == YQ_OK;
}

static yq_status check_numbers(const yq_hub_params *p, size_t voters, yq_fault *why)
{
    if (voters == 0 || voters > UINT16_MAX) {
        return bad(why, "org: none has a vote");
    }
    if (p->approvals == 0 || p->approvals > voters) {
        return bad(why, "approvals");
    }
    if ((size_t)p->approvals * 3 < voters * 2) {
        return yq_fail(why, YQ_E_THRESHOLD_LOW, 0, "approvals: below two thirds of the votes");
    }
    if (voters == 1 && p->single_operator != 1) {
        return yq_fail(why, YQ_E_SET_CONCENTRATION, 0, "org: one has all votes");
    }
    if (p->single_operator > 1) {
        return bad(why, "single_operator");
    }
    if (p->delay_ms > DELAY_MS_MAX) {
        return bad(why, "delay_ms");
    }
    if (p->epoch == 0) {
        return bad(why, "epoch");
    }
    return p->suite < YQ_SUITE_SM2 || p->suite > YQ_SUITE_ED25519 ? bad(why, "suite") : YQ_OK;
}

static yq_status check(const yq_hub_params *p, size_t *voters, yq_fault *why)
{
    *voters = 0;
    if (!yq_chain_id_valid(p->hub)) {
        return bad(why, "hub");
    }
    if (yq_bytes_are_zero(p->chain_id_hash.b, YQ_DIGEST_SIZE)) {
        return yq_fail(why, YQ_E_ZERO_ROOT, 0, "chain_id_hash");
    }
    if (yq_bytes_are_zero(p->set_hash.b, YQ_DIGEST_SIZE)) {
        return yq_fail(why, YQ_E_ZERO_ROOT, 0, "set_hash");
    }
    if (p->org_n > ORGS_MAX) {
        return bad(why, "org: too many");
    }
    for (size_t i = 0; i < p->org_n; i++) {
        if (!yq_org_code_valid(p->org[i].code)) {
            return bad(why, "org code");
        }
        if (!name_is_good(p->org[i].name, p->org[i].code)) {
            return bad(why, "org name");
        }
        *voters += p->org[i].votes != 0;
    }
    return check_numbers(p, *voters, why);
}

static void store_params(yq_hub *hub, const yq_hub_params *p, uint16_t voters)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 128);
    yq_put_str8(&w, p->hub);
    yq_put_bytes(&w, p->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u8(&w, p->suite);
    yq_put_u16(&w, p->approvals);
    yq_put_u16(&w, voters);
    yq_put_u64(&w, p->delay_ms);
    yq_put_u8(&w, p->single_operator);
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_PARAMS);
    yq_state_store_record(hub, &key, &w);
}

static yq_status store_orgs(yq_hub *hub, const yq_hub_params *p, yq_fault *why)
{
    for (size_t i = 0; i < p->org_n; i++) {
        yq_org org;
        if (yq_org_load(hub, p->org[i].code, &org)) {
            return bad(why, "org code: twice");
        }
        org =
            (yq_org){.code = p->org[i].code, .name = p->org[i].name, .votes = p->org[i].votes != 0};
        yq_org_store(hub, &org);
    }
    return YQ_OK;
}

static yq_status store_keys(yq_hub *hub, const yq_hub_params *p, yq_fault *why)
{
    for (size_t i = 0; i < p->key_n; i++) {
        const yq_genesis_key *k = &p->key[i];
        yq_digest id;
        if (k->key.n != YQ_SM2_KEY_SIZE) {
            return bad(why, "key: not 64 bytes");
        }
        if (k->role < YQ_ROLE_ADMIN || k->role > YQ_ROLE_GATEWAY) {
            return bad(why, "key role");
        }
        if (k->chain.n > 0 && (k->role != YQ_ROLE_ADAPTER || !yq_chain_id_valid(k->chain))) {
            return bad(why, "key chain");
        }
        if (k->org.n != YQ_ORG_CODE_SIZE ||
            yq_org_add_key(hub, k->org, k->key, k->role, k->chain, &id) != YQ_OK) {
            return bad(why, "key: unknown org, key twice, or too many");
        }
    }
    return YQ_OK;
}

/* Enough organisations can vote at all. */
static yq_status check_admins(yq_hub *hub, const yq_hub_params *p, yq_fault *why)
{
    size_t able = 0;
    for (size_t i = 0; i < p->org_n; i++) {
        yq_org org;
        able += yq_org_load(hub, p->org[i].code, &org) && org.votes && org.admins > 0;
    }
    return able < p->approvals
               ? bad(why, "key: fewer voting organisations with an admin than approvals")
               : YQ_OK;
}

static yq_status note_set(yq_hub *hub, uint64_t epoch, uint8_t suite, const yq_digest *set_hash)
{
    yq_state_key key;
    yq_slice old;
    const yq_slice set = yq_slice_of(set_hash->b, YQ_DIGEST_SIZE);
    if (epoch == 0 || suite < YQ_SUITE_SM2 || suite > YQ_SUITE_ED25519) {
        return YQ_E_RANGE;
    }
    if (yq_bytes_are_zero(set_hash->b, YQ_DIGEST_SIZE)) {
        return YQ_E_ZERO_ROOT;
    }
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_SET);
    yq_put_u64(&key.w, epoch);
    yq_put_u8(&key.w, suite);
    if (yq_state_load(hub, &key, &old)) {
        return yq_slice_equal(old, set) ? YQ_OK : YQ_E_EXISTS;
    }
    yq_state_store(hub, &key, set);
    return YQ_OK;
}

static yq_status write_state(yq_hub *hub, const yq_hub_params *p, uint16_t voters, yq_fault *why)
{
    store_params(hub, p, voters);
    yq_status status = store_orgs(hub, p, why);
    if (status == YQ_OK) {
        status = store_keys(hub, p, why);
    }
    if (status == YQ_OK) {
        status = check_admins(hub, p, why);
    }
    if (status == YQ_OK) {
        status = yq_validators_genesis(hub, p, why);
    }
    if (status == YQ_OK) {
        status = note_set(hub, p->epoch, p->suite, &p->set_hash);
    }
    return status;
}

yq_status yq_hub_genesis(yq_hub *hub, const yq_hub_params *params, yq_fault *why)
{
    size_t voters;
    yq_hub_reset(hub);
    yq_status status = check(params, &voters, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_PARAMS);
    if (yq_state_has(hub, &key)) {
        return yq_fail(why, YQ_E_EXISTS, 0, "the state has a genesis");
    }
    uint64_t mark = hub->kv->mark(hub->kv->self);
    status = write_state(hub, params, (uint16_t)voters, why);
    if (hub->exhausted) {
        status = bad(why, "org, key: too many");
    }
    if (status != YQ_OK) {
        hub->kv->undo(hub->kv->self, mark);
    }
    return status;
}

yq_status yq_hub_note_set(yq_hub *hub, uint64_t epoch, uint8_t suite, const yq_digest *set_hash)
{
    yq_hub_reset(hub);
    yq_status status = note_set(hub, epoch, suite, set_hash);
    if (status == YQ_OK) {
        yq_validators_begin(hub, epoch);
    }
    return status;
}

yq_status yq_hub_recover(
    yq_hub *hub,
    uint64_t epoch,
    yq_slice change,
    uint8_t suite,
    const yq_digest *set_hash,
    yq_fault *why)
{
    yq_validators now;
    yq_hub_reset(hub);
    yq_state_begin(hub);
    if (!yq_validators_load(hub, 0, &now) || now.epoch + 1 != epoch) {
        return yq_fail(why, YQ_E_STATE, 0, "recovery: epoch");
    }
    yq_status status = yq_validators_recover(hub, change, why);
    return status == YQ_OK ? note_set(hub, epoch, suite, set_hash) : status;
}
