import type { FC, PropsWithChildren } from 'hono/jsx';

/** A table. On a phone, each row becomes a block whose cells have their own labels. */
export const Records: FC<PropsWithChildren<{ label: string; head: readonly string[] }>> = ({
  label,
  head,
  children,
}) => (
  <section class="scroll" aria-label={label} tabindex={0}>
    <table>
      <thead>
        <tr>
          {head.map((name) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </section>
);

/** One cell; `label` is the name of its column. */
export const Cell: FC<PropsWithChildren<{ label: string; breakable?: boolean }>> = ({
  label,
  breakable,
  children,
}) => (
  <td class={breakable ? 'breakable' : undefined} data-label={label}>
    <div>{children}</div>
  </td>
);

/** A search field: one of these choices, or any. */
export const Choice: FC<{
  name: string;
  label: string;
  /** What is sent for each, and what it is called. */
  options: readonly (readonly [value: string, label: string])[];
  chosen: string;
}> = ({ name, label, options, chosen }) => (
  <div class="field">
    <label for={name}>{label}</label>
    <select id={name} name={name}>
      {[['', 'Any'] as const, ...options].map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>
  </div>
);
