#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/ledger/recovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A statement has one form, and nobody's is taken without signatures. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_recovery r;
    static uint8_t room[YQ_RECOVERY_SIZE_MAX];
    static const yq_genesis genesis = {
        .alg = YQ_HASH_SM3, .suite = YQ_SUITE_SM2, .recovery_n = 3, .recovery_approvals = 2};
    static yq_valset now, next;
    yq_slice in = {data, size};
    yq_fault why;
    if (yq_recovery_decode(in, &r, &why) != YQ_OK) {
        YQ_ASSERT(why.offset <= size);
        return 0;
    }
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_recovery_put(&w, &r);
    YQ_ASSERT(w.status == YQ_OK && yq_slice_equal(yq_writer_slice(&w), in));
    YQ_ASSERT(yq_recovery_check(&genesis, &r.chain_id_hash, &r, NULL) != YQ_OK);
    now = (yq_valset){.epoch = r.epoch, .suite = YQ_SUITE_SM2, .n = 7};
    for (uint8_t i = 0; i < now.n; i++) {
        now.key[i][0] = i;
    }
    if (yq_recovery_next(&r, &now, &next, NULL) == YQ_OK) {
        YQ_ASSERT(yq_valset_check(&next) == YQ_OK && next.epoch == r.epoch + 1);
    }
    return 0;
}
