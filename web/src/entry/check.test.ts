import { describe, expect, it } from 'vitest';
import { dayFault, emailFault, groupsOf, nameFault, passphraseFault, recoveryKeyOf, titleFault } from './check';
import { pathOf } from './qr';
import { secretIn } from './secret';

describe('what a form checks', () => {
  it('a name is neither empty nor longer than its seat', () => {
    expect(nameFault('  ')).toBe('field.name_missing');
    expect(nameFault('x'.repeat(41))).toBe('field.name_long');
    expect(nameFault(` ${'x'.repeat(40)} `)).toBeUndefined();
    expect(nameFault('🌿'.repeat(40))).toBeUndefined();
  });
  it('an address has something on both sides of one @', () => {
    for (const bad of ['', 'ana', '@b', 'a@', 'a@b@c', 'a b@c']) expect(emailFault(bad)).toBe('field.email_missing');
    for (const good of ['a@b', ' sophie@practice.example ', 'ä+x@münchen.example']) expect(emailFault(good)).toBeUndefined();
  });
  it('a passphrase has at least 15 characters of any kind and no other rule', () => {
    expect(passphraseFault('x'.repeat(14))).toBe('field.passphrase_short');
    expect(passphraseFault('x'.repeat(15))).toBeUndefined();
    expect(passphraseFault('🌿'.repeat(14))).toBe('field.passphrase_short');
    expect(passphraseFault('🌿'.repeat(256))).toBeUndefined();
    expect(passphraseFault('🌿'.repeat(257))).toBe('field.passphrase_long');
  });
  it('a title has 1 to 80 characters', () => {
    expect(titleFault(' ')).toBe('start.new_title_missing');
    expect(titleFault('x'.repeat(80))).toBeUndefined();
    expect(titleFault('x'.repeat(81))).toBe('start.new_title_long');
  });
  it('a day is a real day, or none yet', () => {
    for (const good of ['', '2027-03-12', '2028-02-29']) expect(dayFault(good)).toBeUndefined();
    for (const bad of ['2027-02-30', '12.3.2027', '2027-3-1', 'soon']) expect(dayFault(bad)).toBe('start.starts_on_odd');
  });
});

describe('a recovery key', () => {
  const key = 'K7QM X4RD 9TWB HN3E 5VPA C8YJ 2GZP F6SK';
  it('is read however it was typed', () => {
    expect(recoveryKeyOf(key)).toBe(key);
    expect(recoveryKeyOf(' k7qmx4rd-9twb hn3e\n5vpa-c8yj 2gzp f6sk ')).toBe(key);
    expect(recoveryKeyOf(key.slice(0, -1))).toBeUndefined();
  });
  it('has eight groups, however the server separates them', () => {
    expect(groupsOf(key.replaceAll(' ', '-'))).toEqual(key.split(' '));
  });
});

describe("a link's secret", () => {
  it('is what stands behind the # sign, and nothing stranger', () => {
    expect(secretIn('#aB3-_xyz9')).toBe('aB3-_xyz9');
    for (const odd of ['', '#', '#short', '#a/../b/c/d', '#<script>alert', `#${'x'.repeat(257)}`]) expect(secretIn(odd)).toBeUndefined();
  });
});

describe('a QR code', () => {
  it('draws each dark module once, in runs', () => {
    expect(
      pathOf([
        [true, true, false],
        [false, false, true],
      ]),
    ).toBe('M0 0h2v1h-2zM2 1h1v1h-1z');
  });
});
