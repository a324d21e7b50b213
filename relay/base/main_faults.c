/*
 * Fault points of yuqiaod-faults: YQ_FAULT=PLACE:PASS:ACTION[,...]. ACTION: kill (SIGKILL), torn (a
 * part of a write, then SIGKILL), short (a part of a write, then ENOSPC), enospc, eio, erofs (the
 * call fails). A place that ends in * stands for all that begin so. YQ_FAULT_LIST=FILE: notes each
 * place there at its first passing.
 */
#include "relay/base/bytes.h"
#include "relay/base/fault_point.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RULES_MAX     8u
#define PLACES_MAX    128u
#define NAME_SIZE_MAX 64u

typedef enum fault_action {
    FAULT_NONE = 0,
    FAULT_KILL,
    FAULT_TORN,
    FAULT_SHORT,
    FAULT_ENOSPC,
    FAULT_EIO,
    FAULT_EROFS,
} fault_action;

typedef struct fault_rule {
    char name[NAME_SIZE_MAX];
    unsigned long pass, seen;
    fault_action action;
} fault_rule;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_read;
static fault_rule rule[RULES_MAX];
static unsigned rule_n;
static const char *list_path;
static const char *place[PLACES_MAX];
static unsigned place_n;

static _Noreturn void stop(const char *text)
{
    (void)fprintf(stderr, "YQ_FAULT: %s\n", text);
    _exit(2);
}

static void read_rule(const char *text, size_t n)
{
    static const char *const names[] = {"", "kill", "torn", "short", "enospc", "eio", "erofs"};
    char copy[2 * NAME_SIZE_MAX], *end;
    if (n == 0 || n >= sizeof copy || rule_n == RULES_MAX) {
        stop("too long");
        return; /* not reached; some analysers do not follow stop */
    }
    memcpy(copy, text, n);
    copy[n] = '\0';
    char *pass = strchr(copy, ':'), *action = pass == NULL ? NULL : strchr(pass + 1, ':');
    if (action == NULL || pass - copy >= (ptrdiff_t)NAME_SIZE_MAX) {
        stop("not PLACE:PASS:ACTION");
        return;
    }
    *pass++ = '\0';
    *action++ = '\0';
    fault_rule *r = &rule[rule_n++];
    memcpy(r->name, copy, strlen(copy) + 1);
    r->pass = strtoul(pass, &end, 10);
    for (unsigned i = 1; i < YQ_ARRAY_N(names); i++) {
        if (strcmp(action, names[i]) == 0) {
            r->action = (fault_action)i;
        }
    }
    if (r->pass == 0 || *end != '\0' || r->action == FAULT_NONE) {
        stop("PASS is a number from 1, ACTION one of kill torn short enospc eio erofs");
    }
}

static void read_rules(void)
{
    is_read = 1;
    list_path = getenv("YQ_FAULT_LIST");
    const char *text = getenv("YQ_FAULT");
    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, ",");
        read_rule(text, n);
        text += text[n] == ',' ? n + 1 : n;
    }
}

/* One line a place, at its first passing. */
static void note(const char *name)
{
    for (unsigned i = 0; i < place_n; i++) {
        if (place[i] == name || strcmp(place[i], name) == 0) {
            return;
        }
    }
    if (place_n == PLACES_MAX) {
        stop("too many places");
    }
    place[place_n++] = name;
    FILE *f = list_path == NULL ? NULL : fopen(list_path, "a");
    if (f != NULL) {
        (void)fprintf(f, "%s\n", name);
        (void)fclose(f);
    }
}

static int is_meant(const fault_rule *r, const char *name)
{
    size_t n = strlen(r->name);
    return r->name[n - 1] == '*' ? strncmp(r->name, name, n - 1) == 0 : strcmp(r->name, name) == 0;
}

/* After its passing a failing place goes on failing: so does a full disk. */
static fault_action pass(const char *name)
{
    fault_action action = FAULT_NONE;
    pthread_mutex_lock(&lock);
    if (!is_read) {
        read_rules();
    }
    note(name);
    for (unsigned i = 0; i < rule_n && action == FAULT_NONE; i++) {
        if (is_meant(&rule[i], name) && ++rule[i].seen >= rule[i].pass) {
            action = rule[i].action;
        }
    }
    pthread_mutex_unlock(&lock);
    return action;
}

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        (void)pause();
    }
}

int yq_fault_write(const char *name, int fd, yq_slice bytes, uint64_t offset)
{
    fault_action action = pass(name);
    if (action == FAULT_TORN || action == FAULT_SHORT) {
        /* Not at the edge of a sector: what a disk leaves behind need not begin or end there. */
        size_t part = bytes.n > 1 ? bytes.n / 2 + bytes.n % 7 / 4 : 0;
        ssize_t n = pwrite(fd, bytes.p, part, (off_t)offset);
        (void)n;
    }
    switch (action) {
    case FAULT_NONE:
        return 0;
    case FAULT_KILL:
    case FAULT_TORN:
        die();
        return 1;
    case FAULT_SHORT:
    case FAULT_ENOSPC:
        errno = ENOSPC;
        return 1;
    case FAULT_EIO:
        errno = EIO;
        return 1;
    case FAULT_EROFS:
        errno = EROFS;
        return 1;
    }
    return 0;
}

int yq_fault_point(const char *name)
{
    return yq_fault_write(name, -1, (yq_slice){0}, 0);
}
