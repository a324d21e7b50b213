#ifndef YQ_ADAPTERS_ATTESTER_DAY_H
#define YQ_ADAPTERS_ATTESTER_DAY_H

/* What a hub and a platform have of one day, held against each other. Pure but for memory. */
#include "yuqiao/packet.h"

#include "adapters/attested/record.h"
#include "adapters/host/cursor.h"

#define YQ_DAY_MESSAGES_MAX 200000u
#define YQ_DAY_LISTED_MAX   1000u /* of each list; what is more is only counted */
#define YQ_DAY_MS           86400000u

/* A message as the hub tells it. */
typedef struct yq_day_message {
    yq_digest id;
    int is_from; /* from the platform, else to it */
    int has_index, was_seen;
    uint8_t status;          /* yq_done_status; 0: none */
    uint8_t platform_status; /* what the platform's DONE says; 0: none */
    char state[20];
    uint64_t index, accepted_ms, number;
    yq_host_name tx_id;
    uint32_t event_index;
} yq_day_message;

/* Something that one side has and the other has not. */
typedef struct yq_day_item {
    yq_digest id; /* zero: only the platform's names are known */
    uint64_t number, index;
    yq_host_name tx_id;
    uint32_t event_index;
    char text[48]; /* the hub's state, or both outcomes */
} yq_day_item;

typedef struct yq_day_list {
    uint64_t count;
    yq_day_item *item; /* owned; the first YQ_DAY_LISTED_MAX */
    size_t n;
} yq_day_list;

typedef struct yq_day {
    uint64_t from_ms, to_ms;
    yq_host_filter inbox; /* emitter and event of records; empty: none */
    yq_host_filter filter[YQ_HOST_FILTERS_MAX];
    size_t filter_n;
    yq_day_message *message; /* owned */
    size_t message_n, message_cap;
    /* the report */
    uint64_t first, last, records; /* of the platform, that day */
    uint64_t sent, taken;          /* from the platform: what it sent, what the hub has */
    yq_day_list missing, unknown;  /* the hub lacks it; the platform does not show it */
    uint64_t handed,
        delivered; /* to the platform: what the hub has for it, what both know as done */
    yq_day_list open, unproven, unshown, differing;
} yq_day;

/* Reads YYYY-MM-DD, a day of Beijing. Out: day zeroed, with its bounds. Returns 0 when it is none.
 */
int yq_day_begin(yq_day *day, const char *text);
void yq_day_free(yq_day *day);

/* Adds a message. Errors: E_LIMIT, E_MEMORY. */
YQ_NODISCARD yq_status yq_day_add(yq_day *day, const yq_day_message *message);

/* Holds a record of the platform, of that day or after it, against the messages. In: all messages
 * are added; numbers rise. Errors: E_MEMORY. Cost: one pass over the messages for each packet. */
YQ_NODISCARD yq_status yq_day_take(yq_day *day, const yq_atd_record *record);

/* Judges what is left. Call it once, after the last record. Errors: E_MEMORY. */
YQ_NODISCARD yq_status yq_day_end(yq_day *day);

/* Whether both sides have the same. */
int yq_day_is_equal(const yq_day *day);

/* Writes the report into the open object of out. */
void yq_day_write(const yq_day *day, yq_json_out *out);

#endif /* YQ_ADAPTERS_ATTESTER_DAY_H */
