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
    int must_branch; /* below an extension */
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

/* A child in its parent: none, its hash, or the node itself, whose RLP is below 32 bytes. */
typedef struct reference {
    yq_slice hash, embedded;
} reference;

static int is_child(const reference *ref)
{
    return ref->hash.n + ref->embedded.n > 0;
}

static yq_status take_reference(walk *w, yq_cur *items, reference *out)
{
    *out = (reference){0};
    if (yq_rlp_is_list(items)) {
        out->embedded = yq_rlp_item(items);
        return out->embedded.n < EMBED_BELOW ? YQ_OK : fail(w, YQ_E_NONCANONICAL, "embedded node");
    }
    out->hash = yq_rlp_string(items, YQ_DIGEST_SIZE);
    return out->hash.n == 0 || out->hash.n == YQ_DIGEST_SIZE
               ? YQ_OK
               : fail(w, YQ_E_NONCANONICAL, "reference");
}

/* The child on the path; empty when there is none. */
static yq_status enter(walk *w, const reference *ref, yq_slice *node)
{
    *node = ref->embedded;
    if (ref->hash.n == 0) {
        return YQ_OK;
    }
    yq_status status = take_node(w, ref->hash.p, node);
    return status == YQ_OK && node->n < EMBED_BELOW
               ? fail(w, YQ_E_NONCANONICAL, "node that its parent should hold")
               : status;
}

static void end_with(walk *w, yq_slice value)
{
    w->ended = 1;
    w->present = value.n > 0;
    w->value = value;
}

static yq_status branch(walk *w, yq_cur *items, yq_slice *next)
{
    reference child[BRANCH_N - 1];
    size_t children = 0;
    for (unsigned i = 0; i < BRANCH_N - 1; i++) {
        yq_status status = take_reference(w, items, &child[i]);
        if (status != YQ_OK) {
            return status;
        }
        children += (size_t)is_child(&child[i]);
    }
    yq_slice value = yq_rlp_string(items, NODE_MAX);
    if (!yq_cur_ok(items)) {
        return YQ_OK;
    }
    if (children + (value.n > 0) < 2) {
        return fail(w, YQ_E_NONCANONICAL, "branch of one");
    }
    if (w->at == w->key_n) {
        end_with(w, value);
        return YQ_OK;
    }
    const reference *on_path = &child[w->key[w->at++]];
    w->ended = !is_child(on_path);
    return enter(w, on_path, next);
}

/* Hex-prefix: a flag nibble (2 for a leaf, 1 for an odd count), then nibbles. */
typedef struct nibbles {
    uint8_t nibble[NIBBLES + 1];
    size_t n;
    int leaf;
} nibbles;

/* In: at most NIBBLES / 2 + 1 bytes. */
static int read_prefix(yq_slice in, nibbles *out)
{
    if (in.n == 0 || in.p[0] >> 4 > 3) {
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

static yq_status leaf(walk *w, yq_cur *items, int is_key)
{
    yq_slice value = yq_rlp_string(items, NODE_MAX);
    if (!yq_cur_ok(items)) {
        return YQ_OK;
    }
    if (value.n == 0) {
        return fail(w, YQ_E_NONCANONICAL, "leaf without a value");
    }
    end_with(w, is_key ? value : (yq_slice){0});
    return YQ_OK;
}

static yq_status extension(walk *w, yq_cur *items, size_t path_n, int same, yq_slice *next)
{
    reference ref;
    yq_status status = take_reference(w, items, &ref);
    if (status != YQ_OK || !yq_cur_ok(items)) {
        return status;
    }
    if (!is_child(&ref)) {
        return fail(w, YQ_E_NONCANONICAL, "extension of nothing");
    }
    if (!same) {
        end_with(w, (yq_slice){0}); /* another key's way */
        return YQ_OK;
    }
    w->at += path_n;
    w->must_branch = 1;
    return enter(w, &ref, next);
}

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
    int same = path.n <= w->key_n - w->at && memcmp(path.nibble, w->key + w->at, path.n) == 0;
    return path.leaf ? leaf(w, items, same && w->at + path.n == w->key_n)
                     : extension(w, items, path.n, same, next);
}

/* Counts the items of a node, so that its kind is known before it is read. */
static size_t count_items(yq_cur *items)
{
    size_t n = 0;
    for (; yq_cur_left(items) > 0; n++) {
        (void)yq_rlp_item(items);
    }
    return n;
}

static yq_status step(walk *w, yq_slice node, yq_slice *next)
{
    yq_cur c = yq_cur_of(node);
    yq_cur items = yq_rlp_list(&c), ahead = items;
    size_t n = count_items(&ahead);
    if (yq_cur_ok(&ahead) && n != BRANCH_N && (n != 2 || w->must_branch)) {
        return fail(w, YQ_E_NONCANONICAL, "node");
    }
    w->must_branch = 0;
    *next = (yq_slice){0};
    yq_status status = n == 2 ? short_node(w, &items, next) : branch(w, &items, next);
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
    while (status == YQ_OK && !w.ended) { /* each node but the last takes a nibble of the key */
        yq_slice next;
        status = step(&w, node, &next);
        node = next;
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
