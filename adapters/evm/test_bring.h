#ifndef YQ_ADAPTERS_EVM_TEST_BRING_H
#define YQ_ADAPTERS_EVM_TEST_BRING_H

/* For tests: evidence of recorded chains over HTTP, and blocks of them that are not what they were.
 */
#include "adapters/evm/test_node.h"

static yq_fault why;

static inline yq_status evidence(void *session, uint64_t height, yq_height_evidence *out)
{
    why = (yq_fault){0};
    return yq_adapter_v1()->evidence(session, height, TEST_DEADLINE_MS, out, &why);
}

/* Follows a chain into a client. Returns the number of events. */
static inline size_t follow(
    void *session, const test_recording *r, uint64_t from, test_client *client)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice anchor;
    uint64_t latest;
    size_t events = 0;
    if (from == 1) {
        cr_assert_eq(a->anchor(session, TEST_DEADLINE_MS, &anchor, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(test_client_init(client, anchor), YQ_OK);
    }
    cr_assert_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_OK);
    cr_assert_eq(latest, r->height - r->profile.depth);
    for (uint64_t h = from; h <= latest; h++) {
        yq_height_evidence e;
        yq_verified_event event;
        cr_assert_eq(evidence(session, h, &e), YQ_OK, "%" PRIu64 " %s", h, why.text);
        cr_assert_eq(test_client_update(client, e.update), YQ_OK, "%s", client->why.text);
        for (size_t i = 0; i < e.event_n; i++) {
            cr_assert_eq(test_client_event(client, e.event[i].proof, &event), YQ_OK);
            cr_assert(yq_slice_equal(event.tx_id, e.event[i].tx_id));
            cr_assert(yq_slice_equal(event.emitter, e.event[i].emitter));
            cr_assert(yq_slice_equal(event.name, e.event[i].name));
            events++;
        }
        test_release();
    }
    return events;
}

/* A recorded block's members with one place changed and the hash made to fit. Returns text to be
 * freed. */
static inline char *block_with(
    const test_node *node, unsigned number, const char *from, const char *to)
{
    static uint8_t memory[2u << 20], room[1u << 20];
    yq_evma_work work;
    yq_evma_header header = {0};
    char name[16], hex[65];
    (void)snprintf(name, sizeof name, "b%u", number);
    char *members = test_file_members(node, name), *text = malloc(1u << 20);
    char *at = strstr(members, from);
    cr_assert_not_null(at);
    (void)snprintf(
        text, 1u << 20, "{%.*s%s%s}", (int)(at - members), members, to, at + strlen(from));
    free(members);
    yq_json *document = test_parse(text);
    yq_buf out = {room, sizeof room, 0};
    yq_evma_work_begin(&work, memory, sizeof memory);
    yq_status status = yq_evma_header_of(
        &work, &node->recording->profile, test_result(document), &out, &header, &why);
    cr_assert(status == YQ_OK || status == YQ_E_HASH);
    yq_json_free(document);
    char *hash = strstr(text, "\"hash\":\"0x") + 10;
    (void)yq_hex_encode(hex, sizeof hex, header.hash.b, sizeof header.hash.b);
    memcpy(hash, hex, 64);
    memmove(text, text + 1, strlen(text));
    text[strlen(text) - 1] = '\0';
    return text;
}

#endif /* YQ_ADAPTERS_EVM_TEST_BRING_H */
