/**
 * The HTTP side: one function for each path, one kind of error.
 *
 * Same origin only, JSON only, with the browser's cookie. An error carries the server's stable code; the sentence comes from the
 * catalogue, so that it is in the person's language. A server that cannot be reached is an error of the same kind, with a code of its own.
 */
import type {
  ConfirmRecovery,
  DraftAnswer,
  FirstRun,
  GroupDetail,
  GroupSummary,
  Join,
  LogConsistency,
  LogHead,
  NewGroup,
  NewInvite,
  NewLink,
  PackDraft, PackExport, PackImport, ExportedPack, ImportedPack,
  PackFiles,
  PackList,
  ProblemCode,
  PromptLibrary,
  Recover,
  RecoveryKey,
  Seat,
  ServerState,
  SignIn,
  Ticket,
} from './types';

/** What the server may say, and the two things only the page can know. */
export type ApiCode =
  | ProblemCode
  /** No answer: no network, or no server. */
  | 'unreachable'
  /** An answer that this page does not understand. */
  | 'strange_answer';

export class ApiError extends Error {
  constructor(
    readonly code: ApiCode,
    /** 0 where there was no answer. */
    readonly status: number,
    /** The server's own sentence in English, for a code this page does not know yet. */
    readonly title: string,
  ) {
    super(code);
    this.name = 'ApiError';
  }
}

/** No request waits longer. A passphrase takes the server about a second to check on purpose. */
export const LONGEST_WAIT_MS = 20_000;

/** As much of `fetch` as is used. */
export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export class Api {
  readonly #fetch: Fetch;

  constructor(fetch: Fetch = (path, init) => globalThis.fetch(path, init)) {
    this.#fetch = fetch;
  }

  state(): Promise<ServerState> {
    return this.#ask('GET', '/api/state');
  }
  firstRun(body: FirstRun): Promise<RecoveryKey> {
    return this.#ask('POST', '/api/first-run', body);
  }
  /** Only before the first one was confirmed: the page that showed it was lost. */
  newRecoveryKey(): Promise<RecoveryKey> {
    return this.#ask('POST', '/api/recovery/new');
  }
  async confirmRecovery(body: ConfirmRecovery): Promise<void> {
    await this.#tell('/api/recovery/confirm', body);
  }
  async recover(body: Recover): Promise<void> {
    await this.#tell('/api/recover', body);
  }
  async signIn(body: SignIn): Promise<void> {
    await this.#tell('/api/sign-in', body);
  }
  async signOut(): Promise<void> {
    await this.#tell('/api/sign-out');
  }
  packs(): Promise<PackList> {
    return this.#ask('GET', '/api/packs');
  }
  packFiles(id: string): Promise<PackFiles> {
    return this.#ask('GET', `/api/packs/${encodeURIComponent(id)}`);
  }
  /** Looks at a draft; nothing is kept. */
  checkPack(body: PackDraft): Promise<DraftAnswer> {
    return this.#ask('POST', '/api/packs/check', body);
  }
  savePack(body: PackDraft): Promise<DraftAnswer> {
    return this.#ask('POST', '/api/packs/save', body);
  }
  /** A pack as one signed file, or its faults. */
  exportPack(body: PackExport): Promise<ExportedPack> {
    return this.#ask('POST', '/api/packs/export', body);
  }
  /** What an exchange file holds; nothing is kept. */
  importPack(body: PackImport): Promise<ImportedPack> {
    return this.#ask('POST', '/api/packs/import', body);
  }
  newGroup(body: NewGroup): Promise<GroupSummary> {
    return this.#ask('POST', '/api/groups', body);
  }
  group(room: string): Promise<GroupDetail> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}`);
  }
  /** Every prompt of the pack that the group follows, for who leads it. */
  groupPrompts(room: string): Promise<PromptLibrary> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/prompts`);
  }
  newInvite(room: string, body: NewInvite): Promise<NewLink> {
    return this.#ask('POST', `/api/groups/${encodeURIComponent(room)}/invites`, body);
  }
  async revokeInvite(room: string, invite: string): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/invites/${encodeURIComponent(invite)}/revoke`);
  }
  /** The seat that the link opened, where the server names it in its answer. */
  async join(body: Join): Promise<Seat | undefined> {
    const answer = await this.#exchange('POST', '/api/join', body);
    return typeof answer === 'object' && answer !== null && 'room' in answer && 'name' in answer ? (answer as Seat) : undefined;
  }
  ticket(room: string): Promise<Ticket> {
    return this.#ask('POST', `/api/rooms/${encodeURIComponent(room)}/ticket`);
  }

  /** The newest checkpoint of the practice's signed log. */
  log(): Promise<LogHead> {
    return this.#ask('GET', '/api/log');
  }
  logConsistency(from: number, to: number): Promise<LogConsistency> {
    return this.#ask('GET', `/api/log/consistency/${from}/${to}`);
  }

  /** A question: the answer has a body. */
  async #ask<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const answer = await this.#exchange(method, path, body);
    if (answer === undefined) throw new ApiError('strange_answer', 200, '');
    return answer as Answer;
  }

  /** A change: that it succeeded is the whole answer. */
  async #tell(path: string, body?: object): Promise<void> {
    await this.#exchange('POST', path, body);
  }

  async #exchange(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    let response: Response;
    try {
      const init: RequestInit = {
        method,
        headers: { accept: 'application/json' },
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(LONGEST_WAIT_MS),
      };
      // Every change says that it is JSON, even an empty one: a form on another site cannot.
      if (method === 'POST') {
        init.headers = { accept: 'application/json', 'content-type': 'application/json' };
        init.body = JSON.stringify(body ?? {});
      }
      response = await this.#fetch(path, init);
    } catch {
      throw new ApiError('unreachable', 0, '');
    }
    const answer = await readJson(response);
    if (response.ok) return answer;
    if (isProblem(answer)) throw new ApiError(answer.code, response.status, answer.title);
    throw new ApiError(response.status >= 500 ? 'unavailable' : 'strange_answer', response.status, '');
  }
}

/** The page's own. */
export const api = new Api();

/** The code of anything that was thrown on the way to the server and back. */
export function codeOf(error: unknown): ApiCode {
  return error instanceof ApiError ? error.code : 'strange_answer';
}

async function readJson(response: Response): Promise<unknown> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return undefined;
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function isProblem(answer: unknown): answer is { code: ProblemCode; title: string } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'code' in answer &&
    typeof answer.code === 'string' &&
    'title' in answer &&
    typeof answer.title === 'string'
  );
}
