/* What a child sends: a byte that picks the method, then the frame's content. */
#include "adapters/pipe/wire.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM (1u << 20)

static _Alignas(max_align_t) uint8_t room[ROOM];
static size_t used;

static void *lend(void *self, size_t size)
{
    (void)self;
    const size_t rounded = (size + 15u) & ~(size_t)15u;
    if (rounded > ROOM - used) {
        return NULL;
    }
    void *out = memset(room + used, 0, rounded);
    used += rounded;
    return out;
}

static int is_inside(yq_slice part, yq_slice whole)
{
    return part.n == 0 || (part.p >= whole.p && part.n <= whole.n &&
                           (size_t)(part.p - whole.p) <= whole.n - part.n);
}

static void read_evidence(const yq_adapter_host *host, yq_slice result)
{
    yq_height_evidence out;
    if (yq_pipe_read_evidence(host, result, &out, NULL) == YQ_OK) {
        YQ_ASSERT(is_inside(out.update, result) && out.event_n <= YQ_PIPE_EVENTS_MAX);
    } else {
        YQ_ASSERT(out.event_n == 0 && out.update.n == 0);
    }
    for (size_t i = 0; i < out.event_n; i++) {
        YQ_ASSERT(is_inside(out.event[i].proof, result) && is_inside(out.event[i].tx_id, result));
    }
}

static void read_result(const yq_adapter_host *host, uint8_t method, yq_slice result)
{
    const yq_check *check;
    yq_option *counter;
    yq_receipt_view receipt;
    yq_slice bytes;
    uint64_t height;
    uint16_t minor;
    size_t n;
    switch (method) {
    case 0:
        (void)!yq_pipe_read_hello(result, "attested", &minor, NULL);
        break;
    case 1:
        (void)!yq_pipe_read_checks(host, result, &check, &n, NULL);
        break;
    case 2:
        (void)!yq_pipe_read_bytes(result, "anchor", YQ_PIPE_FRAME_MAX, &bytes, NULL);
        break;
    case 3:
        (void)!yq_pipe_read_height(result, &height, NULL);
        break;
    case 4:
        read_evidence(host, result);
        break;
    case 5:
        if (yq_pipe_read_receipt(host, result, &receipt, NULL) == YQ_OK) {
            YQ_ASSERT(receipt.state != YQ_SUBMIT_INVALID && receipt.text != NULL);
        }
        break;
    default:
        (void)!yq_pipe_read_counters(host, result, 4, &counter, &n, NULL);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const yq_adapter_host host = {.size = sizeof host, .alloc = lend};
    const yq_slice content = {data + (size > 0), size - (size > 0)};
    yq_pipe_reply reply;
    used = 0;
    if (yq_pipe_read_reply(content, 1, &reply, NULL) == YQ_OK && reply.status == YQ_OK) {
        YQ_ASSERT(is_inside(reply.result, content));
        read_result(&host, (uint8_t)(data[0] % 7), reply.result);
    }
    if (size >= YQ_PIPE_HEAD_SIZE) {
        size_t length;
        if (yq_pipe_read_head(yq_slice_of(data, YQ_PIPE_HEAD_SIZE), &length, NULL) == YQ_OK) {
            YQ_ASSERT(length > 0 && length <= YQ_PIPE_FRAME_MAX);
        }
    }
    return 0;
}
