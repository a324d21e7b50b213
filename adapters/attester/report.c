#include "adapters/attester/day.h"

static void put_item(const yq_day_item *item, int is_to, yq_json_out *out)
{
    yq_json_out_object(out, NULL);
    if (!yq_digest_is_zero(&item->id)) {
        yq_json_out_hex(out, "id", YQ_SLICE_OF(item->id.b));
    }
    if (is_to) {
        yq_json_out_uint(out, "index", item->index);
    } else {
        yq_json_out_uint(out, "record", item->number);
        yq_json_out_text(out, "tx_id", yq_host_name_get(&item->tx_id));
        yq_json_out_uint(out, "event_index", item->event_index);
    }
    if (item->text[0] != '\0') {
        yq_json_out_str(out, "state", item->text);
    }
    yq_json_out_end(out);
}

/* Count and names; what is above the bound of the list is only counted. */
static void put_list(const yq_day_list *list, const char *key, int is_to, yq_json_out *out)
{
    yq_json_out_object(out, key);
    yq_json_out_uint(out, "count", list->count);
    yq_json_out_array(out, "items");
    for (size_t i = 0; i < list->n; i++) {
        put_item(&list->item[i], is_to, out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

void yq_day_write(const yq_day *day, yq_json_out *out)
{
    yq_json_out_uint(out, "from_ms", day->from_ms);
    yq_json_out_uint(out, "to_ms", day->to_ms);
    yq_json_out_object(out, "platform");
    yq_json_out_uint(out, "records", day->records);
    yq_json_out_uint(out, "first", day->first);
    yq_json_out_uint(out, "last", day->last);
    yq_json_out_end(out);
    yq_json_out_object(out, "from_platform");
    yq_json_out_uint(out, "sent", day->sent);
    yq_json_out_uint(out, "taken", day->taken);
    put_list(&day->missing, "missing_at_hub", 0, out);
    put_list(&day->unknown, "missing_at_platform", 0, out);
    yq_json_out_end(out);
    yq_json_out_object(out, "to_platform");
    yq_json_out_uint(out, "sent", day->handed);
    yq_json_out_uint(out, "delivered", day->delivered);
    put_list(&day->open, "open", 1, out);
    put_list(&day->unproven, "missing_at_hub", 1, out);
    put_list(&day->unshown, "missing_at_platform", 1, out);
    put_list(&day->differing, "differing", 1, out);
    yq_json_out_end(out);
    yq_json_out_bool(out, "equal", yq_day_is_equal(day));
}
