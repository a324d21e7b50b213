/*
 * The tests' child: main_child MODE [FILE]. It greets well (unless the mode is about that), answers
 * every request of the mode "good", and any but hello as badly as the other modes say.
 */
#include "adapters/pipe/wire.h"
#include "relay/base/cursor.h"
#include "relay/codec/msgpack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAME_MAX 65536u

static uint8_t in[FRAME_MAX], out[FRAME_MAX];
static const char *mode, *file;

static int is(const char *name)
{
    return strcmp(mode, name) == 0;
}

static void give(const void *p, size_t n)
{
    for (size_t put = 0; put < n;) {
        ssize_t got = write(1, (const uint8_t *)p + put, n - put);
        if (got <= 0) {
            exit(9);
        }
        put += (size_t)got;
    }
}

static void take(uint8_t *p, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t more = read(0, p + got, n - got);
        if (more <= 0) {
            exit(0);
        }
        got += (size_t)more;
    }
}

static void send_frame(yq_writer *w)
{
    yq_writer head = yq_writer_of(w->p, YQ_PIPE_HEAD_SIZE);
    yq_put_u32(&head, (uint32_t)(w->n - YQ_PIPE_HEAD_SIZE));
    give(w->p, w->n);
}

static yq_writer begin(uint64_t id)
{
    yq_writer w = yq_writer_of(out, sizeof out);
    yq_put_u32(&w, 0);
    yq_mp_put_map(&w, 2);
    yq_mp_put_text(&w, "id");
    yq_mp_put_uint(&w, id);
    yq_mp_put_text(&w, "result");
    return w;
}

static void give_error(uint64_t id, const char *code, const char *text)
{
    yq_writer w = yq_writer_of(out, sizeof out);
    yq_put_u32(&w, 0);
    yq_mp_put_map(&w, 3);
    yq_mp_put_text(&w, "code");
    yq_mp_put_text(&w, code);
    yq_mp_put_text(&w, "id");
    yq_mp_put_uint(&w, id);
    yq_mp_put_text(&w, "text");
    yq_mp_put_text(&w, text);
    send_frame(&w);
}

static void greet(uint64_t id)
{
    if (is("refuses")) {
        give_error(id, "E_CONFIG_INVALID", "options.child.a: is needed");
        return;
    }
    yq_writer w = begin(id);
    yq_mp_put_map(&w, 5);
    yq_mp_put_text(&w, "abi_major");
    yq_mp_put_uint(&w, 1);
    yq_mp_put_text(&w, "abi_minor");
    yq_mp_put_uint(&w, is("old") ? 0 : 1);
    yq_mp_put_text(&w, "framework");
    yq_mp_put_text(&w, "attested");
    yq_mp_put_text(&w, "magic");
    yq_mp_put_text(&w, YQ_PIPE_MAGIC);
    yq_mp_put_text(&w, "protocol");
    yq_mp_put_uint(&w, is("version") ? 2 : 1);
    send_frame(&w);
    if (is("unasked")) {
        give("x", 1);
    }
}

static void give_height(uint64_t id, uint64_t height)
{
    yq_writer w = begin(id);
    yq_mp_put_map(&w, 1);
    yq_mp_put_text(&w, "height");
    yq_mp_put_uint(&w, height);
    send_frame(&w);
}

static void stall(void)
{
    for (;;) {
        (void)pause();
    }
}

/* One more process of the group, whose number stands in file. */
static void leave_grandchild(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        stall();
    }
    FILE *f = fopen(file, "wb");
    if (f == NULL || fprintf(f, "%d", (int)pid) < 0 || fclose(f) != 0) {
        exit(9);
    }
    stall();
}

static void flood(void)
{
    for (;;) {
        (void)!write(2, "a line that no one asked for\n", 29);
    }
}

static uint64_t open_files(void)
{
    uint64_t n = 0;
    for (int fd = 0; fd < 256; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

static void tell_environment(uint64_t id)
{
    char text[YQ_PIPE_TEXT_MAX] = "";
    size_t n = 0;
    for (char **e = environ; *e != NULL && n + strlen(*e) + 2 < sizeof text; e++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s;", *e);
    }
    give_error(id, "E_NOT_FOUND", text);
}

static void say_bad_bytes(uint64_t id)
{
    static const uint8_t garbage[] = {0, 0, 0, 2, 0xc1, 0xc1}, truncated[] = {0, 0, 0, 9, 0x82},
                         oversized[] = {2, 0, 0, 1, 0x82}, empty[] = {0, 0, 0, 0};
    if (is("garbage")) {
        give(garbage, sizeof garbage);
    } else if (is("truncated")) {
        give(truncated, sizeof truncated);
        exit(4);
    } else if (is("oversized")) {
        give(oversized, sizeof oversized);
    } else if (is("empty")) {
        give(empty, sizeof empty);
    } else if (is("wrong-id")) {
        give_height(id + 1, 1);
    } else if (is("wrong-result")) {
        give_error(id, "E_NO_SUCH_CODE", "");
    } else if (is("wrong-type")) {
        yq_writer w = begin(id);
        yq_mp_put_text(&w, "not a map");
        send_frame(&w);
    }
    stall();
}

static void answer(uint64_t id)
{
    if (is("dies")) {
        (void)!write(2, "the last words", 14);
        exit(3);
    } else if (is("once") && access(file, F_OK) != 0) {
        (void)close(open(file, O_CREAT | O_WRONLY, 0600));
        (void)raise(SIGKILL);
    } else if (is("grandchild")) {
        leave_grandchild();
    } else if (is("flood")) {
        flood();
    } else if (is("environment")) {
        tell_environment(id);
    } else if (is("files")) {
        give_height(id, open_files());
    } else if (is("good") || is("once") || is("old")) {
        give_height(id, 42);
    } else {
        say_bad_bytes(id);
    }
}

int main(int argc, char **argv)
{
    mode = argc > 1 ? argv[1] : "good";
    file = argc > 2 ? argv[2] : "";
    for (;;) {
        uint8_t head[YQ_PIPE_HEAD_SIZE];
        size_t size;
        take(head, sizeof head);
        if (yq_pipe_read_head(YQ_SLICE_OF(head), &size, NULL) != YQ_OK ||
            (size > sizeof in && !is("hasty"))) {
            return 8;
        }
        if (is("hasty") && size > 100000) { /* answers what it has not read */
            give_height(2, 1);
            stall();
        }
        take(in, size);
        yq_cur c = yq_cur_of(yq_slice_of(in, size));
        yq_slice key = {0};
        uint64_t id = 0;
        yq_slice method = {0};
        for (uint32_t n = yq_mp_map(&c, 16); n > 0; n--) {
            key = yq_mp_any_key(&c, key, 32);
            yq_slice value = yq_mp_skip(&c);
            yq_cur v = yq_cur_of(value);
            if (yq_slice_equal(key, yq_slice_text("id"))) {
                id = yq_mp_uint(&v, UINT64_MAX);
            } else if (yq_slice_equal(key, yq_slice_text("method"))) {
                method = yq_mp_str(&v, 32);
            }
        }
        if (yq_cur_done(&c, NULL) != YQ_OK) {
            return 7;
        }
        if (yq_slice_equal(method, yq_slice_text("hello"))) {
            greet(id);
        } else if (is("closes") && yq_slice_equal(method, yq_slice_text("close"))) {
            (void)close(open(file, O_CREAT | O_WRONLY, 0600));
            give_height(id, 0);
        } else {
            answer(id);
        }
    }
}
