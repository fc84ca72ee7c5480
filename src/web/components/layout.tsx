import { raw } from 'hono/html';
import type { Child, FC, PropsWithChildren } from 'hono/jsx';
import { link, type ShownBrand, shownBrand } from '../href.tsx';

interface PageProps {
  readonly title: string;
  /** Width of the content: a column for reading and forms, or the full width for developers. */
  readonly wide?: boolean;
  /** Pages with something to copy or to count down bring the script; all of them work without. */
  readonly script?: boolean;
  /** At the right of the header. */
  readonly corner?: Child;
  /** A page for operators, which bears our own name whatever users see. */
  readonly operator?: boolean;
}

/** The shell of every page. */
export const Page: FC<PropsWithChildren<PageProps>> = ({ operator, ...props }) => {
  const brand = shownBrand();
  return <Shell {...props} brand={operator ? undefined : brand} />;
};

interface ShellProps extends Omit<PageProps, 'operator'> {
  /** Undefined: our own. */
  readonly brand: ShownBrand | undefined;
}

const OWN_NAME = 'Drawbridge';

const Shell: FC<PropsWithChildren<ShellProps>> = ({ title, wide, script, corner, brand, children }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{titleOf(title, brand)}</title>
        <Icon brand={brand} />
        <link rel="stylesheet" href={link('/assets/style.css')} />
        {script && <script type="module" src={link('/assets/client.js')} />}
      </head>
      <body>
        <header class="top">
          <Brand brand={brand} />
          {corner}
        </header>
        <main class={wide ? 'page wide' : 'page narrow'}>{children}</main>
        {script && <output class="visually-hidden" id="announcer" aria-live="polite" />}
      </body>
    </html>
  </>
);

type Branded = Pick<ShellProps, 'brand'>;

function titleOf(title: string, brand: ShownBrand | undefined): string {
  const name = brand ? brand.name : OWN_NAME;
  return name === undefined ? title : `${title} · ${name}`;
}

const Icon: FC<Branded> = ({ brand }) => {
  if (!brand) return <link rel="icon" href={link('/assets/icon.svg')} type="image/svg+xml" />;
  return brand.logo === undefined ? null : <link rel="icon" href={sourceOf(brand.logo)} />;
};

/** The name leads home, with the logo beside it; nothing without a name, since that says what the link is. */
const Brand: FC<Branded> = ({ brand }) =>
  brand && brand.name === undefined ? null : (
    <a class="brand" href={link('/')}>
      {!brand && <Logo />}
      {brand?.logo !== undefined && <img class="brand-logo" src={sourceOf(brand.logo)} alt="" />}
      {brand ? brand.name : OWN_NAME}
    </a>
  );

/** A data URI is served as a file, so that the policy of the page need not allow any. */
function sourceOf(logo: string): string {
  return logo.startsWith('data:') ? link('/assets/brand') : logo;
}

const Logo: FC = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <path d="M6 27V9l3-3 3 3v18M6 13h6" />
    <path d="M12 25 26 14.5" />
    <path class="chain" d="M12 10 26 14.5" />
    <path d="M3 28.5h26" />
  </svg>
);
