import { describe, expect, it } from 'vitest';
import body from '../../../protocol/fixtures/api/my_data.json';
import type { MyData } from '../protocol/types';
import { saidLooks } from './looks';

describe('who looked', () => {
  const mine = body as MyData;

  it('is one sentence for each, with the name, or the part of whoever has none any more, and the day', () => {
    const said = saidLooks(mine.looks);
    expect(said).toHaveLength(mine.looks.length);
    expect(new Set(said).size).toBe(said.length);
    for (const [n, look] of mine.looks.entries()) {
      expect(said[n]).toContain(look.by ?? 'Somebody who looked after this group then');
      expect(said[n]).toContain('5 Mar');
      expect(said[n]).not.toContain('{');
    }
  });

  it('is nothing where nobody did', () => {
    expect(saidLooks([])).toEqual([]);
  });
});
