// Started by a peer, or beside one: npm start -- --peer.address HOST:PORT
import shim from 'fabric-shim';
import { services } from '../services/index.mjs';
import { Chaincode } from './chaincode.mjs';

shim.start(new Chaincode(shim, services));
