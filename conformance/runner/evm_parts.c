#include "conformance/runner/evm_files.h"
#include "relay/base/bytes.h"

const yq_verifier_host *evm_host(evm_run *run, run_call *room)
{
    yq_arena_reset(&run->arena);
    return run_workspace_host(run->space, run->client, room);
}

int evm_text_bytes(yq_slice text, yq_buf *out)
{
    if (text.n >= 2 && text.p[0] == '0' && text.p[1] == 'x') {
        return yq_hex_decode(out, (const char *)text.p + 2, text.n - 2) == YQ_OK;
    }
    if (text.n > out->cap) {
        return 0;
    }
    yq_bytes_copy(out->p, text.p, text.n);
    out->n = text.n;
    return 1;
}

int evm_json_number(const yq_json *value, uint8_t *room, size_t cap, yq_slice *out)
{
    yq_slice text;
    char even[80];
    yq_buf bytes = {room, cap, 0};
    if (!yq_json_text(value, &text) || text.n < 3 || text.n > 66 || text.p[0] != '0' ||
        text.p[1] != 'x') {
        return 0;
    }
    size_t n = text.n - 2;
    even[0] = '0';
    memcpy(even + n % 2, text.p + 2, n);
    if (yq_hex_decode(&bytes, even, n + n % 2) != YQ_OK) {
        return 0;
    }
    size_t zeros = 0;
    while (zeros < bytes.n && room[zeros] == 0) {
        zeros++;
    }
    *out = yq_slice_of(room + zeros, bytes.n - zeros);
    return 1;
}
