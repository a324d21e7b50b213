#include "adapters/pipe/wire.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/codec/msgpack.h"

#define CODE_SIZE_MAX 32u

yq_status yq_pipe_read_head(yq_slice head, size_t *size, yq_fault *why)
{
    yq_cur c = yq_cur_of(head);
    *size = yq_cur_u32(&c);
    if (yq_cur_ok(&c) && *size == 0) {
        yq_cur_fail_field(&c, YQ_E_LEN, 0, "the frame is empty");
    }
    if (*size > YQ_PIPE_FRAME_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, 0, "the frame is above 32 MiB: give less at a time");
    }
    return yq_cur_done(&c, why);
}

/* Returns the code of this name; YQ_OK: there is none, or it is no error. */
static yq_status code_of(yq_slice name)
{
    yq_status status;
    for (unsigned i = 0; yq_status_at(i, &status); i++) {
        if (yq_slice_equal(name, yq_slice_text(yq_status_name(status)))) {
            return status;
        }
    }
    return YQ_OK;
}

yq_status yq_pipe_read_reply(yq_slice content, uint64_t id, yq_pipe_reply *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(content);
    yq_slice code = {0};
    *out = (yq_pipe_reply){.status = YQ_OK};
    const uint32_t n = yq_mp_map(&c, 3);
    if (n < 2) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, 0, "id and result, or code, id and text");
    }
    if (n == 3) {
        yq_mp_key(&c, "code");
        code = yq_mp_str(&c, CODE_SIZE_MAX);
    }
    yq_mp_key(&c, "id");
    const uint64_t got = yq_mp_uint(&c, UINT64_MAX);
    if (n == 3) {
        yq_mp_key(&c, "text");
        out->text = yq_mp_str(&c, YQ_PIPE_TEXT_MAX);
        out->status = code_of(code);
    } else {
        yq_mp_key(&c, "result");
        out->result = yq_mp_skip(&c);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK && got != id) {
        status = yq_fail(why, YQ_E_PEER, 0, "id: of another request: answer each once, in order");
    } else if (status == YQ_OK && n == 3 && out->status == YQ_OK) {
        status = yq_fail(why, YQ_E_PEER, 0, "code: not an error of docs/errors.md");
    }
    return status;
}

yq_status yq_pipe_read_hello(
    yq_slice result, const char *framework, uint16_t *abi_minor, yq_fault *why)
{
    yq_cur c = yq_cur_of(result);
    yq_mp_map_of(&c, 5);
    yq_mp_key(&c, "abi_major");
    const uint64_t major = yq_mp_uint(&c, UINT16_MAX);
    yq_mp_key(&c, "abi_minor");
    *abi_minor = (uint16_t)yq_mp_uint(&c, UINT16_MAX);
    yq_mp_key(&c, "framework");
    const yq_slice name = yq_mp_str(&c, YQ_PIPE_NAME_MAX);
    yq_mp_key(&c, "magic");
    const yq_slice magic = yq_mp_str(&c, YQ_PIPE_NAME_MAX);
    yq_mp_key(&c, "protocol");
    const uint64_t protocol = yq_mp_uint(&c, UINT32_MAX);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_slice_equal(magic, yq_slice_text(YQ_PIPE_MAGIC))) {
        return yq_fail(why, YQ_E_VERSION, 0, "magic: not a child of this plugin: see arg.0");
    }
    if (protocol != YQ_PIPE_PROTOCOL) {
        return yq_fail(why, YQ_E_VERSION, 0, "protocol: this plugin speaks 1: take a child of it");
    }
    if (major != YQ_ADAPTER_ABI_MAJOR) {
        return yq_fail(why, YQ_E_VERSION, 0, "abi_major: the host's is 1: take a child of it");
    }
    if (!yq_slice_equal(name, yq_slice_text(framework))) {
        return yq_fail(why, YQ_E_VERSION, 0, "framework: the child serves another: see options");
    }
    return YQ_OK;
}
