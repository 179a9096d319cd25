import type { Mirror } from '../mirror.ts';
import type { feedEn } from '../en/feed.ts';

export const feedZh: Mirror<typeof feedEn> = {};
