#include "relay/ledger/sequence.h"

#include "relay/base/writer.h"

static int bit(const sequence *s, uint64_t seq)
{
    uint64_t i = seq % YQ_SEQUENCE_WINDOW;
    return s->bits[i / 8] >> (i % 8) & 1;
}

yq_status sequence_check(const sequence *s, uint64_t seq)
{
    if (seq == 0) {
        return YQ_E_REPLAY;
    }
    if (seq > s->highest) {
        return YQ_OK;
    }
    return s->highest - seq >= YQ_SEQUENCE_WINDOW || bit(s, seq) ? YQ_E_REPLAY : YQ_OK;
}

void sequence_take(sequence *s, uint64_t seq)
{
    if (seq > s->highest) {
        if (seq - s->highest >= YQ_SEQUENCE_WINDOW) {
            memset(s->bits, 0, sizeof s->bits);
        } else {
            for (uint64_t i = s->highest + 1; i < seq; i++) {
                uint64_t at = i % YQ_SEQUENCE_WINDOW;
                s->bits[at / 8] &= (uint8_t) ~(1u << (at % 8));
            }
        }
        s->highest = seq;
    }
    uint64_t at = seq % YQ_SEQUENCE_WINDOW;
    s->bits[at / 8] |= (uint8_t)(1u << (at % 8));
}

yq_status sequence_decode(yq_slice value, sequence *s)
{
    *s = (sequence){0};
    if (value.n == 0) {
        return YQ_OK;
    }
    yq_cur c = yq_cur_of(value);
    s->highest = yq_cur_u64(&c);
    yq_cur_copy(&c, s->bits, sizeof s->bits);
    return yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
}

void sequence_encode(const sequence *s, uint8_t *value)
{
    yq_writer w = yq_writer_of(value, SEQUENCE_SIZE);
    yq_put_u64(&w, s->highest);
    yq_put_bytes(&w, s->bits, sizeof s->bits);
}
