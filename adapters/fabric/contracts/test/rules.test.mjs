// Every rule of docs/protocol/messages.md, section 4, for both suites, against a peer's state.
import { P256, SM } from './support/suites.mjs';
import { administrationRules } from './rules/administration.mjs';
import { callRules } from './rules/calls.mjs';
import { certificateRules } from './rules/certificates.mjs';
import { laneRules } from './rules/lanes.mjs';
import { outboxRules } from './rules/outbox.mjs';
import { proofRules } from './rules/proofs.mjs';
import { stateRules } from './rules/state.mjs';

// YUQIAO_SUITE: only this one.
const only = process.env.YUQIAO_SUITE;
for (const suite of [SM, P256].filter((one) => only === undefined || String(one.suite) === only)) {
  for (const rules of [certificateRules, proofRules, callRules, laneRules, outboxRules, administrationRules, stateRules]) rules(suite);
}
