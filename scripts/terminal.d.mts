export function printable(text: string, options?: { readonly lines?: boolean }): string;
export function printableJson(value: unknown, indent?: number): string;
export function shellWord(text: string): string;
