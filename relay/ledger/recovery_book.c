#include "relay/ledger/recovery_book.h"

#include "relay/base/assert.h"

#include <string.h>

const char *yq_recovery_standing_name(yq_recovery_standing standing)
{
    static const char *const name[] = {"current", "replaced", "contradicted"};
    return name[standing <= YQ_RECOVERY_CONTRADICTED ? standing : YQ_RECOVERY_CURRENT];
}

void yq_recovery_book_init(
    yq_recovery_book *book, const yq_genesis *genesis, const yq_digest *chain_id_hash)
{
    book->genesis = genesis;
    book->chain_id_hash = *chain_id_hash;
    book->n = 0;
}

static int same(const yq_digest *a, const yq_digest *b)
{
    return memcmp(a->b, b->b, YQ_DIGEST_SIZE) == 0;
}

yq_status yq_recovery_book_take(
    yq_recovery_book *book,
    yq_slice statement,
    uint64_t first_ms,
    unsigned *idx,
    int *fresh,
    yq_fault *why)
{
    yq_recovery r;
    yq_digest id;
    *fresh = 0;
    yq_status status = yq_recovery_decode(statement, &r, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_recovery_digest(book->genesis->alg, &r, &id);
    for (*idx = 0; *idx < book->n; (*idx)++) {
        if (same(&book->item[*idx].id, &id)) {
            return YQ_OK;
        }
    }
    status = yq_recovery_check(book->genesis, &book->chain_id_hash, &r, why);
    if (status != YQ_OK) {
        return status;
    }
    if (book->n == YQ_RECOVERIES_MAX) {
        return yq_fail(why, YQ_E_BUSY, 0, "too many statements");
    }
    yq_recovery_seen *seen = &book->item[book->n++];
    YQ_ASSERT(statement.n <= sizeof seen->bytes);
    seen->first_ms = first_ms;
    seen->id = id;
    seen->size = statement.n;
    memcpy(seen->bytes, statement.p, statement.n);
    *fresh = 1;
    return yq_recovery_decode(yq_slice_of(seen->bytes, seen->size), &seen->what, why);
}

yq_recovery_standing yq_recovery_book_standing(const yq_recovery_book *book, unsigned idx)
{
    const yq_recovery *own = &book->item[idx].what;
    yq_recovery_standing standing = YQ_RECOVERY_CURRENT;
    for (unsigned i = 0; i < book->n; i++) {
        const yq_recovery *other = &book->item[i].what;
        if (i == idx || other->epoch != own->epoch) {
            continue;
        }
        int later = other->serial == own->serial && other->height > own->height;
        if (other->serial > own->serial || later) {
            return YQ_RECOVERY_REPLACED;
        }
        if (other->serial == own->serial && other->height == own->height) {
            standing = YQ_RECOVERY_CONTRADICTED;
        }
    }
    return standing;
}

uint64_t yq_recovery_book_due_ms(const yq_recovery_book *book, unsigned idx)
{
    uint64_t first = book->item[idx].first_ms, delay = book->genesis->recovery_delay_ms;
    return first > UINT64_MAX - delay ? UINT64_MAX : first + delay;
}

int yq_recovery_book_is_due(const yq_recovery_book *book, unsigned idx, uint64_t now_ms)
{
    return yq_recovery_book_standing(book, idx) == YQ_RECOVERY_CURRENT &&
           now_ms >= yq_recovery_book_due_ms(book, idx);
}
