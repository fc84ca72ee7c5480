/**
 * A pattern with classes of Unicode (`\p{…}`), made when it is first used. Where V8 reads a literal with such a class, even
 * in a function that never runs, it asks ICU for all characters of the class, which every cold start would wait for.
 */
export function unicodePattern(source: string, flags = 'u'): () => RegExp {
  let pattern: RegExp | undefined;
  return () => {
    pattern ??= new RegExp(source, flags);
    return pattern;
  };
}

const CONTROL = unicodePattern(String.raw`\p{Cc}`);

/** True for a text with a control character. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL().test(text);
}
