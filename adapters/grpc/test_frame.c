#include "adapters/grpc/frame.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>

/* Two messages and an empty one, fed in pieces of every size. */
Test(frame, messages_come_out_of_pieces_of_any_size)
{
    static const uint8_t stream[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0,   0,   0,
                                     0, 0, 0, 0, 0, 0,   4,   'd', 'e', 'f', 'g'};
    static const char *const want[] = {"abc", "", "defg"};
    for (size_t piece = 1; piece <= sizeof stream; piece++) {
        uint8_t room[16];
        yq_grpc_deframer d = yq_grpc_deframer_of(room, sizeof room);
        size_t got = 0;
        for (size_t at = 0; at < sizeof stream; at += piece) {
            size_t n = sizeof stream - at < piece ? sizeof stream - at : piece;
            yq_slice in = yq_slice_of(stream + at, n), message;
            while (yq_grpc_deframer_take(&d, &in, &message)) {
                cr_assert_lt(got, 3);
                cr_assert(yq_slice_equal(message, yq_slice_text(want[got++])));
            }
            cr_assert_eq(in.n, 0);
        }
        cr_assert_eq(got, 3, "pieces of %zu", piece);
        cr_assert(yq_grpc_deframer_is_idle(&d));
    }
}

static yq_status feed(const uint8_t *p, size_t n, size_t cap)
{
    uint8_t room[16];
    yq_grpc_deframer d = yq_grpc_deframer_of(room, cap);
    yq_slice in = yq_slice_of(p, n), message;
    while (yq_grpc_deframer_take(&d, &in, &message)) {
    }
    cr_assert_not(yq_grpc_deframer_is_idle(&d));
    return d.status;
}

Test(frame, what_is_too_large_or_compressed_is_refused)
{
    static const uint8_t large[] = {0, 0, 0, 0, 9}, huge[] = {0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t compressed[] = {1, 0, 0, 0, 1, 7}, odd[] = {2, 0, 0, 0, 1, 7};
    cr_assert_eq(feed(large, sizeof large, 8), YQ_E_LIMIT);
    cr_assert_eq(feed(huge, sizeof huge, 8), YQ_E_LIMIT);
    cr_assert_eq(feed(compressed, sizeof compressed, 8), YQ_E_UNSUPPORTED);
    cr_assert_eq(feed(odd, sizeof odd, 8), YQ_E_NONCANONICAL);
    cr_assert_eq(feed(large, 3, 8), YQ_OK); /* only not whole yet */
}

Test(frame, heads_are_written)
{
    uint8_t head[YQ_GRPC_HEAD];
    static const uint8_t want[] = {0, 1, 2, 3, 4};
    yq_grpc_head(0x01020304, head);
    cr_assert_arr_eq(head, want, sizeof want);
}

static yq_status reply_of(const char *const *line, size_t n, yq_fault *why)
{
    yq_grpc_reply reply = {0};
    for (size_t i = 0; i < n; i++) {
        yq_grpc_line(&reply, yq_slice_text(line[i]));
    }
    return yq_grpc_outcome(&reply, why);
}
#define REPLY(why, ...)                                                                            \
    reply_of(                                                                                      \
        (const char *const[]){__VA_ARGS__},                                                        \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),                         \
        (why))

Test(frame, outcomes)
{
    yq_fault why = {0};
    cr_assert_eq(
        REPLY(&why, "HTTP/2 200 \r\n", "content-type: application/grpc\r\n", "grpc-status: 0\r\n"),
        YQ_OK);
    /* Trailers only: the status stands in the headers. */
    cr_assert_eq(
        REPLY(
            &why,
            "HTTP/2 200\r\n",
            "Content-Type: application/grpc\r\n",
            "Grpc-Status: 7\r\n",
            "grpc-message: no%20way%0a%\r\n"),
        YQ_E_PERMISSION);
    cr_assert_not_null(strstr(why.text, "no way?%"), "%s", why.text);
    cr_assert_eq(REPLY(&why, "HTTP/2 200\r\n", "grpc-status: 14"), YQ_E_UNAVAILABLE);
    cr_assert_eq(REPLY(&why, "HTTP/2 200\r\n", "grpc-status: 4"), YQ_E_TIMEOUT);
    cr_assert_eq(REPLY(&why, "HTTP/2 200\r\n", "grpc-status: 5"), YQ_E_NOT_FOUND);
    cr_assert_eq(REPLY(&why, "HTTP/2 200\r\n", "grpc-status: 12"), YQ_E_UNSUPPORTED);
    cr_assert_eq(REPLY(&why, "HTTP/2 200\r\n", "grpc-status: 13"), YQ_E_PEER);
    cr_assert_eq(REPLY(&why, "HTTP/2 200\r\n", "grpc-status: 4294967296"), YQ_E_PEER);
    cr_assert_eq(REPLY(&why, "HTTP/2 502\r\n", "content-type: text/html"), YQ_E_PEER);
    cr_assert_not_null(strstr(why.text, "502"));
    cr_assert_eq(REPLY(&why, "nonsense", "", ":", "grpc-status"), YQ_E_PEER);
    /* A new status line begins a new reply. */
    cr_assert_eq(REPLY(&why, "grpc-status: 0", "HTTP/2 200"), YQ_E_PEER);
}

Test(frame, details_are_kept_as_they_came)
{
    static char line[YQ_GRPC_DETAILS_MAX + 64];
    yq_grpc_reply reply = {0};
    yq_grpc_line(&reply, yq_slice_text("grpc-status-details-bin: CAoSAWE\r\n"));
    cr_assert(
        yq_slice_equal(yq_slice_of(reply.details, reply.details_n), yq_slice_text("CAoSAWE")));
    memset(line, 'A', sizeof line - 1);
    memcpy(line, "grpc-status-details-bin:", 24);
    yq_grpc_line(&reply, yq_slice_text(line));
    cr_assert_eq(reply.details_n, 0, "what is larger than the room is left out");
    yq_grpc_line(&reply, yq_slice_of(line, 24 + YQ_GRPC_DETAILS_MAX));
    cr_assert_eq(reply.details_n, YQ_GRPC_DETAILS_MAX);
}
