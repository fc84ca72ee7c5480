import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Prose } from '../components/prose.tsx';

interface ConfigPageProps {
  readonly faults: readonly { setting: string; fault: string; hint: string }[];
  readonly flow: string;
}

/** What is wrong with the settings: all of it at once, names and never values. */
export const SettingsPage: FC<ConfigPageProps> = ({ faults, flow }) => (
  <Page title="Not set up yet">
    <section class="card">
      <p class="eyebrow">Error 503</p>
      <h1>Drawbridge is not set up yet</h1>
      <p>
        {faults.length === 1
          ? 'One setting needs attention. Fix it, then reload.'
          : `${faults.length} settings need attention. Fix them, then reload.`}
      </p>
      <ol class="plain faults">
        {faults.map(({ setting, fault, hint }) => (
          <li>
            <p>
              <code>{setting}</code> <Prose text={fault} />.
            </p>
            <p class="hint">
              <Prose text={hint} />
            </p>
          </li>
        ))}
      </ol>
      <p class="hint">
        <code>config_invalid</code> · flow <code>{flow}</code>
      </p>
    </section>
  </Page>
);
