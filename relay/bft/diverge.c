#include "relay/bft/internal.h"

void diverge(yq_bft *b, const yq_digest *h)
{
    b->halted = 1;
    if (!b->diverged_told) {
        b->diverged_told = 1;
        yq_bft_action *a = emit(b, YQ_BFT_DIVERGENCE);
        a->h = *h;
    }
}

/* Others certify a result of a block that this node executed to another. */
void check_divergence(yq_bft *b, const yq_final_info *info)
{
    const slot *s = slot_of_block(b, &info->h);
    if (s != NULL && s->block.exec == EXEC_DONE &&
        (!digest_equal(&s->block.result.result_root, &info->result_root) ||
         !digest_equal(&s->block.result.export_root, &info->export_root))) {
        diverge(b, &info->h);
    }
}

void check_version(yq_bft *b)
{
    if (b->tip.result.version <= b->cfg.version_max || b->halted) {
        return;
    }
    b->halted = 1;
    yq_bft_action *a = emit(b, YQ_BFT_UPGRADE);
    if (a != NULL) {
        a->version = b->tip.result.version;
    }
}
