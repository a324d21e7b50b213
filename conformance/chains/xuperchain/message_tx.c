#include "conformance/chains/xuperchain/message.h"

static void put_text(yq_writer *w, yq_slice text)
{
    yq_put_u64(w, text.n);
    yq_put(w, text);
}

/* Fields by pairs of a number and a kind: t text, n number. */
static void put_fields(yq_writer *w, yq_slice message, const char *form)
{
    for (; *form != '\0'; form += 2) {
        const yq_pb_field f = xuper_field(message, (uint32_t)(form[0] - '0'));
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

static int put_args(yq_writer *w, yq_slice request)
{
    yq_slice arg[XUPER_ARGS_MAX];
    size_t n = 0;
    if (!xuper_args(request, arg, &n)) {
        return 0;
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

/* The rules of version 3. */
static int put_lengths(yq_slice message, unsigned flags, yq_writer *w)
{
    const uint64_t autogen = (flags & XUPER_NO_AUTO) != 0 ? 0 : xuper_field(message, 11).value;
    put_list(w, message, 3, "1t2n5t6t7n");
    put_list(w, message, 4, "1t2t4n");
    put_fields(w, message, "6t7n8t9n");
    yq_put_u64(w, XUPER_VERSIONS);
    yq_put_u64(w, autogen);
    put_list(w, message, 23, "1t2t3t4n");
    put_list(w, message, 24, "1t2t3t");
    int good = put_requests(w, message);
    put_text(w, xuper_field(message, 26).bytes);
    put_list(w, message, 27, NULL);
    if ((flags & XUPER_SIGNED) != 0) {
        put_list(w, message, 28, "1t2t");
        put_list(w, message, 29, "1t2t");
        put_list(w, xuper_field(message, 31).bytes, 1, NULL);
        put_fields(w, xuper_field(message, 31).bytes, "2t");
    }
    put_fields(w, xuper_field(message, 33).bytes, "1t2t");
    return good;
}

yq_status xuper_message_read(yq_slice bytes, xuper_message *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(bytes);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
    }
    *out = (xuper_message){bytes, xuper_field(bytes, 1).bytes, xuper_field(bytes, 10).value};
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK && out->txid.n != YQ_DIGEST_SIZE ? yq_fail(why, YQ_E_LEN, 0, "txid")
                                                            : status;
}

yq_status xuper_preimage(
    const xuper_message *message, uint64_t version, unsigned flags, yq_writer *w, yq_fault *why)
{
    if (version > XUPER_VERSIONS) {
        return yq_fail(why, YQ_E_VERSION, 0, "transaction");
    }
    int good = version == XUPER_VERSIONS ? put_lengths(message->bytes, flags, w)
                                         : xuper_lines(message->bytes, version, flags, w);
    return good && w->status == YQ_OK ? YQ_OK : yq_fail(why, YQ_E_LIMIT, 0, "transaction");
}
