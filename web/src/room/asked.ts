// What somebody asks the floor for, in words.
import { t } from '../i18n';
import type { RequestKind } from '../protocol/types';

/** As it is chosen in the dialog. */
export function kindWord(kind: RequestKind): string {
  return t(`ask.kind.${kind}`);
}

/**
 * As those who lead read it; nothing where nothing was said about what. Most people press "Ask to speak" alone, which goes out as `share`:
 * that word must not be read as theirs.
 */
export function askedFor(kind: RequestKind): string | undefined {
  return kind === 'share' ? undefined : kindWord(kind);
}
