// How today's plan stands, in plain words and whole minutes: over it, ahead of it, and what could go when the room says that little time is left.
import { t, tn } from '../i18n';
import type { AgendaView, NearEnd, Shorten, StepView, Timestamp } from '../protocol/types';

/** When it will be over if every step takes the minutes it has. A step that runs on moves the end on, between two views too. */
export function projectedEnd(agenda: AgendaView, now: Timestamp): Timestamp | undefined {
  if (agenda.projected_end == null || agenda.ends_at == null) return undefined;
  if (now <= agenda.ends_at) return agenda.projected_end;
  const rest = agenda.steps.filter((step) => step.state === 'to_come').reduce((sum, step) => sum + step.minutes, 0);
  return Math.max(agenda.projected_end, now + rest * 60_000);
}

/** "About 6 minutes over the plan." */
export function paceWords(agenda: AgendaView, now: Timestamp): string | undefined {
  const end = projectedEnd(agenda, now);
  if (end === undefined || agenda.session_ends_at == null) return undefined;
  const minutes = Math.round((end - agenda.session_ends_at) / 60_000);
  if (minutes > 0) return tn('plan.over', minutes);
  return minutes < 0 ? tn('plan.ahead', -minutes) : t('plan.on_time');
}

/** "11 minutes left until the planned end." The room says when that is worth saying. */
export function nearEndWords(agenda: AgendaView, near: NearEnd | null | undefined, now: Timestamp): string | undefined {
  if (near == null || agenda.session_ends_at == null) return undefined;
  const left = Math.round((agenda.session_ends_at - now) / 60_000);
  return left > 0 ? tn('plan.left', left) : t('plan.past');
}

/** A step that could be shortened or left out, with its place in the plan. */
export interface Placed extends Shorten {
  readonly step: StepView;
}

/** What could be shortened or left out, as the room says. */
export function couldGo(agenda: AgendaView, near: NearEnd | null | undefined): Placed[] {
  return (near?.steps ?? []).flatMap((one) => {
    const step = agenda.steps[one.index];
    return step === undefined ? [] : [{ ...one, step }];
  });
}

/** Every step of today by name, each once: what could be put in again. */
export function knownSteps(agenda: AgendaView): StepView[] {
  return agenda.steps.filter((step, k) => agenda.steps.findIndex((other) => other.step === step.step) === k);
}
