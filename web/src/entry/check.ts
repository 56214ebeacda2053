/**
 * What a form checks before it asks the server: only what spares a person a round trip. The server decides.
 * Each check gives the catalogue's key of what is wrong, or nothing.
 */
import type { Key } from '../i18n';

export type Fault = Extract<
  Key,
  | 'field.name_missing'
  | 'field.name_long'
  | 'field.email_missing'
  | 'field.passphrase_short'
  | 'field.passphrase_long'
  | 'start.new_title_missing'
  | 'start.new_title_long'
  | 'start.starts_on_odd'
>;

/** NIST SP 800-63B asks for 15 where a passphrase stands alone, and for no rules about signs. */
export const LEAST_PASSPHRASE_CHARACTERS = 15;
const MOST_PASSPHRASE_BYTES = 1024;
const MOST_NAME_CHARACTERS = 40;
const MOST_TITLE_CHARACTERS = 80;

/** Characters as people count them, near enough: an emoji is one, not two. */
export function characters(text: string): number {
  return [...text].length;
}

export function nameFault(name: string): Fault | undefined {
  if (name.trim() === '') return 'field.name_missing';
  if (characters(name.trim()) > MOST_NAME_CHARACTERS) return 'field.name_long';
  return undefined;
}

/** Something before and after one @. More would be wrong about somebody's real address. */
export function emailFault(email: string): Fault | undefined {
  return /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? undefined : 'field.email_missing';
}

export function passphraseFault(passphrase: string): Fault | undefined {
  if (characters(passphrase) < LEAST_PASSPHRASE_CHARACTERS) return 'field.passphrase_short';
  if (new TextEncoder().encode(passphrase).length > MOST_PASSPHRASE_BYTES) return 'field.passphrase_long';
  return undefined;
}

export function titleFault(title: string): Fault | undefined {
  if (title.trim() === '') return 'start.new_title_missing';
  if (characters(title.trim()) > MOST_TITLE_CHARACTERS) return 'start.new_title_long';
  return undefined;
}

/** A day as a date field gives it; empty is allowed. */
export function dayFault(day: string): Fault | undefined {
  if (day === '') return undefined;
  const date = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00Z`) : undefined;
  const real = date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
  return real ? undefined : 'start.starts_on_odd';
}

/** A recovery key as somebody types it, in the server's spelling: eight groups of four, capitals, one space between. */
export function recoveryKeyOf(typed: string): string | undefined {
  const plain = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return plain.length === 32 ? groupsOf(plain).join(' ') : undefined;
}

/** The key's groups, however the server separates them. */
export function groupsOf(key: string): string[] {
  return key.replace(/[^A-Za-z0-9]/g, '').match(/.{1,4}/g) ?? [];
}
