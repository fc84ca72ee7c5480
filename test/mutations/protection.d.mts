type Change = (code: string) => string;
export function withoutProtection(source: string, name: string, change: Change): string;
export function protectionsIn(source: string): string[];
export function asIf(answer: string): Change;
export function gone(code: string): string;
