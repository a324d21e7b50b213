#include "conformance/sim/cases.h"

#include "relay/base/bytes.h"

const sim_case sim_cases[] = {
    {"a first run", 4, 1, 1},
    {"a notarized block beside the stored one is not executed after a restart", 7, 2, 397},
};
const unsigned sim_case_n = YQ_ARRAY_N(sim_cases);

const sim_mutant sim_mutants[] = {
    {1, "nothing is signed at or below the final view", 0},
    {2, "bodies are durable before NOTARIZE", 0},
    {3, "certificates are durable", 0},
    {4, "all own votes above the final view are sent again after a restart", 0},
    {5, "a leader proposes as soon as it can, not on entry only", 0},
    {6, "timers start with the work, not on entry only", 0},
    {7, "a notarized block is fetched", 0},
    {8, "laggards are answered", 0},
    {9, "F counts as a parent's certificate", 0},
    {10, "SUFFIX and EPOCH_END are checked", 0},
    {11, "a suffix view signs the block that ended the epoch", 0},
    {12, "no FINALIZE after NULLIFY", 0},
    {13, "no NULLIFY after FINALIZE, and of the present view only", 0},
    {14, "one NOTARIZE a view", 0},
    {15, "a proposal proves that the views between were nullified", 0},
    {16, "votes are remembered over a restart", 0},
    {17, "timers grow with the distance to the final view, equally on all", 1},
    {18, "a quorum is n - f", 0},
    {19, "a signer counts once", 0},
    {20, "nothing is sent before it is durable", 0},
    {21, "a block is of the version that the state before it asks for", 0},
};
const unsigned sim_mutant_n = YQ_ARRAY_N(sim_mutants);
