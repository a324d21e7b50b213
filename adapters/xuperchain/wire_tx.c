#include "adapters/xuperchain/fields.h"
#include "adapters/xuperchain/wire.h"

#define TX_VERSION 3u

yq_status yq_xua_tx_decode(yq_slice raw, yq_xua_tx *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    uint64_t autogen = 0;
    *out = (yq_xua_tx){.raw = raw};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, 1, &out->txid);
        yq_xua_take_bytes(&f, 2, &out->blockid);
        yq_xua_take_number(&f, 10, &out->version);
        yq_xua_take_number(&f, 11, &autogen);
    }
    out->is_autogen = autogen != 0;
    return yq_cur_done(&c, why);
}

int yq_xua_write_next(yq_cur *at, yq_xua_write *out)
{
    yq_slice write;
    yq_pb_field f;
    if (!yq_xua_next(at, 24, &write)) {
        return 0;
    }
    yq_cur c = yq_cur_of(write);
    *out = (yq_xua_write){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, 1, &out->bucket);
        yq_xua_take_bytes(&f, 2, &out->key);
        yq_xua_take_bytes(&f, 3, &out->value);
    }
    return 1;
}

/* ---- as it is hashed: each text with its length, each list with its count ---- */

static void put_text(yq_writer *w, yq_slice text)
{
    yq_put_u64(w, text.n);
    yq_put(w, text);
}

/* One field: 't' a text, 'n' a number. Missing ones are empty, or zero. */
static void put_field(yq_writer *w, yq_slice message, uint32_t number, char kind)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    yq_slice text = {0};
    uint64_t value = 0;
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, number, &text);
        yq_xua_take_number(&f, number, &value);
    }
    if (kind == 't') {
        put_text(w, text);
    } else {
        yq_put_u64(w, value);
    }
}

/* Fields by pairs of a digit and a kind. */
static void put_fields(yq_writer *w, yq_slice message, const char *form)
{
    for (; *form != '\0'; form += 2) {
        put_field(w, message, (uint32_t)(form[0] - '0'), form[1]);
    }
}

static uint64_t count(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_slice item;
    uint64_t n = 0;
    while (yq_xua_next(&c, number, &item)) {
        n++;
    }
    return n;
}

/* A repeated field: of each item these fields; form NULL: items are texts. */
static void put_list(yq_writer *w, yq_slice message, uint32_t number, const char *form)
{
    yq_cur c = yq_cur_of(message);
    yq_slice item;
    yq_put_u64(w, count(message, number));
    while (yq_xua_next(&c, number, &item)) {
        if (form == NULL) {
            put_text(w, item);
        } else {
            put_fields(w, item, form);
        }
    }
}

/* Arguments in the order of their names. */
static void put_args(yq_writer *w, yq_slice request)
{
    yq_slice arg[YQ_XUA_ARGS_MAX], name[YQ_XUA_ARGS_MAX], one, key;
    yq_cur c = yq_cur_of(request);
    size_t n = 0;
    while (yq_xua_next(&c, 4, &one)) {
        if (n == YQ_XUA_ARGS_MAX || yq_xua_find(one, 1, &key, NULL) != YQ_OK) {
            w->status = w->status == YQ_OK ? YQ_E_LIMIT : w->status;
            return;
        }
        size_t at = n++;
        for (; at > 0 && yq_slice_compare(name[at - 1], key) > 0; at--) {
            arg[at] = arg[at - 1];
            name[at] = name[at - 1];
        }
        arg[at] = one;
        name[at] = key;
    }
    yq_put_u64(w, n);
    for (size_t i = 0; i < n; i++) {
        put_fields(w, arg[i], "1t2t");
    }
}

static void put_requests(yq_writer *w, yq_slice tx)
{
    yq_cur c = yq_cur_of(tx);
    yq_slice request;
    yq_put_u64(w, count(tx, 25));
    while (yq_xua_next(&c, 25, &request)) {
        put_fields(w, request, "1t2t3t"); /* module, contract, method */
        put_args(w, request);
        put_list(w, request, 5, "1n2n"); /* limits */
        put_fields(w, request, "6t");    /* amount */
    }
}

static void put_signatures(yq_writer *w, yq_slice tx)
{
    yq_slice joint = {0};
    put_list(w, tx, 28, "1t2t"); /* the initiator's */
    put_list(w, tx, 29, "1t2t"); /* the required signers' */
    if (yq_xua_find(tx, 31, &joint, NULL) != YQ_OK) {
        joint = (yq_slice){0};
    }
    put_list(w, joint, 1, NULL);
    put_fields(w, joint, "2t");
}

yq_status yq_xua_tx_put(yq_slice raw, unsigned flags, yq_writer *w)
{
    yq_slice hd;
    put_list(w, raw, 3, "1t2n5t6t7n"); /* inputs */
    put_list(w, raw, 4, "1t2t4n");     /* outputs */
    put_fields(w, raw, "6t7n8t9n");    /* description, coinbase, nonce, time */
    yq_put_u64(w, TX_VERSION);
    yq_put_u64(w, (flags & YQ_XUA_AUTOGEN) != 0 ? 1 : 0);
    put_list(w, raw, 23, "1t2t3t4n"); /* reads */
    put_list(w, raw, 24, "1t2t3t");   /* writes */
    put_requests(w, raw);
    put_field(w, raw, 26, 't'); /* initiator */
    put_list(w, raw, 27, NULL); /* required signers */
    if ((flags & YQ_XUA_SIGNED) != 0) {
        put_signatures(w, raw);
    }
    if (yq_xua_find(raw, 33, &hd, NULL) != YQ_OK) {
        hd = (yq_slice){0};
    }
    put_fields(w, hd, "1t2t");
    return w->status;
}
