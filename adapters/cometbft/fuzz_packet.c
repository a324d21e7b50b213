/* First byte: 0 a reply, 1 a block's results, 2 an answer to abci_query, 3 a Header message. What
 * is read fits into its room, and a proof is written from it or refused. */
#include "adapters/cometbft/evidence.h"
#include "adapters/cometbft/packet.h"
#include "adapters/cometbft/session.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENTS_MAX 8u

static uint8_t room[1u << 16], out[1u << 16];

static void one_packet(const yq_json *event)
{
    static yq_comet_packet p;
    static const yq_comet_answer answer = {0};
    uint8_t key_room[YQ_COMET_KEY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room), key = yq_writer_of(key_room, sizeof key_room);
    yq_fault why = {0};
    yq_digest commitment;
    yq_status status = yq_comet_packet_of_event(event, &w, &p, &why);
    YQ_ASSERT(w.status == YQ_OK && w.n <= w.cap);
    YQ_ASSERT(status == YQ_OK || why.status == (int32_t)status);
    if (status != YQ_OK) {
        return;
    }
    yq_comet_packet_key(&p, &key);
    YQ_ASSERT(key.status == YQ_OK && yq_comet_packet_events(&p) > 0);
    yq_comet_packet_commitment(&p, &commitment);
    for (size_t i = 0; i < yq_comet_packet_events(&p); i++) {
        uint8_t name[1280];
        yq_writer emitter = yq_writer_of(name, sizeof name);
        yq_writer proof = yq_writer_of(out, sizeof out);
        yq_comet_packet_emitter(&p, i, &emitter);
        YQ_ASSERT(emitter.status == YQ_OK && yq_comet_packet_name(&p)[0] != '\0');
        status = yq_comet_event_put(&p, i, 1, &answer, &proof, &why);
        YQ_ASSERT(status == YQ_OK || status == YQ_E_NOSPC);
    }
}

static void results(const yq_json *root)
{
    const yq_json *event[EVENTS_MAX];
    size_t n = 0;
    yq_fault why = {0};
    yq_status status = yq_comet_events_find(root, event, EVENTS_MAX, &n, &why);
    YQ_ASSERT(n <= EVENTS_MAX && (status == YQ_OK || why.status == (int32_t)status));
    for (size_t i = 0; i < n; i++) {
        one_packet(event[i]);
    }
}

static void answers(const yq_json *root)
{
    yq_comet_answer answer;
    yq_fault why = {0};
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_status status = yq_comet_answer_read(root, &w, &answer, &why);
    YQ_ASSERT(
        status == YQ_OK ? answer.value.n + answer.proof[0].n + answer.proof[1].n == w.n
                        : why.status == (int32_t)status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    yq_slice in = {data + 1, size - 1};
    yq_fault why = {0};
    yq_digest hash;
    if (data[0] == 0) {
        yq_jsonrpc rpc = {.meaning = yq_comet_meaning, .only_objects = 1, .id = 1};
        yq_json *reply = NULL;
        yq_status status = yq_jsonrpc_read(&rpc, 200, in, "status", &reply, &why);
        YQ_ASSERT((reply != NULL) == (status == YQ_OK));
        yq_json_free(reply);
        return 0;
    }
    if (data[0] == 3) {
        yq_status status = yq_comet_header_hash(in, &hash, &why);
        YQ_ASSERT(status == YQ_OK || why.status == (int32_t)status);
        return 0;
    }
    yq_json *document = yq_json_parse(in, 1u << 16, NULL);
    if (document != NULL) {
        if (data[0] == 1) {
            results(yq_json_root(document));
        } else {
            answers(yq_json_root(document));
        }
    }
    yq_json_free(document);
    return 0;
}
