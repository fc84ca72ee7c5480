import { appWith } from './app.js';
import { steps } from './openid-client-steps.js';

export default appWith(steps);
