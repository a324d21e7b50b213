#include "conformance/runner/layout.h"

#include "conformance/runner/layout_foreign.h"
#include "relay/base/bytes.h"

#include <stdio.h>

/* Where one is in the layouts. */
typedef struct frame {
    const yq_json *elements;
    size_t idx;
    size_t left;  /* items of a list that are still to come; 0: no list */
    size_t limit; /* where these bytes must end; 0: not said */
    uint8_t depth;
    yq_slice name; /* of a list */
} frame;

typedef struct parser {
    const yq_json *layouts;
    yq_slice input;
    size_t pos;
    run_nodes *out;
    frame stack[RUN_LAYOUT_DEPTH_MAX];
    size_t top; /* frames in use */
    yq_slice place;
    yq_status status;
    yq_fault *why;
} parser;

static void fail(parser *p, yq_status status)
{
    if (p->status == YQ_OK) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)p->place.n, (const char *)p->place.p);
        p->status = yq_fail(p->why, status, p->pos, name);
    }
}

static yq_slice take(parser *p, size_t n)
{
    size_t end =
        p->top == 0 || p->stack[p->top - 1].limit == 0 ? p->input.n : p->stack[p->top - 1].limit;
    if (n > end - p->pos) {
        fail(p, YQ_E_TYPE);
        return (yq_slice){0};
    }
    yq_slice out = yq_slice_of(p->input.p + p->pos, n);
    p->pos += n;
    return out;
}

static uint64_t number_of(yq_slice bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        value = value << 8 | bytes.p[i];
    }
    return value;
}

static void push(parser *p, frame f)
{
    if (p->top == RUN_LAYOUT_DEPTH_MAX || f.elements == NULL) {
        fail(p, YQ_E_CONFIG_INVALID);
        return;
    }
    if (f.limit == 0 && p->top > 0) {
        f.limit = p->stack[p->top - 1].limit;
    }
    p->stack[p->top++] = f;
}

static void add(parser *p, run_node node)
{
    if (run_nodes_add(p->out, node) == NULL) {
        fail(p, YQ_E_LIMIT);
    }
}

/* "u16", "list8" and their like: the word and the bytes of its number. Returns 0 when it is not. */
static uint8_t width_of(yq_slice type, const char *word)
{
    static const struct {
        const char *bits;
        uint8_t width;
    } row[] = {{"8", 1}, {"16", 2}, {"32", 4}, {"64", 8}};
    size_t n = strlen(word);
    if (type.n <= n || memcmp(type.p, word, n) != 0) {
        return 0;
    }
    yq_slice bits = yq_slice_of(type.p + n, type.n - n);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        if (yq_slice_equal(bits, yq_slice_text(row[i].bits))) {
            return row[i].width;
        }
    }
    return 0;
}

static yq_slice text_of(const yq_json *object, const char *key)
{
    yq_slice out = {0};
    (void)yq_json_text(yq_json_get(object, key), &out);
    return out;
}

/* Goes down by the numbers of children. Returns SIZE_MAX when there is none. */
static size_t node_at(const run_nodes *nodes, size_t from, const yq_json *path)
{
    for (size_t i = 0; i < yq_json_count(path); i++) {
        uint64_t child = 0;
        (void)yq_json_uint(yq_json_at(path, i), &child);
        size_t end = run_nodes_end(nodes, from);
        for (from++; child > 0 && from < end; child--) {
            from = run_nodes_end(nodes, from);
        }
        if (from >= end) {
            return SIZE_MAX;
        }
    }
    return from;
}

/* What is known of the foreign bytes' order belongs to the blob, or to what is at a place in it. */
static void take_foreign(parser *p, size_t at, yq_slice as, const yq_json *object)
{
    run_node *blob = &p->out->node[at];
    uint64_t behind = 0;
    (void)yq_json_uint(yq_json_get(object, "behind"), &behind);
    blob->container = 1;
    if (!run_layout_foreign(p->out, as, (size_t)behind, blob->bytes, blob)) {
        fail(p, YQ_E_TYPE);
        return;
    }
    const yq_json *path = yq_json_get(object, "at");
    if (path != NULL) {
        size_t inner = node_at(p->out, at, path);
        if (inner == SIZE_MAX) {
            fail(p, YQ_E_TYPE);
            return;
        }
        p->out->node[inner].unordered = blob->unordered;
        blob->unordered = (yq_slice){0};
    }
}

/* In: as, a foreign encoding or nothing; object, what else the layout says of it, or NULL. */
static void take_blob(parser *p, uint8_t depth, uint8_t width, yq_slice as, const yq_json *object)
{
    const yq_json *of = yq_json_get(object, "of");
    size_t n = (size_t)number_of(take(p, width)), begin = p->pos;
    run_node blob = {.kind = RUN_NODE_BLOB, .width = width, .depth = depth, .name = p->place};
    blob.bytes = take(p, n);
    blob.unordered = text_of(object, "unordered");
    blob.claim = text_of(object, "claim");
    if (p->status != YQ_OK) {
        return;
    }
    size_t at = p->out->n;
    add(p, blob);
    if (of != NULL) {
        p->out->node[at].container = 1;
        p->pos = begin;
        push(p, (frame){.elements = of, .limit = begin + n, .depth = (uint8_t)(depth + 1)});
        if (n == 0) {
            fail(p, YQ_E_TYPE);
        }
    } else if (as.n > 0 && n > 0) {
        take_foreign(p, at, as, object);
    }
}

/* An element that is a text: type, ':' and an encoding, space, name. */
static void take_text(parser *p, uint8_t depth, yq_slice text)
{
    size_t space = 0;
    while (space < text.n && text.p[space] != ' ') {
        space++;
    }
    yq_slice type = {text.p, space}, as = {0};
    if (text.n > 0 && text.p[0] == '@') {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)text.n - 1, (const char *)text.p + 1);
        push(p, (frame){.elements = yq_json_get(p->layouts, name), .depth = depth});
        return;
    }
    p->place = space < text.n ? yq_slice_of(text.p + space + 1, text.n - space - 1) : text;
    for (size_t i = 0; i < type.n; i++) {
        if (type.p[i] == ':') {
            as = yq_slice_of(type.p + i + 1, type.n - i - 1);
            type.n = i;
        }
    }
    uint8_t width = width_of(type, "u");
    if (width > 0) {
        yq_slice bytes = take(p, width);
        add(p,
            (run_node){
                .kind = RUN_NODE_INT,
                .width = width,
                .depth = depth,
                .bytes = bytes,
                .name = p->place});
        return;
    }
    width = width_of(type, "blob");
    if (width > 0) {
        take_blob(p, depth, width, as, NULL);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < type.n; i++) {
        if (type.p[i] < '0' || type.p[i] > '9' || n > 4096) {
            fail(p, YQ_E_CONFIG_INVALID);
            return;
        }
        n = 10 * n + (type.p[i] - (size_t)'0');
    }
    yq_slice bytes = take(p, n);
    add(p, (run_node){.kind = RUN_NODE_BYTES, .depth = depth, .bytes = bytes, .name = p->place});
}

static void take_list(parser *p, uint8_t depth, uint8_t width, const yq_json *object)
{
    uint64_t less = 0;
    (void)yq_json_uint(yq_json_get(object, "less"), &less);
    uint64_t n = number_of(take(p, width));
    if (p->status != YQ_OK || n < less) {
        fail(p, YQ_E_TYPE);
        return;
    }
    add(p,
        (run_node){
            .kind = RUN_NODE_LIST,
            .width = width,
            .depth = depth,
            .container = 1,
            .less = (uint8_t)less,
            .name = p->place,
            .unordered = text_of(object, "unordered"),
            .prefix = text_of(object, "prefix")});
    if (n > less) {
        push(
            p,
            (frame){
                .elements = yq_json_get(object, "of"),
                .idx = SIZE_MAX,
                .left = (size_t)(n - less),
                .name = p->place,
                .depth = (uint8_t)(depth + 2)});
    }
}

static void take_object(parser *p, uint8_t depth, const yq_json *object)
{
    const char *key = yq_json_key_at(object, 0);
    yq_slice type = yq_slice_text(key == NULL ? "" : key);
    uint8_t width;
    p->place = text_of(object, key == NULL ? "" : key);
    if ((width = width_of(type, "list")) > 0) {
        take_list(p, depth, width, object);
    } else if ((width = width_of(type, "blob")) > 0) {
        take_blob(p, depth, width, text_of(object, "as"), object);
    } else if ((width = width_of(type, "u")) > 0 || (width = width_of(type, "tag")) > 0) {
        yq_slice bytes = take(p, width);
        add(p,
            (run_node){
                .kind = RUN_NODE_INT,
                .width = width,
                .depth = depth,
                .bytes = bytes,
                .name = p->place,
                .claim = text_of(object, "claim")});
        if (type.p[0] == 't') {
            char choice[32];
            (void)snprintf(choice, sizeof choice, "%llu", (unsigned long long)number_of(bytes));
            const yq_json *elements = yq_json_get(object, choice);
            if (elements == NULL) {
                fail(p, YQ_E_TYPE);
            } else {
                push(p, (frame){.elements = elements, .depth = depth});
            }
        }
    } else {
        fail(p, YQ_E_CONFIG_INVALID);
    }
}

/* One step: the next element, the next item of a list, or back to where one came from. */
static void step(parser *p)
{
    frame *f = &p->stack[p->top - 1];
    if (f->idx == SIZE_MAX || f->idx == yq_json_count(f->elements)) {
        if (f->left > 0) {
            f->left--;
            f->idx = 0;
            add(p,
                (run_node){
                    .kind = RUN_NODE_ITEM,
                    .depth = (uint8_t)(f->depth - 1),
                    .container = 1,
                    .name = f->name});
            return;
        }
        size_t below = p->top > 1 ? p->stack[p->top - 2].limit : 0;
        if (f->limit != 0 && f->limit != below && p->pos != f->limit) {
            fail(p, YQ_E_TYPE);
        }
        p->top--;
        return;
    }
    const yq_json *element = yq_json_at(f->elements, f->idx++);
    uint8_t depth = f->depth;
    yq_slice text;
    if (yq_json_text(element, &text)) {
        take_text(p, depth, text);
    } else {
        take_object(p, depth, element);
    }
}

yq_status run_layout_parse(
    const yq_json *layouts, yq_slice name, yq_slice input, run_nodes *out, yq_fault *why)
{
    char key[64];
    parser p = {.layouts = layouts, .input = input, .out = out, .place = name, .why = why};
    out->n = 0;
    (void)snprintf(key, sizeof key, "%.*s", (int)name.n, (const char *)name.p);
    const yq_json *elements = yq_json_get(layouts, key);
    if (elements == NULL) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, key);
    }
    push(&p, (frame){.elements = elements});
    while (p.top > 0 && p.status == YQ_OK) {
        step(&p);
    }
    if (p.status == YQ_OK && p.pos != input.n) {
        fail(&p, YQ_E_TYPE);
    }
    return p.status;
}
