// @vitest-environment jsdom
// The form at the door, as somebody fills it in.
import { flushSync, mount, tick } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { t } from '../i18n';
import type { Action, ArrivalCard } from '../protocol/types';
import Arrival from './Arrival.svelte';

const CARD: ArrivalCard = { place_needed: true, answered: false, today: null, reach: null, confirmed_in: null };
let sent: Action[];

function opens(card: Partial<ArrivalCard> = {}): void {
  mount(Arrival, { target: document.body, props: { card: { ...CARD, ...card }, onact: (action: Action) => void sent.push(action) } });
  flushSync();
}
function field(label: string): HTMLInputElement | HTMLSelectElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent.startsWith(label));
  return document.getElementById(found?.htmlFor ?? '') as HTMLInputElement;
}
function fills(label: string, value: string): void {
  const one = field(label);
  one.value = value;
  one.dispatchEvent(new Event(one instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
}
function ticks(word: string): void {
  [...document.querySelectorAll('label')].find((one) => one.textContent === word)?.click();
}
async function sends(): Promise<void> {
  document.querySelector('form')?.requestSubmit();
  await tick();
  await new Promise(requestAnimationFrame);
}
const faults = (): string[] => [...document.querySelectorAll('.fault')].map((one) => one.textContent);

beforeEach(() => {
  document.body.innerHTML = '';
  sent = [];
  vi.spyOn(navigator, 'language', 'get').mockReturnValue('es-ES');
});

test('no country is chosen for anybody, whatever language the browser speaks', () => {
  opens();
  expect(field(t('arrival.country')).value).toBe('');
});

test('an unfinished form says in words what is missing, and leads to the first of it', async () => {
  opens();
  await sends();
  expect(sent).toEqual([]);
  expect(faults()).toEqual([t('arrival.missing.place'), t('arrival.missing.country'), t('arrival.missing.number'), t('arrival.missing.contact_name'), t('arrival.missing.contact_number')]);
  expect(document.activeElement).toBe(field(t('arrival.place')));
  fills(t('arrival.place'), '12 Elm Road');
  await sends();
  expect(document.activeElement).toBe(field(t('arrival.country')));
});

test('who has nobody to name can say so and send it', async () => {
  opens();
  fills(t('arrival.place'), '12 Elm Road');
  fills(t('arrival.country'), 'US');
  fills(t('arrival.number'), '555 010 0100');
  ticks(t('arrival.nobody'));
  flushSync();
  expect(field(t('arrival.contact_name'))).toBeNull();
  await sends();
  expect(faults()).toEqual([]);
  expect(sent).toMatchObject([{ do: 'confirm_arrival', today: { place: '12 Elm Road', country: 'US' }, reach: { number: '555 010 0100' } }]);
  expect(JSON.stringify(sent)).not.toContain('contact');
});

test('one tap asks for the country again, and no browser guesses it', async () => {
  const safe = { ringing: true, voicemail: false, text: false };
  opens({ reach: { number: '555 010 0100', safe }, confirmed_in: 1, today: null });
  expect(document.body.textContent).toContain(t('arrival.same_reach_nobody', { number: '555 010 0100' }));
  fills(t('arrival.place'), '12 Elm Road');
  await sends();
  expect([sent, faults()]).toEqual([[], [t('arrival.missing.country')]]);
});
