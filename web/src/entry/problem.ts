/** What went wrong with a request, in the person's language. */
import { sentenceOf, t } from '../i18n';
import { navigation } from '../navigation.svelte';
import { ApiError, codeOf } from '../protocol/api';

export function problemOf(error: unknown): string {
  const known = sentenceOf(`problem.${codeOf(error)}`);
  if (known !== undefined) return known;
  // A newer server's code: its own sentence is better than none.
  return error instanceof ApiError && error.title !== '' ? error.title : t('problem.strange_answer');
}

const NOT_SIGNED_IN: readonly string[] = ['signed_out', 'second_factor_asked', 'second_factor_missing'];

/** Where the login has ended, or has not shown yet what is wanted of it, the start page leads on. Gives whether it went there. */
export function wentToTheStart(error: unknown): boolean {
  const out = NOT_SIGNED_IN.includes(codeOf(error));
  if (out) navigation.go('/', { replace: true });
  return out;
}

/** Puts the cursor where something is to be mended, once the page shows it. */
export function goToFirstFault(form: HTMLElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"], [data-fault]')?.focus());
}

/** A page that came in place of another is read from its head. */
export function arrive(head: HTMLElement): void {
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
}
