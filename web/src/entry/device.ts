// What a device is called on a page: its form in the person's language, and the names of what runs on it.
import { t } from '../i18n';
import type { DeviceKind } from '../protocol/types';

const FORMS = { phone: 'account.form.phone', tablet: 'account.form.tablet', computer: 'account.form.computer', other: 'account.form.device' } as const;
// Names, the same in every language.
const SYSTEMS: Record<DeviceKind['system'], string> = { android: 'Android', ios: 'iOS', windows: 'Windows', macos: 'macOS', linux: 'Linux', other: '' };
const BROWSERS: Record<DeviceKind['browser'], string> = { firefox: 'Firefox', chrome: 'Chrome', edge: 'Edge', safari: 'Safari', other: '' };

export function deviceName(kind: DeviceKind): string {
  return [t(FORMS[kind.form]), SYSTEMS[kind.system], BROWSERS[kind.browser]].filter((word) => word !== '').join(' · ');
}
