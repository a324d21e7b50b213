// Every rule of docs/protocol/messages.md, section 4, for both suites, against a peer's state.
import { P256, SM } from './support/suites.mjs';
import { administrationRules } from './rules/administration.mjs';
import { callRules } from './rules/calls.mjs';
import { certificateRules } from './rules/certificates.mjs';
import { laneRules } from './rules/lanes.mjs';
import { outboxRules } from './rules/outbox.mjs';
import { proofRules } from './rules/proofs.mjs';
import { stateRules } from './rules/state.mjs';

for (const suite of [SM, P256]) {
  for (const rules of [certificateRules, proofRules, callRules, laneRules, outboxRules, administrationRules, stateRules]) rules(suite);
}
