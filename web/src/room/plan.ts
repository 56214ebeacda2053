// How today's plan stands, in plain words and whole minutes: over it, ahead of it, and what could be left out when little time is left.
import { t, tn } from '../i18n';
import type { AgendaView, StepView, Timestamp } from '../protocol/types';

/** With so little time left until the planned end, those who lead are shown what could be left out. */
const NEAR_END_MS = 12 * 60_000;
/** A session closes with its last two steps, the closing round and the end: they are not offered. Packs may say more about this one day. */
const CLOSING_STEPS = 2;

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

/** "11 minutes left until the planned end.", once that is near. */
export function nearEndWords(agenda: AgendaView, now: Timestamp): string | undefined {
  if (!nearEnd(agenda, now) || agenda.session_ends_at == null) return undefined;
  const left = Math.round((agenda.session_ends_at - now) / 60_000);
  return left > 0 ? tn('plan.left', left) : t('plan.past');
}

/** A step with its place in the plan: a step that is done twice has two. */
export interface Placed {
  readonly step: StepView;
  readonly index: number;
}

/** What could be left out when the end is near: what is still to come, but not how the session closes. */
export function couldBeLeftOut(agenda: AgendaView, now: Timestamp): Placed[] {
  if (!nearEnd(agenda, now)) return [];
  const placed = agenda.steps.map((step, index) => ({ step, index }));
  return placed.slice(0, -CLOSING_STEPS).filter(({ step }) => step.state === 'to_come');
}

function nearEnd(agenda: AgendaView, now: Timestamp): boolean {
  return agenda.current != null && agenda.session_ends_at != null && agenda.session_ends_at - now <= NEAR_END_MS;
}

/** Every step of today by name, each once: what could be put in again. */
export function knownSteps(agenda: AgendaView): StepView[] {
  return agenda.steps.filter((step, k) => agenda.steps.findIndex((other) => other.step === step.step) === k);
}
