#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/fisco-bcos-3/fields.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/crypto/crypto.h"

#define ID_SIZE       64u
#define ID_TEXT_SIZE  128u
#define SELECTOR_SIZE 4u
#define WORD_SIZE     32u
#define CALL_MAX      512u /* with room for what stands behind: such a call has no more than 324 */

yq_status yq_bcos3_sealers_of(const yq_json *block, yq_bcos3_sealers *out, yq_fault *why)
{
    const yq_json *ids = yq_json_get(block, "sealerList");
    const yq_json *weights = yq_json_get(block, "consensusWeights");
    out->n = yq_json_count(ids);
    if (!yq_json_is_array(ids) || yq_json_count(weights) != out->n) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "sealerList, consensusWeights");
    }
    if (out->n > YQ_BCOS3_SEALERS_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "sealerList");
    }
    for (size_t i = 0; i < out->n; i++) {
        yq_buf id = {out->of[i].id, ID_SIZE, 0};
        if (!yq_json_hex(yq_json_at(ids, i), &id) || id.n != ID_SIZE ||
            !yq_json_quantity(yq_json_at(weights, i), &out->of[i].weight)) {
            return yq_fail(why, YQ_E_TYPE, 0, "sealerList, consensusWeights");
        }
    }
    return YQ_OK;
}

int yq_bcos3_sealers_equal(const yq_bcos3_sealers *a, const yq_bcos3_sealers *b)
{
    int equal = a->n == b->n;
    for (size_t i = 0; i < a->n && equal; i++) {
        equal =
            a->of[i].weight == b->of[i].weight && memcmp(a->of[i].id, b->of[i].id, ID_SIZE) == 0;
    }
    return equal;
}

/* Returns 1 and the place; 0 and the place where it would stand. */
static int find(const yq_bcos3_sealers *set, const uint8_t *id, size_t *place)
{
    int order = 1;
    size_t i = 0;
    for (; i < set->n; i++) {
        order = memcmp(set->of[i].id, id, ID_SIZE);
        if (order >= 0) {
            break;
        }
    }
    *place = i;
    return order == 0;
}

static int put(yq_bcos3_sealers *set, const uint8_t *id, uint64_t weight, int adds)
{
    size_t place;
    if (find(set, id, &place)) {
        int changes = set->of[place].weight != weight;
        set->of[place].weight = weight;
        return changes;
    }
    if (!adds || set->n == YQ_BCOS3_SEALERS_MAX) {
        return 0;
    }
    memmove(&set->of[place + 1], &set->of[place], (set->n - place) * sizeof set->of[0]);
    memcpy(set->of[place].id, id, ID_SIZE);
    set->of[place].weight = weight;
    set->n++;
    return 1;
}

static int drop(yq_bcos3_sealers *set, const uint8_t *id)
{
    size_t place;
    if (!find(set, id, &place)) {
        return 0;
    }
    memmove(&set->of[place], &set->of[place + 1], (set->n - place - 1) * sizeof set->of[0]);
    set->n--;
    return 1;
}

/* ---- calls of the consensus contract ---- */

typedef struct method {
    const char *signature;
    size_t words; /* of the arguments' head: the place of the id's text, then numbers */
    int removes, adds;
} method;

static const method methods[] = {
    {"addSealer(string,uint256)", 2, 0, 1},
    {"addSealer(string,uint256,uint256)", 3, 0, 1},
    {"addObserver(string)", 1, 1, 0},
    {"remove(string)", 1, 1, 0},
    {"setWeight(string,uint256)", 2, 0, 0},
};

static const method *method_of(uint32_t alg, const uint8_t *data)
{
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        yq_digest md = {{0}};
        yq_hash_one(alg, yq_slice_text(methods[i].signature), md.b);
        if (memcmp(md.b, data, SELECTOR_SIZE) == 0) {
            return &methods[i];
        }
    }
    return NULL;
}

static uint64_t take_word(yq_cur *c)
{
    (void)yq_cur_take(c, WORD_SIZE - 8);
    return yq_cur_u64(c);
}

/* The contract answers int32 0 when it has done something. */
static int did_something(const yq_json *receipt)
{
    uint8_t room[WORD_SIZE] = {0};
    yq_buf output = {room, sizeof room, 0};
    uint64_t status;
    return yq_json_quantity(yq_json_get(receipt, "status"), &status) && status == 0 &&
           yq_json_hex(yq_json_get(receipt, "output"), &output) && output.n == sizeof room &&
           yq_bytes_are_zero(room, sizeof room);
}

int yq_bcos3_sealers_apply(
    const yq_bcos3_profile *profile,
    const yq_json *tx,
    const yq_json *receipt,
    yq_bcos3_sealers *set)
{
    uint8_t data[CALL_MAX] = {0}, id[ID_SIZE];
    yq_buf input = {data, sizeof data, 0}, out = {id, sizeof id, 0};
    yq_slice to;
    uint64_t weight = 0;
    if (!yq_json_text(yq_json_get(tx, "to"), &to) ||
        !yq_slice_equal(to, yq_slice_text(YQ_BCOS3_CONSENSUS_TEXT)) ||
        !yq_json_hex(yq_json_get(tx, "input"), &input) || !did_something(receipt)) {
        return 0;
    }
    const method *m = method_of(yq_bcos3_hash_alg(profile), data);
    if (m == NULL) {
        return 0;
    }
    yq_cur c = yq_cur_of(yq_slice_of(data, input.n));
    (void)yq_cur_take(&c, SELECTOR_SIZE);
    (void)take_word(&c);
    for (size_t i = 1; i < m->words; i++) {
        uint64_t value = take_word(&c);
        weight = i == 1 ? value : weight;
    }
    uint64_t size = take_word(&c);
    yq_slice text = yq_cur_take(&c, ID_TEXT_SIZE);
    if (!yq_cur_ok(&c) || size != ID_TEXT_SIZE ||
        yq_hex_decode(&out, (const char *)text.p, text.n) != YQ_OK) {
        return 0;
    }
    return m->removes ? drop(set, id) : put(set, id, weight, m->adds);
}
