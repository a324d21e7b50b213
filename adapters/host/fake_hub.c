#include "adapters/host/fake_hub.h"

#include "yuqiao/packet.h"

#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/hub/tx.h"
#include "relay/ledger/genesis.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16
#define REQUEST_MAX     (3u << 20)
#define REPLY_MAX       (1u << 20)

typedef struct reply {
    int code;
    char *p;
    size_t n;
} reply;

__attribute__((format(printf, 3, 4))) static void say(reply *r, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->p, REPLY_MAX, format, args); /* NOLINT: clang 14 misses va_start */
    va_end(args);
    r->code = code;
    r->n = n < 0 ? 0 : (size_t)n;
}

static void refuse(reply *r, int http, yq_status status)
{
    say(r,
        http,
        "{\"code\":\"%s\",\"number\":%d,\"message\":\"%s\"}",
        yq_status_name(status) + 2,
        status,
        yq_status_text(status, "en"));
}

/* ---- transactions --------------------------------------------------------------------------- */

static uint64_t number_after(yq_slice bytes, const char *prefix, int *good)
{
    char text[64];
    size_t n = strlen(prefix);
    *good = bytes.n > n && bytes.n < sizeof text && memcmp(bytes.p, prefix, n) == 0;
    (void)snprintf(text, sizeof text, "%.*s", (int)bytes.n, (const char *)bytes.p);
    return *good ? strtoull(text + n, NULL, 10) : 0;
}

static yq_status take_update(fake_hub *hub, yq_slice evidence)
{
    int good;
    uint64_t height = number_after(evidence, "update", &good);
    if (!good) {
        return YQ_E_TYPE;
    }
    if (hub->update_refused != 0) {
        return (yq_status)hub->update_refused;
    }
    if (height <= hub->client_height) {
        return YQ_E_REPLAY;
    }
    if (height != hub->client_height + 1) {
        return YQ_E_HEIGHT;
    }
    hub->client_height = height;
    return YQ_OK;
}

static yq_status take_done(fake_hub *hub, yq_slice proof)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%.*s", (int)proof.n, (const char *)proof.p);
    int fresh = 0;
    for (char *p = text + 5; *p != '\0'; p++) {
        uint64_t index = strtoull(p, &p, 10);
        YQ_ASSERT(index < FAKE_OUTBOX_MAX);
        fresh |= !hub->done[index];
        hub->done[index] = 1;
        if (*p == '\0') {
            break;
        }
    }
    return fresh ? YQ_OK : YQ_E_REPLAY;
}

static yq_status take_event(fake_hub *hub, yq_slice proof)
{
    if (proof.n > 5 && memcmp(proof.p, "done:", 5) == 0) {
        return take_done(hub, proof);
    }
    int good;
    uint64_t epoch = number_after(proof, "state:", &good);
    if (good) {
        hub->inbox_epoch = epoch > hub->inbox_epoch ? epoch : hub->inbox_epoch;
        return YQ_OK;
    }
    uint64_t height = number_after(proof, "proof", &good);
    if (!good || height >= FAKE_HEIGHTS_MAX) {
        return YQ_E_TYPE;
    }
    hub->tried[height]++;
    if (height > hub->client_height) {
        return YQ_E_HEADER_UNKNOWN;
    }
    if (hub->refuse[height] != 0) {
        return (yq_status)hub->refuse[height];
    }
    if (hub->seen[height]) {
        return YQ_E_REPLAY;
    }
    hub->seen[height] = 1;
    return YQ_OK;
}

static void execute(fake_hub *hub, const yq_envelope *env)
{
    size_t pos = 0, n = 0;
    unsigned idx = 0;
    yq_slice bytes;
    while (yq_envelope_tx_next(env, &pos, &bytes)) {
        yq_tx tx;
        yq_fault why = {0};
        yq_status status = yq_tx_decode(bytes, &tx, &why);
        if (status != YQ_OK || !yq_slice_equal(tx.as.evidence.chain, yq_slice_text("city-a"))) {
            hub->bad++;
            status = YQ_E_TYPE;
        } else if (tx.method == YQ_METHOD_CLIENT_UPDATE) {
            status = take_update(hub, tx.as.evidence.bytes);
        } else {
            status = take_event(hub, tx.as.evidence.bytes);
        }
        int wrote = snprintf(
            hub->results + n,
            sizeof hub->results - n,
            "%s{\"transaction\":\"00\",\"index\":%u,\"code\":\"%s\",\"number\":%d,\"data\":\"\","
            "\"why\":\"\"}",
            idx == 0 ? "" : ",",
            idx,
            yq_status_name(status),
            status);
        YQ_ASSERT(wrote > 0);
        n += (size_t)wrote;
        idx++;
    }
    hub->id = env->id;
    hub->envelopes++;
}

static void submit(fake_hub *hub, yq_slice body, reply *r)
{
    if (hub->unavailable > 0) {
        hub->unavailable--;
        refuse(r, 503, YQ_E_IO);
        return;
    }
    if (hub->busy > 0) {
        hub->busy--;
        refuse(r, 429, YQ_E_BUSY);
        return;
    }
    yq_envelope env;
    yq_fault why = {0};
    yq_status status = yq_envelope_decode(YQ_HASH_SM3, body, &env, &why);
    if (status == YQ_OK) {
        status = yq_envelope_check(
            YQ_HASH_SM3, &hub->chain_id_hash, YQ_SUITE_SM2, yq_key_public(hub->key), &env);
    }
    if (status != YQ_OK) {
        hub->bad++;
        refuse(r, 422, status);
        return;
    }
    if (hub->forget > 0) {
        hub->forget--;
    } else if (memcmp(env.id.b, hub->id.b, sizeof env.id.b) != 0) {
        if (env.seq <= hub->used_sequence) {
            refuse(r, 409, YQ_E_REPLAY);
            return;
        }
        hub->used_sequence = env.seq;
        hub->next_sequence = env.seq + 1;
        execute(hub, &env);
    }
    say(r, 202, "{\"id\":\"00\",\"transactions\":[]}");
}

/* ---- reads ---------------------------------------------------------------------------------- */

static void show_envelope(fake_hub *hub, const char *id, reply *r)
{
    char text[2 * YQ_DIGEST_SIZE + 1];
    (void)yq_hex_encode(text, sizeof text, hub->id.b, sizeof hub->id.b);
    if (hub->envelopes > 0 && strncmp(id, text, 64) == 0) {
        say(r,
            200,
            "{\"id\":\"%s\",\"state\":\"final\",\"height\":1,\"results\":[%s]}",
            text,
            hub->results);
    } else {
        say(r, 200, "{\"id\":\"%.64s\",\"state\":\"unknown\",\"results\":[]}", id);
    }
}

static void show_delivery(fake_hub *hub, uint64_t from, size_t limit, reply *r)
{
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    uint16_t n = 0;
    for (uint64_t i = from; i < hub->outbox_size && n < limit; i++) {
        if (!hub->done[i]) {
            packet[n++] = (yq_delivery_packet){.index = i, .packet = yq_slice_text("packet")};
        }
    }
    if (n == 0) {
        refuse(r, 404, YQ_E_NOT_FOUND);
        return;
    }
    yq_delivery delivery = {
        .suite = 1, .size = hub->outbox_size, .export_n = 1, .n = n, .packet = packet};
    yq_buf out = {.p = (uint8_t *)r->p, .cap = REPLY_MAX};
    YQ_ASSERT(yq_delivery_encode(&delivery, &out) == YQ_OK);
    r->code = 200;
    r->n = out.n;
}

/* A certificate is "end:E" at the end of epoch E, a set "set:E". */
static void show_step(fake_hub *hub, reply *r)
{
    char certificate[32], bytes[256], set[32], delivery_hex[513], set_hex[65];
    if (hub->inbox_epoch >= hub->epoch) {
        refuse(r, 404, YQ_E_NOT_FOUND);
        return;
    }
    hub->steps_given++;
    unsigned long long epoch = (unsigned long long)hub->inbox_epoch;
    (void)snprintf(certificate, sizeof certificate, "end:%llu", epoch);
    (void)snprintf(set, sizeof set, "set:%llu", epoch + 1);
    const yq_delivery delivery = {.suite = 1, .certificate = yq_slice_text(certificate)};
    yq_buf out = {.p = (uint8_t *)bytes, .cap = sizeof bytes};
    YQ_ASSERT(yq_delivery_encode(&delivery, &out) == YQ_OK);
    (void)yq_hex_encode(delivery_hex, sizeof delivery_hex, out.p, out.n);
    (void)yq_hex_encode(set_hex, sizeof set_hex, (const uint8_t *)set, strlen(set));
    say(r,
        200,
        "{\"epoch\":%llu,\"delivery\":\"%s\",\"set\":\"%s\"}",
        epoch,
        delivery_hex,
        set_hex);
}

static void show_chain(fake_hub *hub, reply *r)
{
    uint64_t done = 0;
    for (uint64_t i = 0; i < hub->outbox_size; i++) {
        done += hub->done[i] ? 1 : 0;
    }
    say(r,
        200,
        "{\"id\":\"city-a\",\"state\":\"%s\",\"inbox\":\"%s\",\"inbox_event\":\"%s\","
        "\"inbox_state\":{\"epoch\":%llu,\"behind\":%llu},\"outbox\":{\"size\":%llu,\"done\":%llu,"
        "\"root\":\"00\"},\"client\":{\"height\":%llu}}",
        hub->state,
        hub->has_inbox ? "656d" : "",
        hub->has_inbox ? "6576" : "",
        (unsigned long long)hub->inbox_epoch,
        (unsigned long long)(hub->epoch - hub->inbox_epoch),
        (unsigned long long)hub->outbox_size,
        (unsigned long long)done,
        (unsigned long long)hub->client_height);
}

static void show_services(fake_hub *hub, reply *r)
{
    if (hub->has_service) {
        say(r,
            200,
            "{\"items\":[{\"service\":\"73\",\"kind\":\"mapped\",\"emitter\":\"656d\","
            "\"event\":\"6576\",\"from_height\":%llu,\"ordered\":false}]}",
            (unsigned long long)hub->service_from);
    } else {
        say(r, 200, "{\"items\":[]}");
    }
}

static void answer(fake_hub *hub, const char *path, yq_slice body, int is_post, reply *r)
{
    hub->requests++;
    static const char deliveries[] = "/api/v1/chains/city-a/deliveries?from=";
    if (is_post) {
        submit(hub, body, r);
    } else if (strcmp(path, "/api/v1/genesis") == 0) {
        memcpy(r->p, hub->genesis, hub->genesis_n);
        r->code = 200;
        r->n = hub->genesis_n;
    } else if (strncmp(path, "/api/v1/signers/", 16) == 0) {
        say(r, 200, "{\"next_sequence\":%llu}", (unsigned long long)hub->next_sequence);
    } else if (strcmp(path, "/api/v1/chains/city-a") == 0) {
        show_chain(hub, r);
    } else if (strcmp(path, "/api/v1/chains/city-a/services") == 0) {
        show_services(hub, r);
    } else if (strcmp(path, "/api/v1/chains/city-a/step") == 0) {
        show_step(hub, r);
    } else if (strncmp(path, deliveries, sizeof deliveries - 1) == 0) {
        char *end = NULL;
        uint64_t from = strtoull(path + sizeof deliveries - 1, &end, 10);
        int has_limit = strncmp(end, "&limit=", 7) == 0;
        show_delivery(hub, from, has_limit ? strtoull(end + 7, NULL, 10) : 1, r);
    } else if (strncmp(path, "/api/v1/envelopes/", 18) == 0) {
        show_envelope(hub, path + 18, r);
    } else {
        refuse(r, 404, YQ_E_NOT_FOUND);
    }
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

typedef struct connection {
    int fd;
    size_t n;
    char *p;
} connection;

static int send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t wrote = send(fd, p, n, MSG_NOSIGNAL);
        if (wrote <= 0) {
            return 0;
        }
        p += wrote;
        n -= (size_t)wrote;
    }
    return 1;
}

/* Answers the request that the buffer begins with, if it is whole. Returns 0 to close. */
static int serve(fake_hub *hub, connection *c)
{
    c->p[c->n] = '\0';
    char *end = strstr(c->p, "\r\n\r\n");
    if (end == NULL) {
        return c->n < REQUEST_MAX;
    }
    size_t head_n = (size_t)(end - c->p) + 4, body_n = 0;
    const char *length = strcasestr(c->p, "\r\nContent-Length:");
    if (length != NULL && length < end) {
        body_n = strtoull(length + 17, NULL, 10);
    }
    if (c->n < head_n + body_n) {
        return head_n + body_n <= REQUEST_MAX;
    }
    char path[512] = "";
    int is_post = strncmp(c->p, "POST ", 5) == 0;
    const char *start = strchr(c->p, ' ');
    size_t path_n = start == NULL ? 0 : strcspn(start + 1, " ");
    (void)snprintf(path, sizeof path, "%.*s", (int)path_n, start == NULL ? "" : start + 1);
    reply r = {.p = malloc(REPLY_MAX)};
    YQ_ASSERT(r.p != NULL);
    pthread_mutex_lock(&hub->lock);
    answer(hub, path, yq_slice_of(c->p + head_n, body_n), is_post, &r);
    pthread_mutex_unlock(&hub->lock);
    char head[128];
    int n =
        snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n\r\n", r.code, r.n);
    int good = send_all(c->fd, head, (size_t)n) && send_all(c->fd, r.p, r.n);
    free(r.p);
    c->n -= head_n + body_n;
    memmove(c->p, c->p + head_n + body_n, c->n);
    return good;
}

static void drop(connection *c)
{
    (void)close(c->fd);
    free(c->p);
    *c = (connection){.fd = -1};
}

static void take_in(fake_hub *hub, connection *list, int which)
{
    int fd = accept(hub->listener[which], NULL, NULL);
    if (fd < 0) {
        return;
    }
    pthread_mutex_lock(&hub->lock);
    int is_down = hub->is_down[which];
    pthread_mutex_unlock(&hub->lock);
    for (int i = 0; i < CONNECTIONS_MAX && !is_down; i++) {
        if (list[i].fd < 0) {
            list[i] = (connection){.fd = fd, .p = malloc(REQUEST_MAX + 1)};
            YQ_ASSERT(list[i].p != NULL);
            return;
        }
    }
    (void)close(fd);
}

static void *run(void *self)
{
    fake_hub *hub = self;
    connection list[CONNECTIONS_MAX];
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        list[i] = (connection){.fd = -1};
    }
    for (;;) {
        struct pollfd set[CONNECTIONS_MAX + FAKE_SOCKETS];
        for (int i = 0; i < CONNECTIONS_MAX; i++) {
            set[i] = (struct pollfd){.fd = list[i].fd, .events = POLLIN};
        }
        for (int i = 0; i < FAKE_SOCKETS; i++) {
            set[CONNECTIONS_MAX + i] = (struct pollfd){.fd = hub->listener[i], .events = POLLIN};
        }
        (void)poll(set, CONNECTIONS_MAX + FAKE_SOCKETS, 50);
        pthread_mutex_lock(&hub->lock);
        int is_stopping = hub->is_stopping;
        pthread_mutex_unlock(&hub->lock);
        if (is_stopping) {
            break;
        }
        for (int i = 0; i < CONNECTIONS_MAX; i++) {
            if (list[i].fd < 0 || (set[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) {
                continue;
            }
            ssize_t got = recv(list[i].fd, list[i].p + list[i].n, REQUEST_MAX - list[i].n, 0);
            list[i].n += got > 0 ? (size_t)got : 0;
            if (got <= 0 || !serve(hub, &list[i])) {
                drop(&list[i]);
            }
        }
        for (int i = 0; i < FAKE_SOCKETS; i++) {
            if ((set[CONNECTIONS_MAX + i].revents & POLLIN) != 0) {
                take_in(hub, list, i);
            }
        }
    }
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        if (list[i].fd >= 0) {
            drop(&list[i]);
        }
    }
    return NULL;
}

static void make_genesis(fake_hub *hub)
{
    static yq_genesis g;
    static const char *const code[] = {
        "91410000000000001", "91410000000000002", "91410000000000003", "91410000000000004"};
    static char full[4][20];
    g = (yq_genesis){
        .hub = yq_slice_text("henan-main"),
        .display = yq_slice_text("test"),
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .time_ms = 1,
        .approvals = 3,
        .org_n = 4,
        .signer_n = 1,
        .validator_n = 4,
    };
    for (size_t i = 0; i < 4; i++) {
        char name[16];
        (void)snprintf(full[i], sizeof full[i], "%s%c", code[i], yq_org_code_check(code[i]));
        (void)snprintf(name, sizeof name, "validator%zu", i);
        yq_slice org = yq_slice_text(full[i]);
        yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("fake"), name);
        g.org[i] = (yq_genesis_organisation){.code = org, .name = org, .votes = 1};
        g.validator[i] = (yq_genesis_validator){.key = yq_key_public(key), .org = org};
    }
    g.signer[0] =
        (yq_genesis_signer){.key = yq_key_public(hub->key), .org = g.org[0].code, .role = 1};
    yq_buf out = {.p = hub->genesis, .cap = sizeof hub->genesis};
    yq_fault why = {0};
    yq_status status = yq_genesis_encode(&g, &out, &why);
    if (status != YQ_OK) {
        (void)fprintf(stderr, "genesis: %s %s\n", yq_status_name(status), why.text);
    }
    YQ_ASSERT(status == YQ_OK);
    hub->genesis_n = out.n;
    yq_genesis_chain_hash(&g, yq_slice_of(out.p, out.n), &hub->chain_id_hash);
}

void fake_hub_start(fake_hub *hub, const char *dir, const yq_key *key)
{
    memset(hub, 0, sizeof *hub);
    hub->key = key;
    hub->state = "active";
    hub->has_service = 1;
    hub->service_from = 1;
    hub->next_sequence = 1;
    make_genesis(hub);
    pthread_mutex_init(&hub->lock, NULL);
    for (int i = 0; i < FAKE_SOCKETS; i++) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int n = snprintf(hub->path[i], sizeof hub->path[i], "%.90s/hub%d", dir, i);
        YQ_ASSERT(n > 0);
        memcpy(address.sun_path, hub->path[i], sizeof address.sun_path);
        hub->listener[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        YQ_ASSERT(hub->listener[i] >= 0);
        YQ_ASSERT(bind(hub->listener[i], (struct sockaddr *)&address, sizeof address) == 0);
        YQ_ASSERT(listen(hub->listener[i], 16) == 0);
    }
    YQ_ASSERT(pthread_create(&hub->thread, NULL, run, hub) == 0);
}

void fake_hub_stop(fake_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->is_stopping = 1;
    pthread_mutex_unlock(&hub->lock);
    YQ_ASSERT(pthread_join(hub->thread, NULL) == 0);
    for (int i = 0; i < FAKE_SOCKETS; i++) {
        (void)close(hub->listener[i]);
    }
    pthread_mutex_destroy(&hub->lock);
}
