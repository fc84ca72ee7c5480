import { raw } from 'hono/html';
import type { Child, FC, PropsWithChildren } from 'hono/jsx';
import { link } from '../href.tsx';

interface PageProps {
  readonly title: string;
  /** Width of the content: a column for reading and forms, or the whole desk of the developer's mode. */
  readonly wide?: boolean;
  /** Pages with something to copy or to count down bring the script; all of them work without. */
  readonly script?: boolean;
  /** What stands at the right of the header. */
  readonly corner?: Child;
}

/** The shell of every page. */
export const Page: FC<PropsWithChildren<PageProps>> = ({ title, wide, script, corner, children }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Drawbridge`}</title>
        <link rel="icon" href={link('/assets/icon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={link('/assets/style.css')} />
        {script && <script type="module" src={link('/assets/client.js')} />}
      </head>
      <body>
        <header class="top">
          <a class="brand" href={link('/')}>
            <Logo />
            Drawbridge
          </a>
          {corner}
        </header>
        <main class={wide ? 'page wide' : 'page narrow'}>{children}</main>
        {script && <output class="visually-hidden" id="announcer" aria-live="polite" />}
      </body>
    </html>
  </>
);

const Logo: FC = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <path d="M6 27V9l3-3 3 3v18M6 13h6" />
    <path d="M12 25 26 14.5" />
    <path class="chain" d="M12 10 26 14.5" />
    <path d="M3 28.5h26" />
  </svg>
);
