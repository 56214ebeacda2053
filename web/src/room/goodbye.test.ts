import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import { scene } from '../stories/fixtures';
import CallCard from './CallCard.svelte';
import Farewell from './Farewell.svelte';

describe('a member’s last page', () => {
  const CARD = { country: 'US', emergency: '911', dated: '2026-11-25', lines: [] };
  const text = (html: string): string => html.replace(/<[^>]*>/g, ' ');

  test('the numbers name their country, and the day they were looked at, as people write them', () => {
    const card = text(render(CallCard, { props: { card: CARD } }).body);
    expect(card).toMatch(/United States: numbers last checked on (25 November|November 25,) 2026/);
    expect(card).not.toContain('2026-11-25');
  });

  test('the goodbye says when the next session is, where it is known', () => {
    const course = { ...scene().course, next_on: '2026-12-04' };
    expect(text(render(Farewell, { props: { scene: scene({ course }) } }).body)).toMatch(/We meet again on Fri/);
    expect(text(render(Farewell, { props: { scene: scene({ course: { ...course, next_on: null } }) } }).body)).not.toContain('We meet again');
  });
});
