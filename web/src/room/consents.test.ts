// What a member reads about what they agreed to, and what a press does.
import { render } from 'svelte/server';
import { describe, expect, it } from 'vitest';
import { t } from '../i18n';
import type { ConsentCard, MyView } from '../protocol/types';
import { ELLA, NOW, me } from '../stories/fixtures';
import Consents from './Consents.svelte';
import { agreeBeforeWriting, answers, waits } from './consents';
import AgreeFirst from '../notes/AgreeFirst.svelte';

const card = (purpose: ConsentCard['purpose'], standing: ConsentCard['standing']): ConsentCard => ({ purpose, text: `The text about ${purpose}.`, digest: `digest of ${purpose}`, standing });
const GIVEN = card('measures', { so: 'given', at: NOW });
const OPEN = card('notes', { so: 'open' });
const ella = (consents: ConsentCard[], can: MyView['can'] = ['give_consent', 'withdraw_consent']): MyView => me(ELLA, can, { consents });
const read = (mine: MyView): string => render(Consents, { props: { me: mine, onact: () => {} } }).body;
const count = (text: string, part: string): number => text.split(part).length - 1;

describe('what one agrees to', () => {
  it('is read whole, with what stands and one press for the other way', () => {
    const page = read(ella([GIVEN, OPEN]));
    expect(page).toContain('The text about measures.');
    expect(page).toContain('The text about notes.');
    expect(count(page, '<button')).toBe(3);
    expect(page).toContain(t('consent.withdraw'));
    expect(page).toContain(t('consent.decline'));
    expect(page).toContain(t('consent.give'));
    expect(page).toContain(t('consent.after.measures'));
    expect(page).toContain(t('consent.recording'));
    expect(page).not.toContain('checked');
  });

  it('has no button where the room offers none', () => {
    expect(count(read(ella([GIVEN, OPEN], [])), '<button')).toBe(0);
  });

  it('is said to the very text that was shown, and taken back with one press', () => {
    const yes = { word: 'consent.give', action: { do: 'give_consent', purpose: 'notes', digest: 'digest of notes' } };
    const no = { do: 'withdraw_consent', purpose: 'notes' };
    expect(answers(OPEN, ella([OPEN]))).toEqual([yes, { word: 'consent.decline', action: no }]);
    expect(answers(card('notes', { so: 'outdated', at: NOW }), ella([]))).toEqual([yes, { word: 'consent.decline', action: no }]);
    expect(answers(card('notes', { so: 'given', at: NOW }), ella([]))).toEqual([{ word: 'consent.withdraw', action: no }]);
    for (const so of ['declined', 'taken_back'] as const) expect(answers(card('notes', { so, at: NOW }), ella([]))).toEqual([yes]);
    expect(answers(GIVEN, ella([GIVEN], []))).toEqual([]);
  });

  it('waits for whoever said nothing or reads a new text, and asks nobody twice who said no', () => {
    const taken = card('notes', { so: 'taken_back', at: NOW });
    expect([waits(ella([OPEN])), waits(ella([card('notes', { so: 'outdated', at: NOW })])), waits(ella([GIVEN, taken])), waits(ella([card('notes', { so: 'declined', at: NOW })]))]).toEqual([true, true, false, false]);
    expect([agreeBeforeWriting(ella([taken])), agreeBeforeWriting(ella([GIVEN]))]).toEqual([taken, undefined]);
  });

  it('can be agreed to where one would write, to the very text that is read there', () => {
    const beside = (can?: MyView['can']): string => render(AgreeFirst, { props: { card: OPEN, me: ella([OPEN], can), onact: () => {} } }).body;
    expect(beside()).toContain('The text about notes.');
    expect(count(beside(), '<button')).toBe(1);
    expect(beside()).toContain(t('consent.give'));
    expect(count(beside([]), '<button')).toBe(0);
  });
});
