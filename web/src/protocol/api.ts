/**
 * The HTTP side: one function for each path, one kind of error.
 *
 * Same origin only, JSON only, with the browser's cookie. An error carries the server's stable code; the sentence comes from the
 * catalogue, so that it is in the person's language. A server that cannot be reached is an error of the same kind, with a code of its own.
 */
import type {
  Assent,
  CareTeam,
  Guardian,
  MarkMinor,
  Minors,
  Leave,
  LookIn,
  LookIns,
  NewColleague,
  NewColleagueLink,
  NewLookIn,
  NewRoles,
  People,
  TeamChange,
  Welcome,
  AskErasure,
  CarryOutErasure,
  AccountDetail,
  ChangePassphrase,
  NewAuthenticator,
  NewPasskey,
  OutsideAnswer,
  OutsideBegun,
  OutsideDone,
  PasskeyAnswer,
  PasskeyQuestion,
  Proof,
  RecoveryCodes,
  ConfirmRecovery,
  DraftAnswer,
  FirstRun,
  GroupDetail,
  GroupRights,
  GroupSummary,
  Join,
  LiftHold,
  MyData,
  FhirBundle,
  MyExport,
  MemberDevices,
  SetPin,
  ShowPin,
  NewErasure,
  KeepNotesKey,
  KeepPrivateNote,
  KeptPrivateNote,
  NotesKey,
  PrivateNote,
  PrivateNotes,
  LogConsistency,
  HouseState,
  LogHead,
  NewGroup,
  NewHold,
  NewInvite,
  NewLink,
  PackDraft, PackExport, PackImport, ExportedPack, ImportedPack,
  PackFiles,
  PackList,
  ProblemCode,
  PromptLibrary,
  Recover,
  RecoveryKey,
  RefuseErasure,
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
  /** The devices that somebody's link signed in. */
  devices(room: string, invite: string): Promise<MemberDevices> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/invites/${encodeURIComponent(invite)}/devices`);
  }
  async endDevice(room: string, invite: string, device: string): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/invites/${encodeURIComponent(invite)}/devices/${encodeURIComponent(device)}/end`);
  }
  /** Another link for the same person; the old one and all it signed in have ended. */
  renewInvite(room: string, invite: string): Promise<NewLink> {
    return this.#ask('POST', `/api/groups/${encodeURIComponent(room)}/invites/${encodeURIComponent(invite)}/renew`);
  }
  myDevices(room: string): Promise<MemberDevices> {
    return this.#ask('GET', `/api/rooms/${encodeURIComponent(room)}/mine/devices`);
  }
  async endMyDevice(room: string, device: string): Promise<void> {
    await this.#tell(`/api/rooms/${encodeURIComponent(room)}/mine/devices/${encodeURIComponent(device)}/end`);
  }
  async setPin(room: string, body: SetPin): Promise<void> {
    await this.#tell(`/api/rooms/${encodeURIComponent(room)}/mine/pin`, body);
  }
  /** This device has returned, and shows the PIN. */
  async showPin(room: string, body: ShowPin): Promise<void> {
    await this.#tell(`/api/rooms/${encodeURIComponent(room)}/pin`, body);
  }
  mine(room: string): Promise<MyData> {
    return this.#ask('GET', `/api/rooms/${encodeURIComponent(room)}/mine`);
  }
  /** Everything that one said and wrote in this group. */
  /** One's own answers, for another system of records. */
  myAnswers(room: string): Promise<FhirBundle> {
    return this.#ask('GET', `/api/rooms/${encodeURIComponent(room)}/mine/answers`);
  }

  myExport(room: string): Promise<MyExport> {
    return this.#ask('GET', `/api/rooms/${encodeURIComponent(room)}/mine/export`);
  }
  async askErasure(room: string, body: AskErasure): Promise<void> {
    await this.#tell(`/api/rooms/${encodeURIComponent(room)}/mine/erasure`, body);
  }
  groupRights(room: string): Promise<GroupRights> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/rights`);
  }
  async newErasure(room: string, body: NewErasure): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/erasures`, body);
  }
  /** There is no way back. */
  async carryOutErasure(room: string, participant: string, body: CarryOutErasure): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/erasures/${encodeURIComponent(participant)}/carry-out`, body);
  }
  async refuseErasure(room: string, participant: string, body: RefuseErasure): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/erasures/${encodeURIComponent(participant)}/refuse`, body);
  }
  async newHold(room: string, body: NewHold): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/holds`, body);
  }
  async liftHold(room: string, body: LiftHold): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/holds/lift`, body);
  }
  /** The seat that the link opened, where the server names it in its answer. */
  async join(body: Join): Promise<Seat | undefined> {
    const answer = await this.#exchange('POST', '/api/join', body);
    return typeof answer === 'object' && answer !== null && 'room' in answer && 'name' in answer ? (answer as Seat) : undefined;
  }
  /** How this server is doing; for administrators. */
  house(): Promise<HouseState> {
    return this.#ask('GET', '/api/house');
  }
  /** Who works in this practice. */
  people(): Promise<People> {
    return this.#ask('GET', '/api/people');
  }
  inviteColleague(body: NewColleague): Promise<NewColleagueLink> {
    return this.#ask('POST', '/api/people/invite', body);
  }
  async takeBackColleagueLink(link: string): Promise<void> {
    await this.#tell(`/api/people/links/${encodeURIComponent(link)}/revoke`);
  }
  async setRoles(account: string, body: NewRoles): Promise<void> {
    await this.#tell(`/api/people/${encodeURIComponent(account)}/roles`, body);
  }
  async takeOut(account: string, body: Leave): Promise<void> {
    await this.#tell(`/api/people/${encodeURIComponent(account)}/leave`, body);
  }
  /** A colleague's own account, by their link. */
  async welcome(body: Welcome): Promise<void> {
    await this.#tell('/api/welcome', body);
  }
  team(room: string): Promise<CareTeam> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/team`);
  }
  async changeTeam(room: string, body: TeamChange): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/team/change`, body);
  }
  /** The same for everybody with a seat: names and parts. */
  teamOfSeat(room: string): Promise<CareTeam> {
    return this.#ask('GET', `/api/rooms/${encodeURIComponent(room)}/team`);
  }
  minors(room: string): Promise<Minors> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/minors`);
  }
  async markMinor(room: string, invite: string, body: MarkMinor): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/invites/${encodeURIComponent(invite)}/minor`, body);
  }
  async recordGuardian(room: string, invite: string, body: Guardian): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/invites/${encodeURIComponent(invite)}/guardian`, body);
  }
  /** What is missing before the door. */
  assent(room: string): Promise<Assent> {
    return this.#ask('GET', `/api/rooms/${encodeURIComponent(room)}/assent`);
  }
  async giveAssent(room: string): Promise<void> {
    await this.#tell(`/api/rooms/${encodeURIComponent(room)}/assent/give`);
  }
  lookIns(): Promise<LookIns> {
    return this.#ask('GET', '/api/look-ins');
  }
  askToLookIn(body: NewLookIn): Promise<LookIn> {
    return this.#ask('POST', '/api/look-ins/ask', body);
  }
  async confirmLookIn(lookIn: string): Promise<void> {
    await this.#tell(`/api/look-ins/${encodeURIComponent(lookIn)}/confirm`);
  }
  async endLookIn(lookIn: string): Promise<void> {
    await this.#tell(`/api/look-ins/${encodeURIComponent(lookIn)}/end`);
  }
  /** One's own key for process notes, as this browser or another sealed it. */
  notesKey(): Promise<NotesKey> {
    return this.#ask('GET', '/api/private-notes/key');
  }
  keepNotesKey(body: KeepNotesKey): Promise<KeptPrivateNote> {
    return this.#ask('POST', '/api/private-notes/key/keep', body);
  }
  async deletePrivateNotes(): Promise<void> {
    await this.#tell('/api/private-notes/delete');
  }
  privateNotes(room: string): Promise<PrivateNotes> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/private-notes`);
  }
  privateNote(room: string, session: number): Promise<PrivateNote> {
    return this.#ask('GET', `/api/groups/${encodeURIComponent(room)}/private-notes/${String(session)}`);
  }
  /** When this answers it is on the disk. */
  keepPrivateNote(room: string, session: number, body: KeepPrivateNote): Promise<KeptPrivateNote> {
    return this.#ask('POST', `/api/groups/${encodeURIComponent(room)}/private-notes/${String(session)}/keep`, body);
  }
  async deletePrivateNote(room: string, session: number): Promise<void> {
    await this.#tell(`/api/groups/${encodeURIComponent(room)}/private-notes/${String(session)}/delete`);
  }
  ticket(room: string): Promise<Ticket> {
    return this.#ask('POST', `/api/rooms/${encodeURIComponent(room)}/ticket`);
  }

  /** Six digits or a recovery code, after the passphrase. */
  async secondFactor(code: string): Promise<void> {
    await this.#tell('/api/second-factor', { code });
  }
  account(): Promise<AccountDetail> {
    return this.#ask('GET', '/api/account');
  }
  /** Shows once more that it is oneself; for five minutes the ways in may be changed. */
  async prove(body: Proof): Promise<void> {
    await this.#tell('/api/account/prove', body);
  }
  newAuthenticator(): Promise<NewAuthenticator> {
    return this.#ask('POST', '/api/account/authenticator/begin');
  }
  confirmAuthenticator(code: string): Promise<RecoveryCodes> {
    return this.#ask('POST', '/api/account/authenticator/confirm', { code });
  }
  async removeAuthenticator(): Promise<void> {
    await this.#tell('/api/account/authenticator/remove');
  }
  newPasskey(): Promise<NewPasskey> {
    return this.#ask('POST', '/api/account/passkeys/begin');
  }
  confirmPasskey(credential: string): Promise<RecoveryCodes> {
    return this.#ask('POST', '/api/account/passkeys/confirm', { credential });
  }
  async removePasskey(passkey: string): Promise<void> {
    await this.#tell(`/api/account/passkeys/${encodeURIComponent(passkey)}/remove`);
  }
  /** What any passkey of this house may answer: to sign in, or to show once more that it is oneself. */
  askForPasskey(): Promise<PasskeyQuestion> {
    return this.#ask('POST', '/api/passkeys/ask');
  }
  async signInByPasskey(body: PasskeyAnswer): Promise<void> {
    await this.#tell('/api/passkeys/sign-in', body);
  }
  /** A colleague lost their phone and their codes: their second factor goes, and whatever they are signed in to ends. */
  async resetFactors(account: string, name: string): Promise<void> {
    await this.#tell(`/api/people/${encodeURIComponent(account)}/factors/reset`, { name });
  }
  /** Where the practice's own sign-in service is to be asked: to sign in, or to link the account that is signed in. */
  async beginOutside(link: boolean): Promise<string> {
    const begun: OutsideBegun = await this.#ask('POST', link ? '/api/account/outside/begin' : '/api/outside/begin');
    return begun.url;
  }
  finishOutside(body: OutsideAnswer): Promise<OutsideDone> {
    return this.#ask('POST', '/api/outside/finish', body);
  }
  async removeOutside(): Promise<void> {
    await this.#tell('/api/account/outside/remove');
  }
  newRecoveryCodes(): Promise<RecoveryCodes> {
    return this.#ask('POST', '/api/account/recovery-codes/new');
  }
  async changePassphrase(body: ChangePassphrase): Promise<void> {
    await this.#tell('/api/account/passphrase', body);
  }
  async endLogin(login: string): Promise<void> {
    await this.#tell(`/api/account/logins/${encodeURIComponent(login)}/end`);
  }
  async endOtherLogins(): Promise<void> {
    await this.#tell('/api/account/logins/end');
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
