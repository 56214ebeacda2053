// What can be followed, in groups by kind: therapy first, from the many to the one; what is no therapy last.
import type { PackSummary } from '../protocol/types';

const KINDS = ['group', 'couple', 'individual', 'circle'] as const satisfies readonly PackSummary['setting'][];

export interface Kind {
  readonly kind: (typeof KINDS)[number];
  readonly ones: readonly PackSummary[];
}

/** Each pack once, under its kind; no kind without a pack. */
export function byKind(packs: readonly PackSummary[]): readonly Kind[] {
  const all = KINDS.map((kind) => ({ kind, ones: packs.filter((pack) => pack.setting === kind) }));
  return all.filter(({ ones }) => ones.length > 0);
}
