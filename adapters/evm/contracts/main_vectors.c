/*
 * For the tests of the contracts: a hub and the model of the contract act by a seed, and each step
 * is printed as one line of JSON with what the model emits. The contract has to emit the same
 * bytes. usage: yuqiao-contract-vectors SEED SENDER_HEX [no-clock|secp256k1]
 */
#include "conformance/chains/common/test_hub.h"
#include "relay/base/bytes.h"

#define STEPS   60u
#define TIME_MS UINT64_C(1900000000000)

typedef struct world {
    test_hub *hub;
    yq_contract *contract;
    yq_slice sender;
    uint64_t state, sequence, ordered, sent, now_ms;
    yq_digest commitment[TEST_PACKETS_MAX]; /* of what the outbox sent, by number */
    uint8_t *records;
} world;

static uint64_t draw(world *w, uint64_t n)
{
    w->state = w->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->state >> 33) % n;
}

/* A real EVM's blocks have whole seconds that grow, with other transactions between; the other
 * chain's time is ours to set. */
static uint64_t step_time(world *w)
{
    if (w->hub->exports) {
        w->now_ms += 20000;
        return w->now_ms;
    }
    return TIME_MS + draw(w, 40) * 100;
}

static uint64_t draw_deadline(world *w)
{
    return w->hub->exports ? w->now_ms + draw(w, 8) * 20000 : TIME_MS + draw(w, 40) * 100;
}

static void print_hex(const char *name, yq_slice bytes)
{
    char *text = malloc(2 * bytes.n + 1);
    YQ_ASSERT(text != NULL);
    (void)yq_hex_encode(text, 2 * bytes.n + 1, bytes.p, bytes.n);
    printf("\"%s\":\"%s\"", name, text);
    free(text);
}

static void print_set(const test_hub *hub)
{
    uint8_t room[YQ_VALSET_STEP_MAX];
    yq_digest hash;
    print_hex("set", yq_slice_of(room, test_hub_set(hub, room, sizeof room, &hash)));
}

static const char *service(world *w)
{
    return draw(w, 4) == 0 ? YQ_CONTRACT_FAILING_SERVICE : "service";
}

static void append_call(world *w)
{
    static const uint8_t kinds[] = {
        YQ_PACKET_CALL, YQ_PACKET_CALL, YQ_PACKET_PREPARE, YQ_PACKET_QUERY, YQ_PACKET_ANSWER};
    int ordered = draw(w, 2) == 0;
    yq_packet p = test_call(ordered ? ++w->ordered : ++w->sequence, service(w));
    p.kind = kinds[draw(w, sizeof kinds)];
    if (ordered) {
        p.order = YQ_ORDER_ORDERED;
        p.dst_service = yq_slice_text("service");
        p.sequence -= draw(w, 5) == 0 && p.sequence > 1;
    }
    if (draw(w, 4) == 0) {
        p.deadline_ms = draw_deadline(w);
    }
    if (draw(w, 3) == 0) {
        p.payload.n = draw(w, 8);
    }
    (void)test_append(w->hub, &p);
}

static void append_cancel(world *w)
{
    uint8_t room[128];
    yq_buf out = {room, sizeof room, 0};
    yq_cancel cancel = {
        .index = draw(w, w->hub->n + 2),
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .first = 1};
    yq_packet p = test_made(YQ_PACKET_CANCEL, 1 + draw(w, w->ordered + 2), (yq_slice){0});
    if (draw(w, 3) == 0) {
        cancel.index = YQ_INDEX_NONE;
        cancel.order = YQ_ORDER_ORDERED;
        cancel.first = draw(w, 3) == 0 ? 1 : p.sequence;
    } else if (cancel.index < w->hub->n) {
        cancel.commitment = w->hub->packet[cancel.index].commitment;
        cancel.kind = (uint8_t)(1 + draw(w, 10));
        cancel.order = (uint8_t)(1 + draw(w, 2));
    }
    if (cancel.index != YQ_INDEX_NONE) {
        cancel.first = p.sequence;
    }
    YQ_ASSERT(yq_cancel_encode(&cancel, &out) == YQ_OK);
    p.payload = yq_slice_of(room, out.n);
    (void)test_append(w->hub, &p);
}

static void append_ack(world *w)
{
    uint8_t room[256];
    yq_buf out = {room, sizeof room, 0};
    uint64_t number = 1 + draw(w, w->sent + 1);
    yq_ack ack = {
        .status = (uint8_t)(1 + draw(w, 4)), .code = 7, .result = yq_slice_text("result")};
    if (number <= w->sent && draw(w, 6) != 0) {
        ack.commitment = w->commitment[number];
    }
    YQ_ASSERT(yq_ack_encode(&ack, &out) == YQ_OK);
    yq_packet p = test_made(YQ_PACKET_ACK, number, yq_slice_of(room, out.n));
    p.src_service = yq_slice_text("far");
    (void)test_append(w->hub, &p);
}

static void append_order(world *w)
{
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    yq_packet p;
    if (draw(w, 2) == 0) {
        YQ_ASSERT(yq_decision_encode(&(yq_decision){.index = 3}, &out) == YQ_OK);
        p = test_made((uint8_t)(YQ_PACKET_COMMIT + draw(w, 2)), 1, yq_slice_of(room, out.n));
        p.dst_service = yq_slice_text(service(w));
    } else {
        YQ_ASSERT(yq_control_encode(5, &out) == YQ_OK);
        uint8_t kind = draw(w, 3) == 0 ? YQ_PACKET_HALT : YQ_PACKET_RESUME;
        p = test_made(kind, 1 + draw(w, 30), yq_slice_of(room, out.n));
        p.src_service = p.dst_service = (yq_slice){0};
    }
    (void)test_append(w->hub, &p);
}

static void append_any(world *w)
{
    switch (draw(w, 8)) {
    case 0:
    case 1:
        append_cancel(w);
        return;
    case 2:
        append_order(w);
        return;
    case 3:
        append_ack(w);
        return;
    default:
        append_call(w);
        return;
    }
}

static void spoil(world *w)
{
    test_spoil *s = &w->hub->spoil;
    *s = (test_spoil){0};
    switch (draw(w, 32)) {
    case 0:
        s->bitmap = (uint32_t)(1 + draw(w, 31));
        return;
    case 1:
        s->foreign_sig = 1;
        return;
    case 2:
        s->outbox_bit = 1;
        return;
    case 3:
        s->packet_bit = 1;
        return;
    case 4:
        s->path_bit = 1;
        return;
    case 5:
        s->epoch = w->hub->set.epoch + 1;
        return;
    case 6:
        s->type = YQ_SIGNED_NOTARIZE;
        return;
    case 7:
        s->zero_root = 1;
        return;
    default:
        return;
    }
}

static void step_deliver(world *w)
{
    uint64_t index[8];
    size_t n = 1 + draw(w, 8);
    for (size_t i = 0; i < n; i++) {
        index[i] = draw(w, 3) == 0 ? draw(w, w->hub->n)
                                   : w->hub->n - 1 - draw(w, w->hub->n < 6 ? w->hub->n : 6);
    }
    uint64_t time_ms = step_time(w);
    w->hub->height += draw(w, 3);
    spoil(w);
    yq_slice delivery = test_delivery(w->hub, index, n);
    yq_buf records = {w->records, YQ_CONTRACT_RECORDS_MAX, 0};
    yq_status status = yq_contract_deliver(w->contract, delivery, time_ms, &records, NULL);
    printf(
        "{\"step\":\"deliver\",\"time_ms\":%llu,\"ok\":%s,",
        (unsigned long long)time_ms,
        status == YQ_OK ? "true" : "false");
    print_hex("delivery", delivery);
    printf(",");
    print_hex("records", yq_slice_of(records.p, status == YQ_OK ? records.n : 0));
    printf("}\n");
}

static void step_send(world *w)
{
    yq_send send = {
        .service = yq_slice_text("service"),
        .dst_chain = yq_slice_text("city-410100"),
        .dst_service = yq_slice_text("far"),
        .deadline_ms = draw(w, 1000),
        .payload = yq_slice_text("sent"),
    };
    memset(send.grant.b, (int)draw(w, 256), sizeof send.grant.b);
    yq_buf records = {w->records, YQ_CONTRACT_RECORDS_MAX, 0};
    YQ_ASSERT(yq_contract_send(w->contract, &send, w->sender, &records) == YQ_OK);
    yq_record record;
    size_t n;
    YQ_ASSERT(yq_records_decode(yq_slice_of(records.p, records.n), &record, 1, &n, NULL) == YQ_OK);
    yq_packet packet;
    YQ_ASSERT(yq_packet_decode(record.body, &packet, NULL) == YQ_OK);
    w->sent = packet.sequence;
    YQ_ASSERT(w->sent < TEST_PACKETS_MAX);
    YQ_ASSERT(yq_packet_commitment(w->hub->hash, &packet, &w->commitment[w->sent]) == YQ_OK);
    printf("{\"step\":\"send\",\"deadline_ms\":%llu,", (unsigned long long)send.deadline_ms);
    print_hex("grant", yq_slice_of(send.grant.b, sizeof send.grant.b));
    printf(",");
    print_hex("records", yq_slice_of(records.p, records.n));
    printf("}\n");
}

/* The epoch ends: a certificate names the next set, which both take over. */
static void step_epoch(world *w)
{
    test_hub *hub = w->hub, *next = test_hub_new(hub->hash);
    uint8_t room[YQ_VALSET_STEP_MAX];
    next->exports = hub->exports;
    test_hub_keys(next, hub->set.epoch + 1);
    size_t set_n = test_hub_set(next, room, sizeof room, &hub->next_set);
    hub->spoil = (test_spoil){0};
    yq_slice delivery = test_delivery(hub, NULL, 0);
    uint64_t time_ms = step_time(w);
    yq_buf records = {w->records, YQ_CONTRACT_RECORDS_MAX, 0};
    YQ_ASSERT(yq_contract_deliver(w->contract, delivery, time_ms, &records, NULL) == YQ_OK);
    printf("{\"step\":\"epoch\",\"time_ms\":%llu,", (unsigned long long)time_ms);
    print_hex("delivery", delivery);
    printf(",");
    print_hex("records", yq_slice_of(records.p, records.n));
    printf(",");
    print_set(next);
    printf(",");
    records.n = 0;
    YQ_ASSERT(yq_contract_step(w->contract, yq_slice_of(room, set_n), &records) == YQ_OK);
    print_hex("state", yq_slice_of(records.p, records.n));
    printf("}\n");
    test_hub_keys(hub, hub->set.epoch + 1);
    hub->next_set = (yq_digest){0};
    test_hub_free(next);
}

static yq_contract *make_contract(const test_hub *hub, int no_clock)
{
    yq_contract *contract = yq_contract_new(&(yq_contract_config){
        .hub = yq_slice_text(TEST_HUB),
        .own_chain = yq_slice_text(TEST_CHAIN),
        .hash = hub->hash,
        .set = hub->set,
        .exports = hub->exports ? &hub->export_set : NULL,
        .no_clock = no_clock,
    });
    YQ_ASSERT(contract != NULL);
    return contract;
}

int main(int argc, char **argv)
{
    int no_clock = argc == 4 && strcmp(argv[3], "no-clock") == 0;
    int exports = argc == 4 && strcmp(argv[3], "secp256k1") == 0;
    uint8_t room[YQ_SENDER_SIZE_MAX];
    yq_buf sender = {room, sizeof room, 0};
    if (argc != 3 + no_clock + exports ||
        yq_hex_decode(&sender, argv[2], strlen(argv[2])) != YQ_OK) {
        (void)fprintf(
            stderr, "usage: yuqiao-contract-vectors SEED SENDER_HEX [no-clock|secp256k1]\n");
        return 2;
    }
    world w = {
        .hub = test_hub_new(exports ? YQ_HASH_KECCAK256 : YQ_HASH_SM3),
        .sender = yq_slice_of(sender.p, sender.n),
        .state = strtoull(argv[1], NULL, 10),
        .now_ms = TIME_MS,
    };
    w.hub->exports = exports;
    w.contract = make_contract(w.hub, no_clock);
    w.records = malloc(YQ_CONTRACT_RECORDS_MAX);
    YQ_ASSERT(w.records != NULL);
    printf("{\"step\":\"begin\",");
    print_hex("chain_id_hash", yq_slice_of(w.hub->set.chain_id_hash.b, YQ_DIGEST_SIZE));
    printf(",");
    print_set(w.hub);
    printf("}\n");
    for (unsigned i = 0; i < STEPS; i++) {
        if (w.hub->n < TEST_PACKETS_MAX && draw(&w, 4) != 0) {
            append_any(&w);
        }
        uint64_t what = draw(&w, 16);
        if (what == 0 && w.hub->n > 0) {
            step_epoch(&w);
        } else if (what < 5) {
            step_send(&w);
        } else if (w.hub->n > 0) {
            step_deliver(&w);
        }
    }
    yq_contract_free(w.contract);
    test_hub_free(w.hub);
    free(w.records);
    return 0;
}
