import { administrationRules } from './administration.mjs';
import { callRules } from './calls.mjs';
import { certificateRules } from './certificates.mjs';
import { gasRules } from './gas.mjs';
import { laneRules } from './lanes.mjs';
import { outboxRules } from './outbox.mjs';
import { proofRules } from './proofs.mjs';

/** Every rule of an inbox and outbox, on the chain that the function gives. */
export function rules(chain) {
  certificateRules(chain);
  proofRules(chain);
  callRules(chain);
  laneRules(chain);
  outboxRules(chain);
  administrationRules(chain);
  gasRules(chain);
}
