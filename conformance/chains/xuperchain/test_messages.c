/* Ids that the adapter computes beside those of the kit's own code, which recorded transactions
 * have tried. */
#include "adapters/xuperchain/wire.h"
#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static void put_any_text(yq_writer *w, uint32_t field)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    size_t n = draw(8);
    if (n > 0) {
        yq_pb_put_bytes(w, field, yq_slice_of((const uint8_t *)letters + draw(18), n));
    }
}

/* Fields by pairs of a digit and a kind; some are missing. */
static void put_any(yq_writer *w, const char *form)
{
    for (; *form != '\0'; form += 2) {
        uint32_t field = (uint32_t)(form[0] - '0');
        if (form[1] == 't') {
            put_any_text(w, field);
        } else if (draw(2) == 0) {
            yq_pb_put_varint(w, field, draw(UINT64_MAX));
        }
    }
}

static void put_list(yq_writer *w, uint32_t field, const char *form)
{
    for (uint64_t n = draw(4); n > 0; n--) {
        size_t mark = yq_pb_begin(w);
        put_any(w, form);
        yq_pb_end(w, mark, field);
    }
}

static void put_request(yq_writer *w)
{
    size_t mark = yq_pb_begin(w);
    put_any(w, "1t2t3t");
    for (char name = 'd'; name >= 'a'; name--) { /* not in their order */
        size_t arg = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, yq_slice_of((const uint8_t *)&name, 1));
        put_any_text(w, 2);
        yq_pb_end(w, arg, 4);
    }
    put_list(w, 5, "1n2n");
    put_any_text(w, 6);
    yq_pb_end(w, mark, 25);
}

static yq_slice make_tx(uint8_t *room, size_t cap)
{
    yq_writer w = yq_writer_of(room, cap);
    put_list(&w, 3, "1t2n5t6t7n");
    put_list(&w, 4, "1t2t4n");
    put_any(&w, "6t7n8t9n");
    yq_pb_put_varint(&w, 10, 3);
    if (draw(2) == 0) {
        yq_pb_put_varint(&w, 11, 1);
    }
    put_list(&w, 23, "1t2t3t4n");
    put_list(&w, 24, "1t2t3t");
    for (uint64_t n = draw(3); n > 0; n--) {
        put_request(&w);
    }
    put_any_text(&w, 26);
    put_any_text(&w, 27);
    put_list(&w, 28, "1t2t");
    put_list(&w, 29, "1t2t");
    put_list(&w, 31, "1t2t");
    put_list(&w, 33, "1t2t");
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

Test(messages, ids_are_computed_alike)
{
    static uint8_t room[8192], mine[262144], theirs[262144];
    for (unsigned round = 0; round < 2000; round++) {
        const yq_slice raw = make_tx(room, sizeof room);
        const int is_auto = xuper_field(raw, 11).value != 0;
        const xuper_message message = {.bytes = raw, .version = 3};
        for (unsigned is_signed = 0; is_signed < 2; is_signed++) {
            yq_writer a = yq_writer_of(mine, yq_xua_tx_size(raw));
            yq_writer b = yq_writer_of(theirs, sizeof theirs);
            unsigned flags = is_signed ? YQ_XUA_SIGNED : 0;
            flags |= is_auto ? YQ_XUA_AUTOGEN : 0;
            cr_assert_eq(yq_xua_tx_put(raw, flags, &a), YQ_OK);
            cr_assert_eq(
                xuper_preimage(&message, 3, is_signed ? XUPER_SIGNED : 0, &b, NULL), YQ_OK);
            cr_assert(yq_slice_equal(yq_writer_slice(&a), yq_writer_slice(&b)), "%u", round);
        }
    }
}

/* More arguments than the adapter reads: it says so. */
Test(messages, arguments_are_bounded)
{
    static uint8_t room[8192], out[262144];
    for (unsigned n = 64; n <= 65; n++) {
        yq_writer w = yq_writer_of(room, sizeof room);
        size_t mark = yq_pb_begin(&w);
        for (unsigned i = 0; i < n; i++) {
            char name[8];
            (void)snprintf(name, sizeof name, "%u", i);
            size_t arg = yq_pb_begin(&w);
            yq_pb_put_bytes(&w, 1, yq_slice_text(name));
            yq_pb_end(&w, arg, 4);
        }
        yq_pb_end(&w, mark, 25);
        yq_writer a = yq_writer_of(out, sizeof out);
        cr_assert_eq(
            yq_xua_tx_put(yq_writer_slice(&w), 0, &a), n == 64 ? YQ_OK : YQ_E_LIMIT, "%u", n);
    }
}
