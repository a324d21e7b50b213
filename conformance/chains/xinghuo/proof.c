#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

#define COMMIT 2u
#define VIEW   1u

void yq_xmock_validator_address(
    const yq_xmock_chain *chain, size_t who, char address[YQ_XH_ADDRESS_SIZE])
{
    (void)yq_xh_address(chain->suite, yq_key_public(chain->validator[who]), address);
}

/* ---- proofs ---- */

/* PbftEnv { 1 Pbft, 2 Signature } of one replica. */
static void put_env(
    const yq_xmock_chain *chain,
    const yq_xmock_ledger *ledger,
    size_t replica,
    const yq_key *signer,
    yq_writer *w)
{
    char text[YQ_XH_KEY_TEXT_SIZE];
    uint8_t signature[64];
    const yq_key *own = chain->validator[ledger->set.first + replica];
    size_t env = yq_pb_begin(w), pbft = yq_pb_begin(w), begin = w->n;
    yq_pb_put_varint(w, 1, 1);
    yq_pb_put_varint(w, 2, COMMIT);
    size_t commit = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, VIEW);
    yq_pb_put_varint(w, 2, ledger->seq);
    if (replica > 0) { /* proto3 leaves zeros out */
        yq_pb_put_varint(w, 3, replica);
    }
    yq_pb_put_bytes(w, 4, YQ_SLICE_OF(ledger->value.b));
    yq_pb_end(w, commit, 5);
    yq_pb_put_varint(w, 9, YQ_XMOCK_CHAIN_ID);
    yq_key_sign(signer, yq_slice_of(w->p + begin, w->n - begin), signature);
    yq_pb_end(w, pbft, 1);
    size_t mark = yq_pb_begin(w), n = yq_xh_key_text(chain->suite, yq_key_public(own), text);
    yq_pb_put_bytes(w, 1, yq_slice_of(text, n));
    yq_pb_put_bytes(w, 2, YQ_SLICE_OF(signature));
    yq_pb_end(w, mark, 2);
    yq_pb_end(w, env, 1);
}

/* Two thirds and more; which of them changes from ledger to ledger. */
void yq_xmock_proof_put(
    const yq_xmock_chain *chain, const yq_xmock_ledger *ledger, yq_mock_mode mode, yq_writer *w)
{
    size_t n = ledger->set.n, quorum = n == 0 ? 0 : (n + (n - 1) / 3 + 2) / 2;
    quorum -= mode == YQ_MOCK_ONE_SIGNATURE_SHORT ? 1 : 0;
    for (size_t i = 0; i < quorum; i++) {
        int is_last = i + 1 == quorum;
        size_t replica = (size_t)(ledger->seq + i) % n;
        if (mode == YQ_MOCK_REPEATED_SIGNER && is_last) {
            replica = (size_t)ledger->seq % n;
        }
        const yq_key *own = chain->validator[ledger->set.first + replica];
        put_env(
            chain,
            ledger,
            replica,
            mode == YQ_MOCK_FORGED_SIGNATURE && is_last ? chain->stranger : own,
            w);
    }
    YQ_ASSERT(w->status == YQ_OK);
}

/* ---- hashes ---- */

/* ValidatorSet { repeated string } */
static yq_digest validators_hash(const yq_xmock_chain *chain, const yq_xmock_set *set)
{
    uint8_t room[YQ_XMOCK_KEYS * (YQ_XH_ADDRESS_SIZE + 4)];
    char address[YQ_XH_ADDRESS_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest md = {{0}};
    for (size_t i = 0; i < set->n; i++) {
        yq_xmock_validator_address(chain, set->first + i, address);
        yq_pb_put_bytes(&w, 1, yq_slice_text(address));
    }
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->hash, yq_writer_slice(&w), md.b);
    return md;
}

/* What the validators agree on: transactions, time, the proof of the ledger before, its hash. */
static void put_value(
    const yq_xmock_chain *chain,
    const yq_xmock_ledger *ledger,
    const yq_xmock_ledger *previous,
    yq_writer *w)
{
    uint8_t proof[YQ_XMOCK_PROOF_MAX];
    yq_writer p = yq_writer_of(proof, sizeof proof);
    size_t txset = yq_pb_begin(w);
    for (size_t i = 0; i < ledger->tx_n; i++) {
        yq_pb_put_bytes(w, 2, yq_slice_of(ledger->tx[i]->blob, ledger->tx[i]->blob_n));
    }
    yq_pb_end(w, txset, 1);
    yq_pb_put_varint(w, 2, ledger->time_us);
    if (previous != NULL) {
        yq_xmock_proof_put(chain, previous, YQ_MOCK_HONEST, &p);
        yq_pb_put_bytes(w, 3, yq_writer_slice(&p));
        yq_pb_put_bytes(w, 5, YQ_SLICE_OF(previous->hash.b));
    }
    yq_pb_put_varint(w, 4, ledger->seq);
}

void yq_xmock_ledger_hash(
    const yq_xmock_chain *chain, yq_xmock_ledger *ledger, const yq_xmock_ledger *previous)
{
    size_t cap = YQ_XMOCK_PROOF_MAX + 512;
    for (size_t i = 0; i < ledger->tx_n; i++) {
        cap += ledger->tx[i]->blob_n + 16;
    }
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    ledger->validators = validators_hash(chain, &ledger->set);
    if (previous != NULL) {
        ledger->previous = previous->hash;
    }
    put_value(chain, ledger, previous, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->hash, yq_writer_slice(&w), ledger->value.b);
    free(w.p);
    const yq_slice part[] = {
        YQ_SLICE_OF(ledger->previous.b),
        YQ_SLICE_OF(ledger->value.b),
        YQ_SLICE_OF(ledger->validators.b)};
    yq_hash(chain->hash, part, YQ_ARRAY_N(part), ledger->hash.b);
}
