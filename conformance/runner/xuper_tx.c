#include "conformance/runner/xuper.h"
#include "relay/codec/protobuf.h"

#define ARGS_MAX   256u
#define TX_VERSION 3u

/* The field of this number, or zeros. */
static yq_pb_field one(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f, found = {0};
    while (yq_pb_next(&c, &f)) {
        if (f.number == number) {
            found = f;
        }
    }
    return found;
}

static void put_text(yq_writer *w, yq_slice text)
{
    yq_put_u64(w, text.n);
    yq_put(w, text);
}

/* Fields by pairs of a number and a kind: t text, n number. */
static void put_fields(yq_writer *w, yq_slice message, const char *form)
{
    for (; *form != '\0'; form += 2) {
        const yq_pb_field f = one(message, (uint32_t)(form[0] - '0'));
        if (form[1] == 't') {
            put_text(w, f.bytes);
        } else {
            yq_put_u64(w, f.value);
        }
    }
}

static uint64_t count(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    uint64_t n = 0;
    while (yq_pb_next(&c, &f)) {
        n += f.number == number;
    }
    return n;
}

/* A repeated field: its items' fields, or with form NULL the items as texts. */
static void put_list(yq_writer *w, yq_slice message, uint32_t number, const char *form)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    yq_put_u64(w, count(message, number));
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && form == NULL) {
            put_text(w, f.bytes);
        } else if (f.number == number) {
            put_fields(w, f.bytes, form);
        }
    }
}

/* Arguments by name. Returns 0 when there are too many. */
static int put_args(yq_writer *w, yq_slice request)
{
    yq_slice arg[ARGS_MAX];
    size_t n = 0;
    yq_cur c = yq_cur_of(request);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        size_t at = n;
        if (f.number != 4) {
            continue;
        }
        if (n == ARGS_MAX) {
            return 0;
        }
        for (; at > 0 && yq_slice_compare(one(arg[at - 1], 1).bytes, one(f.bytes, 1).bytes) > 0;
             at--) {
            arg[at] = arg[at - 1];
        }
        arg[at] = f.bytes;
        n++;
    }
    yq_put_u64(w, n);
    for (size_t i = 0; i < n; i++) {
        put_fields(w, arg[i], "1t2t");
    }
    return 1;
}

static int put_requests(yq_writer *w, yq_slice message)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    int good = 1;
    yq_put_u64(w, count(message, 25));
    while (good && yq_pb_next(&c, &f)) {
        if (f.number == 25) {
            put_fields(w, f.bytes, "1t2t3t");
            good = put_args(w, f.bytes);
            put_list(w, f.bytes, 5, "1n2n");
            put_fields(w, f.bytes, "6t");
        }
    }
    return good;
}

int run_xuper_preimage(yq_slice message, yq_writer *w, uint64_t *version, yq_slice *txid)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
    }
    *version = one(message, 10).value;
    *txid = one(message, 1).bytes;
    if (yq_cur_done(&c, NULL) != YQ_OK || txid->n != YQ_DIGEST_SIZE) {
        return 0;
    }
    put_list(w, message, 3, "1t2n5t6t7n");
    put_list(w, message, 4, "1t2t4n");
    put_fields(w, message, "6t7n8t9n");
    yq_put_u64(w, TX_VERSION);
    yq_put_u64(w, one(message, 11).value);
    put_list(w, message, 23, "1t2t3t4n");
    put_list(w, message, 24, "1t2t3t");
    int good = put_requests(w, message);
    put_text(w, one(message, 26).bytes);
    put_list(w, message, 27, NULL);
    put_list(w, message, 28, "1t2t");
    put_list(w, message, 29, "1t2t");
    put_list(w, one(message, 31).bytes, 1, NULL);
    put_fields(w, one(message, 31).bytes, "2t");
    put_fields(w, one(message, 33).bytes, "1t2t");
    return good && w->status == YQ_OK;
}
