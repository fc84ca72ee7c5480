import type { Context } from 'hono';
import { checkStorage } from '../../doctor/bindings.ts';
import { diagnose } from '../../doctor/diagnose.ts';
import { worstOf } from '../../doctor/finding.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { AdminDoctorPage } from './doctor-page.tsx';

/** `GET /admin/doctor`: settings, bindings, storage and every provider, tried from here. No secret. */
export async function adminDoctor(c: Context<AppEnv>): Promise<Response> {
  const { server } = c.get('settings');
  const [found, storage] = await Promise.all([
    diagnose(c.env, { origin: c.get('origin'), online: true }),
    server ? checkStorage(server) : [],
  ]);
  const findings = [...found, ...storage];
  if (wantsJson(c)) return c.json({ status: worstOf(findings), findings });
  return c.html(<AdminDoctorPage findings={findings} />);
}
