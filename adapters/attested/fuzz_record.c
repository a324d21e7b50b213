/* A platform's record, in every form; what is read has a body that the light client takes. */
#include "adapters/attested/record.h"
#include "relay/base/assert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_form(const yq_json *item, yq_atd_form form, yq_atd_clock clock)
{
    static uint8_t room[YQ_ATD_EVENT_BODY_MAX];
    const yq_atd_records m = {
        .clock = clock,
        .form = form,
        .number = "seq",
        .time = "at",
        .id = "id",
        .index = "part",
        .emitter = "from.topic",
        .name = "=Changed",
        .data = "body",
        .field_n = 2,
        .field = {{"a", "body"}, {"b", "from.topic"}}};
    yq_atd_record r;
    yq_fault why = {0};
    if (yq_atd_record_read(&m, item, &r, &why) == YQ_OK && yq_atd_record_fits(&r)) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_atd_put_event(&w, &r);
        YQ_ASSERT(w.status == YQ_OK && r.id.n > 0 && r.emitter.n > 0 && r.number > 0);
    }
    yq_atd_record_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_json *document = yq_json_parse((yq_slice){data, size}, 1u << 20, NULL);
    if (document == NULL) {
        return 0;
    }
    for (unsigned form = YQ_ATD_HEX; form <= YQ_ATD_FIELDS; form++) {
        try_form(yq_json_root(document), (yq_atd_form)form, (yq_atd_clock)(1 + form % 3));
    }
    yq_json_free(document);
    return 0;
}
