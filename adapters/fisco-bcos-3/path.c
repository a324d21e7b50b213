#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/fisco-bcos-3/fields.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

enum {
    LEFT = 1,
    RIGHT = 2,
    ALONE = 3
};

/* One level up, in place. Returns how many nodes it has. */
static size_t climb(uint32_t alg, yq_digest *hash, size_t n)
{
    for (size_t i = 0; i < n; i += 2) {
        yq_digest up = {{0}};
        size_t children = i + 1 < n ? 2 : 1;
        yq_hash_one(alg, yq_slice_of(hash[i].b, children * sizeof up.b), up.b);
        hash[i / 2] = up;
    }
    return (n + 1) / 2;
}

yq_digest yq_bcos3_root(uint32_t alg, yq_digest *hash, size_t n)
{
    while (n > 1) {
        n = climb(alg, hash, n);
    }
    return hash[0];
}

yq_status yq_bcos3_path_of_hashes(
    uint32_t alg, yq_digest *hash, size_t n, size_t index, size_t which, yq_bcos3_path *out)
{
    if (index >= n || n > YQ_BCOS3_BLOCK_TX_MAX) {
        return YQ_E_PROOF_BOUNDS;
    }
    out->n = 0;
    for (; n > 1; index /= 2) {
        yq_bcos3_step *step = &out->step[out->n++];
        size_t beside = index ^ 1u;
        step->kind = (uint8_t)(beside >= n ? ALONE : index % 2 == 0 ? LEFT : RIGHT);
        step->other[which] = beside < n ? hash[beside] : (yq_digest){{0}};
        n = climb(alg, hash, n);
    }
    return YQ_OK;
}

/* ---- flat proofs of a node ---- */

typedef struct flat {
    size_t n;
    yq_digest of[YQ_BCOS3_FLAT_MAX];
} flat;

static yq_status read_flat(const yq_json *list, flat *out, yq_fault *why)
{
    out->n = yq_json_count(list);
    if (!yq_json_is_array(list) || out->n == 0) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "proof");
    }
    if (out->n > YQ_BCOS3_FLAT_MAX) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proof");
    }
    for (size_t i = 0; i < out->n; i++) {
        if (!yq_bcos3_digest(yq_json_at(list, i), &out->of[i])) {
            return yq_fail(why, YQ_E_PROOF_NONCANONICAL, 0, "proof: element");
        }
    }
    return YQ_OK;
}

/* How many children an element announces: 1 or 2 and zeros; 0 if it is no such element. */
static size_t children_of(const yq_digest *element)
{
    uint8_t n = element->b[3];
    yq_digest expected = {.b = {[3] = n}};
    return (n == 1 || n == 2) && yq_digest_equal(element, &expected) ? n : 0;
}

/* Which of two the own node is, is found in the transactions' tree: receipts may be equal. */
static yq_status take_step(
    const flat *tx, const flat *receipt, size_t at, const yq_digest *own, yq_bcos3_step *out)
{
    size_t children = children_of(&tx->of[at]);
    if (children == 0 || children != children_of(&receipt->of[at])) {
        return YQ_E_PROOF_NONCANONICAL;
    }
    if (at + children >= tx->n) {
        return YQ_E_PROOF_INCOMPLETE;
    }
    int is_left = yq_digest_equal(&tx->of[at + 1], own);
    if (!is_left && (children == 1 || !yq_digest_equal(&tx->of[at + 2], own))) {
        return YQ_E_PROOF;
    }
    out->kind = (uint8_t)(children == 1 ? ALONE : is_left ? LEFT : RIGHT);
    if (children == 2) {
        size_t beside = at + (is_left ? 2 : 1);
        out->other[0] = tx->of[beside];
        out->other[1] = receipt->of[beside];
    }
    return YQ_OK;
}

yq_status yq_bcos3_path_of_json(
    uint32_t alg,
    const yq_json *tx_proof,
    const yq_json *receipt_proof,
    const yq_digest *leaf,
    yq_bcos3_path *out,
    yq_fault *why)
{
    flat tx = {0}, receipt = {0};
    yq_digest own = *leaf;
    *out = (yq_bcos3_path){0};
    yq_status status = read_flat(tx_proof, &tx, why);
    if (status == YQ_OK) {
        status = read_flat(receipt_proof, &receipt, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (tx.n != receipt.n) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proof: of two sizes");
    }
    if (tx.n == 1) {
        return yq_digest_equal(&tx.of[0], leaf) ? YQ_OK : yq_fail(why, YQ_E_PROOF, 0, "proof");
    }
    for (size_t at = 0; at < tx.n; at += 1 + children_of(&tx.of[at])) {
        if (out->n == YQ_BCOS3_STEPS_MAX) {
            return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proof");
        }
        status = take_step(&tx, &receipt, at, &own, &out->step[out->n]);
        if (status != YQ_OK) {
            return yq_fail(why, status, 0, "proof");
        }
        out->n++;
        yq_digest up = {{0}};
        yq_hash_one(alg, yq_slice_of(tx.of[at + 1].b, children_of(&tx.of[at]) * sizeof up.b), up.b);
        own = up;
    }
    return YQ_OK;
}
