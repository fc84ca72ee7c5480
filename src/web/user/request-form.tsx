import type { FC } from 'hono/jsx';
import { brokenByParameter, CodeBlock } from '../components/code-block.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Prose } from '../components/prose.tsx';

export interface RequestParameter {
  readonly name: string;
  readonly value: string;
  readonly help: string;
  readonly editable: boolean;
  readonly copy?: boolean;
  readonly note?: string;
  readonly multiline?: boolean;
  readonly options?: readonly string[];
  readonly placeholder?: string;
}

export interface RequestFormProps {
  readonly displayName: string;
  readonly choices: readonly { id: string; displayName: string; href: string; current: boolean }[];
  /** Where the form goes, by GET. */
  readonly action: string;
  readonly hidden: readonly { name: string; value: string }[];
  readonly parameters: readonly RequestParameter[];
  /** Names that the lines of further parameters can't set. */
  readonly reserved: readonly string[];
  readonly endpoint: string;
  /** The exact request, kept true by the script while typing. */
  readonly requestUrl: string;
  readonly notice?: string;
}

/** The authorization request laid out: each parameter with what it is for, and the request that it makes. */
export const RequestForm: FC<RequestFormProps> = (props) => (
  <section class="card" aria-labelledby="request">
    <h2 id="request">The authorization request</h2>
    <p class="hint">
      Every parameter that the button sends. You see this because <code>INSPECT</code> is enabled.
    </p>
    {props.choices.length > 1 && (
      <nav aria-label="Provider of this request">
        <ul class="plain tabs">
          {props.choices.map(({ displayName, href, current }) => (
            <li>
              <a href={href} aria-current={current ? 'page' : undefined}>
                {displayName}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    )}
    {props.notice !== undefined && <p class="notice">{props.notice}</p>}
    <form
      class="parameters"
      action={props.action}
      method="get"
      data-request-form
      data-reserved={props.reserved.join(' ')}
    >
      {props.hidden.map(({ name, value }) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <div>
        {props.parameters.map((parameter) => (
          <ParameterRow {...parameter} />
        ))}
      </div>
      <div class="preview">
        <h3>Sent to {props.displayName}</h3>
        <CodeBlock
          label={`Request to ${props.displayName}`}
          text={brokenByParameter(props.requestUrl)}
          endpoint={props.endpoint}
        />
        <button class="button primary" type="submit">
          Send this request
        </button>
      </div>
    </form>
  </section>
);

const ParameterRow: FC<RequestParameter> = (parameter) => {
  const { name, help, editable } = parameter;
  const id = `parameter-${name}`;
  return (
    <div class="parameter">
      {editable ? <label for={id}>{name}</label> : <span class="label">{name}</span>}
      {editable ? <Field id={id} {...parameter} /> : <Fixed {...parameter} />}
      {help && (
        <p class="hint" id={`${id}-help`}>
          <Prose text={help} />
        </p>
      )}
    </div>
  );
};

const Fixed: FC<RequestParameter> = ({ name, value, copy, note }) => (
  <div class="fixed">
    <code id={`value-${name}`} data-fixed={name}>
      {value}
    </code>
    {copy && <CopyButton target={`value-${name}`} what={name} />}
    {note !== undefined && <p class="note">{note}</p>}
  </div>
);

const Field: FC<RequestParameter & { id: string }> = ({
  id,
  name,
  value,
  multiline,
  options,
  placeholder,
}) => {
  const shared = { id, name, 'aria-describedby': `${id}-help`, 'data-param': name };
  if (options) {
    const all = options.includes(value) ? options : [...options, value];
    return (
      <select {...shared}>
        {all.map((option) => (
          <option value={option} selected={option === value}>
            {option || '(not sent)'}
          </option>
        ))}
      </select>
    );
  }
  if (multiline) {
    return (
      <textarea {...shared} rows={3} spellcheck={false}>
        {value}
      </textarea>
    );
  }
  return (
    <input
      {...shared}
      type="text"
      value={value}
      placeholder={placeholder}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
    />
  );
};
