/** Documents that tests hold against the code. */
declare module '*.md?raw' {
  const text: string;
  export default text;
}
