// Something that is tried, and what came of it in words: until the next try, one of two lines is there to be read.
import { problemOf } from './problem';

export class Tried {
  said = $state('');
  problem = $state('');

  /** Tries it; gives whether it worked. What `work` gives is said then, and `worded` says what went wrong otherwise. */
  async run(work: () => Promise<string | void>, worded: (error: unknown) => string = problemOf): Promise<boolean> {
    this.said = this.problem = '';
    try {
      this.said = (await work()) ?? '';
      return true;
    } catch (error) {
      this.problem = worded(error);
      return false;
    }
  }
}
