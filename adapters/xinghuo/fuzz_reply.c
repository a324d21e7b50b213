/* What nodes answer and attesters are asked. The first byte: which. */
#include "adapters/xinghuo/attesters.h"
#include "adapters/xinghuo/office.h"
#include "adapters/xinghuo/office_config.h"
#include "adapters/xinghuo/wire.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A body that was made is read again, to its end. */
static void make_body(const yq_json *log)
{
    const yq_xha_header header = {.seq = 9, .time_ms = 1000, .value = {{1}}};
    yq_xha_log made = {.tx = {{2}}, .index = 3, .datas = yq_json_get(log, "datas")};
    yq_xha_bodies all = {0};
    yq_fault why = {0};
    (void)yq_json_text(yq_json_get(log, "source_address"), &made.emitter);
    (void)yq_json_text(yq_json_get(log, "topic"), &made.topic);
    if (yq_xha_bodies_add(&all, &header, &made, &why) == YQ_OK && all.n == 1) {
        YQ_ASSERT(yq_slice_equal(all.body[0].emitter, made.emitter));
        YQ_ASSERT(yq_slice_equal(all.body[0].name, made.topic));
    }
    yq_xha_bodies_free(&all);
}

static void read_reply(yq_slice text)
{
    static uint8_t room[YQ_XINGHUO_PROOF_MAX];
    static yq_xha_commits commits;
    yq_buf proof = {room, sizeof room, 0};
    yq_xha_header header;
    yq_fault why = {0};
    yq_json *document = yq_json_parse(text, 1u << 20, NULL);
    if (document == NULL) {
        return;
    }
    const yq_json *root = yq_json_root(document);
    if (yq_xha_header_read(root, &header, &why) == YQ_OK) {
        YQ_ASSERT(header.seq > 0);
    }
    if (yq_xha_proof_read(root, &proof, &why) == YQ_OK &&
        yq_xha_commits_read(yq_slice_of(proof.p, proof.n), &commits, &why) == YQ_OK) {
        YQ_ASSERT(commits.proof.n <= YQ_XINGHUO_MEMBERS_MAX);
    }
    make_body(root);
    yq_json_free(document);
}

/* Every body lies in the question's own room, behind the one before. */
static void read_question(yq_slice text)
{
    static yq_xha_question question;
    const yq_xha_office office = {.chain = "xinghuo", .epoch = 1};
    yq_fault why = {0};
    if (yq_xha_question_read(&office, text, &question, &why) == YQ_OK) {
        const uint8_t *at = question.room;
        YQ_ASSERT(question.n > 0 && question.n <= YQ_XHA_BATCH_MAX);
        for (size_t i = 0; i < question.n; i++) {
            YQ_ASSERT(question.body[i].p == at);
            at += question.body[i].n;
        }
        YQ_ASSERT((size_t)(at - question.room) <= text.n / 2);
    }
    yq_xha_question_free(&question);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_fault why = {0};
    if (size == 0) {
        return 0;
    }
    yq_slice rest = yq_slice_of(data + 1, size - 1);
    if (data[0] == 'b') {
        yq_xha_body body;
        uint64_t height;
        if (yq_xha_body_read(rest, &body, &height, &why) == YQ_OK) {
            YQ_ASSERT(body.n == rest.n);
        }
    } else if (data[0] == 'a') {
        yq_xha_attesters attesters;
        if (yq_xha_attesters_parse(rest, &attesters, &why) == YQ_OK) {
            YQ_ASSERT(attesters.n >= 2 && attesters.threshold >= 2);
        }
        yq_xha_attesters_free(&attesters);
    } else if (data[0] == 'c') {
        yq_xha_office_config config;
        if (yq_xha_office_config_parse(rest, &config, &why) == YQ_OK) {
            YQ_ASSERT(config.adapter.endpoint_n > 0 && config.port <= UINT16_MAX);
        }
        yq_xha_office_config_free(&config);
    } else if (data[0] == 'q') {
        read_question(rest);
    } else {
        read_reply(rest);
    }
    return 0;
}
