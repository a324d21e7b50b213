#include "conformance/oracles/oracle.h"
#include "relay/codec/abi.h"
#include "relay/codec/rlp.h"

#define DEPTH_MAX 64u

/* ---- RLP ---- */

typedef struct walk {
    yq_oracle_call *call;
    yq_writer again; /* what our writer makes of what was read */
    yq_cur at[DEPTH_MAX];
    size_t mark[DEPTH_MAX];
    size_t depth;
} walk;

/* Between two items of a list. */
static void separate(walk *w)
{
    const yq_writer *out = &w->call->out;
    if (w->depth > 0 && out->n > 0 && out->p[out->n - 1] != '[') {
        yq_oracle_text(w->call, ",");
    }
}

static void open_list(walk *w)
{
    separate(w);
    yq_oracle_text(w->call, "[");
    w->mark[w->depth + 1] = yq_rlp_list_begin(&w->again);
    w->at[w->depth + 1] = yq_rlp_list(&w->at[w->depth]);
    w->depth++;
}

static void close_list(walk *w)
{
    yq_rlp_end(&w->at[w->depth], &w->at[w->depth - 1]);
    yq_rlp_list_end(&w->again, w->mark[w->depth]);
    w->depth--;
    yq_oracle_text(w->call, "]");
}

/* rlp DATA: the tree, and the tree as our writer writes it. */
static yq_status run_rlp(yq_oracle_call *call)
{
    walk w = {.call = call, .again = yq_oracle_room(call, call->arg[0].n + 16)};
    w.at[0] = yq_cur_of(call->arg[0]);
    do {
        yq_cur *c = &w.at[w.depth];
        if (w.depth > 0 && yq_cur_left(c) == 0) {
            close_list(&w);
        } else if (yq_rlp_is_list(c)) {
            if (w.depth + 1 == DEPTH_MAX) {
                return YQ_E_DEPTH;
            }
            open_list(&w);
        } else {
            yq_slice string = yq_rlp_string(c, call->arg[0].n);
            separate(&w);
            yq_oracle_hex(call, string);
            yq_rlp_put_string(&w.again, string);
        }
    } while (w.depth > 0);
    yq_status status = yq_cur_done(&w.at[0], NULL);
    if (status == YQ_OK) {
        status = w.again.status;
        yq_oracle_text(call, " ");
        yq_oracle_hex(call, yq_writer_slice(&w.again));
    }
    return status;
}

/* rlp-uint DATA, rlp-number DATA: the number's bytes, and it as our writer writes it. */
static yq_status run_rlp_uint(yq_oracle_call *call)
{
    uint8_t room[16], digits[8];
    yq_cur c = yq_cur_of(call->arg[0]);
    uint64_t value = yq_rlp_uint(&c);
    yq_writer w = yq_writer_of(digits, sizeof digits);
    yq_put_u64(&w, value);
    yq_oracle_hex(call, yq_writer_slice(&w));
    w = yq_writer_of(room, sizeof room);
    yq_rlp_put_uint(&w, value);
    yq_oracle_text(call, " ");
    yq_oracle_hex(call, yq_writer_slice(&w));
    return yq_cur_done(&c, NULL);
}

static yq_status run_rlp_number(yq_oracle_call *call)
{
    uint8_t room[48], padded[40] = {0};
    yq_cur c = yq_cur_of(call->arg[0]);
    yq_slice value = yq_rlp_number(&c);
    yq_status status = yq_cur_done(&c, NULL);
    if (status != YQ_OK) {
        return status;
    }
    yq_oracle_hex(call, value);
    yq_bytes_copy(padded + sizeof padded - value.n, value.p, value.n);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_rlp_put_number(&w, YQ_SLICE_OF(padded));
    yq_oracle_text(call, " ");
    yq_oracle_hex(call, yq_writer_slice(&w));
    return w.status;
}

/* ---- ABI: types is a text of u (uint64), a (address), d (bytes) ---- */

static yq_status run_abi(yq_oracle_call *call)
{
    yq_slice types = call->arg[0];
    yq_cur c = yq_cur_of(call->arg[1]);
    for (size_t i = 0; i < types.n; i++) {
        uint8_t digits[8];
        yq_slice value = {0};
        yq_writer w = yq_writer_of(digits, sizeof digits);
        if (types.p[i] == 'u') {
            yq_put_u64(&w, yq_abi_uint(&c, i));
            value = yq_writer_slice(&w);
        } else if (types.p[i] == 'a') {
            value = yq_abi_address(&c, i);
        } else {
            value = yq_abi_dynamic(&c, i, call->arg[1].n);
        }
        yq_oracle_text(call, i == 0 ? "" : " ");
        yq_oracle_hex(call, value);
    }
    return yq_cur_status(&c, NULL);
}

/* abi-put TYPES VALUE... */
static yq_status run_abi_put(yq_oracle_call *call)
{
    yq_slice types = call->arg[0];
    uint64_t tail = 32u * types.n;
    yq_writer w = yq_oracle_room(call, 1u << 20);
    if (call->n != types.n + 1) {
        return YQ_E_LEN;
    }
    for (size_t i = 0; i < types.n; i++) {
        yq_slice value = call->arg[1 + i];
        uint64_t number;
        if (types.p[i] == 'd') {
            yq_abi_put_uint(&w, tail);
            tail += 32 + (value.n + 31) / 32 * 32;
        } else if (types.p[i] == 'a' && value.n == 20) {
            yq_abi_put_address(&w, value.p);
        } else if (types.p[i] == 'u' && yq_oracle_number(value, &number) == YQ_OK) {
            yq_abi_put_uint(&w, number);
        } else {
            return YQ_E_LEN;
        }
    }
    for (size_t i = 0; i < types.n; i++) {
        if (types.p[i] == 'd') {
            yq_abi_put_tail(&w, call->arg[1 + i]);
        }
    }
    yq_oracle_hex(call, yq_writer_slice(&w));
    return w.status;
}

static yq_status run_abi_bytes(yq_oracle_call *call)
{
    yq_slice content;
    if (!yq_abi_bytes_decode(call->arg[0], &content)) {
        return YQ_E_NONCANONICAL;
    }
    yq_writer w = yq_oracle_room(call, call->arg[0].n);
    yq_oracle_hex(call, content);
    yq_abi_put_bytes(&w, content);
    yq_oracle_text(call, " ");
    yq_oracle_hex(call, yq_writer_slice(&w));
    return w.status;
}

const yq_oracle_op yq_oracle_codec[] = {
    {"rlp", 1, run_rlp},
    {"rlp-uint", 1, run_rlp_uint},
    {"rlp-number", 1, run_rlp_number},
    {"abi", 2, run_abi},
    {"abi-put", 1, run_abi_put},
    {"abi-bytes", 1, run_abi_bytes},
    {0},
};
