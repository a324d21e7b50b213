#ifndef YQ_RELAY_NODE_MAIN_KIT_H
#define YQ_RELAY_NODE_MAIN_KIT_H

/*
 * What the end-to-end programs share: four real validators and two observers on loopback, each
 * killed with the test; their metrics and API; and a probe, a peer that is no validator and brings
 * envelopes. Everything lies in one temporary folder that kit_end removes.
 */
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <sys/types.h>

#define NODES     4
#define OBSERVER  4 /* the first process without a vote */
#define PROCESSES 6
#define PATH_SIZE 512
#define HTTP_SIZE (256u << 10)
#define WAIT_MS   UINT64_C(40000)
#define EVERY_MS  40

typedef struct process {
    pid_t pid; /* 0: does not run */
    char home[PATH_SIZE], log[PATH_SIZE];
} process;

extern const char *kit_program; /* what start_node runs */
extern char kit_dir[64];
extern process node[PROCESSES];
extern uint16_t base_port;
extern uid_t kit_uid;     /* processes are started as this user; 0: as the caller */
extern uint64_t kit_sent; /* envelopes; each holds kit_tx transactions */
extern uint64_t kit_lost; /* of these, given to no node */
extern uint32_t kit_t0_ms, kit_heartbeat_ms; /* of every node; 0: the default */
extern unsigned kit_tx;                      /* transactions of an envelope, at most 256 */
extern yq_digest kit_signer;                 /* who signs the envelopes */
extern unsigned kit_targets; /* the probe sends to the first of the validators; all of them */
extern unsigned char node_key[PROCESSES][64]; /* public */

/* ---- main_kit.c: files, processes, HTTP ---- */

void kit_begin(unsigned seconds);
void kit_end(void);
uint64_t now_ms(void);

/* Prints the ends of all logs, kills all nodes and exits where ok is 0. */
void check(int ok, const char *file, const char *text, int line);
#define CHECK(condition) check((condition) ? 1 : 0, __FILE__, #condition, __LINE__)

size_t read_file(const char *path, char *room, size_t cap);
void write_file(const char *path, const char *text);
void remove_all(const char *path);
/* cp -a of a folder, by a child process. */
void copy_all(const char *from, const char *to);

/* Starts a program with arguments ended by NULL, its output appended to log; env: "NAME=VALUE" or
 * NULL. It dies with this process. */
pid_t run_process(const char *log, const char *env, const char *const *argv);
/* Waits for the end. Returns the exit code, 128 + signal when it was killed, -1: not in time. */
int end_of(pid_t pid, uint64_t limit_ms);
/* As end_of for a node, at once. Returns 1 and the code when it has ended. */
int has_ended(unsigned i, int *code);

/* Starts a node and waits until it serves. fault: the value of YQ_FAULT, NULL: none. Returns 1; 0
 * with *code where it ended before. */
int try_start(unsigned i, const char *fault, int *code);
void start_node(unsigned i);
void stop_node(unsigned i, int signal_number);
void stop_all(int signal_number);

/* Runs a program on a node's home, at most ten seconds. Out: what it printed. */
int run_once(unsigned i, const char *option, const char *fault, char *out, size_t cap);

/* GET of a node: port 2 is the API, 3 are the metrics. Returns 1 with the answer. */
int http_get(unsigned i, unsigned port, const char *path, char *room, size_t cap);
int http_post(unsigned i, const char *path, yq_slice body, char *room, size_t cap);
/* A node's metric, 0 where it does not answer. */
uint64_t metric(unsigned i, const char *name);
/* The text or number behind "name": in JSON. Returns 0 where there is none. */
int json_field(const char *json, const char *name, char *out, size_t cap);
/* hash, result root and state root of a node's block in one text. Returns 0 where it lacks it. */
int block_of(unsigned i, uint64_t height, char *out, size_t cap);

/* ---- main_probe.c: the network and its traffic ---- */

/* Lays the network out; observers are made, too, and known to all validators. */
void make_network(void);
void link_probe(void);
void unlink_probe(void);
int probe_linked(unsigned i);
/* Lets the probe's loop run. */
void run_ms(int ms);
/* Builds one envelope. Out: out. */
void build_envelope(yq_buf *out);
/* Sends one envelope to a linked node, beginning at to. */
void send_envelope(unsigned to);

/* Sends on while condition is not true, at most WAIT_MS. */
#define SEND_UNTIL(condition)                                                                      \
    do {                                                                                           \
        uint64_t until_ms = now_ms() + WAIT_MS;                                                    \
        while (!(condition)) {                                                                     \
            CHECK(now_ms() < until_ms && #condition[0] != '\0');                                   \
            send_envelope((unsigned)kit_sent);                                                     \
            run_ms(EVERY_MS);                                                                      \
        }                                                                                          \
    } while (0)

#define WAIT_UNTIL(condition)                                                                      \
    do {                                                                                           \
        uint64_t until_ms = now_ms() + WAIT_MS;                                                    \
        while (!(condition)) {                                                                     \
            CHECK(now_ms() < until_ms && #condition[0] != '\0');                                   \
            run_ms(EVERY_MS);                                                                      \
        }                                                                                          \
    } while (0)

int all_at_least(const char *name, uint64_t value, unsigned but);
/* Of the first count processes. */
int all_equal(const char *name, unsigned count);

#endif /* YQ_RELAY_NODE_MAIN_KIT_H */
