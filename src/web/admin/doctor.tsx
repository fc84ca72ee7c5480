import type { Context } from 'hono';
import { checkStorage } from '../../doctor/bindings.ts';
import { diagnose } from '../../doctor/diagnose.ts';
import { worstOf } from '../../doctor/finding.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
import { type ApiPart, list, object, oneOf, operation, refusal, string } from './describe.ts';
import { AdminDoctorPage } from './doctor-page.tsx';

/** `GET /admin/doctor`: the button. Any site can link here, so nothing runs yet. */
export function doctorPage(c: Context<AppEnv>): Response | Promise<Response> {
  if (wantsJson(c)) throw new DrawbridgeError('method_not_allowed', { allow: ['POST'] });
  return showPage(c, <AdminDoctorPage findings={undefined} />);
}

/**
 * `POST /admin/doctor`: settings, bindings, storage and every provider, checked from here. The token endpoints get
 * the client's credentials. The answer has no secrets.
 */
export async function runDoctor(c: Context<AppEnv>): Promise<Response> {
  const [found, storage] = await Promise.all([
    diagnose(c.env, { origin: c.get('origin'), online: true }),
    checkStorage(c.get('sessions').reach?.probes ?? []),
  ]);
  const findings = [...found, ...storage];
  if (wantsJson(c)) return c.json({ status: worstOf(findings), findings });
  return showPage(c, <AdminDoctorPage findings={findings} />);
}

const LEVEL = oneOf('ok', 'warning', 'fault');

/** How it is described to programs. */
export const DOCTOR_API: ApiPart = {
  paths: {
    '/doctor': {
      get: {
        summary: 'The page with the button',
        responses: { '200': { description: 'A page' }, '405': refusal('For programs: use POST') },
      },
      post: operation('Settings, bindings, storage and every provider, tried from the Worker', 'Diagnosis'),
    },
  },
  schemas: {
    Diagnosis: object({
      status: LEVEL,
      findings: list(
        object({ level: LEVEL, subject: string, check: string, message: string, hint: string }, ['hint']),
      ),
    }),
  },
};
