#include "relay/ledger/internal.h"

/* Certificates of other suites. They are made after their block is final, so they are rows of their
 * own; what they are about stands in the state. */

static void export_key(row_key *key, uint8_t suite, uint64_t height)
{
    row_begin(key, ROW_EXPORT);
    yq_put_u8(&key->w, suite);
    yq_put_u64(&key->w, height);
}

yq_status yq_ledger_export_put(yq_ledger *l, uint8_t suite, uint64_t height, yq_slice certificate)
{
    row_key key;
    yq_db_batch *batch = yq_db_batch_new();
    export_key(&key, suite, height);
    yq_db_batch_put(batch, row_slice(&key), certificate);
    yq_status status = yq_db_write(l->db, batch, NULL);
    yq_db_batch_free(batch);
    return status;
}

yq_status yq_ledger_export_get(yq_ledger *l, uint8_t suite, uint64_t height, yq_buf *out)
{
    row_key key;
    yq_db_value value;
    out->n = 0;
    export_key(&key, suite, height);
    yq_status status = yq_db_get(l->db, NULL, row_slice(&key), &value);
    if (status != YQ_OK || !value.found) {
        return status == YQ_OK ? YQ_E_NOT_FOUND : status;
    }
    if (value.bytes.n > out->cap) {
        status = YQ_E_NOSPC;
    } else {
        yq_bytes_copy(out->p, value.bytes.p, value.bytes.n);
        out->n = value.bytes.n;
    }
    yq_db_value_free(&value);
    return status;
}
