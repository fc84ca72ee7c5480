import type { FC } from 'hono/jsx';
import type { ShownDevice } from '../../connections/device.ts';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';
import { ConnectionShell } from './shell.tsx';

interface DeviceProps {
  readonly href: string;
  readonly isAdmin: boolean;
}

interface CodeProps extends DeviceProps {
  readonly problem: string | undefined;
  /** What was typed, to be corrected. */
  readonly typed?: string;
}

/** Where the user types the code that a program shows. */
export const CodePage: FC<CodeProps> = ({ href, isAdmin, problem, typed }) => (
  <ConnectionShell title="Connect a program" isAdmin={isAdmin}>
    <section class="card">
      <h1>Connect a program</h1>
      <p>Enter the code that the program shows you. Only do this if you started the program yourself.</p>
      <form class="stack" method="post" action={link(href)}>
        <label for="user_code">Code</label>
        <input
          id="user_code"
          name="user_code"
          value={typed}
          maxlength={20}
          placeholder="XXXX-XXXX"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          required
          aria-describedby={problem === undefined ? undefined : 'user_code-problem'}
          aria-invalid={problem === undefined ? undefined : 'true'}
        />
        {problem !== undefined && (
          <p class="field-error" id="user_code-problem" role="alert">
            {problem}
          </p>
        )}
        <button class="button primary" type="submit">
          Continue
        </button>
      </form>
    </section>
  </ConnectionShell>
);

interface ApprovalProps extends DeviceProps {
  readonly request: ShownDevice;
  /** As it is shown, with its hyphen. */
  readonly userCode: string;
  readonly displayName: string;
  readonly scope: string;
}

/** Who asks, for what, since when; and the decision. */
export const ApprovalPage: FC<ApprovalProps> = ({ href, isAdmin, request, userCode, displayName, scope }) => (
  <ConnectionShell title="Approve a program" isAdmin={isAdmin}>
    <section class="card">
      <h1>Let this program use {displayName}?</h1>
      <dl class="facts">
        <dt>It calls itself</dt>
        <dd class="breakable">
          <strong>{request.label}</strong> <span class="hint unbroken">not verified</span>
        </dd>
        <dt>It asks for</dt>
        <dd class="breakable">{scope || `what signing in with ${displayName} asks for`}</dd>
        <dt>It gets</dt>
        <dd>
          {request.raw_tokens
            ? 'the access token itself: it can do all of this on its own'
            : 'a key for requests through this service; the token stays here'}
        </dd>
        {request.upstreams && (
          <>
            <dt>Only for</dt>
            <dd class="breakable">{request.upstreams.join(', ')}</dd>
          </>
        )}
        <dt>It asked</dt>
        <dd>
          <Moment at={request.created_at} />
        </dd>
        <dt>Code</dt>
        <dd>
          <code>{userCode}</code>
        </dd>
      </dl>
      <p class="notice">
        If somebody sent you this code, decline. Whoever runs the program could act in your name at{' '}
        {displayName}.
      </p>
      <p>If you approve, you’re asked to sign in to {displayName} again and confirm there.</p>
      <form class="stack" method="post" action={link(href)}>
        <input type="hidden" name="user_code" value={userCode} />
        <button class="button primary" type="submit" name="action" value="approve">
          Approve
        </button>
        <button class="button" type="submit" name="action" value="decline">
          Decline
        </button>
      </form>
    </section>
  </ConnectionShell>
);

export const DeclinedPage: FC<DeviceProps> = ({ isAdmin }) => (
  <ConnectionShell title="Declined" isAdmin={isAdmin}>
    <section class="card">
      <h1>Declined</h1>
      <p>The program was told that you declined. You can close this page.</p>
    </section>
  </ConnectionShell>
);
