#include "adapters/pipe/wire.h"
#include "relay/base/cursor.h"
#include "relay/codec/msgpack.h"

#define DECIMAL_SIZE 24u

/* Room for n entries; a cursor that failed has none. */
static void *room_for(yq_cur *c, const yq_adapter_host *host, size_t n, size_t size)
{
    void *out = yq_cur_ok(c) ? host->alloc(host->self, (n + 1) * size) : NULL;
    if (out == NULL) {
        yq_cur_fail(c, YQ_E_MEMORY, c->pos);
    }
    return out;
}

/* A text of the child's with a NUL behind it; empty once the cursor has failed. */
static const char *take_text(yq_cur *c, const yq_adapter_host *host, size_t size_max)
{
    const yq_slice text = yq_mp_str(c, size_max);
    char *out = room_for(c, host, text.n, 1);
    if (out == NULL) {
        return "";
    }
    yq_bytes_copy(out, text.p, text.n);
    return out;
}

yq_status yq_pipe_read_checks(
    const yq_adapter_host *host,
    yq_slice result,
    const yq_check **check,
    size_t *check_n,
    yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 1);
    yq_mp_key(&c, "checks");
    const uint32_t n = yq_mp_array(&c, YQ_PIPE_CHECKS_MAX);
    yq_check *out = room_for(&c, host, n, sizeof *out);
    for (uint32_t i = 0; i < n && yq_cur_ok(&c); i++) {
        yq_mp_map_of(&c, 3);
        yq_mp_key(&c, "detail");
        out[i].detail = take_text(&c, host, YQ_PIPE_TEXT_MAX);
        yq_mp_key(&c, "name");
        out[i].name = take_text(&c, host, YQ_PIPE_NAME_MAX);
        yq_mp_key(&c, "passed");
        out[i].passed = yq_mp_bool(&c);
    }
    yq_status status = yq_cur_done(&c, why);
    *check = status == YQ_OK ? out : NULL;
    *check_n = status == YQ_OK ? n : 0;
    return status;
}

yq_status yq_pipe_read_bytes(
    yq_slice result, const char *key, size_t size_max, yq_slice *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 1);
    yq_mp_key(&c, key);
    *out = yq_mp_bin(&c, size_max);
    return yq_cur_done(&c, why);
}

yq_status yq_pipe_read_height(yq_slice result, uint64_t *height, yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 1);
    yq_mp_key(&c, "height");
    *height = yq_mp_uint(&c, UINT64_MAX);
    return yq_cur_done(&c, why);
}

static void take_event(yq_cur *c, yq_event_proof *out)
{
    yq_mp_map_of(c, 5);
    yq_mp_key(c, "emitter");
    out->emitter = yq_mp_bin(c, YQ_PIPE_HINT_MAX);
    yq_mp_key(c, "index");
    out->event_index = (uint32_t)yq_mp_uint(c, UINT32_MAX);
    yq_mp_key(c, "name");
    out->name = yq_mp_bin(c, YQ_PIPE_HINT_MAX);
    yq_mp_key(c, "proof");
    out->proof = yq_mp_bin(c, YQ_PIPE_FRAME_MAX);
    yq_mp_key(c, "tx_id");
    out->tx_id = yq_mp_bin(c, YQ_PIPE_HINT_MAX);
}

yq_status yq_pipe_read_evidence(
    const yq_adapter_host *host, yq_slice result, yq_height_evidence *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 2);
    yq_mp_key(&c, "events");
    const uint32_t n = yq_mp_array(&c, YQ_PIPE_EVENTS_MAX);
    yq_event_proof *event = room_for(&c, host, n, sizeof *event);
    for (uint32_t i = 0; i < n && yq_cur_ok(&c); i++) {
        take_event(&c, &event[i]);
    }
    yq_mp_key(&c, "update");
    const yq_slice update = yq_mp_bin(&c, YQ_PIPE_FRAME_MAX);
    yq_status status = yq_cur_done(&c, why);
    *out = (yq_height_evidence){0};
    if (status == YQ_OK) {
        *out = (yq_height_evidence){.update = update, .event = event, .event_n = n};
    }
    return status;
}

static yq_submit_state take_state(yq_cur *c)
{
    static const struct {
        const char *name;
        yq_submit_state state;
    } all[] = {
        {"pending", YQ_SUBMIT_PENDING},
        {"done", YQ_SUBMIT_DONE},
        {"failed", YQ_SUBMIT_FAILED},
        {"lost", YQ_SUBMIT_LOST}};
    const size_t at = c->pos;
    const yq_slice name = yq_mp_str(c, YQ_PIPE_NAME_MAX);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (yq_slice_equal(name, yq_slice_text(all[i].name))) {
            return all[i].state;
        }
    }
    yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "state: pending, done, failed or lost");
    return YQ_SUBMIT_INVALID;
}

yq_status yq_pipe_read_receipt(
    const yq_adapter_host *host, yq_slice result, yq_receipt_view *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 3);
    yq_mp_key(&c, "height");
    out->height = yq_mp_uint(&c, UINT64_MAX);
    yq_mp_key(&c, "state");
    out->state = take_state(&c);
    yq_mp_key(&c, "text");
    out->text = take_text(&c, host, YQ_PIPE_TEXT_MAX);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        *out = (yq_receipt_view){0};
    }
    return status;
}

yq_status yq_pipe_read_counters(
    const yq_adapter_host *host,
    yq_slice result,
    size_t room,
    yq_option **counter,
    size_t *counter_n,
    yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 1);
    yq_mp_key(&c, "counters");
    const uint32_t n = yq_mp_array(&c, YQ_PIPE_COUNTERS_MAX);
    yq_option *out = room_for(&c, host, n + room, sizeof *out);
    for (uint32_t i = 0; i < n && yq_cur_ok(&c); i++) {
        yq_mp_map_of(&c, 2);
        yq_mp_key(&c, "key");
        out[i].key = take_text(&c, host, YQ_PIPE_NAME_MAX);
        yq_mp_key(&c, "value");
        const uint64_t value = yq_mp_uint(&c, UINT64_MAX);
        char *text = room_for(&c, host, DECIMAL_SIZE, 1);
        if (text != NULL) {
            (void)yq_decimal_encode(text, value);
        }
        out[i].value = text;
    }
    yq_status status = yq_cur_done(&c, why);
    *counter = status == YQ_OK ? out : NULL;
    *counter_n = status == YQ_OK ? n : 0;
    return status;
}
