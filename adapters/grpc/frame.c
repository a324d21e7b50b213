#include "adapters/grpc/frame.h"

#include "relay/base/bytes.h"

#include <stdio.h>
#include <strings.h>

void yq_grpc_head(uint32_t n, uint8_t *head)
{
    head[0] = 0;
    for (unsigned i = 0; i < 4; i++) {
        head[1 + i] = (uint8_t)(n >> (24 - 8 * i));
    }
}

static yq_status check_head(yq_grpc_deframer *d)
{
    if (d->head[0] != 0) {
        return d->head[0] == 1 ? YQ_E_UNSUPPORTED : YQ_E_NONCANONICAL;
    }
    d->want = 0;
    for (unsigned i = 1; i < YQ_GRPC_HEAD; i++) {
        d->want = d->want << 8 | d->head[i];
    }
    d->n = 0;
    return d->want > d->cap ? YQ_E_LIMIT : YQ_OK;
}

static size_t move(uint8_t *to, size_t room, yq_slice *in)
{
    size_t n = in->n < room ? in->n : room;
    yq_bytes_copy(to, in->p, n);
    *in = yq_slice_of(n == 0 ? in->p : in->p + n, in->n - n);
    return n;
}

int yq_grpc_deframer_take(yq_grpc_deframer *d, yq_slice *in, yq_slice *message)
{
    if (d->status != YQ_OK) {
        return 0;
    }
    if (d->head_n < YQ_GRPC_HEAD) {
        d->head_n += move(d->head + d->head_n, YQ_GRPC_HEAD - d->head_n, in);
        if (d->head_n < YQ_GRPC_HEAD) {
            return 0;
        }
        d->status = check_head(d);
        if (d->status != YQ_OK) {
            return 0;
        }
    }
    d->n += move(d->message + d->n, d->want - d->n, in);
    if (d->n < d->want) {
        return 0;
    }
    *message = yq_slice_of(d->message, d->want);
    d->head_n = 0;
    return 1;
}

int yq_grpc_deframer_is_idle(const yq_grpc_deframer *d)
{
    return d->status == YQ_OK && d->head_n == 0;
}

static yq_slice trim(yq_slice s)
{
    while (s.n > 0 && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n' || s.p[s.n - 1] == ' ')) {
        s.n--;
    }
    while (s.n > 0 && s.p[0] == ' ') {
        s = yq_slice_of(s.p + 1, s.n - 1);
    }
    return s;
}

/* A number below 1000, or -1. */
static int small_number(yq_slice s)
{
    int v = 0;
    if (s.n == 0 || s.n > 3) {
        return -1;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return -1;
        }
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

static int hex_digit(uint8_t b)
{
    if (b >= '0' && b <= '9') {
        return b - '0';
    }
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* grpc-message is percent-encoded UTF-8: what is not printable ASCII becomes '?'. */
static void take_message(yq_grpc_reply *reply, yq_slice value)
{
    size_t n = 0;
    for (size_t i = 0; i < value.n && n + 1 < sizeof reply->message; i++) {
        int b = value.p[i];
        if (b == '%' && i + 2 < value.n && hex_digit(value.p[i + 1]) >= 0 &&
            hex_digit(value.p[i + 2]) >= 0) {
            b = hex_digit(value.p[i + 1]) * 16 + hex_digit(value.p[i + 2]);
            i += 2;
        }
        reply->message[n++] = (char)(b >= ' ' && b < 0x7f ? b : '?');
    }
    reply->message[n] = '\0';
}

static void take_details(yq_grpc_reply *reply, yq_slice value)
{
    reply->details_n = value.n <= sizeof reply->details ? value.n : 0;
    yq_bytes_copy(reply->details, value.p, reply->details_n);
}

static int is_name(yq_slice got, const char *name)
{
    return got.n == strlen(name) && strncasecmp((const char *)got.p, name, got.n) == 0;
}

void yq_grpc_line(yq_grpc_reply *reply, yq_slice line)
{
    line = trim(line);
    if (line.n >= 5 && memcmp(line.p, "HTTP/", 5) == 0) {
        const uint8_t *space = memchr(line.p, ' ', line.n);
        size_t at = space == NULL ? line.n : (size_t)(space - line.p) + 1;
        size_t size = line.n - at < 3 ? line.n - at : 3;
        int status = small_number(yq_slice_of(line.p + at, size));
        *reply = (yq_grpc_reply){.http_status = status < 0 ? 0 : status};
        return;
    }
    const uint8_t *colon = line.n == 0 ? NULL : memchr(line.p, ':', line.n);
    if (colon == NULL) {
        return;
    }
    size_t name_n = (size_t)(colon - line.p);
    yq_slice name = yq_slice_of(line.p, name_n);
    yq_slice value = trim(yq_slice_of(colon + 1, line.n - name_n - 1));
    if (is_name(name, "grpc-status")) {
        int status = small_number(value);
        reply->has_status = status >= 0;
        reply->grpc_status = status < 0 ? 0 : (uint32_t)status;
    } else if (is_name(name, "grpc-message")) {
        take_message(reply, value);
    } else if (is_name(name, "grpc-status-details-bin")) {
        take_details(reply, value);
    } else if (is_name(name, "content-type")) {
        static const char want[] = "application/grpc";
        reply->is_grpc = value.n >= sizeof want - 1 &&
                         strncasecmp((const char *)value.p, want, sizeof want - 1) == 0;
    }
}

static yq_status status_of(uint32_t grpc_status)
{
    switch (grpc_status) {
    case 4:
        return YQ_E_TIMEOUT;
    case 5:
        return YQ_E_NOT_FOUND;
    case 7:
    case 16:
        return YQ_E_PERMISSION;
    case 12:
        return YQ_E_UNSUPPORTED;
    case 14:
        return YQ_E_UNAVAILABLE;
    default:
        return YQ_E_PEER;
    }
}

yq_status yq_grpc_outcome(const yq_grpc_reply *reply, yq_fault *why)
{
    char text[sizeof why->text];
    if (reply->has_status && reply->grpc_status == 0) {
        return YQ_OK;
    }
    if (reply->has_status) {
        (void)snprintf(
            text, sizeof text, "gRPC status %u: %.80s", reply->grpc_status, reply->message);
        return yq_fail(why, status_of(reply->grpc_status), 0, text);
    }
    (void)snprintf(
        text,
        sizeof text,
        "no grpc-status; HTTP status %d%s",
        reply->http_status,
        reply->is_grpc ? "" : ", not a gRPC server");
    return yq_fail(why, YQ_E_PEER, 0, text);
}
