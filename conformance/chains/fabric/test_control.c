/* Control commands, and what a waiting client then sees. */
#include "conformance/chains/common/mock.h"
#include "conformance/chains/fabric/test_peer.h"

const yq_mock_framework *yq_mock_fabric(void);

static yq_status command(void *mock, const char *text)
{
    yq_fault why = {0};
    yq_json *document = yq_json_parse(yq_slice_text(text), 4096, &why);
    yq_json_out *out = yq_json_out_new(1u << 16);
    cr_assert_not_null(document);
    yq_json_out_object(out, NULL);
    yq_status status = yq_mock_fabric()->control(mock, yq_json_root(document), out, &why);
    yq_json_out_free(out);
    yq_json_free(document);
    return status;
}

Test(fabric_control, emit_reaches_a_waiting_client)
{
    struct event_base *base = event_base_new();
    void *mock;
    yq_fault why = {0};
    uint8_t room[512];
    uint64_t status;
    const yq_mock_options options = {.chain = "hubch", .seed = "s"};
    cr_assert_eq(yq_mock_fabric()->open(base, &options, &mock, &why), YQ_OK);
    peer *p = peer_open(base, yq_mock_fabric()->port(mock));
    size_t n = peer_ask(room, "hubch", 3, 3, 0, 0);
    peer_call *call = peer_start(p, yq_slice_of(room, n), "/protos.Deliver/Deliver", 0);
    for (int i = 0; i < 50; i++) {
        cr_assert(peer_turn(p));
    }
    cr_assert_eq(call->reply_n, 0);
    cr_assert_eq(command(mock, "{\"do\":\"emit\",\"payload\":\"01\",\"count\":2}"), YQ_OK);
    peer_finish(p, call);
    cr_assert_gt(peer_block(call, 0, &status).n, 0);
    (void)peer_block(call, 1, &status);
    cr_assert_eq(status, 200);
    cr_assert_eq(command(mock, "{\"do\":\"status\"}"), YQ_OK);
    cr_assert_eq(command(mock, "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":3}"), YQ_OK);
    cr_assert_eq(
        command(mock, "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":9}"), YQ_E_NOT_FOUND);
    cr_assert_eq(command(mock, "{\"do\":\"hostile\",\"mode\":\"rude\"}"), YQ_E_FIELD_UNKNOWN);
    cr_assert_eq(command(mock, "{\"do\":\"hostile\",\"mode\":\"none\"}"), YQ_OK);
    cr_assert_eq(command(mock, "{\"do\":\"emit\"}"), YQ_E_FIELD_MISSING);
    cr_assert_eq(command(mock, "{\"do\":\"emit\",\"payload\":\"01\",\"count\":9999}"), YQ_E_LIMIT);
    cr_assert_eq(command(mock, "{\"do\":\"deploy\"}"), YQ_E_FIELD_MISSING);
    cr_assert_eq(command(mock, "{\"do\":\"inbox\"}"), YQ_E_STATE);
    cr_assert_eq(command(mock, "{\"do\":\"gateway\",\"mode\":\"rude\"}"), YQ_E_FIELD_UNKNOWN);
    cr_assert_eq(command(mock, "{\"do\":\"gateway\",\"mode\":\"mismatch\"}"), YQ_OK);
    cr_assert_eq(command(mock, "{\"do\":\"dance\"}"), YQ_E_METHOD_UNKNOWN);
    cr_assert_eq(command(mock, "{}"), YQ_E_FIELD_MISSING);
    peer_close(p);
    yq_mock_fabric()->close(mock);
    event_base_free(base);
}

Test(fabric_control, unknown_suite)
{
    struct event_base *base = event_base_new();
    void *mock;
    const yq_mock_options options = {.chain = "hubch", .seed = "s", .suite = "pow"};
    cr_assert_eq(yq_mock_fabric()->open(base, &options, &mock, NULL), YQ_E_CONFIG_INVALID);
    event_base_free(base);
}
