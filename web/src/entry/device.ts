// What a device is called on a page: its form in the person's language, and the names of what runs on it.
import { formatDate, formatTime, t } from '../i18n';
import type { DeviceKind } from '../protocol/types';

const FORMS = { phone: 'account.form.phone', tablet: 'account.form.tablet', computer: 'account.form.computer', other: 'account.form.device' } as const;
// Names, the same in every language.
const SYSTEMS: Record<DeviceKind['system'], string> = { android: 'Android', ios: 'iOS', windows: 'Windows', macos: 'macOS', linux: 'Linux', other: '' };
const BROWSERS: Record<DeviceKind['browser'], string> = { firefox: 'Firefox', chrome: 'Chrome', edge: 'Edge', safari: 'Safari', other: '' };

export function deviceName(kind: DeviceKind): string {
  return [t(FORMS[kind.form]), SYSTEMS[kind.system], BROWSERS[kind.browser]].filter((word) => word !== '').join(' · ');
}

/** A moment as the sentences about devices want it. */
export const at = (time: number): { day: string; time: string } => ({ day: formatDate(time), time: formatTime(time) });

/** Whether a device is this one, is here just now, or was last, and since when it is signed in. */
export function seenWords(one: { readonly current: boolean; readonly live: boolean; readonly last_seen: number }, since: number): string {
  const seen = one.current ? t('account.login_here') : one.live ? t('account.login_live') : t('account.login_seen', at(one.last_seen));
  return `${seen} · ${t('account.login_since', at(since))}`;
}
