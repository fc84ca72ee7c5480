import { workerWith } from '../workers/by-hand.js';
import { steps } from './openid-client-steps.js';

export default workerWith(steps);
