// When a prompt is due, in plain words.
import { t, tn } from '../i18n';
import type { Area, When } from '../protocol/types';

/** What the four areas are called. */
export function areaWords(): Record<Area, string> {
  return { grief: t('work.area.grief'), dispute: t('work.area.dispute'), transition: t('work.area.transition'), isolation: t('work.area.isolation') };
}

export function whenWords(when: When): string {
  if (when === 'start') return t('when.start');
  if (when === 'turn_overran') return t('when.turn_overran');
  if (when === 'round_over') return t('when.round_over');
  if (when === 'line_down') return t('when.line_down');
  if (when === 'measure_flagged') return t('when.measure_flagged');
  if ('after' in when) return tn('when.after', when.after);
  if ('before_end' in when) return tn('when.before_end', when.before_end);
  if ('sessions_left' in when) return tn('when.sessions_left', when.sessions_left);
  if ('turn_runs' in when) return tn('when.turn_runs', when.turn_runs);
  if ('queue_long' in when) return tn('when.queue_long', when.queue_long);
  if ('fewer_than' in when) return tn('when.fewer_than', when.fewer_than);
  if ('not_yet_heard' in when) return tn('when.not_yet_heard', when.not_yet_heard);
  if ('silence' in when) return tn('when.silence', when.silence);
  return t('when.area', { area: areaWords()[when.area] });
}
