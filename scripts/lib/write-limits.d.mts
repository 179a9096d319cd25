export function limitsPage(): Promise<string>;
