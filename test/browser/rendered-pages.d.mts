export function renderedPages(): Promise<[what: string, html: string][]>;
