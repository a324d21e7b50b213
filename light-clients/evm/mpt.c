#include "light-clients/evm/mpt.h"

#include "relay/codec/rlp.h"

#define NODE_MAX    (16u << 20) /* the host's scratch: a receipt's leaf holds the whole receipt */
#define BRANCH_N    17u
#define NIBBLES     64u
#define EMBED_BELOW 32u

const uint8_t yq_mpt_empty_root[YQ_DIGEST_SIZE] = {
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21};

typedef struct walk {
    const yq_verifier_host *host;
    const yq_mpt_proof *proof;
    yq_fault *why;
    size_t used; /* nodes of the proof */
    uint8_t key[NIBBLES];
    size_t key_n, at; /* nibbles, and how many lie behind */
    yq_slice value;
    int present, ended;
} walk;

static yq_status fail(walk *w, yq_status status, const char *text)
{
    return yq_fail(w->why, status, (uint32_t)w->used, text);
}

/* The next node of the proof, which must have this hash. */
static yq_status take_node(walk *w, const uint8_t *hash, yq_slice *out)
{
    yq_digest md;
    if (w->used == w->proof->n) {
        return fail(w, YQ_E_PROOF_INCOMPLETE, "nodes");
    }
    *out = w->proof->node[w->used++];
    w->host->hash(w->host->self, YQ_HASH_KECCAK256, out, 1, md.b);
    return memcmp(md.b, hash, sizeof md.b) == 0 ? YQ_OK : fail(w, YQ_E_PROOF, "node");
}

/*
 * A reference to a child: empty, a hash, or an embedded node, whose RLP is below 32 bytes. Out:
 * node is empty when there is no child.
 */
static yq_status follow(walk *w, yq_cur *items, yq_slice *node)
{
    *node = (yq_slice){0};
    if (yq_rlp_is_list(items)) {
        *node = yq_rlp_item(items);
        if (yq_cur_ok(items) && node->n >= EMBED_BELOW) {
            return fail(w, YQ_E_NONCANONICAL, "embedded node");
        }
        return YQ_OK;
    }
    yq_slice ref = yq_rlp_string(items, YQ_DIGEST_SIZE);
    if (!yq_cur_ok(items) || ref.n == 0) {
        return YQ_OK;
    }
    return ref.n == YQ_DIGEST_SIZE ? take_node(w, ref.p, node)
                                   : fail(w, YQ_E_NONCANONICAL, "reference");
}

static void end_with(walk *w, yq_slice value)
{
    w->ended = 1;
    w->present = value.n > 0;
    w->value = value;
}

/* Branch: the child on the path is looked at, the others are only read over. */
static yq_status branch(walk *w, yq_cur *items, yq_slice *next)
{
    yq_status status = YQ_OK;
    size_t children = 0;
    for (unsigned i = 0; i < BRANCH_N - 1 && status == YQ_OK; i++) {
        if (w->at < w->key_n && w->key[w->at] == i) {
            status = follow(w, items, next);
            children += next->n > 0;
        } else {
            yq_slice other = yq_rlp_item(items);
            children += other.n > 1 || (other.n == 1 && other.p[0] != 0x80);
        }
    }
    yq_slice value = yq_rlp_string(items, NODE_MAX);
    if (status != YQ_OK || !yq_cur_ok(items)) {
        return status;
    }
    if (children + (value.n > 0) < 2) {
        return fail(w, YQ_E_NONCANONICAL, "branch of one");
    }
    if (w->at == w->key_n) {
        end_with(w, value);
    } else {
        w->at++;
        w->ended = next->n == 0;
    }
    return YQ_OK;
}

/* Hex-prefix: a flag nibble (2 for a leaf, 1 for an odd count), then nibbles. */
typedef struct nibbles {
    uint8_t nibble[NIBBLES + 1];
    size_t n;
    int leaf;
} nibbles;

static int read_prefix(yq_slice in, nibbles *out)
{
    if (in.n == 0 || in.n > NIBBLES / 2 + 1 || in.p[0] >> 4 > 3) {
        return 0;
    }
    int odd = in.p[0] >> 4 & 1;
    out->leaf = in.p[0] >> 5 & 1;
    out->n = 0;
    if (odd) {
        out->nibble[out->n++] = in.p[0] & 15;
    } else if ((in.p[0] & 15) != 0) {
        return 0;
    }
    for (size_t i = 1; i < in.n; i++) {
        out->nibble[out->n++] = in.p[i] >> 4;
        out->nibble[out->n++] = in.p[i] & 15;
    }
    return 1;
}

/* Leaf or extension. */
static yq_status short_node(walk *w, yq_cur *items, yq_slice *next)
{
    nibbles path;
    yq_slice prefix = yq_rlp_string(items, NIBBLES / 2 + 1);
    if (!yq_cur_ok(items)) {
        return YQ_OK;
    }
    if (!read_prefix(prefix, &path) || (!path.leaf && path.n == 0)) {
        return fail(w, YQ_E_NONCANONICAL, "path");
    }
    int same = path.n <= w->key_n - w->at &&
               (path.n == 0 || memcmp(path.nibble, w->key + w->at, path.n) == 0);
    if (!path.leaf && same) {
        yq_status status = follow(w, items, next);
        w->at += path.n;
        return status == YQ_OK && yq_cur_ok(items) && next->n == 0
                   ? fail(w, YQ_E_NONCANONICAL, "extension of nothing")
                   : status;
    }
    yq_slice rest = yq_rlp_item(items);
    if (!yq_cur_ok(items)) {
        return YQ_OK;
    }
    if (!same || (path.leaf && w->at + path.n != w->key_n)) {
        end_with(w, (yq_slice){0}); /* another key's way */
        return YQ_OK;
    }
    yq_cur value = yq_cur_of(rest);
    yq_slice held = yq_rlp_string(&value, NODE_MAX);
    if (yq_cur_done(&value, w->why) != YQ_OK) {
        return (yq_status)w->why->status;
    }
    if (held.n == 0) {
        return fail(w, YQ_E_NONCANONICAL, "leaf without a value");
    }
    end_with(w, held);
    return YQ_OK;
}

/* Counts the items of a node, so that its kind is known before it is read. */
static size_t count_items(yq_slice node, yq_fault *why, yq_status *status)
{
    yq_cur c = yq_cur_of(node);
    yq_cur items = yq_rlp_list(&c);
    size_t n = 0;
    while (yq_cur_left(&items) > 0 && n <= BRANCH_N) {
        (void)yq_rlp_item(&items);
        n++;
    }
    yq_rlp_end(&items, &c);
    *status = yq_cur_done(&c, why);
    return n;
}

static yq_status step(walk *w, yq_slice node, yq_slice *next)
{
    yq_status status;
    yq_fault ignored;
    size_t n = count_items(node, w->why == NULL ? &ignored : w->why, &status);
    if (status != YQ_OK) {
        return status;
    }
    if (n != BRANCH_N && n != 2) {
        return fail(w, YQ_E_NONCANONICAL, "node");
    }
    yq_cur c = yq_cur_of(node);
    yq_cur items = yq_rlp_list(&c);
    *next = (yq_slice){0};
    status = n == 2 ? short_node(w, &items, next) : branch(w, &items, next);
    if (status != YQ_OK) {
        return status;
    }
    yq_rlp_end(&items, &c);
    return yq_cur_done(&c, w->why);
}

yq_status yq_mpt_check(
    const yq_verifier_host *host,
    const yq_digest *root,
    yq_slice key,
    const yq_mpt_proof *proof,
    yq_slice *value,
    int *present,
    yq_fault *why)
{
    yq_fault own = {0};
    walk w = {.host = host, .proof = proof, .why = why == NULL ? &own : why};
    yq_slice node = {0};
    *value = (yq_slice){0};
    *present = 0;
    if (key.n == 0 || key.n > YQ_MPT_KEY_MAX) {
        return fail(&w, YQ_E_LEN, "key");
    }
    if (yq_digest_is_zero(root)) {
        return fail(&w, YQ_E_ZERO_ROOT, "root");
    }
    for (size_t i = 0; i < key.n; i++) {
        w.key[w.key_n++] = key.p[i] >> 4;
        w.key[w.key_n++] = key.p[i] & 15;
    }
    if (memcmp(root->b, yq_mpt_empty_root, sizeof root->b) == 0) {
        return proof->n == 0 ? YQ_OK : fail(&w, YQ_E_PROOF_TRAILING, "nodes of an empty trie");
    }
    yq_status status = take_node(&w, root->b, &node);
    for (unsigned depth = 0; status == YQ_OK && !w.ended; depth++) {
        yq_slice next;
        status = depth > NIBBLES + 1 ? fail(&w, YQ_E_PROOF_DEPTH, "nodes") : step(&w, node, &next);
        node = status == YQ_OK ? next : node;
    }
    if (status == YQ_OK && w.used != proof->n) {
        status = fail(&w, YQ_E_PROOF_TRAILING, "nodes");
    }
    if (status == YQ_OK) {
        *value = w.value;
        *present = w.present;
    }
    return status;
}
