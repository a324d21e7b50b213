#include "relay/hub/change.h"

#include "relay/base/bytes.h"
#include "relay/cli/cli.h"

#include <stdlib.h>

/* --join and --leave: a change of the validators. */

typedef struct joining {
    char org[YQ_ORG_CODE_SIZE + 1];
    uint8_t key[64], proof[64];
} joining;

typedef struct options {
    size_t join_n, leave_n;
    joining join[YQ_VALIDATORS_MAX];
    uint8_t leave[YQ_VALIDATORS_MAX][64];
} options;

static int hex64(const char *text, size_t n, uint8_t *out)
{
    yq_buf to = {out, 64, 0};
    return n == 128 && yq_hex_decode(&to, text, n) == YQ_OK && to.n == 64;
}

/* ORG:KEY:PROOF, as prove prints it. */
static int read_join(const char *text, size_t n, joining *j)
{
    const size_t want = YQ_ORG_CODE_SIZE + 1 + 128 + 1 + 128;
    if (n != want || text[YQ_ORG_CODE_SIZE] != ':' || text[YQ_ORG_CODE_SIZE + 129] != ':') {
        return 0;
    }
    memcpy(j->org, text, YQ_ORG_CODE_SIZE);
    j->org[YQ_ORG_CODE_SIZE] = 0;
    return hex64(text + YQ_ORG_CODE_SIZE + 1, 128, j->key) &&
           hex64(text + YQ_ORG_CODE_SIZE + 130, 128, j->proof);
}

static int by_join(const void *a, const void *b)
{
    return memcmp(((const joining *)a)->key, ((const joining *)b)->key, 64);
}

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, 64);
}

static yq_status read_options(cli *c, options *x)
{
    const char *join = cli_get(c, "join"), *leave = cli_get(c, "leave");
    for (; join != NULL && *join != 0; join += strcspn(join, ",") + (strchr(join, ',') != NULL)) {
        if (x->join_n == YQ_VALIDATORS_MAX ||
            !read_join(join, strcspn(join, ","), &x->join[x->join_n++])) {
            return cli_usage(
                c, "--join takes what \"validators prove\" printed, separated by commas");
        }
    }
    for (; leave != NULL && *leave != 0;
         leave += strcspn(leave, ",") + (strchr(leave, ',') != NULL)) {
        if (x->leave_n == YQ_VALIDATORS_MAX ||
            !hex64(leave, strcspn(leave, ","), x->leave[x->leave_n++])) {
            return cli_usage(c, "--leave takes public keys of 128 hex digits, separated by commas");
        }
    }
    if (x->join_n + x->leave_n == 0) {
        return cli_usage(c, "--join or --leave is needed");
    }
    qsort(x->join, x->join_n, sizeof *x->join, by_join);
    qsort(x->leave, x->leave_n, sizeof *x->leave, by_key);
    return YQ_OK;
}

static void put(yq_writer *w, const options *o)
{
    yq_change x = {.join_n = o->join_n, .leave_n = o->leave_n};
    for (size_t i = 0; i < o->join_n; i++) {
        const joining *j = &o->join[i];
        x.join[i] =
            (yq_change_join){yq_slice_text(j->org), YQ_SLICE_OF(j->key), YQ_SLICE_OF(j->proof)};
    }
    for (size_t i = 0; i < o->leave_n; i++) {
        x.leave[i] = YQ_SLICE_OF(o->leave[i]);
    }
    yq_change_put(w, &x);
}

yq_status cli_change(cli *c, yq_writer *w)
{
    options *o = calloc(1, sizeof *o);
    if (o == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "change");
    }
    yq_status status = read_options(c, o);
    if (status == YQ_OK) {
        put(w, o);
    }
    free(o);
    return status;
}
