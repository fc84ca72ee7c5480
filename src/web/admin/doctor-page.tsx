import type { FC } from 'hono/jsx';
import type { Finding } from '../../doctor/finding.ts';
import { worstOf } from '../../doctor/finding.ts';
import { Prose } from '../components/prose.tsx';
import { AdminPage } from './layout.tsx';

const SUMMARY = {
  ok: 'Everything is well.',
  warning: 'Nothing is broken; some things deserve a look.',
  fault: 'Something is broken. Mend the faults first.',
} as const;

/** What the doctor found, faults and warnings with what to do about them, a card a subject. */
export const AdminDoctorPage: FC<{ findings: readonly Finding[] }> = ({ findings }) => (
  <AdminPage title="Doctor" current="doctor">
    <h1>Doctor</h1>
    <p>{SUMMARY[worstOf(findings)]}</p>
    {[...new Set(findings.map(({ subject }) => subject))].map((subject) => (
      <section class="card" aria-labelledby={`subject-${subject}`}>
        <h2 id={`subject-${subject}`}>{subject}</h2>
        <ul class="plain findings">
          {findings
            .filter((finding) => finding.subject === subject)
            .map((finding) => (
              <Line {...finding} />
            ))}
        </ul>
      </section>
    ))}
    <p>
      <a class="button" href="/admin/doctor">
        Look again
      </a>
    </p>
  </AdminPage>
);

const Line: FC<Finding> = ({ level, check, message, hint }) => (
  <li class={level}>
    <span class="level">{level}</span>
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
