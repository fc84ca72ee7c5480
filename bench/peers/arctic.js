import { appWith } from './app.js';
import { steps } from './arctic-steps.js';

export default appWith(steps);
