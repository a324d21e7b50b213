/* Built twice: beside the product's archives and, with YQ_MUTANTS, as a part of the other one. */
#include "conformance/messages/rules.h"
#include "relay/hub/mutants.h"
#include "relay/hub/outbox.h"

#ifdef YQ_MUTANTS
int yq_message_mutant;

void msim_mutant_set(int number)
{
    yq_message_mutant = number;
}

const msim_rules msim_rules_mutant = {
#else
const msim_rules msim_rules_product = {
#endif
    yq_hub_init,           yq_hub_genesis,    yq_hub_note_set,   yq_hub_begin_block,
    yq_hub_execute,        yq_hub_end_block,  yq_hub_reset,      yq_hub_chain,
    yq_hub_message,        yq_hub_lane,       yq_hub_outbox,     yq_hub_delivery,
    yq_outbox_packet,      yq_contract_new,   yq_contract_free,  yq_contract_deliver,
    yq_contract_send_kind, yq_contract_state, yq_contract_pause, yq_contract_next_set,
    yq_contract_item_at,   yq_contract_look,
};
