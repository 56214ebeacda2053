// Captions are offered where a browser makes them on the device itself, and nowhere else.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { canCaption, Caption, type Recognition, type Recognitions } from './caption.svelte';

class Here implements Recognition {
  static made: Here[] = [];
  static readonly asked: unknown[] = [];
  static answer = 'available';
  static available(options: unknown): Promise<string> {
    Here.asked.push(options);
    return Promise.resolve(Here.answer);
  }
  lang = '';
  continuous = false;
  interimResults = false;
  onresult: Recognition['onresult'] = null;
  onend: Recognition['onend'] = null;
  onerror: Recognition['onerror'] = null;
  started = 0;
  #here = false;
  constructor() {
    Here.made.push(this);
  }
  get processLocally(): boolean {
    return this.#here;
  }
  set processLocally(here: boolean) {
    this.#here = here;
  }
  start(): void {
    this.started += 1;
  }
  abort(): void {
    this.onend?.();
  }
  says(text: string, isFinal: boolean): void {
    this.onresult?.({ resultIndex: 0, results: [Object.assign([{ transcript: text }], { isFinal })] });
  }
}
const track = { readyState: 'live' } as MediaStreamTrack;

beforeEach(() => {
  vi.useFakeTimers();
  Here.made = [];
  Here.answer = 'available';
});
afterEach(() => vi.useRealTimers());

test('only a plain yes about this very device counts', async () => {
  expect(await canCaption('en', Here)).toBe(true);
  expect(Here.asked.at(-1)).toEqual({ langs: ['en'], processLocally: true });
  for (const answer of ['downloadable', 'downloading', 'unavailable']) {
    Here.answer = answer;
    expect(await canCaption('en', Here)).toBe(false);
  }
  expect(await canCaption('en', undefined)).toBe(false);
});

test('a recogniser that cannot be told to stay on the device is not used', async () => {
  const without = Object.assign(function Elsewhere() {}, { available: () => Promise.resolve('available') }) as unknown as Recognitions;
  expect(await canCaption('en', without)).toBe(false);
});

test('two lines are kept in sight, and nothing once it is over', () => {
  const caption = new Caption();
  caption.begins(track, Here);
  const [made] = Here.made;
  expect([made?.processLocally, made?.started]).toEqual([true, 1]);
  made?.says('one', true);
  made?.says('two', true);
  made?.says('thr', false);
  expect(caption.lines).toEqual(['two', 'thr']);
  caption.ends();
  vi.runAllTimers();
  expect([caption.lines, made?.started]).toEqual([[], 1]);
});

test('it goes on after a silence, and not against a no', () => {
  const caption = new Caption();
  caption.begins(track, Here);
  const [made] = Here.made;
  made?.onend?.();
  vi.runAllTimers();
  expect(made?.started).toBe(2);
  made?.onerror?.({ error: 'not-allowed' });
  made?.onend?.();
  vi.runAllTimers();
  expect(made?.started).toBe(2);
});
