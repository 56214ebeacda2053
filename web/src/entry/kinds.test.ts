// What a new group can follow is read at a glance, and whole where it is chosen.
import { render } from 'svelte/server';
import { describe, expect, it } from 'vitest';
import type { PackSummary, Setting } from '../protocol/types';
import { byKind } from './kinds';
import PackChoice from './PackChoice.svelte';

const pack = (id: string, setting: Setting, members_min = 6): PackSummary => ({ id, version: '1.0.0', title: `Title of ${id}`, summary: `What ${id} is.`, setting, sessions: 8, members_min, members_max: setting === 'couple' ? 2 : 10, languages: ['en'], evidence: `known of ${id}`, reviewer: 'not yet' });
const CIRCLE = pack('round', 'circle');
const COUPLE = pack('two', 'couple', 2);
const GROUP = pack('eight', 'group');
const OTHER = pack('twelve', 'group');
const page = (chosen?: PackSummary): string => render(PackChoice, { props: { packs: [CIRCLE, COUPLE, GROUP, OTHER], chosen, fault: undefined, onchoose: () => {} } }).body;

describe('what a new group can follow', () => {
  it('stands once, by kind, therapy before what is none', () => {
    expect(byKind([CIRCLE, COUPLE, GROUP, OTHER])).toEqual([
      { kind: 'group', ones: [GROUP, OTHER] },
      { kind: 'couple', ones: [COUPLE] },
      { kind: 'circle', ones: [CIRCLE] },
    ]);
  });
  it('is a list of names; only what is chosen says what it is', () => {
    expect(page()).toContain('Title of eight');
    expect(page()).not.toContain('What eight is.');
    expect(page(GROUP)).toContain('What eight is.');
    expect(page(GROUP)).not.toContain('What twelve is.');
  });
  it('is one choice for the keyboard, whatever the kind', () => {
    const names = [...page().matchAll(/type="radio" name="([^"]+)"/g)].map(([, name]) => name);
    expect([names.length, new Set(names).size]).toEqual([4, 1]);
  });
  it('counts people where they may be more or fewer, and not in a couple', () => {
    expect([page().split('6 to 10 people').length - 1, page().includes('2 to 2')]).toEqual([3, false]);
  });
});
