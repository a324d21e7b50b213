#include "adapters/fisco-bcos-3/fields.h"

void yq_bcos3_fields_fail(yq_bcos3_fields *f, yq_status status, const char *key)
{
    if (f->status == YQ_OK) {
        f->status = status;
        f->key = key;
    }
}

yq_status yq_bcos3_fields_done(const yq_bcos3_fields *f, yq_fault *why)
{
    if (f->status != YQ_OK) {
        return yq_fail(why, f->status, 0, f->key);
    }
    return f->w->status == YQ_OK ? YQ_OK : yq_fail(why, f->w->status, 0, "room");
}

static void wrong(yq_bcos3_fields *f, const yq_json *value, const char *key)
{
    yq_bcos3_fields_fail(f, value == NULL ? YQ_E_FIELD_MISSING : YQ_E_TYPE, key);
}

void yq_bcos3_put_hex(yq_bcos3_fields *f, const yq_json *value, size_t size, const char *key)
{
    yq_writer *w = f->w;
    yq_slice text;
    if (f->status != YQ_OK || w->status != YQ_OK) {
        return;
    }
    if (!yq_json_text(value, &text)) {
        wrong(f, value, key);
        return;
    }
    if (w->cap - w->n < text.n / 2) {
        w->status = YQ_E_NOSPC;
        return;
    }
    yq_buf out = {w->p + w->n, w->cap - w->n, 0};
    if (!yq_json_hex(value, &out)) {
        yq_bcos3_fields_fail(f, YQ_E_TYPE, key);
    } else if (size != 0 && out.n != size) {
        yq_bcos3_fields_fail(f, YQ_E_LEN, key);
    } else {
        w->n += out.n;
    }
}

void yq_bcos3_put_text(yq_bcos3_fields *f, const yq_json *value, const char *key)
{
    yq_slice text;
    if (!yq_json_text(value, &text)) {
        wrong(f, value, key);
        return;
    }
    yq_put(f->w, text);
}

yq_slice yq_bcos3_plain(const yq_json *value)
{
    yq_slice text = {0};
    if (!yq_json_text(value, &text) || text.n == 0) {
        return (yq_slice){0};
    }
    size_t cut = text.n >= 2 && text.p[0] == '0' && text.p[1] == 'x' ? 2 : 0;
    return yq_slice_of(text.p + cut, text.n - cut);
}

void yq_bcos3_put_address(yq_bcos3_fields *f, const yq_json *value, const char *key)
{
    yq_slice text;
    if (!yq_json_text(value, &text)) {
        wrong(f, value, key);
        return;
    }
    yq_put(f->w, yq_bcos3_plain(value));
}

void yq_bcos3_put_number(yq_bcos3_fields *f, const yq_json *value, size_t size, const char *key)
{
    uint64_t number;
    if (!yq_json_quantity(value, &number)) {
        wrong(f, value, key);
        return;
    }
    if (size < 8 && number >> (8 * size) != 0) {
        yq_bcos3_fields_fail(f, YQ_E_RANGE, key);
        return;
    }
    yq_put_be(f->w, number, size);
}

size_t yq_bcos3_open(yq_bcos3_fields *f, size_t length_size)
{
    size_t mark = f->w->n;
    yq_put_be(f->w, 0, length_size);
    return mark;
}

void yq_bcos3_close(yq_bcos3_fields *f, size_t mark, size_t length_size, const char *key)
{
    if (f->w->status != YQ_OK || f->status != YQ_OK) {
        return;
    }
    uint64_t n = f->w->n - mark - length_size;
    if (n >> (8 * length_size) != 0) {
        yq_bcos3_fields_fail(f, YQ_E_LIMIT, key);
        return;
    }
    yq_writer length = yq_writer_of(f->w->p + mark, length_size);
    yq_put_be(&length, n, length_size);
}

int yq_bcos3_digest(const yq_json *value, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(value, &room) && room.n == sizeof out->b;
}
