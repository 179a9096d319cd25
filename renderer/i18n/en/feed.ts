export const feedEn = {} as const;
