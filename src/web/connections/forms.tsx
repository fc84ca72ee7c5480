import type { FC } from 'hono/jsx';

/** An upstream that a key may reach. */
export interface UpstreamChoice {
  readonly id: string;
  readonly provider: string | undefined;
}

interface KeyFieldsProps {
  /** Makes the ids of fields unique on a page with several forms. */
  readonly prefix: string;
  readonly upstreams: readonly UpstreamChoice[];
}

const DAYS = [
  ['', 'Never'],
  ['30', 'After 30 days'],
  ['90', 'After 90 days'],
  ['365', 'After a year'],
] as const;

/** What a key may be used for. */
export const KeyFields: FC<KeyFieldsProps> = ({ prefix, upstreams }) => (
  <>
    <fieldset class="stack">
      <legend>What the key may do</legend>
      <div class="choice">
        <input
          id={`${prefix}-raw`}
          name="raw_tokens"
          type="checkbox"
          value="true"
          aria-describedby={`${prefix}-raw-hint`}
        />
        <label for={`${prefix}-raw`}>Give the access token itself to the program</label>
      </div>
      <p class="hint" id={`${prefix}-raw-hint`}>
        Otherwise the program sends its requests through this service and never sees the token.
      </p>
      {upstreams.length > 0 && <Upstreams prefix={prefix} upstreams={upstreams} />}
    </fieldset>
    <div class="field">
      <label for={`${prefix}-expires`}>Key expires</label>
      <select id={`${prefix}-expires`} name="key_days">
        {DAYS.map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </div>
    <details>
      <summary>Limit the key further</summary>
      <div class="stack">
        <label for={`${prefix}-methods`}>Methods</label>
        <input id={`${prefix}-methods`} name="methods" placeholder="GET POST" autocomplete="off" />
        <label for={`${prefix}-paths`}>Paths below an upstream, one per line</label>
        <textarea id={`${prefix}-paths`} name="paths" rows={3} placeholder="/repos/acme" spellcheck={false} />
        <p class="hint">Each path includes everything below it. Without methods or paths, all are allowed.</p>
      </div>
    </details>
  </>
);

const Upstreams: FC<KeyFieldsProps> = ({ prefix, upstreams }) => (
  <div>
    <p id={`${prefix}-upstreams`}>
      <strong>Upstreams</strong>
    </p>
    <ul class="plain" aria-labelledby={`${prefix}-upstreams`}>
      {upstreams.map(({ id }) => (
        <li class="choice">
          <input id={`${prefix}-upstream-${id}`} name="upstreams" type="checkbox" value={id} />
          <label for={`${prefix}-upstream-${id}`}>{id}</label>
        </li>
      ))}
    </ul>
    <p class="hint">If you choose none, the key may use every upstream of its provider.</p>
  </div>
);
