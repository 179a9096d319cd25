export function electronBinary(env?: Readonly<Record<string, string | undefined>>): string | null;
export function fetchElectron(): string | null;
