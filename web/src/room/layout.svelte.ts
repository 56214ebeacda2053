// Which of the four arrangements the window has room for, and how large the stage is in it.
import { innerHeight, innerWidth } from 'svelte/reactivity/window';

export type Arrangement = 'wide' | 'middle' | 'narrow' | 'phone';

export const HEADER = { wide: 64, middle: 64, narrow: 64, phone: 60 } as const;
export const RAIL = 196;
export const NOTES = 256;
export const STAFF = { wide: 328, middle: 304 } as const;
/** The three sheets' bar on a phone. */
export const SHEET_BAR = 67;
const STAGE_TOP = 20;
/** Under the lowest seat, whose words reach further down while it has the floor. */
const STAGE_BELOW = 16;
/** Under this height a rim would be smaller than its names: a list serves better. */
const SHORT = 560;

export function arrangementOf(width: number): Arrangement {
  if (width >= 1280) return 'wide';
  if (width >= 1024) return 'middle';
  if (width >= 700) return 'narrow';
  return 'phone';
}

/** The stage's room, from the window's and the dock's sizes alone, so that what stands on it cannot change it. */
export function stageSize(window: { width: number; height: number }, dock: number, staff: boolean): { width: number; height: number } {
  const arrangement = arrangementOf(window.width);
  if (arrangement === 'phone') return { width: window.width, height: window.height - HEADER.phone - SHEET_BAR - dock };
  const aside = staff && (arrangement === 'wide' || arrangement === 'middle') ? STAFF[arrangement] : 0;
  const columns = arrangement === 'wide' ? RAIL + NOTES : 0;
  return { width: window.width - columns - aside, height: window.height - HEADER[arrangement] - STAGE_TOP - STAGE_BELOW - dock };
}

class Layout {
  readonly width = $derived(innerWidth.current ?? 1280);
  readonly height = $derived(innerHeight.current ?? 800);
  readonly arrangement = $derived(arrangementOf(this.width));
  readonly phone = $derived(this.arrangement === 'phone');
  readonly short = $derived(this.height < SHORT);
}

export const layout = new Layout();
