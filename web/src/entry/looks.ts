// Sentences for who looked: the server has put each kind and person together already.
import { formatDay, t } from '../i18n';
import type { MyLook } from '../protocol/types';

export function saidLooks(looks: MyLook[]): string[] {
  return looks.map(({ what, by, first }) => {
    const words = { name: by ?? t('mine.looks_somebody'), day: formatDay(first) ?? first };
    switch (what) {
      case 'arrival':
        return t('mine.look_arrival', words);
      case 'answers':
        return t('mine.look_answers', words);
      case 'work':
        return t('mine.look_work', words);
      case 'link':
        return t('mine.look_link', words);
      case 'erasure':
        return t('mine.look_erasure', words);
    }
  });
}
