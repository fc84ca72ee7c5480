import type { FC } from 'hono/jsx';
import type { Finding } from '../../doctor/finding.ts';
import { worstOf } from '../../doctor/finding.ts';
import { Prose } from '../components/prose.tsx';
import { link } from '../href.tsx';
import { AdminPage } from './layout.tsx';

const SUMMARY = {
  ok: 'All checks passed.',
  warning: 'No errors. Check the warnings.',
  fault: 'Something is broken. Fix the errors first.',
} as const;

/** What the doctor found and what to do, one card per subject; before it has run, a button to start it. */
export const AdminDoctorPage: FC<{ findings: readonly Finding[] | undefined }> = ({ findings }) => (
  <AdminPage title="Doctor" current="doctor">
    <section class="card">
      <h1>Doctor</h1>
      <p>
        {findings === undefined
          ? 'Checks the settings, the storage and every provider. Each provider gets a token request with a code that does not exist.'
          : SUMMARY[worstOf(findings)]}
      </p>
      <form method="post" action={link('/admin/doctor')}>
        <button class="button primary" type="submit">
          {findings === undefined ? 'Run all checks' : 'Run again'}
        </button>
      </form>
    </section>
    {findings !== undefined && <Findings findings={findings} />}
  </AdminPage>
);

/** Without the space of `upstream api`: `aria-labelledby` takes what is around a space for two ids. */
function idOf(subject: string): string {
  return `subject-${subject.replace(' ', '-')}`;
}

/** A provider is called by its id, which is left as it is. */
function headingOf(subject: string): string {
  const isProvider = !/^(?:settings|bindings|upstreams|upstream .*)$/.test(subject);
  return isProvider ? subject : `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`;
}

const Findings: FC<{ findings: readonly Finding[] }> = ({ findings }) => (
  <>
    {[...new Set(findings.map(({ subject }) => subject))].map((subject) => (
      <section class="card" aria-labelledby={idOf(subject)}>
        <h2 id={idOf(subject)}>{headingOf(subject)}</h2>
        <ul class="plain findings">
          {findings
            .filter((finding) => finding.subject === subject)
            .map((finding) => (
              <Line {...finding} />
            ))}
        </ul>
      </section>
    ))}
  </>
);

const Line: FC<Finding> = ({ level, check, message, hint }) => (
  <li class={level}>
    <span class="level">{level === 'fault' ? 'error' : level}</span>
    <div>
      <p>
        <code>{check}</code> <Prose text={message} />
      </p>
      {hint !== undefined && level !== 'ok' && (
        <p class="hint">
          <Prose text={hint} />
        </p>
      )}
    </div>
  </li>
);
