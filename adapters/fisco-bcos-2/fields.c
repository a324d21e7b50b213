#include "adapters/fisco-bcos-2/fields.h"

#include "relay/codec/rlp.h"

void yq_fisco2_fields_fail(yq_fisco2_fields *f, yq_status status, const char *key)
{
    if (f->status == YQ_OK) {
        f->status = status;
        f->key = key;
    }
}

/* What stands before a string in RLP; nothing before a single small byte. */
static void put_head(yq_writer *w, yq_slice content)
{
    if (content.n == 1 && content.p[0] < 0x80) {
        return;
    }
    if (content.n <= 55) {
        yq_put_u8(w, (uint8_t)(0x80 + content.n));
        return;
    }
    size_t n = 1;
    while (content.n >> (8 * n) != 0) {
        n++;
    }
    yq_put_u8(w, (uint8_t)(0xb7 + n));
    yq_put_be(w, content.n, n);
}

/* Decodes hex straight into the writer's free room, behind the place of the longest RLP head, then
 * moves it to its head. */
static void put_hex(yq_fisco2_fields *f, const yq_json *value, size_t size, const char *key)
{
    enum {
        HEAD_MAX = 9
    };
    yq_writer *w = f->w;
    if (f->status != YQ_OK || w->status != YQ_OK) {
        return;
    }
    yq_slice text;
    if (!yq_json_text(value, &text)) {
        yq_fisco2_fields_fail(f, value == NULL ? YQ_E_FIELD_MISSING : YQ_E_TYPE, key);
        return;
    }
    if (w->cap - w->n < HEAD_MAX + text.n / 2) {
        w->status = YQ_E_NOSPC;
        return;
    }
    yq_buf content = {w->p + w->n + HEAD_MAX, w->cap - w->n - HEAD_MAX, 0};
    if (!yq_json_hex(value, &content)) {
        yq_fisco2_fields_fail(f, YQ_E_TYPE, key);
        return;
    }
    if (size != 0 && content.n != size) {
        yq_fisco2_fields_fail(f, YQ_E_LEN, key);
        return;
    }
    uint8_t head_room[HEAD_MAX];
    yq_writer head = yq_writer_of(head_room, sizeof head_room);
    put_head(&head, yq_slice_of(content.p, content.n));
    memmove(w->p + w->n + head.n, content.p, content.n);
    yq_put(w, yq_writer_slice(&head));
    w->n += content.n;
}

void yq_fisco2_put_bytes(yq_fisco2_fields *f, const yq_json *object, const char *key, size_t size)
{
    put_hex(f, yq_json_get(object, key), size, key);
}

static int digit_of(uint8_t c, uint8_t *digit)
{
    uint8_t lower = (uint8_t)(c | 0x20);
    if (c >= '0' && c <= '9') {
        *digit = (uint8_t)(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
        *digit = (uint8_t)(lower - 'a' + 10);
    } else {
        return 0;
    }
    return 1;
}

/* "0x" and up to 64 digits, right-aligned in 32 bytes. */
static int parse_number(yq_slice text, uint8_t out[32])
{
    memset(out, 0, 32);
    if (text.n < 3 || text.n > 66 || text.p[0] != '0' || text.p[1] != 'x') {
        return 0;
    }
    for (size_t i = 0; i < text.n - 2; i++) {
        uint8_t digit;
        if (!digit_of(text.p[text.n - 1 - i], &digit)) {
            return 0;
        }
        out[31 - i / 2] |= (uint8_t)(i % 2 == 0 ? digit : digit << 4);
    }
    return 1;
}

void yq_fisco2_put_number(yq_fisco2_fields *f, const yq_json *object, const char *key)
{
    const yq_json *value = yq_json_get(object, key);
    uint8_t number[32];
    uint64_t small;
    yq_slice text;
    if (yq_json_text(value, &text) && parse_number(text, number)) {
        yq_rlp_put_number(f->w, yq_slice_of(number, sizeof number));
    } else if (yq_json_quantity(value, &small)) {
        yq_rlp_put_uint(f->w, small);
    } else {
        yq_fisco2_fields_fail(f, value == NULL ? YQ_E_FIELD_MISSING : YQ_E_TYPE, key);
    }
}

void yq_fisco2_put_texts(yq_fisco2_fields *f, const yq_json *object, const char *key, size_t size)
{
    const yq_json *list = yq_json_get(object, key);
    if (!yq_json_is_array(list)) {
        yq_fisco2_fields_fail(f, list == NULL ? YQ_E_FIELD_MISSING : YQ_E_TYPE, key);
        return;
    }
    size_t mark = yq_rlp_list_begin(f->w);
    for (size_t i = 0; i < yq_json_count(list); i++) {
        put_hex(f, yq_json_at(list, i), size, key);
    }
    yq_rlp_list_end(f->w, mark);
}

int yq_fisco2_digest(const yq_json *value, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(value, &room) && room.n == sizeof out->b;
}
