#include "relay/hub/tx.h"

#include "yuqiao/packet.h"

#include "relay/codec/msgpack.h"
#include "relay/hub/change.h"
#include "relay/hub/export_key.h"

/*
 * Each method is one list of fields, in the order of the map's keys; reading and writing walk the
 * same list, so that they cannot disagree.
 */
typedef enum field_type {
    FIELD_BIN,
    FIELD_TEXT,
    FIELD_CHAIN,
    FIELD_CHAIN_OR_NONE,
    FIELD_FRAMEWORK,
    FIELD_CODE,
    FIELD_DIGEST,
    FIELD_BOOL,
    FIELD_U8,
    FIELD_U32,
    FIELD_U64,
} field_type;

typedef struct field {
    const char *key;
    field_type type;
    size_t at;         /* in yq_tx */
    uint64_t min, max; /* of a number, or of a size */
} field;

#define AT(member) offsetof(yq_tx, as.member)

static const field org_register[] = {
    {"admin", FIELD_BIN, AT(org_register.admin), YQ_SM2_KEY_SIZE, YQ_SM2_KEY_SIZE},
    {"code", FIELD_CODE, AT(org_register.code), YQ_ORG_CODE_SIZE, YQ_ORG_CODE_SIZE},
    {"name", FIELD_TEXT, AT(org_register.name), 1, YQ_NAME_SIZE_MAX},
};

static const field org_key_add[] = {
    {"chain", FIELD_CHAIN_OR_NONE, AT(org_key_add.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"key", FIELD_BIN, AT(org_key_add.key), YQ_SM2_KEY_SIZE, YQ_SM2_KEY_SIZE},
    {"role", FIELD_U8, AT(org_key_add.role), 1, 4},
};

static const field org_key_remove[] = {
    {"signer", FIELD_DIGEST, AT(org_key_remove.signer), YQ_DIGEST_SIZE, YQ_DIGEST_SIZE},
};

static const field vote[] = {
    {"approve", FIELD_BOOL, AT(vote.approve), 0, 1},
    {"proposal", FIELD_U64, AT(vote.proposal), 1, UINT64_MAX},
};

static const field chain_register[] = {
    {"anchor", FIELD_BIN, AT(chain_register.anchor), 1, YQ_ANCHOR_SIZE_MAX},
    {"chain", FIELD_CHAIN, AT(chain_register.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"framework", FIELD_FRAMEWORK, AT(chain_register.framework), 1, YQ_FRAMEWORK_SIZE_MAX},
    {"hash", FIELD_U8, AT(chain_register.hash), 0, 3},
    {"inbox", FIELD_BIN, AT(chain_register.inbox), 0, YQ_EMITTER_SIZE_MAX},
    {"inbox_event", FIELD_BIN, AT(chain_register.inbox_event), 0, YQ_EVENT_NAME_SIZE_MAX},
    {"name", FIELD_TEXT, AT(chain_register.name), 1, YQ_NAME_SIZE_MAX},
    {"suite", FIELD_U8, AT(chain_register.suite), 0, 4},
    {"trust_ms", FIELD_U64, AT(chain_register.trust_ms), 0, YQ_TRUST_MS_MAX},
    {"verifier", FIELD_U32, AT(chain_register.verifier), 0, UINT32_MAX},
};

static const field chain_freeze[] = {
    {"chain", FIELD_CHAIN, AT(chain_act.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"duration_ms", FIELD_U64, AT(chain_act.duration_ms), 0, YQ_FREEZE_LONG_MS_MAX},
    {"reason", FIELD_TEXT, AT(chain_act.reason), 1, YQ_REASON_SIZE_MAX},
};

static const field chain_recover[] = {
    {"anchor", FIELD_BIN, AT(chain_recover.anchor), 1, YQ_ANCHOR_SIZE_MAX},
    {"chain", FIELD_CHAIN, AT(chain_recover.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"reason", FIELD_TEXT, AT(chain_recover.reason), 1, YQ_REASON_SIZE_MAX},
    {"verifier", FIELD_U32, AT(chain_recover.verifier), 0, UINT32_MAX},
};

static const field chain_act[] = {
    {"chain", FIELD_CHAIN, AT(chain_act.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"reason", FIELD_TEXT, AT(chain_act.reason), 1, YQ_REASON_SIZE_MAX},
};

static const field client_evidence[] = {
    {"chain", FIELD_CHAIN, AT(evidence.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"evidence", FIELD_BIN, AT(evidence.bytes), 1, YQ_TX_SIZE_MAX},
};

static const field packet_event[] = {
    {"chain", FIELD_CHAIN, AT(evidence.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"proof", FIELD_BIN, AT(evidence.bytes), 1, YQ_TX_SIZE_MAX},
};

static const field service_register[] = {
    {"chain", FIELD_CHAIN, AT(service.chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"emitter", FIELD_BIN, AT(service.emitter), 1, YQ_EMITTER_SIZE_MAX},
    {"event", FIELD_BIN, AT(service.event), 1, YQ_EVENT_NAME_SIZE_MAX},
    {"from_height", FIELD_U64, AT(service.from_height), 0, UINT64_MAX},
    {"kind", FIELD_U8, AT(service.kind), 1, 2},
    {"ordered", FIELD_BOOL, AT(service.ordered), 0, 1},
    {"service", FIELD_BIN, AT(service.service), 1, YQ_SERVICE_SIZE_MAX},
};

static const field lane_open[] = {
    {"dst_chain", FIELD_CHAIN, AT(lane.dst_chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"dst_service", FIELD_BIN, AT(lane.dst_service), 1, YQ_SERVICE_SIZE_MAX},
    {"grade_min", FIELD_U8, AT(lane.grade_min), 1, 3},
    {"order", FIELD_U8, AT(lane.order), 1, 2},
    {"patience_ms", FIELD_U64, AT(lane.patience_ms), 0, YQ_PATIENCE_MS_MAX},
    {"payload_max", FIELD_U32, AT(lane.payload_max), 1, YQ_PAYLOAD_SIZE_MAX},
    {"per_minute_max", FIELD_U32, AT(lane.per_minute_max), 1, YQ_LANE_PER_MINUTE_MAX},
    {"src_chain", FIELD_CHAIN, AT(lane.src_chain), 0, YQ_CHAIN_ID_SIZE_MAX},
    {"src_service", FIELD_BIN, AT(lane.src_service), 1, YQ_SERVICE_SIZE_MAX},
};

static const field protocol_activate[] = {
    {"height", FIELD_U64, AT(protocol.height), 1, UINT64_MAX},
    {"reason", FIELD_TEXT, AT(protocol.reason), 1, YQ_REASON_SIZE_MAX},
    {"version", FIELD_U8, AT(protocol.version), 1, UINT8_MAX},
};

static const field validators_change[] = {
    {"change", FIELD_BIN, AT(validators.change), 1, YQ_CHANGE_SIZE_MAX},
    {"reason", FIELD_TEXT, AT(validators.reason), 1, YQ_REASON_SIZE_MAX},
};

static const field evidence_record[] = {
    {"one", FIELD_BIN, AT(twice_signed.one), 1, YQ_SIGNED_VOTE_MAX},
    {"two", FIELD_BIN, AT(twice_signed.two), 1, YQ_SIGNED_VOTE_MAX},
};

static const field export_key[] = {
    {"address", FIELD_BIN, AT(export_key.address), YQ_ADDRESS_SIZE, YQ_ADDRESS_SIZE},
    {"address_proof",
     FIELD_BIN,
     AT(export_key.address_proof),
     YQ_EXPORT_SIG_SIZE,
     YQ_EXPORT_SIG_SIZE},
    {"suite", FIELD_U8, AT(export_key.suite), 1, 4},
    {"validator", FIELD_BIN, AT(export_key.validator), 1, YQ_SM2_KEY_SIZE},
    {"validator_proof", FIELD_BIN, AT(export_key.validator_proof), YQ_PROOF_SIZE, YQ_PROOF_SIZE},
};

static const field message_force[] = {
    {"message", FIELD_DIGEST, AT(force.message), YQ_DIGEST_SIZE, YQ_DIGEST_SIZE},
    {"outcome", FIELD_U8, AT(force.outcome), 1, 3},
    {"reason", FIELD_TEXT, AT(force.reason), 1, YQ_REASON_SIZE_MAX},
};

typedef struct method {
    uint16_t number;
    const char *name;
    const field *field;
    uint32_t field_n;
} method;

static const method methods[] = {
    {YQ_METHOD_ORG_REGISTER, "org-register", org_register, YQ_ARRAY_N(org_register)},
    {YQ_METHOD_ORG_KEY_ADD, "org-key-add", org_key_add, YQ_ARRAY_N(org_key_add)},
    {YQ_METHOD_ORG_KEY_REMOVE, "org-key-remove", org_key_remove, YQ_ARRAY_N(org_key_remove)},
    {YQ_METHOD_GOVERNANCE_VOTE, "governance-vote", vote, YQ_ARRAY_N(vote)},
    {YQ_METHOD_PROTOCOL_ACTIVATE,
     "protocol-activate",
     protocol_activate,
     YQ_ARRAY_N(protocol_activate)},
    {YQ_METHOD_VALIDATORS_CHANGE,
     "validators-change",
     validators_change,
     YQ_ARRAY_N(validators_change)},
    {YQ_METHOD_EVIDENCE_RECORD, "evidence-record", evidence_record, YQ_ARRAY_N(evidence_record)},
    {YQ_METHOD_EXPORT_KEY, "export-key", export_key, YQ_ARRAY_N(export_key)},
    {YQ_METHOD_CHAIN_REGISTER, "chain-register", chain_register, YQ_ARRAY_N(chain_register)},
    {YQ_METHOD_CHAIN_FREEZE, "chain-freeze", chain_freeze, YQ_ARRAY_N(chain_freeze)},
    {YQ_METHOD_CHAIN_UNFREEZE, "chain-unfreeze", chain_act, YQ_ARRAY_N(chain_act)},
    {YQ_METHOD_CHAIN_RETIRE, "chain-retire", chain_act, YQ_ARRAY_N(chain_act)},
    {YQ_METHOD_CHAIN_RECOVER, "chain-recover", chain_recover, YQ_ARRAY_N(chain_recover)},
    {YQ_METHOD_CLIENT_UPDATE, "client-update", client_evidence, YQ_ARRAY_N(client_evidence)},
    {YQ_METHOD_CLIENT_MISBEHAVIOUR,
     "client-misbehaviour",
     client_evidence,
     YQ_ARRAY_N(client_evidence)},
    {YQ_METHOD_SERVICE_REGISTER,
     "service-register",
     service_register,
     YQ_ARRAY_N(service_register)},
    {YQ_METHOD_LANE_OPEN, "lane-open", lane_open, YQ_ARRAY_N(lane_open)},
    {YQ_METHOD_PACKET_EVENT, "packet-event", packet_event, YQ_ARRAY_N(packet_event)},
    {YQ_METHOD_MESSAGE_FORCE, "message-force", message_force, YQ_ARRAY_N(message_force)},
};

static const method *method_of(uint16_t number)
{
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (methods[i].number == number) {
            return &methods[i];
        }
    }
    return NULL;
}

const char *yq_method_name(uint16_t number)
{
    const method *m = method_of(number);
    return m == NULL ? "unknown" : m->name;
}

static int name_form(yq_slice text, size_t min, size_t max)
{
    if (text.n < min || text.n > max) {
        return 0;
    }
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return 0;
        }
    }
    return 1;
}

int yq_chain_id_valid(yq_slice id)
{
    return name_form(id, YQ_CHAIN_ID_SIZE_MIN, YQ_CHAIN_ID_SIZE_MAX);
}

static const char code_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

char yq_org_code_check(const char *text17)
{
    const unsigned n = sizeof code_alphabet - 1;
    unsigned sum = 0, weight = 1;
    for (size_t i = 0; i < YQ_ORG_CODE_SIZE - 1; i++) {
        unsigned at = 0;
        while (at < n && code_alphabet[at] != text17[i]) {
            at++;
        }
        if (at == n) {
            return 0;
        }
        sum += at * weight;
        weight = weight * 3 % n;
    }
    return code_alphabet[(n - sum % n) % n];
}

int yq_org_code_valid(yq_slice code)
{
    if (code.n != YQ_ORG_CODE_SIZE) {
        return 0;
    }
    char text[YQ_ORG_CODE_SIZE];
    memcpy(text, code.p, sizeof text);
    char check = yq_org_code_check(text);
    return check != 0 && check == text[YQ_ORG_CODE_SIZE - 1];
}

static int field_is_number(field_type type)
{
    return type == FIELD_U8 || type == FIELD_U32 || type == FIELD_U64;
}

/* What a field's bytes must look like beyond their size. */
static int bytes_fit(const field *f, yq_slice value)
{
    switch (f->type) {
    case FIELD_CHAIN:
        return yq_chain_id_valid(value);
    case FIELD_CHAIN_OR_NONE:
        return value.n == 0 || yq_chain_id_valid(value);
    case FIELD_FRAMEWORK:
        return name_form(value, f->min, f->max);
    case FIELD_CODE:
        return yq_org_code_valid(value);
    case FIELD_BIN:
    case FIELD_TEXT:
    case FIELD_DIGEST:
    case FIELD_BOOL:
    case FIELD_U8:
    case FIELD_U32:
    case FIELD_U64:
        break;
    }
    return value.n >= f->min && value.n <= f->max;
}

static void store_number(yq_tx *tx, const field *f, uint64_t value)
{
    uint8_t *at = (uint8_t *)tx + f->at;
    if (f->type == FIELD_U8) {
        *at = (uint8_t)value;
    } else if (f->type == FIELD_U32) {
        uint32_t v = (uint32_t)value;
        memcpy(at, &v, sizeof v);
    } else {
        memcpy(at, &value, sizeof value);
    }
}

static uint64_t load_number(const yq_tx *tx, const field *f)
{
    const uint8_t *at = (const uint8_t *)tx + f->at;
    uint64_t value = *at;
    if (f->type == FIELD_U32) {
        uint32_t v;
        memcpy(&v, at, sizeof v);
        value = v;
    } else if (f->type == FIELD_U64) {
        memcpy(&value, at, sizeof value);
    }
    return value;
}

static void read_field(yq_cur *c, const field *f, yq_tx *tx)
{
    yq_mp_key(c, f->key);
    size_t start = c->pos;
    if (field_is_number(f->type)) {
        uint64_t value = yq_mp_uint(c, f->max);
        if (value < f->min) {
            yq_cur_fail_field(c, YQ_E_RANGE, start, f->key);
        }
        store_number(tx, f, value);
    } else if (f->type == FIELD_BOOL) {
        int value = yq_mp_bool(c);
        memcpy((uint8_t *)tx + f->at, &value, sizeof value);
    } else if (f->type == FIELD_DIGEST) {
        yq_digest value = {{0}};
        yq_mp_digest(c, &value);
        memcpy((uint8_t *)tx + f->at, &value, sizeof value);
    } else {
        yq_slice value = f->type == FIELD_BIN ? yq_mp_bin(c, f->max) : yq_mp_str(c, f->max);
        if (yq_cur_ok(c) && !bytes_fit(f, value)) {
            yq_cur_fail_field(c, YQ_E_RANGE, start, f->key);
        }
        memcpy((uint8_t *)tx + f->at, &value, sizeof value);
    }
    if (!yq_cur_ok(c) && c->bad_field == NULL) {
        c->bad_field = f->key;
    }
}

/* An adapter's key alone may be bound to a chain; hash and suite of a chain go together. */
static yq_status check_fields(const yq_tx *tx)
{
    static const uint8_t hash_of_suite[] = {0, 1, 2, 3, 2};
    if (tx->method == YQ_METHOD_ORG_KEY_ADD) {
        const yq_tx_org_key_add *add = &tx->as.org_key_add;
        return add->chain.n > 0 && add->role != 3 ? YQ_E_RANGE : YQ_OK;
    }
    if (tx->method == YQ_METHOD_MESSAGE_FORCE && tx->as.force.outcome != YQ_DONE_OK &&
        tx->as.force.outcome != YQ_DONE_CANCELLED) {
        return YQ_E_RANGE;
    }
    if (tx->method == YQ_METHOD_CHAIN_REGISTER) {
        const yq_tx_chain_register *reg = &tx->as.chain_register;
        if (reg->hash != hash_of_suite[reg->suite] ||
            (reg->inbox.n == 0) != (reg->inbox_event.n == 0) ||
            (reg->inbox.n == 0) != (reg->suite == 0) ||
            (reg->trust_ms != 0 && reg->trust_ms < YQ_TRUST_MS_MIN)) {
            return YQ_E_RANGE;
        }
    }
    return YQ_OK;
}

yq_status yq_tx_decode(yq_slice in, yq_tx *tx, yq_fault *why)
{
    memset(tx, 0, sizeof *tx);
    if (in.n > YQ_TX_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "transaction");
    }
    yq_cur c = yq_cur_of(in);
    tx->method = yq_cur_u16(&c);
    uint16_t version = yq_cur_u16(&c);
    if (!yq_cur_ok(&c)) {
        return yq_cur_status(&c, why);
    }
    const method *m = method_of(tx->method);
    if (m == NULL) {
        return yq_fail(why, YQ_E_METHOD_UNKNOWN, 0, "method");
    }
    if (version != YQ_METHOD_VERSION) {
        return yq_fail(why, YQ_E_VERSION, 2, "version");
    }
    yq_mp_map_of(&c, m->field_n);
    for (uint32_t i = 0; i < m->field_n; i++) {
        read_field(&c, &m->field[i], tx);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    status = check_fields(tx);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 4, "fields that go together");
}

static void write_field(yq_writer *w, const field *f, const yq_tx *tx)
{
    yq_mp_put_text(w, f->key);
    const uint8_t *at = (const uint8_t *)tx + f->at;
    if (field_is_number(f->type)) {
        yq_mp_put_uint(w, load_number(tx, f));
    } else if (f->type == FIELD_BOOL) {
        int value;
        memcpy(&value, at, sizeof value);
        yq_mp_put_bool(w, value != 0);
    } else if (f->type == FIELD_DIGEST) {
        yq_mp_put_bin(w, yq_slice_of(at, YQ_DIGEST_SIZE));
    } else {
        yq_slice value;
        memcpy(&value, at, sizeof value);
        if (f->type == FIELD_BIN) {
            yq_mp_put_bin(w, value);
        } else {
            yq_mp_put_str(w, value);
        }
    }
}

yq_status yq_tx_encode(const yq_tx *tx, yq_buf *out)
{
    const method *m = method_of(tx->method);
    if (m == NULL) {
        return YQ_E_METHOD_UNKNOWN;
    }
    yq_writer w = yq_writer_of(out->p, out->cap);
    w.n = out->n;
    yq_put_u16(&w, tx->method);
    yq_put_u16(&w, YQ_METHOD_VERSION);
    yq_mp_put_map(&w, m->field_n);
    for (uint32_t i = 0; i < m->field_n; i++) {
        write_field(&w, &m->field[i], tx);
    }
    if (w.status != YQ_OK) {
        return w.status;
    }
    /* The reader is the judge of what a transaction may hold. */
    yq_tx again;
    yq_status status = yq_tx_decode(yq_slice_of(out->p + out->n, w.n - out->n), &again, NULL);
    if (status == YQ_OK) {
        out->n = w.n;
    }
    return status;
}
