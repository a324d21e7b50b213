#include "relay/base/assert.h"
#include "relay/store/mem.h"
#include "relay/store/wal_format.h"

#include <stdint.h>

/* A segment's bytes; the head's crc and a group's are hard to meet by chance, so that the first
 * byte chooses a true frame around the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yq_status read_record(void *self, yq_slice record)
{
    size_t *n = self;
    YQ_ASSERT(record.n >= YQ_WAL_HEAD_SIZE);
    *n += record.p[record.n - 1] + 1u;
    return YQ_OK;
}

static void check(yq_slice bytes, int last)
{
    size_t end, sum = 0;
    int torn;
    yq_status status = yq_wal_read_segment(bytes, last, read_record, &sum, &end, &torn);
    YQ_ASSERT(status == YQ_OK || status == YQ_E_CORRUPT || status == YQ_E_DATA_VERSION);
    YQ_ASSERT(status != YQ_OK || last || !torn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    int last = data[0] & 1;
    yq_slice rest = {data + 2, size - 2};
    if ((data[0] & 2) == 0) {
        check(rest, last);
        return 0;
    }
    wal_head head = {.number = 1};
    size_t room = WAL_ALIGN + WAL_GROUP_SIZE + rest.n;
    uint8_t *bytes = yq_mem_alloc(room);
    wal_head_put(bytes, &head);
    uint32_t count = data[1] % 8;
    wal_group_put(bytes + WAL_ALIGN, &head, WAL_ALIGN, (uint32_t)rest.n, count);
    yq_bytes_copy(bytes + WAL_ALIGN + WAL_GROUP_SIZE, rest.p, rest.n);
    if ((data[0] & 4) != 0 && rest.n > WAL_FRAME_SIZE + YQ_WAL_HEAD_SIZE) {
        yq_slice record = {data + 2, rest.n - WAL_FRAME_SIZE};
        wal_frame_put(bytes + WAL_ALIGN + WAL_GROUP_SIZE, record, (yq_slice){0});
    }
    check(yq_slice_of(bytes, room), last);
    yq_mem_free(bytes);
    return 0;
}
