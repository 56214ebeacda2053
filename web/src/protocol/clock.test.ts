import { describe, expect, it } from 'vitest';
import { REMEMBERED_ROUND_TRIPS, ServerClock } from './clock';

/** A device whose clock the test sets; the server's is `ahead` of it. */
function device(ahead: number) {
  const clock: ServerClock = new ServerClock(() => own.at);
  const own = {
    at: 1_000_000,
    ahead,
    clock,
    /** A ping whose answer left the server after `there` and arrived after `back` more milliseconds. */
    roundTrip(there: number, back: number) {
      const sent = own.at;
      const serverNow = sent + there + own.ahead;
      own.at += there + back;
      own.clock.answered(sent, serverNow);
    },
  };
  return own;
}

describe('the server clock', () => {
  it('before the server was heard it is the own clock', () => {
    const ana = device(5000);
    expect(ana.clock.now()).toBe(1_000_000);
  });

  it('the welcome is believed until the first pong', () => {
    const ana = device(0);
    ana.clock.welcomed(1_004_900);
    expect(ana.clock.offset.value).toBe(4900);
    ana.ahead = 5000;
    ana.roundTrip(10, 10);
    expect(ana.clock.offset.value).toBe(5000);
  });

  it('the quickest round trip is believed over later and slower ones', () => {
    const ana = device(5000);
    ana.roundTrip(10, 10);
    ana.roundTrip(900, 100);
    expect(ana.clock.offset.value).toBe(5000);
    expect(ana.clock.now()).toBe(ana.at + 5000);
  });

  it('an old quick round trip is forgotten in time', () => {
    const ana = device(5000);
    ana.roundTrip(10, 10);
    for (let i = 0; i < REMEMBERED_ROUND_TRIPS; i += 1) ana.roundTrip(150, 50);
    expect(ana.clock.offset.value).toBe(5050);
  });

  it('a clock that was set makes everything read before worthless', () => {
    const ana = device(5000);
    ana.roundTrip(10, 10);
    ana.ahead = 65_000;
    ana.roundTrip(40, 40);
    expect(ana.clock.offset.value).toBe(65_000);
  });

  it('a device clock set back in mid-flight is not taken for a quick answer', () => {
    const ana = device(5000);
    ana.roundTrip(10, 10);
    const sent = ana.at;
    ana.at -= 60_000;
    ana.clock.answered(sent, sent + 5000);
    expect(ana.clock.offset.value).toBe(0);
    ana.ahead = 65_000;
    ana.roundTrip(10, 10);
    expect(ana.clock.offset.value).toBe(65_000);
  });
});
