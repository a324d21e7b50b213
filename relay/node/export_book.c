#include "relay/node/export_book.h"

#include "relay/base/bytes.h"

int export_is_end(const yq_export *body)
{
    return !yq_bytes_are_zero(body->next_set.b, YQ_DIGEST_SIZE);
}

export_item *export_book_find(export_book *book, uint8_t suite, uint64_t height)
{
    for (unsigned i = 0; i < EXPORT_ITEMS_MAX; i++) {
        export_item *item = &book->item[i];
        if (item->used && item->body.suite == suite && item->body.height == height) {
            return item;
        }
    }
    return NULL;
}

/* A free place, or that of the lowest item that ends no epoch. */
static export_item *place(export_book *book)
{
    export_item *lowest = NULL;
    for (unsigned i = 0; i < EXPORT_ITEMS_MAX; i++) {
        export_item *item = &book->item[i];
        if (!item->used) {
            return item;
        }
        if (!export_is_end(&item->body) &&
            (lowest == NULL || item->body.height < lowest->body.height)) {
            lowest = item;
        }
    }
    return lowest;
}

export_item *export_book_want(export_book *book, const yq_export *body, const yq_export_set *set)
{
    export_item *item = export_book_find(book, body->suite, body->height);
    if (item != NULL) {
        return item;
    }
    item = place(book);
    if (item != NULL) {
        *item = (export_item){.used = 1, .body = *body, .set = *set};
        yq_bytes_copy(item->hub, body->hub.p, body->hub.n);
        item->body.hub = yq_slice_of(item->hub, body->hub.n);
        yq_export_digest(&item->body, &item->m);
    }
    return item;
}

static int is_whole(const export_item *item)
{
    return yq_export_signers(item->sigs.bitmap) >= yq_export_quorum(item->set.n);
}

yq_status export_item_take(export_item *item, const yq_export_sigs *sigs, int *whole)
{
    yq_status status = sigs->bitmap >> item->set.n == 0 ? YQ_OK : YQ_E_SIGNER_UNKNOWN;
    const uint32_t fresh = sigs->bitmap & ~item->sigs.bitmap;
    for (unsigned i = 0; i < item->set.n && status == YQ_OK && !is_whole(item); i++) {
        if ((fresh >> i & 1) == 0) {
            continue;
        }
        const uint8_t *sig = yq_export_sig_of(sigs, i);
        status = yq_export_signed_by(item->set.key[i], &item->m, sig);
        if (status == YQ_OK) {
            yq_export_sigs_add(&item->sigs, i, sig);
        }
    }
    *whole = is_whole(item);
    return status;
}

void export_book_done(export_book *book, uint8_t suite, uint64_t height)
{
    for (unsigned i = 0; i < EXPORT_ITEMS_MAX; i++) {
        export_item *item = &book->item[i];
        int lower = item->body.height < height && !export_is_end(&item->body);
        if (item->body.suite == suite && (lower || item->body.height == height)) {
            *item = (export_item){0};
        }
    }
}

unsigned export_book_open(const export_book *book)
{
    unsigned n = 0;
    for (unsigned i = 0; i < EXPORT_ITEMS_MAX; i++) {
        n += book->item[i].used != 0;
    }
    return n;
}
