// What a button in the dock is: its word, its drawing, and what it does. The docks choose among these.
import type { Action, Can, SignalKind } from '../protocol/types';
import type { IconName } from './icons';

/** Dialogs an offer may open. */
export type Opens = 'write' | 'ask' | 'revoke' | 'call' | 'floor' | 'end' | 'offer' | 'pair' | 'inner' | 'round' | 'rooms' | 'on_call' | 'country';

export interface Offer {
  /** Names the offer in tests and keeps its button in place while words change. */
  readonly id: string;
  readonly label: string;
  /** A second, smaller line: who sees what this does. */
  readonly note?: string;
  /** What is heard, where the label alone would not say enough. */
  readonly spoken?: string;
  readonly icon?: IconName;
  /** The drawing stands behind the word: it points onwards. */
  readonly iconAfter?: boolean;
  readonly does: { readonly action: Action } | { readonly opens: Opens } | { readonly signal: SignalKind };
}

/** Where a dialog stands for one thing a person can do, its button is named after that. */
const OPENS_FOR: Partial<Record<Opens, Can>> = { end: 'end_session', offer: 'offer', pair: 'form_pair', inner: 'set_inner', round: 'start_round', rooms: 'open_rooms', country: 'set_country' };

/** Lets through what somebody can do. */
export const picker =
  (can: ReadonlySet<Can>) =>
  (need: Can, offer: Offer): Offer | undefined =>
    can.has(need) ? offer : undefined;

export function act(id: string, label: string, action: Action, icon?: IconName): Offer {
  return { id, label, does: { action }, ...(icon ? { icon } : {}) };
}
export function opens(what: Opens, label: string, icon?: IconName): Offer {
  return { id: OPENS_FOR[what] ?? `open_${what}`, label, does: { opens: what }, ...(icon ? { icon } : {}) };
}
export function signal(kind: SignalKind, label: string, icon: IconName): Offer {
  return { id: `signal_${kind}`, label, does: { signal: kind }, icon };
}
export function some(...offers: (Offer | undefined)[]): Offer[] {
  return offers.filter((offer) => offer !== undefined);
}
