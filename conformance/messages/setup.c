#include "conformance/messages/proof.h"
#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

/* The ledger's first state, chains, services, lanes. */

#define BEGIN_MS  UINT64_C(1700000000000)
#define MINUTE_MS UINT64_C(60000)
#define MSIM_KEYS (3u * MSIM_ORGS)

static const yq_verifier *const verifiers[] = {&msim_verifier};

static void make_signers(msim *w, yq_genesis_org *org, yq_genesis_key *key)
{
    for (unsigned i = 0; i < MSIM_ORGS; i++) {
        (void)snprintf(w->code[i], sizeof w->code[i], "1141000000000000%u0", i);
        w->code[i][YQ_ORG_CODE_SIZE - 1] = yq_org_code_check(w->code[i]);
        org[i] = (yq_genesis_org){yq_slice_text(w->code[i]), yq_slice_text("organisation"), 1};
        for (unsigned role = 0; role < 3; role++) {
            uint8_t *own = w->org_key[role][i];
            memset(own, (int)(1 + i + MSIM_ORGS * role), YQ_SM2_KEY_SIZE);
            *key = (yq_genesis_key){
                .org = org[i].code,
                .key = yq_slice_of(own, YQ_SM2_KEY_SIZE),
                .role = (uint8_t)(YQ_ROLE_ADMIN + role)};
            yq_signer_id(YQ_SUITE_SM2, key->key, &w->signer[role][i]);
            key++;
        }
    }
}

static void genesis(msim *w)
{
    yq_genesis_org org[MSIM_ORGS];
    yq_genesis_key key[MSIM_KEYS];
    yq_validator validator[MSIM_VALIDATORS];
    yq_digest set;
    yq_fault why = {0};
    make_signers(w, org, key);
    msim_first_set(w);
    yq_valset_hash(YQ_HASH_SM3, &w->set[0], &set);
    for (unsigned i = 0; i < MSIM_VALIDATORS; i++) {
        validator[i] = (yq_validator){
            yq_slice_of(w->set[0].key[i], sizeof w->set[0].key[i]), yq_slice_text(w->code[i])};
    }
    const yq_hub_params params = {
        .hub = yq_slice_text(MSIM_HUB),
        .chain_id_hash = msim_ledger_name(),
        .suite = YQ_SUITE_SM2,
        .approvals = 3,
        .org = org,
        .org_n = MSIM_ORGS,
        .key = key,
        .key_n = YQ_ARRAY_N(key),
        .validator = validator,
        .validator_n = MSIM_VALIDATORS,
        .alg = YQ_HASH_SM3,
        .epoch = 1,
        .set_hash = set};
    w->rules->hub_init(&w->hub, msim_map_kv(w->map), w->memory, verifiers, 1, NULL);
    yq_status status = w->rules->hub_genesis(&w->hub, &params, &why);
    YQ_ASSERT(status == YQ_OK);
    msim_map_keep(w->map);
}

static void register_chain(msim *w, uint32_t number)
{
    uint8_t anchor[64];
    msim_chain *c = &w->chain[number];
    yq_writer room = yq_writer_of(anchor, sizeof anchor);
    msim_put_anchor(&room, &c->key, 0);
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = yq_writer_slice(&room),
            .chain = msim_chain_id(w, number),
            .framework = yq_slice_text(MSIM_FRAMEWORK),
            .inbox = yq_slice_text(MSIM_INBOX),
            .inbox_event = yq_slice_text(MSIM_EVENT),
            .name = yq_slice_text("a chain"),
            .hash = YQ_HASH_SM3,
            .suite = YQ_SUITE_SM2,
            .verifier = 1}};
    yq_status status = msim_approve(w, &w->signer[MSIM_ADMIN][0], &tx);
    YQ_ASSERT(status == YQ_OK);
}

static void register_service(msim *w, uint32_t chain, uint8_t service)
{
    int mapped = service == MSIM_MAPPED;
    const char *emitter = mapped ? MSIM_APP : service == MSIM_GROUP ? MSIM_OUTBOX : MSIM_INBOX;
    const yq_tx tx = {
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = msim_chain_id(w, chain),
            .emitter = yq_slice_text(emitter),
            .event = yq_slice_text(mapped ? MSIM_APP_EVENT : MSIM_EVENT),
            .service = yq_slice_text(msim_service_name[service]),
            .from_height = 1,
            .kind = mapped ? YQ_SERVICE_MAPPED : YQ_SERVICE_CONTRACT,
            .ordered = service == MSIM_ORDERED}};
    yq_status status = msim_execute(w, &w->signer[MSIM_OPERATOR][0], &tx);
    YQ_ASSERT(status == YQ_OK);
}

void msim_open_lane(msim *w, uint32_t src, uint32_t dst, uint8_t service)
{
    msim_lane *lane = &w->lane[src][dst][service];
    const yq_tx tx = {
        .method = YQ_METHOD_LANE_OPEN,
        .as.lane = {
            .src_chain = msim_chain_id(w, src),
            .src_service = yq_slice_text(msim_service_name[service]),
            .dst_chain = msim_chain_id(w, dst),
            .dst_service = yq_slice_text(MSIM_TARGET),
            .grade_min = YQ_GRADE_ENDORSED,
            .order = service == MSIM_ORDERED ? YQ_ORDER_ORDERED : YQ_ORDER_UNORDERED,
            .patience_ms = lane->patience_ms,
            .payload_max = MSIM_PAYLOAD,
            .per_minute_max = lane->per_minute}};
    lane->open = 1;
    yq_status status = msim_execute(w, &w->signer[MSIM_ADMIN][0], &tx);
    YQ_ASSERT(status == YQ_OK);
}

int msim_lane_is_paused(msim *w, uint32_t src, uint32_t dst, uint8_t service)
{
    yq_lane lane = {
        .src_chain = msim_chain_id(w, src),
        .src_service = yq_slice_text(msim_service_name[service]),
        .dst_chain = msim_chain_id(w, dst),
        .dst_service = yq_slice_text(MSIM_TARGET)};
    return w->lane[src][dst][service].open && w->rules->hub_lane(&w->hub, &lane) == YQ_OK &&
           lane.paused;
}

static void plan_lane(msim *w, msim_lane *lane, uint8_t service)
{
    uint32_t minutes = sim_between(&w->rng, 1, 6);
    int endless = service != MSIM_ORDERED && sim_permille(&w->rng, 200);
    lane->patience_ms = endless ? 0 : minutes * MINUTE_MS;
    lane->per_minute = sim_permille(&w->rng, 250) ? sim_between(&w->rng, 1, 3) : 1000;
}

/* Most lanes are open from the beginning, some open later, some never. A mapped service has one. */
static void begin_lanes(msim *w, uint32_t src)
{
    for (uint32_t dst = 0; dst < w->chain_n; dst++) {
        int strangers = sim_permille(&w->rng, 60);
        for (uint8_t service = 0; service < MSIM_SERVICES && dst != src; service++) {
            msim_lane *lane = &w->lane[src][dst][service];
            plan_lane(w, lane, service);
            if (service == MSIM_MAPPED) {
                lane->mute = dst != (src + 1) % w->chain_n;
            } else {
                lane->mute = sim_permille(&w->rng, 40);
            }
            if (!lane->mute && !strangers &&
                (service == MSIM_MAPPED || sim_permille(&w->rng, 900))) {
                msim_open_lane(w, src, dst, service);
            }
        }
    }
}

void msim_setup(msim *w)
{
    w->now = BEGIN_MS;
    genesis(w);
    w->chain_n = sim_between(&w->rng, 3, MSIM_CHAINS_MAX);
    msim_block_begin(w);
    for (uint32_t i = 0; i < w->chain_n; i++) {
        msim_chain_begin(w, i);
        register_chain(w, i);
        for (uint8_t service = 0; service < MSIM_SERVICES; service++) {
            register_service(w, i, service);
        }
    }
    for (uint32_t i = 0; i < w->chain_n; i++) {
        begin_lanes(w, i);
    }
    msim_block_end(w, 0);
}
