#include "conformance/sim/cases.h"

#include "relay/base/bytes.h"

const sim_case sim_cases[] = {
    {"a first run", 4, 1, 1},
};
const unsigned sim_case_n = YQ_ARRAY_N(sim_cases);

const sim_mutant sim_mutants[] = {
    {1, "nothing is signed at or below the final view"},
    {2, "bodies are durable before NOTARIZE"},
    {3, "certificates are durable"},
    {5, "a leader proposes as soon as it can, not on entry only"},
    {6, "timers start with the work, not on entry only"},
    {7, "a notarized block is fetched"},
    {8, "laggards are answered"},
    {9, "F counts as a parent's certificate"},
    {10, "SUFFIX and EPOCH_END are checked"},
    {11, "a suffix view signs the block that ended the epoch"},
    {12, "no FINALIZE after NULLIFY"},
    {13, "no NULLIFY after FINALIZE, and of the present view only"},
    {14, "one NOTARIZE a view"},
    {16, "votes are remembered over a restart"},
    {18, "a quorum is n - f"},
    {19, "a signer counts once"},
    {20, "nothing is sent before it is durable"},
    {21, "a block is of the version that the state before it asks for"},
};
const unsigned sim_mutant_n = YQ_ARRAY_N(sim_mutants);
