#include "light-clients/cometbft/ics23.h"

#define DEPTH_MAX     128u
#define LENGTH_MAX    10u
#define SMT_DEPTH_MAX 256u

static yq_status no_op(const yq_comet_call *call, const char *text)
{
    return yq_comet_fail(call, YQ_E_PROOF_TYPE, text);
}

static uint32_t alg_of(uint64_t hash)
{
    static const uint32_t alg[] = {
        [YQ_ICS23_SHA256] = YQ_HASH_SHA256,
        [YQ_ICS23_SHA512] = YQ_HASH_SHA512,
        [YQ_ICS23_KECCAK256] = YQ_HASH_KECCAK256,
        [YQ_ICS23_RIPEMD160] = YQ_HASH_RIPEMD160,
        [YQ_ICS23_BITCOIN] = YQ_HASH_SHA256,
        [YQ_ICS23_SHA512_256] = YQ_HASH_SHA512_256,
        [YQ_ICS23_BLAKE2B_512] = YQ_HASH_BLAKE2B_512,
        [YQ_ICS23_BLAKE2S_256] = YQ_HASH_BLAKE2S_256,
    };
    return hash < YQ_ARRAY_N(alg) ? alg[hash] : YQ_HASH_INVALID;
}

static size_t size_of(uint64_t hash)
{
    if (hash == YQ_ICS23_SHA512 || hash == YQ_ICS23_BLAKE2B_512) {
        return 64;
    }
    return hash == YQ_ICS23_RIPEMD160 || hash == YQ_ICS23_BITCOIN ? 20 : 32;
}

static yq_status hash_parts(
    const yq_comet_call *call, uint64_t hash, const yq_slice *part, size_t n, yq_ics23_md *out)
{
    const yq_verifier_host *host = call->host;
    uint32_t alg = alg_of(hash);
    out->n = 0;
    if (alg == YQ_HASH_INVALID) {
        return no_op(call, "hash");
    }
    host->hash(host->self, alg, part, n, out->b);
    if (hash == YQ_ICS23_BITCOIN) {
        yq_digest inner;
        memcpy(inner.b, out->b, sizeof inner.b);
        const yq_slice one = YQ_SLICE_OF(inner.b);
        host->hash(host->self, YQ_HASH_RIPEMD160, &one, 1, out->b);
    }
    out->n = size_of(hash);
    return YQ_OK;
}

/* A key or a value as the leaf's hash takes it: hashed first where the leaf says so. */
static yq_status prepare(
    const yq_comet_call *call, uint64_t hash, yq_slice in, yq_ics23_md *room, yq_slice *out)
{
    if (hash == YQ_ICS23_NO_HASH) {
        *out = in;
        return YQ_OK;
    }
    yq_status status = hash_parts(call, hash, &in, 1, room);
    *out = yq_slice_of(room->b, room->n);
    return status;
}

static void put_little(yq_writer *w, uint64_t v, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        yq_put_u8(w, (uint8_t)(v >> (8 * i)));
    }
}

/* What stands in front of a part. */
static yq_status length_of(const yq_comet_call *call, uint64_t length, size_t n, yq_writer *w)
{
    switch (length) {
    case YQ_ICS23_NO_PREFIX:
        return YQ_OK;
    case YQ_ICS23_VARINT:
        for (; n >= 0x80; n >>= 7) {
            yq_put_u8(w, (uint8_t)(n | 0x80));
        }
        yq_put_u8(w, (uint8_t)n);
        return YQ_OK;
    case YQ_ICS23_FIXED32_BIG:
        yq_put_u32(w, (uint32_t)n);
        return YQ_OK;
    case YQ_ICS23_FIXED32_LITTLE:
        put_little(w, n, 4);
        return YQ_OK;
    case YQ_ICS23_FIXED64_BIG:
        yq_put_u64(w, n);
        return YQ_OK;
    case YQ_ICS23_FIXED64_LITTLE:
        put_little(w, n, 8);
        return YQ_OK;
    case YQ_ICS23_REQUIRE_32:
        return n == 32 ? YQ_OK : yq_comet_fail(call, YQ_E_LEN, "part of a leaf");
    case YQ_ICS23_REQUIRE_64:
        return n == 64 ? YQ_OK : yq_comet_fail(call, YQ_E_LEN, "part of a leaf");
    default:
        return no_op(call, "length");
    }
}

yq_status yq_ics23_leaf_apply(
    const yq_comet_call *call,
    const yq_ics23_leaf *leaf,
    yq_slice key,
    yq_slice value,
    yq_ics23_md *out)
{
    uint8_t head[2][LENGTH_MAX];
    yq_ics23_md room[2];
    yq_slice part[5] = {leaf->prefix};
    const yq_slice in[2] = {key, value};
    const uint64_t hash[2] = {leaf->prehash_key, leaf->prehash_value};
    if (key.n == 0 || value.n == 0) {
        return yq_comet_fail(call, YQ_E_PROOF_INCOMPLETE, "empty key or value");
    }
    for (unsigned i = 0; i < 2; i++) {
        yq_writer w = yq_writer_of(head[i], LENGTH_MAX);
        yq_status status = prepare(call, hash[i], in[i], &room[i], &part[2 + 2 * i]);
        if (status == YQ_OK) {
            status = length_of(call, leaf->length, part[2 + 2 * i].n, &w);
        }
        if (status != YQ_OK) {
            return status;
        }
        part[1 + 2 * i] = yq_writer_slice(&w);
    }
    return hash_parts(call, leaf->hash, part, YQ_ARRAY_N(part), out);
}

yq_status yq_ics23_inner_apply(
    const yq_comet_call *call, const yq_ics23_inner *step, yq_slice child, yq_ics23_md *out)
{
    const yq_slice part[] = {step->prefix, child, step->suffix};
    if (child.n == 0) {
        return yq_comet_fail(call, YQ_E_PROOF_INCOMPLETE, "empty child");
    }
    return hash_parts(call, step->hash, part, YQ_ARRAY_N(part), out);
}

yq_status yq_ics23_root(const yq_comet_call *call, const yq_ics23_exist *proof, yq_ics23_md *root)
{
    if (!proof->has_leaf) {
        return yq_comet_fail(call, YQ_E_PROOF_INCOMPLETE, "no leaf");
    }
    yq_status status = yq_ics23_leaf_apply(call, &proof->leaf, proof->key, proof->value, root);
    for (size_t i = 0; i < proof->n && status == YQ_OK; i++) {
        const yq_ics23_md child = *root;
        status = yq_ics23_inner_apply(call, &proof->step[i], yq_slice_of(child.b, child.n), root);
    }
    return status;
}

/* ---- the published specs ---- */

static const uint8_t leaf_tag[1] = {0};
static const uint8_t zeros[32];

static yq_ics23_leaf common_leaf(void)
{
    return (yq_ics23_leaf){
        .hash = YQ_ICS23_SHA256,
        .prehash_value = YQ_ICS23_SHA256,
        .length = YQ_ICS23_VARINT,
        .prefix = {leaf_tag, sizeof leaf_tag}};
}

yq_ics23_spec yq_ics23_spec_iavl(void)
{
    return (yq_ics23_spec){
        .tree = YQ_ICS23_IAVL,
        .leaf = common_leaf(),
        .inner_hash = YQ_ICS23_SHA256,
        .child_size = 33, /* a length byte and a digest */
        .prefix_min = 4,
        .prefix_max = 12};
}

yq_ics23_spec yq_ics23_spec_tendermint(void)
{
    return (yq_ics23_spec){
        .tree = YQ_ICS23_TENDERMINT,
        .leaf = common_leaf(),
        .inner_hash = YQ_ICS23_SHA256,
        .child_size = 32,
        .prefix_min = 1,
        .prefix_max = 1};
}

yq_ics23_spec yq_ics23_spec_smt(void)
{
    yq_ics23_spec spec = {
        .leaf = common_leaf(),
        .inner_hash = YQ_ICS23_SHA256,
        .child_size = 32,
        .prefix_min = 1,
        .prefix_max = 1,
        .depth_max = SMT_DEPTH_MAX,
        .empty_child = {zeros, sizeof zeros},
        .compares_hashed_keys = 1};
    spec.leaf.prehash_key = YQ_ICS23_SHA256;
    spec.leaf.length = YQ_ICS23_NO_PREFIX;
    return spec;
}

/* ---- the form of a membership proof ---- */

static int starts_with(yq_slice in, yq_slice head)
{
    return in.n >= head.n && memcmp(in.p, head.p, head.n) == 0;
}

/* Go's zigzag varint, shortest form. Returns 0 when there is none. */
static int take_signed(yq_slice *in, int64_t *out)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < in->n; i++) {
        uint8_t b = in->p[i];
        if (i == 9 && b > 1) { /* the tenth byte is the last and has one bit */
            return 0;
        }
        v |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b < 0x80) {
            if (b == 0 && i > 0) {
                return 0;
            }
            *out = (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
            *in = yq_slice_of(in->p + i + 1, in->n - i - 1);
            return 1;
        }
    }
    return 0;
}

/* IAVL writes height, size and version in front of each node. layer: 0 for the leaf, then 1, 2, ...
 */
static int iavl_prefix_fits(yq_slice prefix, int64_t layer)
{
    int64_t height, size, version;
    if (!take_signed(&prefix, &height) || !take_signed(&prefix, &size) ||
        !take_signed(&prefix, &version) || size < 0 || version < 0) {
        return 0;
    }
    if (layer == 0) {
        return height == 0 && size == 1 && prefix.n == 0;
    }
    return height >= layer && (prefix.n == 1 || prefix.n == 34);
}

static int leaf_fits(const yq_ics23_spec *spec, const yq_ics23_leaf *leaf)
{
    return leaf->hash == spec->leaf.hash && leaf->prehash_key == spec->leaf.prehash_key &&
           leaf->prehash_value == spec->leaf.prehash_value && leaf->length == spec->leaf.length &&
           starts_with(leaf->prefix, spec->leaf.prefix) &&
           (spec->tree != YQ_ICS23_IAVL || iavl_prefix_fits(leaf->prefix, 0)) &&
           (spec->tree != YQ_ICS23_TENDERMINT || leaf->prefix.n == 1);
}

static int inner_fits(const yq_ics23_spec *spec, const yq_ics23_inner *step, size_t layer)
{
    if (step->hash != spec->inner_hash || starts_with(step->prefix, spec->leaf.prefix) ||
        step->prefix.n < spec->prefix_min || step->prefix.n > spec->prefix_max + spec->child_size ||
        step->suffix.n % spec->child_size != 0) {
        return 0;
    }
    if (spec->tree == YQ_ICS23_IAVL) {
        return iavl_prefix_fits(step->prefix, (int64_t)layer);
    }
    if (spec->tree == YQ_ICS23_TENDERMINT) {
        return step->prefix.p[0] == 1 && (step->suffix.n == 0 || step->prefix.n == 1);
    }
    return 1;
}

yq_status yq_ics23_spec_check(
    const yq_comet_call *call, const yq_ics23_spec *spec, const yq_ics23_exist *proof)
{
    size_t most = spec->depth_max == 0 ? DEPTH_MAX : spec->depth_max;
    if (!proof->has_leaf) {
        return yq_comet_fail(call, YQ_E_PROOF_INCOMPLETE, "no leaf");
    }
    if (proof->n < spec->depth_min || proof->n > most) {
        return yq_comet_fail(call, YQ_E_PROOF_DEPTH, "path");
    }
    if (!leaf_fits(spec, &proof->leaf)) {
        return yq_comet_fail(call, YQ_E_PROOF_NONCANONICAL, "leaf");
    }
    for (size_t i = 0; i < proof->n; i++) {
        if (!inner_fits(spec, &proof->step[i], i + 1)) {
            return yq_comet_fail(call, YQ_E_PROOF_NONCANONICAL, "path");
        }
    }
    return YQ_OK;
}

static yq_status exist_check(
    const yq_comet_call *call,
    const yq_ics23_spec *spec,
    yq_slice root,
    const yq_ics23_exist *proof)
{
    yq_ics23_md got = {.n = 0};
    yq_status status = yq_ics23_spec_check(call, spec, proof);
    if (status == YQ_OK) {
        status = yq_ics23_root(call, proof, &got);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (yq_bytes_are_zero(root.p, root.n)) { /* also an empty one */
        return yq_comet_fail(call, YQ_E_ZERO_ROOT, "root");
    }
    return yq_slice_equal(root, yq_slice_of(got.b, got.n))
               ? YQ_OK
               : yq_comet_fail(call, YQ_E_PROOF, "root");
}

yq_status yq_ics23_member(
    const yq_comet_call *call,
    const yq_ics23_spec *spec,
    yq_slice root,
    const yq_ics23_proof *proof,
    yq_slice key,
    yq_slice value)
{
    if (proof->absent) {
        return yq_comet_fail(call, YQ_E_PROOF_TYPE, "a proof of absence");
    }
    yq_status status = exist_check(call, spec, root, &proof->exist[0]);
    if (status != YQ_OK) {
        return status;
    }
    return yq_slice_equal(proof->exist[0].key, key) && yq_slice_equal(proof->exist[0].value, value)
               ? YQ_OK
               : yq_comet_fail(call, YQ_E_PROOF, "key or value");
}

/* ---- absence ---- */

/* Is the child at this branch (0 left, 1 right), so that its sibling is the other? */
static int is_branch(const yq_ics23_spec *spec, const yq_ics23_inner *step, unsigned branch)
{
    size_t in_front = branch * spec->child_size;
    return step->prefix.n >= in_front + spec->prefix_min &&
           step->prefix.n <= in_front + spec->prefix_max &&
           step->suffix.n == (1 - branch) * spec->child_size;
}

int yq_ics23_side_is_empty(const yq_ics23_spec *spec, const yq_ics23_inner *step, unsigned side)
{
    if (side == 0) {
        return is_branch(spec, step, 1) &&
               yq_slice_equal(
                   yq_slice_of(
                       step->prefix.p + step->prefix.n - spec->child_size, spec->child_size),
                   spec->empty_child);
    }
    return is_branch(spec, step, 0) && yq_slice_equal(step->suffix, spec->empty_child);
}

/* Is the leaf below these steps the first (branch 0) or the last (1)? */
static int is_outermost(
    const yq_ics23_spec *spec, const yq_ics23_inner *step, size_t n, unsigned branch)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_branch(spec, &step[i], branch) && !yq_ics23_side_is_empty(spec, &step[i], branch)) {
            return 0;
        }
    }
    return 1;
}

static int same_step(const yq_ics23_inner *a, const yq_ics23_inner *b)
{
    return yq_slice_equal(a->prefix, b->prefix) && yq_slice_equal(a->suffix, b->suffix);
}

/* The two paths part at a node where they are its left and its right child; below it the left one
 * keeps to the right edge and the right one to the left edge. */
static int are_neighbours(
    const yq_ics23_spec *spec, const yq_ics23_exist *left, const yq_ics23_exist *right)
{
    size_t l = left->n, r = right->n;
    while (l > 0 && r > 0 && same_step(&left->step[l - 1], &right->step[r - 1])) {
        l--;
        r--;
    }
    if (l == 0 || r == 0) {
        return 0;
    }
    l--;
    r--;
    return is_branch(spec, &left->step[l], 0) && is_branch(spec, &right->step[r], 1) &&
           is_outermost(spec, left->step, l, 1) && is_outermost(spec, right->step, r, 0);
}

/* Order of two keys, as the tree sorts them. Returns YQ_OK and -1, 0, 1. */
static yq_status compare_keys(
    const yq_comet_call *call, const yq_ics23_spec *spec, yq_slice a, yq_slice b, int *order)
{
    yq_ics23_md room[2];
    uint64_t hash = spec->compares_hashed_keys ? spec->leaf.prehash_key : YQ_ICS23_NO_HASH;
    yq_status status = prepare(call, hash, a, &room[0], &a);
    if (status == YQ_OK) {
        status = prepare(call, hash, b, &room[1], &b);
    }
    *order = status == YQ_OK ? yq_slice_compare(a, b) : 0;
    return status;
}

yq_status yq_ics23_absent(
    const yq_comet_call *call,
    const yq_ics23_spec *spec,
    yq_slice root,
    const yq_ics23_proof *proof,
    yq_slice key)
{
    const yq_ics23_exist *left = &proof->exist[0], *right = &proof->exist[1];
    if (!proof->absent) {
        return yq_comet_fail(call, YQ_E_PROOF_TYPE, "a proof of membership");
    }
    if (key.n == 0 || !yq_slice_equal(proof->key, key)) {
        return yq_comet_fail(call, YQ_E_ABSENCE_PROOF, "key");
    }
    if (!proof->has[0] && !proof->has[1]) {
        return yq_comet_fail(call, YQ_E_ABSENCE_PROOF, "no neighbour");
    }
    for (unsigned i = 0; i < 2; i++) {
        int order;
        if (!proof->has[i]) {
            continue;
        }
        yq_status status = exist_check(call, spec, root, &proof->exist[i]);
        if (status == YQ_OK) {
            status = compare_keys(call, spec, proof->exist[i].key, key, &order);
        }
        if (status != YQ_OK) {
            return status;
        }
        if (order != (i == 0 ? -1 : 1)) {
            return yq_comet_fail(call, YQ_E_ABSENCE_PROOF, "the key is not between");
        }
    }
    int good = !proof->has[0]   ? is_outermost(spec, right->step, right->n, 0)
               : !proof->has[1] ? is_outermost(spec, left->step, left->n, 1)
                                : are_neighbours(spec, left, right);
    return good ? YQ_OK : yq_comet_fail(call, YQ_E_ABSENCE_PROOF, "not neighbours");
}
