import { findings } from '../../src/doctor/finding.ts';
import { networkFailure } from '../../src/doctor/network.ts';
import { Refusal } from '../refusal.ts';
import { workerAddress } from '../worker-address.mjs';

const { fault, ok } = findings('worker');

/** What the Worker at `url` finds about itself at `/admin/doctor`; why not, if it does not tell. */
export async function askDeployed(url, token) {
  let address;
  try {
    address = workerAddress(url);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [
      fault('URL', `can’t be used. ${error.message}`, 'Give the full address: https://login.example.com'),
    ];
  }
  if (!token) {
    return [
      fault('ADMIN_TOKEN', 'is needed to ask the Worker.', `ADMIN_TOKEN=… npm run doctor -- ${address}`),
    ];
  }
  try {
    const response = await fetch(`${address}/admin/doctor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    return explain(response.status, await response.json().catch(() => ({})));
  } catch (error) {
    const { reason, hint } = networkFailure(error);
    return [fault('address', `${new URL(address).host} ${reason}.`, hint)];
  }
}

function explain(status, body) {
  if (status === 200 && Array.isArray(body.findings)) return [ok('address', 'answers.'), ...body.findings];
  if (body.error === 'config_invalid') {
    const { fault: settingFault } = findings('settings');
    return body.faults.map(({ setting, fault: what, hint }) => settingFault(setting, `${what}.`, hint));
  }
  if (body.error === 'operator_required') {
    return [
      fault(
        'ADMIN_TOKEN',
        'is not this Worker’s.',
        'Set it to the value that you stored with `npx wrangler secret put ADMIN_TOKEN`.',
      ),
    ];
  }
  if (body.error === 'rate_limited')
    return [fault('address', 'limits requests right now.', 'Wait a minute.')];
  if (status === 404) {
    return [
      fault(
        'ADMIN_TOKEN',
        'is not set at this Worker, so it has no /admin.',
        'Run `npx wrangler secret put ADMIN_TOKEN`, or check the address: it ends in `BASE_PATH`, if the Worker has one.',
      ),
    ];
  }
  // What an app says that Drawbridge is in front of.
  if (body.error === 'not_signed_in' || body.error === 'forbidden') {
    return [fault('address', 'has no /admin.', 'Add the Worker’s `BASE_PATH`: https://www.example.com/auth')];
  }
  return [fault('address', `answers ${status}.`, 'Check that it is Drawbridge, in this version.')];
}
