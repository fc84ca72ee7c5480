export const ICONS: Readonly<Record<string, { readonly path: string; readonly hex: string }>> = {};
