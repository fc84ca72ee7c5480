/**
 * The source without one of its protections. The protection is found by its marker, a comment on the line above it
 * (or at the end of its line): `// protects: <name>`, or several names with commas. `change` gets the marked code, from
 * its line to the end of its statement or property, and returns what takes its place.
 * Throws if the marker is missing or not unique, or if the change changes nothing.
 */
export function withoutProtection(source, name, change) {
  const [start, ...others] = markedLines(source, name);
  if (start === undefined || others.length > 0) {
    throw new Error(
      `“// protects: ${name}” marks ${others.length + (start === undefined ? 0 : 1)} places, not one`,
    );
  }
  const end = start + statementLength(source.slice(start));
  const marked = source.slice(start, end);
  const changed = change(marked);
  if (changed === marked) throw new Error(`the change of “${name}” does not fit what is marked: ${marked}`);
  return source.slice(0, start) + changed + source.slice(end);
}

/** The names of all protections that a source marks. */
export function protectionsIn(source) {
  return [...source.matchAll(MARKER)].flatMap(([, names]) => namesIn(names));
}

const MARKER = /\/\/ protects: (.+)$/gm;

function namesIn(list) {
  return list.split(',').map((name) => name.trim());
}

/** Where the code begins that the markers of this name stand at. */
function markedLines(source, name) {
  return [...source.matchAll(MARKER)]
    .filter(([, names]) => namesIn(names).includes(name))
    .map(({ index, 0: { length } }) => {
      const line = source.lastIndexOf('\n', index) + 1;
      if (source.slice(line, index).trim() !== '') return line;
      const [comments] = /^(?:\s*(?:\/\/|\/\*|\*).*\n)*/.exec(source.slice(index + length + 1));
      return index + length + 1 + comments.length;
    });
}

/** Brackets and ends in code; strings and comments whole, so that what is in them counts for nothing. */
const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[([{}\]);,]/g;

/** How long the statement or property is that a text begins with. */
function statementLength(text) {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(TOKEN)) {
    if ('([{'.includes(found)) depth++;
    else if (')]}'.includes(found) && --depth < 0) return index;
    else if ((found === ';' || found === ',') && depth === 0) return index + 1;
  }
  return text.length;
}

/** What the first `if` of the code asks is no longer asked: it is as if the answer were always this. */
export const asIf = (answer) => (code) => {
  const start = code.search(/\bif \(/) + 'if '.length;
  const rest = code.slice(start);
  return `${code.slice(0, start)}(${answer})${rest.slice(bracketed(rest))}`;
};

/** The code is gone. */
export const gone = () => '';

/** A text or pattern in the code gives way to another. Name what a standard names, not what a variable is called. */
export const swap = (pattern, replacement) => (code) => code.replace(pattern, replacement);

/** The last operand of `||` in the first condition is gone. */
export const lastOperandGone = swap(/ \|\| [^|]*?\)(?=\s*(?:\{|throw|return|\n))/, ')');

/** A property has another value; a conditional returns what it gives in the first or the second case. */
export const value = (code) => swap(/: [\s\S]*,$/, `: ${code},`);
export const firstCase = swap(/return [^?]* \? ([^:]*) : [^;]*;/, 'return $1;');
export const secondCase = swap(/return [^?]* \? [^:]* : ([^;]*);/, 'return $1;');

/** How long the parentheses are that a text begins with. */
function bracketed(text) {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(TOKEN)) {
    if (found === '(') depth++;
    else if (found === ')' && --depth === 0) return index + 1;
  }
  return text.length;
}
