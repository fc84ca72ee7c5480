import { findings } from '../../src/doctor/finding.ts';
import { networkFailure } from '../../src/doctor/network.ts';

const { fault, ok } = findings('worker');

/** What the Worker at `url` finds about itself at `/admin/doctor`; why not, if it does not tell. */
export async function askDeployed(url, token) {
  const origin = URL.parse(url)?.origin;
  if (!origin || origin === 'null')
    return [fault('URL', 'is not one.', 'Give it whole: https://login.example.com')];
  if (!token) {
    return [
      fault('ADMIN_TOKEN', 'is needed to ask the Worker.', `ADMIN_TOKEN=… npm run doctor -- ${origin}`),
    ];
  }
  try {
    const response = await fetch(`${origin}/admin/doctor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    return explain(response.status, await response.json().catch(() => ({})));
  } catch (error) {
    const { reason, hint } = networkFailure(error);
    return [fault('address', `${new URL(origin).host} ${reason}.`, hint)];
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
        'is not the one of this Worker.',
        'Store the same with `npx wrangler secret put ADMIN_TOKEN`.',
      ),
    ];
  }
  if (body.error === 'rate_limited') return [fault('address', 'asks for a pause.', 'Wait a minute.')];
  if (status === 404) {
    return [
      fault(
        'ADMIN_TOKEN',
        'is not set at this Worker, so it has no /admin.',
        'Run `npx wrangler secret put ADMIN_TOKEN`; is it a Drawbridge?',
      ),
    ];
  }
  return [fault('address', `answers ${status}.`, 'Is it a Drawbridge of this version?')];
}
