#include "relay/net/bind.h"

#include "relay/net/frames.h"

_Static_assert(YQ_FRAME_BIND_SIZE == 1 + 32 + 8 + 32 + 32 + 64, "layout of the binding");

yq_status yq_bind_decode(yq_slice in, yq_bind *bind, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    bind->role = yq_cur_u8(&c);
    if (bind->role != YQ_BIND_ROLE_DIALER && bind->role != YQ_BIND_ROLE_LISTENER) {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, 0, "role");
    }
    yq_cur_copy(&c, bind->chain_id_hash.b, YQ_DIGEST_SIZE);
    bind->epoch = yq_cur_u64(&c);
    yq_cur_copy(&c, bind->own.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, bind->peer.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, bind->sig, sizeof bind->sig);
    return yq_cur_done(&c, why);
}

static void put_unsigned(yq_writer *w, const yq_bind *bind)
{
    yq_put_u8(w, bind->role);
    yq_put_bytes(w, bind->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, bind->epoch);
    yq_put_bytes(w, bind->own.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, bind->peer.b, YQ_DIGEST_SIZE);
}

void yq_bind_put(yq_writer *w, const yq_bind *bind)
{
    put_unsigned(w, bind);
    yq_put_bytes(w, bind->sig, sizeof bind->sig);
}

void yq_bind_digest(const yq_bind *bind, const uint8_t *ekm, yq_digest *m)
{
    static const char prefix[] = "YUQIAO1";
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, prefix, sizeof prefix - 1);
    yq_put_u8(&w, YQ_BIND_SIGNED_TYPE);
    yq_put_bytes(&w, bind->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, 0);
    yq_put_u64(&w, 0);
    put_unsigned(&w, bind);
    yq_put_bytes(&w, ekm, YQ_BIND_EKM_SIZE);
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&w), m->b);
}

void yq_bind_sign(yq_bind *bind, const yq_key *key, const uint8_t *ekm)
{
    yq_digest m;
    yq_bind_digest(bind, ekm, &m);
    yq_key_sign(key, yq_slice_of(m.b, YQ_DIGEST_SIZE), bind->sig);
}

static int same(const yq_digest *a, const yq_digest *b)
{
    return memcmp(a->b, b->b, YQ_DIGEST_SIZE) == 0;
}

yq_status yq_bind_check(
    const yq_bind *bind, const yq_bind_expect *expect, const uint8_t *key, yq_fault *why)
{
    if (bind->role != (uint8_t)expect->role) {
        return yq_fail(why, YQ_E_LINK_BIND, 0, "role is this side's own: a reflection");
    }
    if (!same(&bind->chain_id_hash, &expect->chain_id_hash)) {
        return yq_fail(why, YQ_E_LINK_BIND, 1, "another chain");
    }
    if (same(&bind->own, &expect->own)) {
        return yq_fail(why, YQ_E_LINK_BIND, 41, "another host uses this node's own key");
    }
    if (expect->peer != NULL && !same(&bind->own, expect->peer)) {
        return yq_fail(why, YQ_E_LINK_BIND, 41, "not the node that was called");
    }
    if (!same(&bind->peer, &expect->own)) {
        return yq_fail(why, YQ_E_LINK_BIND, 73, "made for another node");
    }
    yq_digest m;
    yq_bind_digest(bind, expect->ekm, &m);
    yq_signature sig = {
        .alg = YQ_SIG_SM2_MESSAGE,
        .key = yq_slice_of(key, 64),
        .msg = yq_slice_of(m.b, YQ_DIGEST_SIZE),
        .sig = yq_slice_of(bind->sig, sizeof bind->sig),
    };
    if (yq_signature_check(&sig) != YQ_OK) {
        return yq_fail(why, YQ_E_LINK_BIND, 105, "signature is not over this channel");
    }
    return YQ_OK;
}
