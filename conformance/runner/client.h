#ifndef YQ_CONFORMANCE_RUNNER_CLIENT_H
#define YQ_CONFORMANCE_RUNNER_CLIENT_H

#include "yuqiao/verifier.h"

#include "relay/hub/verifier_host.h"

/*
 * One light client behind the hub's own host, with its state and records in memory. Memory that
 * runs out stops the process.
 */
typedef struct run_client run_client;

run_client *run_client_new(const yq_verifier *verifier);
void run_client_free(run_client *client);

/* The ledger's time in each call from here on; without it, a time of the year 2027. */
void run_client_set_now(run_client *client, uint64_t now_ms);

/* The state as it stands; borrowed until the next change. */
yq_slice run_client_state(const run_client *client);

/* Height of the state; 0 when it is none. */
uint64_t run_client_height(const run_client *client);

/* Starts from an anchor, or from a state that the caller wrote (records are dropped). */
yq_status run_client_init(run_client *client, yq_slice anchor, yq_fault *why);
void run_client_set_state(run_client *client, yq_slice state);

/* Advances the client; nothing changes on failure. */
yq_status run_client_update(run_client *client, yq_slice evidence, yq_fault *why);

/* Out: event, whose slices live until the next call of this thread's workspace. */
typedef struct run_workspace run_workspace;
run_workspace *run_workspace_new(void);
void run_workspace_free(run_workspace *workspace);

/* Neither changes the client, so any number of threads may ask, each with a workspace of its own.
 */
yq_status run_client_try_update(
    const run_client *client, run_workspace *workspace, yq_slice evidence, yq_fault *why);
yq_status run_client_event(
    const run_client *client,
    run_workspace *workspace,
    yq_slice proof,
    yq_verified_event *event,
    yq_fault *why);

yq_status run_client_value(
    const run_client *client,
    run_workspace *workspace,
    yq_slice key,
    yq_slice proof,
    yq_verified_value *value,
    yq_fault *why);

yq_status run_client_try_init(
    const run_client *client, run_workspace *workspace, yq_slice anchor, yq_fault *why);
yq_status run_client_misbehaviour(
    const run_client *client, run_workspace *workspace, yq_slice evidence, yq_fault *why);
yq_status run_client_describe(
    const run_client *client, run_workspace *workspace, yq_client_view *view, yq_fault *why);

/* Lowers what a call may use: bytes of scratch, checks of signatures. SIZE_MAX, UINT32_MAX: the
 * product's own limits. */
void run_workspace_limit(run_workspace *workspace, size_t scratch_max, uint32_t signatures_max);

/* What is remembered from call to call: verdicts on signatures (from the start 1), and what was
 * hashed (from the start 0; relay/hub/hash_memo.h), as a validator's executor does both. */
void run_workspace_remember(run_workspace *workspace, int signatures, int hashes);

/* What the last init or update wrote, and how much of the arena the last call used. */
yq_slice run_workspace_next(const run_workspace *workspace);
size_t run_workspace_used(const run_workspace *workspace);

/* The host alone, for a part of a verifier. Lives until the workspace's next call. */
typedef struct run_call {
    yq_kv kv;
    yq_verifier_call call;
} run_call;
const yq_verifier_host *run_workspace_host(
    run_workspace *workspace, const run_client *client, run_call *room);

/* The verifier of a framework that is linked in, or NULL. */
const yq_verifier *run_verifier(const char *framework);

#endif /* YQ_CONFORMANCE_RUNNER_CLIENT_H */
