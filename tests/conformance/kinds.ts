// All kinds of vector files this runner knows. Another protocol: write its kinds in a folder of its own and
// add them here.
import { gseKinds } from './gse/gse-kinds.ts';
import { mimoKinds } from './mimo/mimo-kinds.ts';
import { netipcKinds } from './netipc/netipc-kinds.ts';
import type { VectorKind } from './vector-kind.ts';

export const kinds: readonly VectorKind[] = [...mimoKinds, ...gseKinds, ...netipcKinds];
