#include "light-clients/cometbft/cometbft.h"
#include "relay/codec/protobuf.h"

#define SIGN_BYTES_MAX 256u
#define PRECOMMIT      2u

/* CanonicalVote, with its length in front: what a validator signs. */
static yq_slice sign_bytes(
    const yq_comet_call *call, const yq_comet_step *step, const yq_comet_vote *vote, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, SIGN_BYTES_MAX);
    const uint64_t number[2] = {step->commit.height, step->commit.round};
    (void)call;
    yq_pb_put_varint(&w, 1, PRECOMMIT);
    for (unsigned i = 0; i < 2; i++) {
        if (number[i] != 0) {
            yq_put_u8(&w, (uint8_t)((i + 2) << 3 | YQ_PB_FIXED64));
            for (unsigned b = 0; b < 8; b++) {
                yq_put_u8(&w, (uint8_t)(number[i] >> (8 * b)));
            }
        }
    }
    if (vote->flag == YQ_COMET_COMMIT) {
        yq_pb_put_bytes(&w, 4, step->commit.block_id);
    }
    yq_pb_put_bytes(&w, 5, vote->time);
    yq_pb_put_bytes(&w, 6, step->header.chain_id);
    uint8_t head[4];
    yq_writer length = yq_writer_of(head, sizeof head);
    yq_pb_put_raw_varint(&length, w.n);
    memmove(room + length.n, room, w.n);
    memcpy(room, head, length.n);
    return yq_slice_of(room, length.n + w.n);
}

static int set_find(const yq_comet_set *set, yq_slice address, size_t *place)
{
    for (*place = 0; *place < set->n; (*place)++) {
        if (memcmp(set->member[*place].address, address.p, YQ_COMET_ADDRESS_SIZE) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Each vote stands at its validator's place. Out: power of those for the block. */
static yq_status tally(const yq_comet_call *call, const yq_comet_step *step, uint64_t *power)
{
    const yq_comet_commit *commit = &step->commit;
    size_t votes = 0, place;
    *power = 0;
    if (commit->n != step->set.n) {
        return yq_comet_fail(call, YQ_E_LEN, "votes and validators differ in number");
    }
    for (size_t i = 0; i < commit->n; i++) {
        const yq_comet_vote *vote = &commit->vote[i];
        if (vote->flag == YQ_COMET_ABSENT) {
            continue;
        }
        votes++;
        if (memcmp(step->set.member[i].address, vote->address.p, YQ_COMET_ADDRESS_SIZE) != 0) {
            return set_find(&step->set, vote->address, &place)
                       ? yq_comet_fail(call, YQ_E_SIGNER_MISMATCH, "vote at another's place")
                       : yq_comet_fail(call, YQ_E_SIGNER_UNKNOWN, "vote of no validator");
        }
        if (vote->flag == YQ_COMET_COMMIT) {
            *power += step->set.member[i].power;
        }
    }
    return votes > 0 ? YQ_OK : yq_comet_fail(call, YQ_E_SIGNATURES_MISSING, "commit");
}

/* Power of the trusted set that voted for the block. A member is in the header's set at most once,
 * so nothing counts twice. */
static uint64_t trusted_power(const yq_comet_step *step)
{
    uint64_t power = 0;
    for (size_t i = 0; i < step->commit.n; i++) {
        size_t place;
        const yq_comet_vote *vote = &step->commit.vote[i];
        if (vote->flag == YQ_COMET_COMMIT && set_find(&step->trusted, vote->address, &place)) {
            power += step->trusted.member[place].power;
        }
    }
    return power;
}

/* floor(power * num / den) without a product that could overflow; num is at most den. */
static uint64_t share(uint64_t power, uint64_t num, uint64_t den)
{
    return power / den * num + power % den * num / den;
}

static yq_status check_votes(const yq_comet_call *call, const yq_comet_step *step)
{
    const yq_verifier_host *host = call->host;
    size_t cap = step->commit.n, n = 0;
    yq_signature *sig = host->scratch(host->self, cap * sizeof *sig);
    yq_status *valid = host->scratch(host->self, cap * sizeof *valid);
    uint8_t *message = host->scratch(host->self, cap * SIGN_BYTES_MAX);
    yq_digest *digest = host->scratch(host->self, cap * sizeof *digest);
    if (sig == NULL || valid == NULL || message == NULL || digest == NULL) {
        return yq_comet_fail(call, YQ_E_LIMIT, "votes");
    }
    for (size_t i = 0; i < cap; i++) {
        const yq_comet_vote *vote = &step->commit.vote[i];
        const yq_comet_member *member = &step->set.member[i];
        if (vote->flag == YQ_COMET_ABSENT) {
            continue;
        }
        yq_slice msg = sign_bytes(call, step, vote, message + n * SIGN_BYTES_MAX);
        uint16_t flags = 0;
        if (member->alg == YQ_SIG_SECP256K1_DIGEST) {
            digest[n] = yq_comet_hash(call, &msg, 1);
            msg = yq_slice_of(digest[n].b, sizeof digest[n].b);
            flags = YQ_SIG_FLAG_LOW_S;
        }
        sig[n++] = (yq_signature){
            .alg = (uint16_t)member->alg,
            .flags = flags,
            .key = member->key,
            .msg = msg,
            .sig = vote->signature};
    }
    yq_status status = host->check_signatures(host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_comet_fail(call, status, "vote");
}

static yq_comet_time time_plus(yq_comet_time t, uint64_t ms)
{
    t.seconds += (int64_t)(ms / 1000);
    t.nanos += (uint32_t)(ms % 1000) * 1000000;
    if (t.nanos >= 1000000000) {
        t.nanos -= 1000000000;
        t.seconds++;
    }
    return t;
}

int yq_comet_trusted_now(const yq_comet_state *state, yq_comet_time time, uint64_t now_ms)
{
    const yq_comet_time now = time_plus((yq_comet_time){0}, now_ms);
    return yq_comet_time_compare(time_plus(time, state->trusting_ms), now) > 0;
}

/* What header and commit say of themselves, and of the time. */
static yq_status check_header(
    const yq_comet_call *call,
    const yq_comet_state *state,
    const yq_comet_record *trusted,
    const yq_comet_step *step,
    uint64_t now_ms)
{
    const yq_comet_header *header = &step->header;
    if (!yq_slice_equal(header->chain_id, state->chain_id)) {
        return yq_comet_fail(call, YQ_E_DOMAIN, "chain_id");
    }
    if (step->commit.height != header->height || header->height <= step->trusted_height) {
        return yq_comet_fail(call, YQ_E_HEIGHT, "height");
    }
    if (!yq_digest_equal(&step->commit.block_hash, &header->hash)) {
        return yq_comet_fail(call, YQ_E_HASH, "the commit is for another block");
    }
    if (!yq_comet_trusted_now(state, trusted->time, now_ms)) {
        return yq_comet_fail(call, YQ_E_TRUST_EXPIRED, "trusted header");
    }
    if (yq_comet_time_compare(header->time, trusted->time) <= 0) {
        return yq_comet_fail(call, YQ_E_TIME_ORDER, "time");
    }
    const yq_comet_time latest = time_plus((yq_comet_time){0}, now_ms + state->drift_ms);
    if (yq_comet_time_compare(header->time, latest) >= 0) {
        return yq_comet_fail(call, YQ_E_TIME_FUTURE, "time");
    }
    return YQ_OK;
}

/* The sets are the ones that the two headers name. */
static yq_status check_sets(
    const yq_comet_call *call,
    const yq_comet_record *trusted,
    const yq_comet_step *step,
    int adjacent)
{
    const yq_comet_set *old = step->trusted.n == 0 ? &step->set : &step->trusted;
    if (!yq_digest_equal(&step->set.hash, &step->header.validators)) {
        return yq_comet_fail(call, YQ_E_VALSET_HASH, "validators");
    }
    if (adjacent && step->trusted.n != 0) {
        return yq_comet_fail(call, YQ_E_NONCANONICAL, "a trusted set with the next header");
    }
    if (!yq_digest_equal(&old->hash, &trusted->next_validators)) {
        return adjacent ? yq_comet_fail(call, YQ_E_SET_CHANGE, "not the announced validators")
                        : yq_comet_fail(call, YQ_E_VALSET_HASH, "trusted validators");
    }
    return YQ_OK;
}

yq_status yq_comet_step_check(
    const yq_comet_call *call,
    const yq_comet_state *state,
    const yq_comet_record *trusted,
    const yq_comet_step *step,
    uint64_t now_ms,
    int adjacent_rule)
{
    int adjacent = adjacent_rule && step->header.height == step->trusted_height + 1;
    uint64_t power;
    yq_status status = check_header(call, state, trusted, step, now_ms);
    if (status == YQ_OK) {
        status = check_sets(call, trusted, step, adjacent);
    }
    if (status == YQ_OK) {
        status = tally(call, step, &power);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (step->trusted.n != 0 &&
        trusted_power(step) <= share(step->trusted.power, state->level_num, state->level_den)) {
        return yq_comet_fail(call, YQ_E_SET_CHANGE, "too little of the trusted power signed");
    }
    if (power <= share(step->set.power, 2, 3)) {
        return yq_comet_fail(call, YQ_E_QUORUM, "voting power");
    }
    return check_votes(call, step);
}
