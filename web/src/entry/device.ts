/** What a kind of device is called on its owner's page. */
import { t } from '../i18n';
import type { DeviceKind } from '../protocol/types';

// Names, the same in every language.
const SYSTEMS: Record<DeviceKind['system'], string> = { android: 'Android', ios: 'iOS', windows: 'Windows', macos: 'macOS', linux: 'Linux', other: '' };
const BROWSERS: Record<DeviceKind['browser'], string> = { firefox: 'Firefox', chrome: 'Chrome', edge: 'Edge', safari: 'Safari', other: '' };

export function deviceName(kind: DeviceKind): string {
  const forms: Record<DeviceKind['form'], string> = {
    phone: t('account.form.phone'),
    tablet: t('account.form.tablet'),
    computer: t('account.form.computer'),
    other: t('account.form.device'),
  };
  return [forms[kind.form], SYSTEMS[kind.system], BROWSERS[kind.browser]].filter((word) => word !== '').join(' · ');
}
