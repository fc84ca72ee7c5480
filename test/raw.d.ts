/** A file's text, as the test bundler gives it. */
declare module '*?raw' {
  const text: string;
  export default text;
}

interface ImportMeta {
  /** The files that match, by their paths; the test bundler fills them in, and reads none until asked. */
  glob(patterns: readonly string[]): Record<string, () => Promise<unknown>>;
  /** The same with the text of each. */
  glob(
    patterns: readonly string[],
    options: { query: '?raw'; import: 'default'; eager: true },
  ): Record<string, string>;
}
