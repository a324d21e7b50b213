#include "light-clients/evm/trie.h"

#include "relay/base/writer.h"
#include "relay/codec/rlp.h"

#define EMBED_BELOW 32u
#define BRANCH_N    16u
#define FRAMES_MAX  (4u * YQ_TRIE_KEY_MAX + 2u)

typedef struct build {
    const yq_verifier_host *host;
    yq_arena *arena;
    const yq_trie_entry *entry;
    yq_slice key;
    yq_trie_proof *out;
    yq_status status;
} build;

static unsigned nibble(yq_slice key, size_t i)
{
    return i % 2 == 0 ? key.p[i / 2] >> 4 : key.p[i / 2] & 15u;
}

static size_t nibbles(yq_slice key)
{
    return 2 * key.n;
}

/* Nibbles that a and b share from `from` on. */
static size_t shared(yq_slice a, yq_slice b, size_t from)
{
    size_t n = from;
    while (n < nibbles(a) && n < nibbles(b) && nibble(a, n) == nibble(b, n)) {
        n++;
    }
    return n - from;
}

static yq_writer writer_of(build *b, size_t cap)
{
    void *room = yq_arena_alloc(b->arena, cap);
    if (room == NULL) {
        b->status = YQ_E_NOSPC;
    }
    return yq_writer_of(room, room == NULL ? 0 : cap);
}

/* Hex-prefix of key's nibbles from..to. */
static void put_path(yq_writer *w, yq_slice key, size_t from, size_t to, int leaf)
{
    uint8_t room[YQ_TRIE_KEY_MAX + 1];
    size_t n = to - from, at = 0;
    unsigned flag = (leaf ? 2u : 0u) + (unsigned)(n % 2);
    room[at++] = (uint8_t)(flag << 4u | (n % 2 != 0 ? nibble(key, from) : 0u));
    for (size_t i = from + n % 2; i < to; i += 2) {
        room[at++] = (uint8_t)(nibble(key, i) << 4 | nibble(key, i + 1));
    }
    yq_rlp_put_string(w, yq_slice_of(room, at));
}

/* A child in its parent: as it is when it is short, else its hash. */
static void put_child(build *b, yq_writer *w, yq_slice node)
{
    yq_digest md;
    if (node.n < EMBED_BELOW) {
        yq_put(w, node);
        return;
    }
    b->host->hash(b->host->self, YQ_HASH_KECCAK256, &node, 1, md.b);
    yq_rlp_put_string(w, YQ_SLICE_OF(md.b));
}

/* A node that is being made over entries lo .. hi - 1, which share their first depth nibbles. */
typedef struct frame {
    size_t lo, hi, depth;
    int on_path, top;
    size_t shared;  /* nibbles of an extension; 0 for a branch */
    unsigned child; /* branch: the next one */
    yq_slice value; /* branch: what ends here */
    yq_writer w;
    size_t mark;
} frame;

/* A proof holds what is not embedded; they come out from below. */
static yq_slice keep(build *b, yq_slice node, int on_path, int top)
{
    if (on_path && b->key.n > 0 && (node.n >= EMBED_BELOW || top) &&
        b->out->n < YQ_ARRAY_N(b->out->node)) {
        b->out->node[b->out->n++] = node;
    }
    return node;
}

static yq_slice make_leaf(build *b, size_t at, size_t depth)
{
    const yq_trie_entry *e = &b->entry[at];
    yq_writer w = writer_of(b, e->value.n + e->key.n + 32);
    size_t mark = yq_rlp_list_begin(&w);
    put_path(&w, e->key, depth, nibbles(e->key), 1);
    yq_rlp_put_string(&w, e->value);
    yq_rlp_list_end(&w, mark);
    return yq_writer_slice(&w);
}

/* Begins a branch or an extension. */
static void open_node(build *b, frame *f)
{
    f->shared = shared(b->entry[f->lo].key, b->entry[f->hi - 1].key, f->depth);
    if (f->shared == 0 && nibbles(b->entry[f->lo].key) == f->depth) {
        f->value = b->entry[f->lo++].value;
    }
    f->w = writer_of(b, f->value.n + (size_t)BRANCH_N * 33 + 32 + YQ_TRIE_KEY_MAX);
    f->mark = yq_rlp_list_begin(&f->w);
}

/* The next child of a node, or 0 when there is none left. */
static int next_child(build *b, frame *f, frame *out)
{
    if (f->shared > 0) {
        int way = f->on_path && shared(b->entry[f->lo].key, b->key, f->depth) >= f->shared;
        if (f->child++ > 0) {
            return 0;
        }
        *out = (frame){.lo = f->lo, .hi = f->hi, .depth = f->depth + f->shared, .on_path = way};
        put_path(&f->w, b->entry[f->lo].key, f->depth, f->depth + f->shared, 0);
        return 1;
    }
    for (; f->child < BRANCH_N; yq_rlp_put_string(&f->w, (yq_slice){0})) {
        unsigned i = f->child++;
        size_t first = f->lo;
        while (f->lo < f->hi && nibble(b->entry[f->lo].key, f->depth) == i) {
            f->lo++;
        }
        if (f->lo > first) {
            int way = f->on_path && nibbles(b->key) > f->depth && nibble(b->key, f->depth) == i;
            *out = (frame){.lo = first, .hi = f->lo, .depth = f->depth + 1, .on_path = way};
            return 1;
        }
    }
    return 0;
}

static yq_slice close_node(build *b, frame *f)
{
    if (f->shared == 0) {
        yq_rlp_put_string(&f->w, f->value);
    }
    yq_rlp_list_end(&f->w, f->mark);
    return keep(b, yq_writer_slice(&f->w), f->on_path, f->top);
}

/* The node over all entries; a stack of the open nodes, from the root downwards. */
static yq_slice make_all(build *b, size_t n)
{
    frame *stack = yq_arena_alloc(b->arena, FRAMES_MAX * sizeof *stack);
    size_t open = 0;
    yq_slice done = {0};
    if (stack == NULL) {
        b->status = YQ_E_NOSPC;
        return done;
    }
    frame next = {.hi = n, .on_path = 1, .top = 1};
    int has_next = 1, has_done = 0;
    while (b->status == YQ_OK) {
        if (has_next && next.hi - next.lo == 1) {
            done = keep(b, make_leaf(b, next.lo, next.depth), next.on_path, next.top);
            has_done = 1;
        } else if (has_next) {
            stack[open++] = next;
            open_node(b, &stack[open - 1]);
        }
        if (open == 0) {
            break;
        }
        frame *f = &stack[open - 1];
        if (has_done) {
            put_child(b, &f->w, done);
            has_done = 0;
        }
        has_next = next_child(b, f, &next);
        if (!has_next) {
            done = close_node(b, f);
            open--;
            has_done = 1;
        }
    }
    return done;
}

static int entries_are_good(const yq_trie_entry *entry, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (entry[i].value.n == 0 || entry[i].key.n > YQ_TRIE_KEY_MAX ||
            (i > 0 && yq_slice_compare(entry[i - 1].key, entry[i].key) >= 0)) {
            return 0;
        }
    }
    return 1;
}

yq_status yq_trie_build(
    const yq_verifier_host *host,
    yq_arena *arena,
    const yq_trie_entry *entry,
    size_t n,
    yq_slice key,
    yq_trie_proof *out)
{
    build b = {.host = host, .arena = arena, .entry = entry, .key = key, .out = out};
    out->n = 0;
    if (key.n > YQ_TRIE_KEY_MAX || !entries_are_good(entry, n)) {
        return YQ_E_RANGE;
    }
    memcpy(out->root.b, yq_mpt_empty_root, sizeof out->root.b);
    if (n == 0) {
        return YQ_OK;
    }
    yq_slice top = make_all(&b, n);
    if (b.status != YQ_OK) {
        return b.status;
    }
    host->hash(host->self, YQ_HASH_KECCAK256, &top, 1, out->root.b);
    for (size_t i = 0; i < out->n / 2; i++) {
        yq_slice kept = out->node[i];
        out->node[i] = out->node[out->n - 1 - i];
        out->node[out->n - 1 - i] = kept;
    }
    return YQ_OK;
}
