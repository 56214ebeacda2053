import { describe, expect, it } from 'vitest';
import { answerTo, LONGEST_RESTART_WAIT_MS, type Answer } from './closing';

describe('the answer to a close code', () => {
  const table: [code: number, reason: string, answer: Answer][] = [
    [1000, '', { kind: 'end', reason: 'left' }],
    [1001, '', { kind: 'retry' }],
    [1002, '', { kind: 'fault' }],
    [1005, '', { kind: 'retry' }],
    [1006, '', { kind: 'retry' }],
    [1007, '', { kind: 'fault' }],
    [1009, '', { kind: 'fault' }],
    [1011, '', { kind: 'retry' }],
    [1012, '1500', { kind: 'retry_after', ms: 1500 }],
    [4401, '', { kind: 'end', reason: 'signed_out' }],
    [4403, '', { kind: 'end', reason: 'removed' }],
    [4408, '', { kind: 'retry' }],
    [4409, '', { kind: 'retry' }],
    [4410, '', { kind: 'retry' }],
    [4411, '', { kind: 'end', reason: 'nothing_kept' }],
    [4413, '', { kind: 'end', reason: 'too_many_connections' }],
    [4429, '', { kind: 'slow_down' }],
    [4999, 'a code from the future', { kind: 'retry' }],
  ];
  it.each(table)('%i "%s"', (code, reason, answer) => {
    expect(answerTo(code, reason)).toEqual(answer);
  });

  it.each(['', 'soon', '-5', '1e9', '99999999999', '15.5', ' 20'])('a restart delay of "%s" is no delay', (reason) => {
    expect(answerTo(1012, reason)).toEqual({ kind: 'retry_after', ms: 0 });
  });

  it('a restart delay has a longest', () => {
    expect(answerTo(1012, '999999')).toEqual({ kind: 'retry_after', ms: LONGEST_RESTART_WAIT_MS });
  });
});
