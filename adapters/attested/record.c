#include "adapters/attested/record.h"

#include "relay/codec/base64.h"
#include "relay/crypto/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HASH_TAG   "YUQIAO-ATTESTED-RECORD-1"
#define FIELDS_MAX (16u << 20)
#define CLOCK_MAX  40u

static yq_status bad(yq_fault *why, uint64_t number, const char *key, yq_atd_place place)
{
    char text[sizeof why->text];
    (void)snprintf(
        text,
        sizeof text,
        "record %" PRIu64 ": %s: the platform gives no such value at %.40s",
        number,
        key,
        place);
    return yq_fail(why, YQ_E_PEER, 0, text);
}

yq_status yq_atd_record_number(
    const yq_atd_records *m, const yq_json *item, uint64_t *number, yq_fault *why)
{
    return yq_atd_number_of(item, m->number, number) && *number > 0
               ? YQ_OK
               : bad(why, 0, "number", m->number);
}

static int read_time(const yq_atd_records *m, const yq_json *item, uint64_t *ms)
{
    uint8_t text[CLOCK_MAX];
    size_t n;
    if (m->clock == YQ_ATD_WORDS) {
        return yq_atd_text_of(item, m->time, text, sizeof text, &n) &&
               yq_atd_clock_read(yq_slice_of(text, n), ms);
    }
    uint64_t factor = m->clock == YQ_ATD_S ? 1000 : 1;
    if (!yq_atd_number_of(item, m->time, ms) || *ms > UINT64_MAX / factor) {
        return 0;
    }
    *ms *= factor;
    return 1;
}

/* ---- data ---- */

static int read_hex(const yq_json *value, yq_slice text, yq_atd_record *r)
{
    yq_buf room = {r->data, text.n, 0};
    int good = yq_json_hex(value, &room);
    r->data_n = room.n;
    return good;
}

static int read_data(const yq_atd_records *m, const yq_json *item, yq_atd_record *r)
{
    yq_slice text;
    const yq_json *value = yq_atd_value(item, m->data);
    if (m->data[0] == '=') {
        text = yq_slice_text(m->data + 1);
    } else if (!yq_json_text(value, &text)) {
        return 0;
    }
    r->data = malloc(text.n + 1);
    if (r->data == NULL) {
        return 0;
    }
    if (m->form == YQ_ATD_HEX) {
        return read_hex(value, text, r);
    }
    if (m->form == YQ_ATD_BASE64) {
        yq_buf room = {r->data, text.n, 0};
        int good = yq_base64_decode(text, &room, NULL) == YQ_OK;
        r->data_n = room.n;
        return good;
    }
    yq_bytes_copy(r->data, text.p, text.n);
    r->data_n = text.n;
    return 1;
}

/* Writes one scalar under its key. Returns 0 for another kind of value. */
static int put_field(yq_json_out *out, const yq_json *item, const yq_atd_field *f)
{
    const yq_json *value = yq_atd_value(item, f->place);
    yq_slice text;
    uint64_t u;
    int64_t i;
    int b;
    if (f->place[0] == '=') {
        yq_json_out_str(out, f->key, f->place + 1);
    } else if (yq_json_text(value, &text)) {
        yq_json_out_text(out, f->key, text);
    } else if (yq_json_uint(value, &u)) {
        yq_json_out_uint(out, f->key, u);
    } else if (yq_json_int(value, &i)) {
        yq_json_out_int(out, f->key, i);
    } else if (yq_json_bool(value, &b)) {
        yq_json_out_bool(out, f->key, b);
    } else if (value != NULL && yq_json_is_null(value)) {
        yq_json_out_null(out, f->key);
    } else {
        return 0;
    }
    return 1;
}

/* Out: bad_place, the field that is not there. */
static int read_fields(
    const yq_atd_records *m, const yq_json *item, yq_atd_record *r, yq_atd_place *bad_place)
{
    yq_json_out *out = yq_json_out_new(FIELDS_MAX);
    int good = out != NULL;
    if (good) {
        yq_json_out_object(out, NULL);
    }
    for (size_t i = 0; i < m->field_n && good; i++) {
        *bad_place = m->field[i].place;
        good = put_field(out, item, &m->field[i]);
    }
    if (good) {
        yq_json_out_end(out);
        const char *text = yq_json_out_done(out, &r->data_n);
        r->data = text == NULL ? NULL : malloc(r->data_n + 1);
        good = r->data != NULL;
        if (good) {
            memcpy(r->data, text, r->data_n);
        }
    }
    yq_json_out_free(out);
    return good;
}

/* ---- the record ---- */

static void hash_record(yq_atd_record *r)
{
    uint8_t head[512];
    yq_digest data = {{0}};
    yq_writer w = yq_writer_of(head, sizeof head);
    yq_hash_one(YQ_HASH_SM3, yq_slice_of(r->data, r->data_n), data.b);
    yq_put(&w, yq_slice_text(HASH_TAG));
    yq_put_u64(&w, r->number);
    yq_put_u64(&w, r->time_ms);
    yq_put_str8(&w, yq_slice_of(r->emitter.b, r->emitter.n));
    yq_put_str8(&w, yq_slice_of(r->name.b, r->name.n));
    yq_put_str8(&w, yq_slice_of(r->id.b, r->id.n));
    yq_put_u32(&w, r->index);
    yq_put(&w, YQ_SLICE_OF(data.b));
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&w), r->hash.b);
}

yq_status yq_atd_record_read(
    const yq_atd_records *m, const yq_json *item, yq_atd_record *r, yq_fault *why)
{
    *r = (yq_atd_record){0};
    yq_status status = yq_atd_record_number(m, item, &r->number, why);
    if (status != YQ_OK) {
        return status;
    }
    const struct {
        const char *key;
        yq_atd_place place;
        yq_atd_name *to;
    } name[] = {
        {"id", m->id, &r->id}, {"emitter", m->emitter, &r->emitter}, {"name", m->name, &r->name}};
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        if (!yq_atd_text_of(item, name[i].place, name[i].to->b, YQ_ATD_NAME_MAX, &name[i].to->n)) {
            return bad(why, r->number, name[i].key, name[i].place);
        }
    }
    uint64_t index;
    if (!yq_atd_number_of(item, m->index, &index) || index > UINT32_MAX) {
        return bad(why, r->number, "index", m->index);
    }
    r->index = (uint32_t)index;
    if (!read_time(m, item, &r->time_ms)) {
        return bad(why, r->number, "time", m->time);
    }
    yq_atd_place place = m->data;
    int good = m->form == YQ_ATD_FIELDS ? read_fields(m, item, r, &place) : read_data(m, item, r);
    if (!good) {
        return bad(why, r->number, "data", place);
    }
    hash_record(r);
    return YQ_OK;
}

void yq_atd_record_free(yq_atd_record *r)
{
    free(r->data);
    *r = (yq_atd_record){0};
}

/* ---- what is signed ---- */

static void put_head(yq_writer *w, uint8_t kind, const yq_atd_record *r)
{
    yq_put_u8(w, kind);
    yq_put_u64(w, r->number);
    yq_put(w, YQ_SLICE_OF(r->hash.b));
    yq_put_u64(w, r->time_ms);
}

void yq_atd_put_block(yq_writer *w, const yq_atd_record *r)
{
    put_head(w, YQ_ATTEST_BLOCK, r);
}

void yq_atd_put_event(yq_writer *w, const yq_atd_record *r)
{
    put_head(w, YQ_ATTEST_EVENT, r);
    yq_put_str8(w, yq_slice_of(r->emitter.b, r->emitter.n));
    yq_put_str8(w, yq_slice_of(r->name.b, r->name.n));
    yq_put_str8(w, yq_slice_of(r->id.b, r->id.n));
    yq_put_u32(w, r->index);
    yq_put_blob32(w, yq_slice_of(r->data, r->data_n));
}

yq_digest yq_atd_signed(const char *chain, uint64_t epoch, yq_slice body)
{
    uint8_t room[sizeof YQ_ATTEST_PREFIX + 1 + YQ_ATTEST_CHAIN_MAX + 8];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest md = {{0}};
    yq_put(&w, yq_slice_text(YQ_ATTEST_PREFIX));
    yq_put_str8(&w, yq_slice_text(chain));
    yq_put_u64(&w, epoch);
    const yq_slice part[] = {yq_writer_slice(&w), body};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), md.b);
    return md;
}
