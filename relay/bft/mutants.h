#ifndef YQ_RELAY_BFT_MUTANTS_H
#define YQ_RELAY_BFT_MUTANTS_H

/*
 * Rules that the simulator removes one at a time, to show that it would see each of them missing.
 * Only the archive that is built with YQ_MUTANTS can leave one out; in the product the question is
 * a constant.
 */
#ifdef YQ_MUTANTS
extern int yq_bft_mutant; /* 0: none; numbers as in docs/protocol/consensus.md */
#    define YQ_MUTANT(number) (yq_bft_mutant == (number))
#else
#    define YQ_MUTANT(number) 0
#endif

#endif /* YQ_RELAY_BFT_MUTANTS_H */
