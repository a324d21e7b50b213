#include "relay/store/wal_format.h"

#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/store/crc32c.h"

void wal_head_put(uint8_t *block, const wal_head *head)
{
    memset(block, 0, WAL_ALIGN);
    yq_writer w = yq_writer_of(block, WAL_ALIGN);
    yq_put_bytes(&w, WAL_MAGIC, sizeof WAL_MAGIC - 1);
    yq_put_u32(&w, WAL_VERSION);
    yq_put_u64(&w, head->number);
    yq_put_bytes(&w, head->nonce, sizeof head->nonce);
    yq_put_u32(&w, yq_crc32c(yq_writer_slice(&w)));
}

void wal_frame_put(uint8_t *out, yq_slice head, yq_slice body)
{
    size_t n = head.n + body.n;
    yq_writer w = yq_writer_of(out, n + WAL_FRAME_SIZE);
    yq_put_u32(&w, (uint32_t)n);
    yq_put(&w, head);
    yq_put(&w, body);
    yq_put_u32(&w, yq_crc32c(yq_slice_of(out, 4 + n)));
    YQ_ASSERT(w.status == YQ_OK);
}

void wal_group_put(
    uint8_t *out, const wal_head *head, uint64_t offset, uint32_t size, uint32_t count)
{
    uint8_t record[WAL_GROUP_SIZE];
    yq_writer w = yq_writer_of(record, sizeof record);
    yq_put_u8(&w, WAL_GROUP);
    yq_put_u64(&w, 0);
    yq_put_u64(&w, 0);
    yq_put_bytes(&w, head->nonce, sizeof head->nonce);
    yq_put_u64(&w, offset);
    yq_put_u32(&w, size);
    yq_put_u32(&w, count);
    wal_frame_put(out, yq_writer_slice(&w), (yq_slice){0});
}

/* Errors: E_CORRUPT, E_DATA_VERSION. */
static yq_status head_get(yq_slice bytes, wal_head *head)
{
    yq_cur c = yq_cur_of(bytes);
    yq_slice magic = yq_cur_take(&c, sizeof WAL_MAGIC - 1);
    uint32_t version = yq_cur_u32(&c);
    head->number = yq_cur_u64(&c);
    yq_cur_copy(&c, head->nonce, sizeof head->nonce);
    size_t covered = c.pos;
    uint32_t crc = yq_cur_u32(&c);
    if (!yq_cur_ok(&c) || memcmp(magic.p, WAL_MAGIC, magic.n) != 0 ||
        crc != yq_crc32c(yq_slice_of(bytes.p, covered))) {
        return YQ_E_CORRUPT;
    }
    return version == WAL_VERSION ? YQ_OK : YQ_E_DATA_VERSION;
}

/* Reads a framed record. Returns 0 when there is no whole, undamaged one. */
static int frame_get(yq_slice bytes, size_t at, yq_slice *record)
{
    yq_cur c = yq_cur_of((yq_slice){bytes.p + at, bytes.n - at});
    uint32_t len = yq_cur_u32(&c);
    if (!yq_cur_ok(&c) || len < YQ_WAL_HEAD_SIZE || len > YQ_WAL_RECORD_SIZE_MAX) {
        return 0;
    }
    *record = yq_cur_take(&c, len);
    uint32_t crc = yq_cur_u32(&c);
    return yq_cur_ok(&c) && record->p != NULL &&
           crc == yq_crc32c(yq_slice_of(bytes.p + at, 4 + (size_t)len));
}

/* Returns 1 when a group of this segment begins at `at`. Out: size, count. */
static int group_get(
    yq_slice bytes, size_t at, const wal_head *head, uint32_t *size, uint32_t *count)
{
    yq_slice record;
    if (at >= bytes.n || !frame_get(bytes, at, &record) || record.p[0] != WAL_GROUP) {
        return 0;
    }
    yq_cur c = yq_cur_of(record);
    (void)yq_cur_take(&c, YQ_WAL_HEAD_SIZE);
    uint8_t nonce[WAL_NONCE_SIZE];
    yq_cur_copy(&c, nonce, sizeof nonce);
    uint64_t offset = yq_cur_u64(&c);
    *size = yq_cur_u32(&c);
    *count = yq_cur_u32(&c);
    return yq_cur_done(&c, NULL) == YQ_OK && offset == at &&
           memcmp(nonce, head->nonce, sizeof nonce) == 0;
}

/* Returns 1 when all records of the group are whole and make up its size. */
static int group_is_whole(yq_slice bytes, size_t at, uint32_t size, uint32_t count)
{
    size_t pos = at + WAL_GROUP_SIZE;
    if (size > bytes.n - pos) {
        return 0;
    }
    yq_slice own = {bytes.p, pos + size}, record;
    for (uint32_t i = 0; i < count; i++) {
        if (!frame_get(own, pos, &record)) {
            return 0;
        }
        pos += record.n + WAL_FRAME_SIZE;
    }
    return pos == own.n;
}

static size_t aligned(size_t n)
{
    return (n + WAL_ALIGN - 1) / WAL_ALIGN * WAL_ALIGN;
}

/* What lies behind the last whole group: nothing, an unfinished group, or damage in front of a
 * group that was written later, and so after what is damaged was durable. */
static yq_status read_end(yq_slice bytes, const wal_head *head, size_t end, int last, int *torn)
{
    uint32_t size, count;
    if (end >= bytes.n || yq_bytes_are_zero(bytes.p + end, bytes.n - end)) {
        return YQ_OK;
    }
    if (!last) {
        return YQ_E_CORRUPT;
    }
    for (size_t at = end + WAL_ALIGN; at < bytes.n; at += WAL_ALIGN) {
        if (group_get(bytes, at, head, &size, &count)) {
            return YQ_E_CORRUPT;
        }
    }
    *torn = 1;
    return YQ_OK;
}

yq_status yq_wal_read_segment(
    yq_slice bytes, int last, yq_wal_reader reader, void *self, size_t *end, int *torn)
{
    wal_head head;
    uint32_t size, count;
    *torn = 0;
    *end = 0;
    yq_status status = head_get(bytes, &head);
    if (status != YQ_OK) {
        /* The head is durable before the first group: without a group the file was never used. */
        size_t data = bytes.n < WAL_ALIGN ? bytes.n : WAL_ALIGN;
        if (status != YQ_E_CORRUPT || !last || !yq_bytes_are_zero(bytes.p + data, bytes.n - data)) {
            return status;
        }
        *torn = 1;
        return YQ_OK;
    }
    size_t at = WAL_ALIGN;
    while (group_get(bytes, at, &head, &size, &count) && group_is_whole(bytes, at, size, count)) {
        size_t pos = at + WAL_GROUP_SIZE;
        for (uint32_t i = 0; i < count; i++) {
            yq_slice record = {bytes.p + pos + 4, 0};
            yq_cur c = yq_cur_of((yq_slice){bytes.p + pos, 4});
            record.n = yq_cur_u32(&c);
            status = reader == NULL ? YQ_OK : reader(self, record);
            if (status != YQ_OK) {
                return status;
            }
            pos += record.n + WAL_FRAME_SIZE;
        }
        at = aligned(pos);
    }
    *end = at;
    return read_end(bytes, &head, at, last, torn);
}
