#include "conformance/sim/cases.h"

#include "relay/base/bytes.h"

const sim_case sim_cases[] = {
    {"a first run", 4, 1, 1},
};
const unsigned sim_case_n = YQ_ARRAY_N(sim_cases);

const sim_mutant sim_mutants[] = {
    {1, "nothing is signed at or below the final view"},
    {2, "bodies are durable before NOTARIZE"},
    {5, "a leader proposes as soon as it can, not on entry only"},
    {6, "timers start with the work, not on entry only"},
    {7, "a notarized block is fetched"},
    {8, "laggards are answered"},
    {11, "a suffix view signs the block that ended the epoch"},
    {12, "no FINALIZE after NULLIFY"},
    {16, "votes are remembered over a restart"},
};
const unsigned sim_mutant_n = YQ_ARRAY_N(sim_mutants);
