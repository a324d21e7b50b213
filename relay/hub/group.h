#ifndef YQ_RELAY_HUB_GROUP_H
#define YQ_RELAY_HUB_GROUP_H

#include "yuqiao/packet.h"

#include "relay/hub/message.h"

/*
 * Groups: prepares of one source that become commits everywhere or nowhere. A group is named by its
 * source chain and the 32 bytes of the packets' field, of which the first says how many prepares it
 * has; the rest is the source's choice. The hub decides once: COMMIT when all are prepared, UNDO
 * when one is not, or at the deadline. A prepare that says ok is not acknowledged; the receipt of
 * its commit or undo is.
 */
#define YQ_GROUP_MEMBERS_MIN 2u
#define YQ_GROUP_MEMBERS_MAX 16u
#define YQ_GROUP_MS_MAX      UINT64_C(600000) /* how far ahead a prepare's deadline may lie */
#define YQ_GROUPS_OPEN_MAX   64u              /* of one source service, undecided */

typedef enum yq_group_decision {
    YQ_GROUP_OPEN = 0,
    YQ_GROUP_COMMIT = 1,
    YQ_GROUP_UNDO = 2,
} yq_group_decision;

/*
 * Takes an accepted prepare into its group. Errors, for which the packet is refused: E_RANGE (no
 * such group, no deadline, or one too far ahead), E_STATE (decided already, full, or a second
 * prepare of one lane), E_BUSY (too many undecided groups of its service).
 */
YQ_NODISCARD yq_status
yq_group_join(yq_hub *hub, const yq_message_record *m, const yq_packet *packet);

/* A member that still waits for its leaf: whether its group goes on without it. */
int yq_group_is_undone(yq_hub *hub, const yq_message_record *m);

/* A member was refused, failed or cancelled: the group is undone. */
YQ_NODISCARD yq_status yq_group_spoil(yq_hub *hub, const yq_message_record *m);

/* A member is prepared; the caller has marked its leaf as done. Decides when it is the last;
 * stores the message. */
YQ_NODISCARD yq_status yq_group_prepared(yq_hub *hub, yq_message_record *m);

/* Returns 1 when the member's group is decided. Out: decision. */
int yq_group_is_decided(yq_hub *hub, const yq_message_record *m, yq_group_decision *decision);

/* The deadline of a group: work as the due work carries it. */
YQ_NODISCARD yq_status yq_group_due(yq_hub *hub, yq_slice work);

#endif /* YQ_RELAY_HUB_GROUP_H */
