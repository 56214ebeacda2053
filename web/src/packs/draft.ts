// A pack while it is written: its files, what a copy changes, where a fault stands, and when the server is asked. Pure but for the timer.
import type { PackDraft, PackFault, PackFile, PackFiles } from '../protocol/types';

/** What is being written. */
export interface Draft {
  readonly id: string;
  /** The pack's own files, by name. */
  readonly files: readonly PackFile[];
  /** Shared steps as they come from elsewhere; a changed one becomes the pack's own. */
  readonly shared: readonly PackFile[];
  readonly basedOn: string | null;
}

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether a pack can have this name. */
export function isPackId(text: string): boolean {
  return ID.test(text);
}

/** A pack of our own, as it was read. */
export function opened(read: PackFiles): Draft {
  return { id: read.id, files: read.files, shared: read.shared, basedOn: read.digest ?? null };
}

/** A copy under another name: `pack.toml` says the name too. */
export function copied(read: PackFiles, id: string): Draft {
  const files = read.files.map((file) => (file.name === 'pack.toml' ? { ...file, text: file.text.replace(/^id\s*=\s*"[^"]*"/m, `id = "${id}"`) } : file));
  return { id, files, shared: read.shared, basedOn: null };
}

/** Every file there is, the pack's own first. */
export function allFiles(draft: Draft): PackFile[] {
  const own = new Set(draft.files.map((file) => file.name));
  return [...draft.files, ...draft.shared.filter((file) => !own.has(file.name))];
}

/** The draft with another text in one file; a shared or a new one becomes the pack's own. */
export function written(draft: Draft, name: string, text: string): Draft {
  const there = draft.files.some((file) => file.name === name);
  const files = there ? draft.files.map((file) => (file.name === name ? { name, text } : file)) : [...draft.files, { name, text }];
  return { ...draft, files };
}

/** What the server is asked about. Shared steps that were not changed are laid by the server itself. */
export function toSend(draft: Draft): PackDraft {
  return { id: draft.id, files: [...draft.files], based_on: draft.basedOn };
}

/** Where a line begins and ends in a text; the last line where there are fewer. */
export function lineRange(text: string, line: number): [from: number, to: number] {
  let from = 0;
  for (let k = 1; k < line; k += 1) {
    const next = text.indexOf('\n', from);
    if (next === -1) break;
    from = next + 1;
  }
  const end = text.indexOf('\n', from);
  return [from, end === -1 ? text.length : end];
}

/** The lines of one file on which something is wrong. */
export function faultyLines(faults: readonly PackFault[], file: string): Set<number> {
  return new Set(faults.filter((fault) => fault.file === file).flatMap((fault) => fault.line ?? []));
}

/** Asks once nothing was typed for a while, and listens only to the answer to its latest question. */
export class Asking<Question, Answer> {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(
    private readonly ask: (question: Question) => Promise<Answer>,
    private readonly told: (answer: Answer) => void,
    private readonly failed: (error: unknown) => void,
    private readonly waitMs = 400,
  ) {}

  typed(question: Question): void {
    this.stop();
    this.#timer = setTimeout(() => void this.#go(question), this.waitMs);
  }

  /** Nothing that was asked before is heard any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  async #go(question: Question): Promise<void> {
    const mine = (this.#asked += 1);
    try {
      const answer = await this.ask(question);
      if (mine === this.#asked) this.told(answer);
    } catch (error) {
      if (mine === this.#asked) this.failed(error);
    }
  }
}
