#include "relay/hub/verifier_host.h"

#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/state.h"

#define SIGNATURES_AT_ONCE 64u

void yq_signature_cache_key(const yq_signature *sig, yq_digest *key)
{
    uint8_t head[4 + 4 * 8];
    yq_writer w = yq_writer_of(head, sizeof head);
    yq_put_u16(&w, sig->alg);
    yq_put_u16(&w, sig->flags);
    yq_put_u64(&w, sig->key.n);
    yq_put_u64(&w, sig->id.n);
    yq_put_u64(&w, sig->msg.n);
    yq_put_u64(&w, sig->sig.n);
    const yq_slice part[] = {yq_writer_slice(&w), sig->key, sig->id, sig->msg, sig->sig};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), key->b);
}

static void *host_scratch(void *self, size_t size)
{
    yq_verifier_call *call = self;
    if (size > call->scratch_left) {
        return NULL;
    }
    void *room = yq_arena_alloc(call->arena, size);
    if (room != NULL) {
        call->scratch_left -= size;
    }
    return room;
}

static void host_hash(void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    yq_verifier_call *call = self;
    if (yq_hash_size(alg) == 0) {
        memset(md, 0, YQ_DIGEST_SIZE);
        return;
    }
    yq_hash_memo_hash(call->memo, alg, part, part_n, md);
}

/* At most SIGNATURES_AT_ONCE of them; those that the cache knows are not looked at again. */
static void check_some(
    const yq_signature_checker *checker, const yq_signature *sig, size_t n, yq_status *valid)
{
    yq_signature todo[SIGNATURES_AT_ONCE];
    yq_status verdict[SIGNATURES_AT_ONCE];
    yq_digest key[SIGNATURES_AT_ONCE];
    size_t whose[SIGNATURES_AT_ONCE], todo_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (checker->find != NULL || checker->keep != NULL) {
            yq_signature_cache_key(&sig[i], &key[i]);
        }
        if (checker->find == NULL || !checker->find(checker->self, &key[i], &valid[i])) {
            todo[todo_n] = sig[i];
            whose[todo_n++] = i;
        }
    }
    if (todo_n > 0) {
        checker->check(checker->self, todo, todo_n, verdict);
    }
    for (size_t i = 0; i < todo_n; i++) {
        valid[whose[i]] = verdict[i];
        if (checker->keep != NULL) {
            checker->keep(checker->self, &key[whose[i]], verdict[i]);
        }
    }
}

static yq_status host_check_signatures(
    void *self, const yq_signature *sig, size_t n, yq_status *valid)
{
    yq_verifier_call *call = self;
    if (n > call->signatures_left) {
        return YQ_E_BUDGET;
    }
    call->signatures_left -= (uint32_t)n;
    for (size_t i = 0; i < n; i += SIGNATURES_AT_ONCE) {
        size_t some = n - i < SIGNATURES_AT_ONCE ? n - i : SIGNATURES_AT_ONCE;
        if (call->checker != NULL) {
            check_some(call->checker, sig + i, some, valid + i);
            continue;
        }
        for (size_t k = i; k < i + some; k++) {
            valid[k] = yq_signature_check(&sig[k]);
        }
    }
    return YQ_OK;
}

static yq_status host_recover(
    void *self, const uint8_t *digest, const uint8_t *sig65, uint8_t *key64)
{
    yq_verifier_call *call = self;
    if (call->signatures_left == 0) {
        return YQ_E_BUDGET;
    }
    call->signatures_left--;
    return yq_secp256k1_recover(digest, sig65, key64);
}

static void record_key(const yq_verifier_call *call, yq_slice name, yq_state_key *key)
{
    yq_state_key_str2(key, YQ_MODULE_CLIENT, YQ_TABLE_CLIENT_RECORD, call->chain, name);
}

static yq_slice host_record_get(void *self, yq_slice name, int *found)
{
    yq_verifier_call *call = self;
    *found = 0;
    if (name.n == 0 || name.n > YQ_CLIENT_RECORD_KEY_MAX) {
        return (yq_slice){0};
    }
    yq_state_key key;
    record_key(call, name, &key);
    yq_slice value = call->kv->get(call->kv->self, yq_state_key_slice(&key), found);
    if (!*found) {
        return (yq_slice){0};
    }
    int ok;
    value = yq_arena_copy(call->arena, value, &ok);
    if (!ok) {
        /* "Not there" would be a lie that a verdict could rest on: the call fails at its end. */
        call->exhausted = 1;
        *found = 0;
    }
    return value;
}

static yq_status host_record_put(void *self, yq_slice name, yq_slice value)
{
    yq_verifier_call *call = self;
    if (!call->may_put) {
        return YQ_E_STATE;
    }
    if (name.n == 0 || name.n > YQ_CLIENT_RECORD_KEY_MAX || value.n > YQ_CLIENT_RECORD_MAX) {
        return YQ_E_LIMIT;
    }
    yq_state_key key;
    record_key(call, name, &key);
    call->kv->put(call->kv->self, yq_state_key_slice(&key), value);
    return YQ_OK;
}

void yq_verifier_call_begin(
    yq_verifier_call *call,
    const yq_kv *kv,
    yq_slice chain,
    yq_arena *arena,
    const yq_signature_checker *checker,
    int may_put)
{
    *call = (yq_verifier_call){
        .host =
            {.size = sizeof call->host,
             .abi_major = YQ_VERIFIER_ABI_MAJOR,
             .abi_minor = YQ_VERIFIER_ABI_MINOR,
             .self = call,
             .scratch = host_scratch,
             .hash = host_hash,
             .check_signatures = host_check_signatures,
             .recover = host_recover,
             .record_get = host_record_get,
             .record_put = host_record_put},
        .kv = kv,
        .chain = chain,
        .arena = arena,
        .checker = checker,
        .scratch_left = YQ_VERIFIER_SCRATCH_MAX,
        .signatures_left = YQ_VERIFIER_SIGNATURES_MAX,
        .may_put = may_put,
    };
}

yq_status yq_verifier_call_end(const yq_verifier_call *call, yq_status status)
{
    if (call->exhausted) {
        return YQ_E_BUDGET;
    }
    /* A verifier gives no fault; one that does (its state outgrew its room) is refused alike on
     * every node. */
    return status <= -400 ? YQ_E_LIMIT : status;
}

const yq_verifier *yq_verifier_find(
    const yq_verifier *const *table, size_t n, yq_slice framework, uint32_t version)
{
    for (size_t i = 0; i < n; i++) {
        const yq_verifier *v = table[i];
        if (v != NULL && v->magic == YQ_VERIFIER_MAGIC && v->size >= sizeof *v &&
            v->abi_major == YQ_VERIFIER_ABI_MAJOR && v->version == version &&
            v->state_size_max > 0 && v->state_size_max <= YQ_CLIENT_STATE_MAX &&
            yq_slice_equal(yq_slice_text(v->framework), framework)) {
            return v;
        }
    }
    return NULL;
}
