#include "light-clients/evm/evm.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

/* Keccak-256 of "Istanbul practical byzantine fault tolerance", which marks these headers. */
static const uint8_t istanbul_mix[32] = {
    0x63, 0x74, 0x69, 0x63, 0x61, 0x6c, 0x20, 0x62, 0x79, 0x7a, 0x61, 0x6e, 0x74, 0x69, 0x6e, 0x65,
    0x20, 0x66, 0x61, 0x75, 0x6c, 0x74, 0x20, 0x74, 0x6f, 0x6c, 0x65, 0x72, 0x61, 0x6e, 0x63, 0x65};

/* Keccak-256 of an empty RLP list: no uncles. */
static const uint8_t no_uncles[32] = {
    0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
    0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47};

static const uint8_t empty_list = 0xc0, empty_string = 0x80;

/* Order of the secp256k1 group, halved. */
static const uint8_t half_order[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

/* The list in extraData of IBFT 2.0 and QBFT: items as they stand. */
typedef struct bft_extra {
    yq_slice vanity, validators, vote, round, seals;
} bft_extra;

static void read_set(yq_cur *c, yq_slice item, yq_evm_set *out)
{
    yq_cur list = yq_cur_of(item);
    yq_cur items = yq_rlp_list(&list);
    while (yq_cur_left(&items) > 0) {
        yq_slice address = yq_rlp_fixed(&items, YQ_EVM_ADDRESS_SIZE);
        if (yq_cur_ok(&items) && !yq_evm_set_add(out, address.p)) {
            yq_status status = out->n == YQ_EVM_VALIDATORS_MAX ? YQ_E_LIMIT : YQ_E_DUP_SIGNER;
            yq_cur_fail_field(c, status, c->pos, "validators");
            return;
        }
    }
    yq_rlp_end(&items, &list);
    if (yq_cur_done(&list, NULL) != YQ_OK) {
        yq_cur_fail_field(c, list.status, c->pos, "validators");
    }
}

/* IBFT 2.0: 0x80 or [address, ff | 00]; QBFT: c0 or [address, ff | empty]. */
static void read_vote(yq_cur *c, const yq_evm_state *state, yq_slice item, yq_evm_sealed *out)
{
    uint8_t none = state->mode == YQ_EVM_IBFT2 ? empty_string : empty_list;
    if (item.p[0] == none) {
        return; /* an item that begins so is this one byte */
    }
    yq_cur list = yq_cur_of(item);
    yq_cur items = yq_rlp_list(&list);
    yq_slice address = yq_rlp_fixed(&items, YQ_EVM_ADDRESS_SIZE);
    yq_slice type = yq_rlp_string(&items, 1);
    yq_rlp_end(&items, &list);
    int add = type.n == 1 && type.p[0] == 0xff;
    int drop = state->mode == YQ_EVM_IBFT2 ? type.n == 1 && type.p[0] == 0 : type.n == 0;
    if (yq_cur_done(&list, NULL) != YQ_OK || (!add && !drop)) {
        yq_cur_fail_field(
            c, list.status == YQ_OK ? YQ_E_NONCANONICAL : list.status, c->pos, "vote");
        return;
    }
    out->has_vote = 1;
    out->vote.add = add ? 1 : 0;
    memcpy(out->vote.candidate, address.p, YQ_EVM_ADDRESS_SIZE);
}

/* IBFT 2.0 writes four bytes, QBFT a number. */
static void read_round(yq_cur *c, const yq_evm_state *state, yq_slice item)
{
    yq_cur one = yq_cur_of(item);
    if (state->mode == YQ_EVM_IBFT2) {
        (void)yq_rlp_fixed(&one, 4);
    } else if (yq_rlp_uint(&one) > UINT32_MAX) {
        yq_cur_fail(&one, YQ_E_RANGE, 0);
    }
    if (yq_cur_done(&one, NULL) != YQ_OK) {
        yq_cur_fail_field(c, one.status, c->pos, "round");
    }
}

static yq_slice join(const yq_evm_call *call, const yq_slice *part, size_t n)
{
    size_t size = 16;
    for (size_t i = 0; i < n; i++) {
        size += part[i].n;
    }
    uint8_t *room = call->host->scratch(call->host->self, size);
    if (room == NULL) {
        return (yq_slice){0};
    }
    yq_writer w = yq_writer_of(room, size);
    size_t mark = yq_rlp_list_begin(&w);
    for (size_t i = 0; i < n; i++) {
        yq_put(&w, part[i]);
    }
    yq_rlp_list_end(&w, mark);
    return yq_writer_slice(&w);
}

static yq_status no_room(const yq_evm_call *call)
{
    return yq_evm_fail(call, YQ_E_LIMIT, "scratch");
}

/* Block hash and seal hash of IBFT 2.0 and QBFT. */
static yq_status bft_hashes(
    const yq_evm_call *call,
    const yq_evm_state *state,
    const yq_evm_header *header,
    const bft_extra *x,
    yq_evm_sealed *out)
{
    const yq_slice round_0 = {&empty_string, 1}, no_seals = {&empty_list, 1};
    int ibft2 = state->mode == YQ_EVM_IBFT2;
    const yq_slice block[] = {x->vanity, x->validators, x->vote, round_0, no_seals};
    const yq_slice seal[] = {x->vanity, x->validators, x->vote, x->round, no_seals};
    yq_slice block_extra = join(call, block, ibft2 ? 3 : 5);
    yq_slice seal_extra = join(call, seal, ibft2 ? 4 : 5);
    if (block_extra.p == NULL || seal_extra.p == NULL) {
        return no_room(call);
    }
    out->hash = yq_evm_header_hash(call, header, block_extra);
    out->seal_hash = yq_evm_header_hash(call, header, seal_extra);
    out->seals = x->seals;
    return YQ_OK;
}

static yq_status decode_bft(
    const yq_evm_call *call,
    const yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *out)
{
    bft_extra x;
    yq_cur c = yq_cur_of(header->extra);
    yq_cur items = yq_rlp_list(&c);
    x.vanity = yq_rlp_item(&items);
    x.validators = yq_rlp_item(&items);
    x.vote = yq_rlp_item(&items);
    x.round = yq_rlp_item(&items);
    x.seals = yq_rlp_item(&items);
    yq_cur vanity = yq_cur_of(x.vanity);
    (void)yq_rlp_string(&vanity, YQ_EVM_VANITY_SIZE);
    if (!yq_cur_ok(&vanity)) {
        yq_cur_fail_field(&items, vanity.status, 0, "vanity");
    }
    if (yq_cur_ok(&items)) {
        read_set(&items, x.validators, &out->listed);
        read_vote(&items, state, x.vote, out);
        read_round(&items, state, x.round);
    }
    yq_rlp_end(&items, &c);
    yq_status status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    out->has_list = state->mode != YQ_EVM_QBFT_CONTRACT;
    if (!out->has_list && (out->listed.n != 0 || out->has_vote)) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "validators in a header of contract mode");
    }
    memcpy(out->proposer, header->miner.p, YQ_EVM_ADDRESS_SIZE);
    memcpy(out->vote.voter, header->miner.p, YQ_EVM_ADDRESS_SIZE);
    return bft_hashes(call, state, header, &x, out);
}

static int nonce_is(const yq_evm_header *header, uint8_t byte)
{
    for (size_t i = 0; i < header->nonce.n; i++) {
        if (header->nonce.p[i] != byte) {
            return 0;
        }
    }
    return 1;
}

/* Istanbul and Clique vote by the miner's field and the nonce. */
static yq_status read_nonce_vote(
    const yq_evm_call *call, const yq_evm_header *header, yq_evm_sealed *out)
{
    if (!nonce_is(header, 0) && !nonce_is(header, 0xff)) {
        return yq_evm_fail(call, YQ_E_NONCANONICAL, "nonce");
    }
    out->has_vote = 1;
    out->vote.add = nonce_is(header, 0xff) ? 1 : 0;
    memcpy(out->vote.candidate, header->miner.p, YQ_EVM_ADDRESS_SIZE);
    return YQ_OK;
}

/* vanity || RLP[validators, proposer's seal, committed seals] */
static yq_status decode_ibft1(
    const yq_evm_call *call, const yq_evm_header *header, yq_evm_sealed *out)
{
    yq_cur c = yq_cur_of(header->extra);
    yq_slice vanity = yq_cur_take(&c, YQ_EVM_VANITY_SIZE);
    yq_cur items = yq_rlp_list(&c);
    yq_slice validators = yq_rlp_item(&items);
    yq_slice own_item = yq_rlp_item(&items);
    out->seals = yq_rlp_item(&items);
    read_set(&items, validators, &out->listed);
    yq_rlp_end(&items, &c);
    yq_status status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    out->has_list = 1;
    const yq_slice block[] = {validators, own_item, {&empty_list, 1}};
    const yq_slice proposal[] = {validators, {&empty_string, 1}, {&empty_list, 1}};
    yq_digest *hash[2] = {&out->hash, &out->seal_hash};
    for (unsigned i = 0; i < 2; i++) {
        yq_slice list = join(call, i == 0 ? block : proposal, 3);
        uint8_t *room = call->host->scratch(call->host->self, vanity.n + list.n);
        if (list.p == NULL || room == NULL) {
            return no_room(call);
        }
        yq_bytes_copy(room, vanity.p, vanity.n);
        memcpy(room + vanity.n, list.p, list.n);
        *hash[i] = yq_evm_header_hash(call, header, yq_slice_of(room, vanity.n + list.n));
    }
    /* The proposer signs the hash of the hash; the others the block's hash with a 2 behind. */
    yq_digest proposal_hash = yq_evm_hash(call, YQ_SLICE_OF(out->seal_hash.b));
    uint8_t commit[YQ_DIGEST_SIZE + 1];
    memcpy(commit, out->hash.b, YQ_DIGEST_SIZE);
    commit[YQ_DIGEST_SIZE] = 2;
    out->seal_hash = yq_evm_hash(call, yq_slice_of(commit, sizeof commit));
    if (header->number == 0) {
        return YQ_OK;
    }
    yq_cur own = yq_cur_of(own_item);
    yq_slice seal = yq_rlp_fixed(&own, YQ_EVM_SEAL_SIZE);
    status = yq_cur_done(&own, call->why);
    if (status == YQ_OK) {
        status = yq_evm_signer(call, &proposal_hash, seal, out->proposer);
    }
    memcpy(out->vote.voter, out->proposer, YQ_EVM_ADDRESS_SIZE);
    return status == YQ_OK ? read_nonce_vote(call, header, out) : status;
}

/* vanity || signers at an epoch || seal */
static yq_status decode_clique(
    const yq_evm_call *call,
    const yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *out)
{
    const size_t fixed = YQ_EVM_VANITY_SIZE + YQ_EVM_SEAL_SIZE;
    int checkpoint = header->number % state->epoch == 0;
    if (header->items > 16) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "items that a Clique header does not have");
    }
    if (header->extra.n < fixed || (header->extra.n - fixed) % YQ_EVM_ADDRESS_SIZE != 0) {
        return yq_evm_fail(call, YQ_E_LEN, "extraData");
    }
    size_t n = (header->extra.n - fixed) / YQ_EVM_ADDRESS_SIZE;
    if (n > YQ_EVM_VALIDATORS_MAX || (n > 0) != checkpoint) {
        return yq_evm_fail(call, YQ_E_SET_CHANGE, "signers in extraData");
    }
    for (size_t i = 0; i < n; i++) {
        if (!yq_evm_set_add(
                &out->listed, header->extra.p + YQ_EVM_VANITY_SIZE + i * YQ_EVM_ADDRESS_SIZE)) {
            return yq_evm_fail(call, YQ_E_DUP_SIGNER, "signers in extraData");
        }
    }
    out->has_list = checkpoint;
    out->seals =
        yq_slice_of(header->extra.p + header->extra.n - YQ_EVM_SEAL_SIZE, YQ_EVM_SEAL_SIZE);
    out->hash = yq_evm_hash(call, header->raw);
    out->seal_hash = yq_evm_header_hash(
        call, header, yq_slice_of(header->extra.p, header->extra.n - YQ_EVM_SEAL_SIZE));
    return read_nonce_vote(call, header, out);
}

yq_status yq_evm_sealed_decode(
    const yq_evm_call *call,
    const yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *out)
{
    *out = (yq_evm_sealed){0};
    if (!yq_evm_set_new(call, &out->listed)) {
        return no_room(call);
    }
    int clique = state->mode == YQ_EVM_CLIQUE;
    int has_mix = memcmp(header->mix.b, istanbul_mix, sizeof istanbul_mix) == 0;
    if (memcmp(header->uncles.b, no_uncles, sizeof no_uncles) != 0 ||
        (clique ? !yq_digest_is_zero(&header->mix) : header->number != 0 && !has_mix)) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "sha3Uncles, mixHash");
    }
    if (!clique && header->number != 0 &&
        (header->difficulty.n != 1 || header->difficulty.p[0] != 1)) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "difficulty");
    }
    if (clique) {
        return decode_clique(call, state, header, out);
    }
    if (state->mode == YQ_EVM_IBFT1) {
        return decode_ibft1(call, header, out);
    }
    if (header->number != 0 && !nonce_is(header, 0)) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "nonce");
    }
    return decode_bft(call, state, header, out);
}

yq_status yq_evm_signer(
    const yq_evm_call *call, const yq_digest *digest, yq_slice seal, uint8_t *address)
{
    uint8_t key[64];
    YQ_ASSERT(seal.n == YQ_EVM_SEAL_SIZE); /* so the decoders read it */
    if (seal.p[64] > 1) {
        return yq_evm_fail(call, YQ_E_SIG_RANGE, "seal");
    }
    yq_status status = call->host->recover(call->host->self, digest->b, seal.p, key);
    if (status != YQ_OK) {
        return yq_evm_fail(call, status, "seal");
    }
    yq_digest md = yq_evm_hash(call, yq_slice_of(key, sizeof key));
    memcpy(address, md.b + sizeof md.b - YQ_EVM_ADDRESS_SIZE, YQ_EVM_ADDRESS_SIZE);
    return YQ_OK;
}

static yq_status check_one(
    const yq_evm_call *call,
    const yq_evm_set *set,
    const yq_evm_sealed *sealed,
    yq_slice seal,
    yq_evm_set *signers)
{
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    size_t place;
    yq_status status = yq_evm_signer(call, &sealed->seal_hash, seal, address);
    if (status != YQ_OK) {
        return status;
    }
    if (memcmp(seal.p + 32, half_order, sizeof half_order) > 0) {
        return yq_evm_fail(call, YQ_E_SIG_HIGH_S, "seal");
    }
    if (!yq_evm_set_find(set, address, &place)) {
        return yq_evm_fail(call, YQ_E_SIGNER_UNKNOWN, "seal of no validator");
    }
    return yq_evm_set_add(signers, address) ? YQ_OK : yq_evm_fail(call, YQ_E_DUP_SIGNER, "seal");
}

yq_status yq_evm_seals_check(
    const yq_evm_call *call, const yq_evm_set *set, const yq_evm_sealed *sealed)
{
    yq_evm_set signers;
    if (!yq_evm_set_new(call, &signers)) {
        return no_room(call);
    }
    yq_cur c = yq_cur_of(sealed->seals);
    yq_cur items = yq_rlp_list(&c);
    while (yq_cur_left(&items) > 0) {
        yq_slice seal = yq_rlp_fixed(&items, YQ_EVM_SEAL_SIZE);
        if (!yq_cur_ok(&items)) {
            break;
        }
        yq_status status = check_one(call, set, sealed, seal, &signers);
        if (status != YQ_OK) {
            return status;
        }
    }
    yq_rlp_end(&items, &c);
    yq_status status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (signers.n == 0) {
        return yq_evm_fail(call, YQ_E_SIGNATURES_MISSING, "committed seals");
    }
    return signers.n >= yq_evm_quorum(set->n) ? YQ_OK
                                              : yq_evm_fail(call, YQ_E_QUORUM, "committed seals");
}
