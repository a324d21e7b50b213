#ifndef YQ_ADAPTERS_COMETBFT_TEST_EVENT_H
#define YQ_ADAPTERS_COMETBFT_TEST_EVENT_H

/* For tests: events as nodes tell them. */
#include "adapters/cometbft/packet.h"
#include "adapters/cometbft/session.h"

#include <criterion/criterion.h>

static const char *const v1_packet[] = {
    "packet_data_hex",
    "64617461",
    "packet_timeout_height",
    "1-100",
    "packet_timeout_timestamp",
    "77",
    "packet_sequence",
    "12",
    "packet_src_port",
    "yuqiao",
    "packet_src_channel",
    "channel-4",
    "packet_connection",
    "x",
    NULL};

/* An event of these attributes; old: keys and values in base64. */
static inline yq_json *event_of(const char *type, const char *const *attribute, int old)
{
    yq_json_out *out = yq_json_out_new(1u << 16);
    size_t size;
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "type", type);
    yq_json_out_array(out, "attributes");
    for (size_t i = 0; attribute[i] != NULL; i++) {
        char text[2048];
        cr_assert(yq_comet_base64(text, sizeof text, yq_slice_text(attribute[i])));
        if (i % 2 == 0) {
            yq_json_out_object(out, NULL);
        }
        yq_json_out_str(out, i % 2 == 0 ? "key" : "value", old ? text : attribute[i]);
        if (i % 2 == 1) {
            yq_json_out_end(out);
        }
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), 1u << 16, NULL);
    cr_assert_not_null(document);
    yq_json_out_free(out);
    return document;
}

#endif /* YQ_ADAPTERS_COMETBFT_TEST_EVENT_H */
