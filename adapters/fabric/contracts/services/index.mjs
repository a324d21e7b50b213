// The business services of this channel, by the names that the hub knows them by. They are part of this chaincode, since
// only what reads and writes the chaincode's own state can be proven to the hub.
import { notary } from './notary.mjs';

export const services = { notary };
