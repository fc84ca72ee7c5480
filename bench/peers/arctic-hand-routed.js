import { workerWith } from '../workers/by-hand.js';
import { steps } from './arctic-steps.js';

export default workerWith(steps);
