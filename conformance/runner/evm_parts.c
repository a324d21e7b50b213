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
