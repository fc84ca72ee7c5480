import type { Context } from 'hono';
import { checkStorage } from '../../doctor/bindings.ts';
import { diagnose } from '../../doctor/diagnose.ts';
import { worstOf } from '../../doctor/finding.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
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
