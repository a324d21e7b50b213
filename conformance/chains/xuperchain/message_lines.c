#include "conformance/chains/xuperchain/message.h"

/* What ids of versions 0 to 2 are the hashes of: one line of JSON behind the other, as Go's encoder
 * writes them. Bytes stand in base 64, and missing ones as null; fields of objects that hold
 * nothing are left out. */

#define VERSION_HD 2u /* from here on with the keys' origin */

static void put_chars(yq_writer *w, const char *text)
{
    yq_put(w, yq_slice_text(text));
}

static void put_decimal(yq_writer *w, uint64_t value, int sign)
{
    char digits[20];
    size_t n = 0;
    if (sign && value >> 63 != 0) {
        yq_put_u8(w, '-');
        value = 0 - value;
    }
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0) {
        yq_put_u8(w, (uint8_t)digits[--n]);
    }
}

static void put_base64(yq_writer *w, yq_slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    yq_put_u8(w, '"');
    for (size_t i = 0; i < bytes.n; i += 3) {
        const size_t left = bytes.n - i;
        const uint32_t group = (uint32_t)bytes.p[i] << 16 |
                               (left > 1 ? (uint32_t)bytes.p[i + 1] << 8 : 0) |
                               (left > 2 ? bytes.p[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            yq_put_u8(w, k > left ? '=' : (uint8_t)digits[group >> (18 - 6 * k) & 63]);
        }
    }
    yq_put_u8(w, '"');
}

static void put_escaped(yq_writer *w, uint8_t b)
{
    static const char hex[] = "0123456789abcdef";
    put_chars(w, "\\u00");
    yq_put_u8(w, (uint8_t)hex[b >> 4]);
    yq_put_u8(w, (uint8_t)hex[b & 15]);
}

/* Texts are UTF-8 here, or their protobuf would have been refused by the node. The separators of
 * lines and paragraphs, E2 80 A8 and A9, are escaped too. */
static void put_text(yq_writer *w, yq_slice text)
{
    yq_put_u8(w, '"');
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t b = text.p[i];
        if (b == '"' || b == '\\') {
            yq_put_u8(w, '\\');
            yq_put_u8(w, b);
        } else if (b == '\n' || b == '\r' || b == '\t') {
            yq_put_u8(w, '\\');
            yq_put_u8(w, b == '\n' ? 'n' : b == '\r' ? 'r' : 't');
        } else if (b < ' ' || b == '<' || b == '>' || b == '&') {
            put_escaped(w, b);
        } else if (
            b == 0xe2 && text.n - i > 2 && text.p[i + 1] == 0x80 && (text.p[i + 2] | 1) == 0xa9) {
            put_chars(w, text.p[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
            i += 2;
        } else {
            yq_put_u8(w, b);
        }
    }
    yq_put_u8(w, '"');
}

/* ---- objects ---- */

/* Fields of an object: number, kind (t text, b bytes, n number), name. */
typedef struct member {
    uint32_t number;
    char kind;
    const char *name;
} member;

static void put_name(yq_writer *w, const char *name, int *some)
{
    yq_put_u8(w, *some ? ',' : '{');
    yq_put_u8(w, '"');
    put_chars(w, name);
    put_chars(w, "\":");
    *some = 1;
}

static void put_members(yq_writer *w, yq_slice message, const member *of, size_t n, int *some)
{
    for (size_t i = 0; i < n; i++) {
        const yq_pb_field f = xuper_field(message, of[i].number);
        if (of[i].kind == 'n' ? f.value == 0 : f.bytes.n == 0) {
            continue;
        }
        put_name(w, of[i].name, some);
        if (of[i].kind == 'n') {
            put_decimal(w, f.value, 1);
        } else if (of[i].kind == 't') {
            put_text(w, f.bytes);
        } else {
            put_base64(w, f.bytes);
        }
    }
}

static void end_object(yq_writer *w, int some)
{
    put_chars(w, some ? "}" : "{}");
}

static void put_object(yq_writer *w, yq_slice message, const member *of, size_t n)
{
    int some = 0;
    put_members(w, message, of, n, &some);
    end_object(w, some);
}

/* The next item of a repeated field; out: its bytes. Begins with a comma or bracket. Returns 0 past
 * the last, whose bracket it has closed; an empty list is null. */
static int next_item(yq_writer *w, yq_cur *c, uint32_t number, int *some, yq_slice *item)
{
    yq_pb_field f;
    while (yq_pb_next(c, &f)) {
        if (f.number == number) {
            yq_put_u8(w, *some ? ',' : '[');
            *some = 1;
            *item = f.bytes;
            return 1;
        }
    }
    put_chars(w, *some ? "]" : "null");
    return 0;
}

static void put_list(yq_writer *w, yq_slice message, uint32_t number, const member *of, size_t n)
{
    yq_cur c = yq_cur_of(message);
    yq_slice item;
    int some = 0;
    while (next_item(w, &c, number, &some, &item)) {
        put_object(w, item, of, n);
    }
}

static void put_texts(yq_writer *w, yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_slice item;
    int some = 0;
    while (next_item(w, &c, number, &some, &item)) {
        put_text(w, item);
    }
}

/* ---- the transaction ---- */

static int put_request(yq_writer *w, yq_slice request)
{
    static const member names[] = {
        {1, 't', "module_name"}, {2, 't', "contract_name"}, {3, 't', "method_name"}};
    static const member limit[] = {{1, 'n', "type"}, {2, 'n', "limit"}};
    static const member amount[] = {{6, 't', "amount"}};
    yq_slice arg[XUPER_ARGS_MAX];
    size_t n;
    int some = 0;
    if (!xuper_args(request, arg, &n)) {
        return 0;
    }
    put_members(w, request, names, 3, &some);
    if (n > 0) {
        put_name(w, "args", &some);
    }
    for (size_t i = 0; i < n; i++) {
        yq_put_u8(w, i == 0 ? '{' : ',');
        put_text(w, xuper_field(arg[i], 1).bytes);
        yq_put_u8(w, ':');
        put_base64(w, xuper_field(arg[i], 2).bytes);
        if (i + 1 == n) {
            yq_put_u8(w, '}');
        }
    }
    yq_cur c = yq_cur_of(request);
    yq_pb_field f;
    int limits = 0;
    while (!limits && yq_pb_next(&c, &f)) {
        limits = f.number == 5;
    }
    if (limits) {
        put_name(w, "resource_limits", &some);
        put_list(w, request, 5, limit, 2);
    }
    put_members(w, request, amount, 1, &some);
    end_object(w, some);
    return 1;
}

static int put_requests(yq_writer *w, yq_slice message)
{
    yq_cur c = yq_cur_of(message);
    yq_slice item;
    int some = 0;
    while (next_item(w, &c, 25, &some, &item)) {
        if (!put_request(w, item)) {
            return 0;
        }
    }
    yq_put_u8(w, '\n');
    return 1;
}

/* Lines of a message's fields: number, kind as above, or in capitals: no line when it is empty. */
static void put_lines(yq_writer *w, yq_slice message, const char *form)
{
    for (; *form != '\0'; form += 2) {
        const yq_pb_field f = xuper_field(message, (uint32_t)(form[0] - '0'));
        if (form[1] == 'n') {
            put_decimal(w, f.value, 1);
        } else if (form[1] == 't') {
            put_text(w, f.bytes);
        } else if (f.bytes.n > 0) {
            put_base64(w, f.bytes);
        } else if (form[1] == 'b') {
            put_chars(w, "null");
        } else {
            continue;
        }
        yq_put_u8(w, '\n');
    }
}

static void put_items(yq_writer *w, yq_slice message, uint32_t number, const char *form)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number) {
            put_lines(w, f.bytes, form);
        }
    }
}

static void put_flag(yq_writer *w, uint64_t value)
{
    put_chars(w, value != 0 ? "true\n" : "false\n");
}

static void put_signatures(yq_writer *w, yq_slice message)
{
    static const member sign[] = {{1, 't', "PublicKey"}, {2, 'b', "Sign"}};
    const yq_slice joint = xuper_field(message, 31).bytes;
    for (uint32_t number = 28; number <= 29; number++) {
        put_list(w, message, number, sign, 2);
        yq_put_u8(w, '\n');
    }
    if (xuper_field(message, 31).number != 0) {
        static const member signature[] = {{2, 'b', "signature"}};
        yq_cur c = yq_cur_of(joint);
        yq_slice key;
        int some = 0, keys = 0;
        if (xuper_field(joint, 1).number != 0) {
            put_name(w, "public_keys", &some);
            while (next_item(w, &c, 1, &keys, &key)) {
                put_base64(w, key);
            }
        }
        put_members(w, joint, signature, 1, &some);
        end_object(w, some);
        yq_put_u8(w, '\n');
    }
}

int xuper_lines(yq_slice message, uint64_t version, unsigned flags, yq_writer *w)
{
    static const member output[] = {
        {1, 'b', "amount"}, {2, 'b', "to_addr"}, {4, 'n', "frozen_height"}};
    static const member origin[] = {{1, 'b', "hd_public_key"}, {2, 'b', "original_hash"}};
    const yq_slice hd = xuper_field(message, 33).bytes;
    put_items(w, message, 3, "1B2n5B6B7n");
    put_list(w, message, 4, output, 3);
    yq_put_u8(w, '\n');
    put_lines(w, message, "6B8t9n");
    put_decimal(w, version, 0);
    yq_put_u8(w, '\n');
    put_items(w, message, 23, "1t2b3B4n");
    put_items(w, message, 24, "1t2b3b");
    if (!put_requests(w, message)) {
        return 0;
    }
    put_text(w, xuper_field(message, 26).bytes);
    yq_put_u8(w, '\n');
    put_texts(w, message, 27);
    yq_put_u8(w, '\n');
    if ((flags & XUPER_SIGNED) != 0) {
        put_signatures(w, message);
    }
    put_flag(w, xuper_field(message, 7).value);
    put_flag(w, (flags & XUPER_NO_AUTO) != 0 ? 0 : xuper_field(message, 11).value);
    if (version >= VERSION_HD) {
        if (xuper_field(message, 33).number == 0) {
            put_chars(w, "null");
        } else {
            put_object(w, hd, origin, 2);
        }
        yq_put_u8(w, '\n');
    }
    return 1;
}
