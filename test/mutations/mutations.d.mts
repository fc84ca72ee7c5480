type Change = (code: string) => string;
export const MUTATIONS: readonly (readonly [name: string, change: Change, classes: string])[];
