#include "adapters/evm/fields.h"

#include "relay/codec/rlp.h"

#define HEAD_MAX 9u

void yq_evma_fields_fail(yq_evma_fields *f, yq_status status, const char *key)
{
    if (f->status == YQ_OK) {
        f->status = status;
        f->key = key;
    }
}

yq_status yq_evma_fields_done(const yq_evma_fields *f, yq_fault *why)
{
    if (f->status != YQ_OK) {
        return yq_fail(why, f->status, 0, f->key);
    }
    return f->w->status == YQ_OK ? YQ_OK : yq_fail(why, f->w->status, 0, "room");
}

int yq_evma_has(const yq_json *object, const char *key)
{
    const yq_json *value = yq_json_get(object, key);
    return value != NULL && !yq_json_is_null(value);
}

int yq_evma_bytes(const yq_json *value, uint8_t *out, size_t size)
{
    yq_buf room = {out, size, 0};
    return yq_json_hex(value, &room) && room.n == size;
}

int yq_evma_digest(const yq_json *value, yq_digest *out)
{
    return yq_evma_bytes(value, out->b, sizeof out->b);
}

/* Decodes behind the writer's bytes, at the end of its room, and copies from there. */
void yq_evma_put_data(yq_evma_fields *f, const yq_json *value, const char *key, size_t size)
{
    yq_writer *w = f->w;
    yq_slice text;
    if (f->status != YQ_OK || w->status != YQ_OK) {
        return;
    }
    if (!yq_json_text(value, &text)) {
        yq_evma_fields_fail(
            f, value == NULL || yq_json_is_null(value) ? YQ_E_FIELD_MISSING : YQ_E_TYPE, key);
        return;
    }
    size_t content_max = text.n / 2;
    if (w->cap - w->n < HEAD_MAX + 2 * content_max) {
        w->status = YQ_E_NOSPC;
        return;
    }
    yq_buf content = {w->p + w->cap - content_max, content_max, 0};
    if (!yq_json_hex(value, &content)) {
        yq_evma_fields_fail(f, YQ_E_TYPE, key);
    } else if (size != 0 && content.n != size) {
        yq_evma_fields_fail(f, YQ_E_LEN, key);
    } else {
        yq_rlp_put_string(w, yq_slice_of(content.p, content.n));
    }
}

void yq_evma_put_member(yq_evma_fields *f, const yq_json *object, const char *key, size_t size)
{
    yq_evma_put_data(f, yq_json_get(object, key), key, size);
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

/* "0x" and 1 to 64 digits, right-aligned in 32 bytes. */
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

void yq_evma_put_number(yq_evma_fields *f, const yq_json *object, const char *key)
{
    const yq_json *value = yq_json_get(object, key);
    uint8_t number[32];
    yq_slice text;
    if (f->status != YQ_OK) {
        return;
    }
    if (value == NULL || yq_json_is_null(value)) {
        yq_evma_fields_fail(f, YQ_E_FIELD_MISSING, key);
    } else if (!yq_json_text(value, &text) || !parse_number(text, number)) {
        yq_evma_fields_fail(f, YQ_E_TYPE, key);
    } else {
        yq_rlp_put_number(f->w, yq_slice_of(number, sizeof number));
    }
}

void yq_evma_put_list(yq_evma_fields *f, const yq_json *object, const char *key, size_t size)
{
    const yq_json *list = yq_json_get(object, key);
    if (!yq_json_is_array(list)) {
        yq_evma_fields_fail(f, list == NULL ? YQ_E_FIELD_MISSING : YQ_E_TYPE, key);
        return;
    }
    size_t mark = yq_rlp_list_begin(f->w);
    for (size_t i = 0; i < yq_json_count(list); i++) {
        yq_evma_put_data(f, yq_json_at(list, i), key, size);
    }
    yq_rlp_list_end(f->w, mark);
}
