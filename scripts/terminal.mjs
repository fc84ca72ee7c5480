/**
 * Text of somebody else made fit for a terminal: control and formatting characters, which a terminal would obey, are
 * written as escapes (`\u001b`), which JSON and TOML take as well. Line breaks stay if `lines` is set.
 */
export function printable(text, { lines = false } = {}) {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (lines && character === '\n') return character;
    return [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join('');
  });
}

/** JSON for a terminal, a pipe or wrangler.toml: the same value, without a character that a terminal obeys. */
export function printableJson(value, indent) {
  return printable(JSON.stringify(value, undefined, indent), { lines: true });
}

/** A text as one word of a command line that is printed to be copied: no shell reads anything else in it. */
export function shellWord(text) {
  const clean = printable(text);
  return /^[\w@%+=:,./-]+$/.test(clean) ? clean : `'${clean.replaceAll("'", `'\\''`)}'`;
}
