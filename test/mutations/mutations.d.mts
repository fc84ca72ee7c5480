/** What protects, the file under src/, the text there, what takes its place, and the classes that must notice. */
export const MUTATIONS: readonly (readonly [string, string, string, string, string])[];
