// Hearing and being heard in a room, as the page shows it. The call rides on the room's line: when the line comes back, so does the call.
// It decides nothing about who may be heard: the server says whether this page's voice is carried, and the view says why not.
import type { MediaPictures, MediaRelay, MediaSlot, ParticipantId, Refusal } from '../protocol/types';
import type { MediaSaying } from '../protocol/connection';
import { offered, restarted, type Sends } from './peer';
import { Relays } from './relays';

/** What the page says over the room's line about the call. */
export type Says = MediaSaying;
/** What it hears. */
export type Hears =
  | { type: 'media_answer'; description: string }
  | { type: 'media_refused'; refusal: Refusal }
  | { type: 'media_stands'; carried: boolean; slots: MediaSlot[] }
  | { type: 'media_ended'; why: 'elsewhere' | 'lost' }
  | { type: 'media_relays'; relays: MediaRelay[] };

export type CallState = 'off' | 'joining' | 'on' | 'elsewhere';

/** Somebody who is in a slot. */
export interface Other {
  readonly participant: ParticipantId;
  readonly sound?: MediaStream;
  readonly picture?: MediaStream;
}

/** How long until a call that was lost is tried again. */
const AGAIN_MS = 1_000;
/** How long a connection may look for a new way before it is given up for another one. */
const SILENT_MS = 4_000;
/** One wish in so long: the house takes one word about the call in a second, and several at first. */
const WISH_MS = 2_000;
/** After this long without voices somebody would like to know what else there is. */
const TROUBLE_MS = 10_000;

/** Lets devices go. */
function stop(devices: MediaStream | undefined): void {
  for (const track of devices?.getTracks() ?? []) track.stop();
}

export class Call {
  #state = $state<CallState>('off');
  #carried = $state(false);
  #slots = $state.raw<readonly MediaSlot[]>([]);
  #muted = $state(false);
  #camera = $state(false);
  #refusal = $state.raw<Refusal | undefined>(undefined);
  #devices = $state.raw<MediaStream | undefined>(undefined);
  #screen = $state.raw<MediaStreamTrack | undefined>(undefined);
  #possible = $state(false);
  #phone = $state<string | undefined>(undefined);
  #pictures = $state<MediaPictures>('all');
  #taken = $state(false);
  #blocked = $state(false);
  #trouble = $state(false);
  #replays = $state(0);
  #volumes = $state.raw<ReadonlyMap<ParticipantId, number>>(new Map());
  #peer = $state.raw<RTCPeerConnection | undefined>(undefined);
  readonly #streams = new WeakMap<MediaStreamTrack, MediaStream>();
  /** Names the running try: what an older one still brings is not taken. */
  #try = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #long: ReturnType<typeof setTimeout> | undefined;
  /** What the house knows of the wish for pictures, on this line; and the pause after a wish. */
  #told: MediaPictures = 'all';
  #wished: ReturnType<typeof setTimeout> | undefined;
  readonly #say: (message: Says) => boolean;
  readonly #relays: Relays;

  constructor(say: (message: Says) => boolean) {
    this.#say = say;
    this.#relays = new Relays(say);
  }

  // --- read by the page ---

  /** This house carries voices, and this browser can. */
  get possible(): boolean {
    return this.#possible && typeof RTCPeerConnection === 'function';
  }
  get state(): CallState {
    return this.#state;
  }
  /** This page's sound leaves the server. */
  get carried(): boolean {
    return this.#carried;
  }
  get hasMicrophone(): boolean {
    return (this.#devices?.getAudioTracks().length ?? 0) > 0;
  }
  get hasCamera(): boolean {
    return (this.#devices?.getVideoTracks().length ?? 0) > 0;
  }
  get muted(): boolean {
    return this.#muted;
  }
  get cameraOn(): boolean {
    return this.#camera;
  }
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }
  /** This device's own picture, while it is sent. */
  get own(): MediaStream | undefined {
    return this.#camera ? this.#devices : undefined;
  }
  /** Something else has the microphone: a telephone call, another program, or it was pulled out. */
  get taken(): boolean {
    return this.#taken;
  }
  /** The browser does not play the others' voices until somebody presses something. */
  get blocked(): boolean {
    return this.#blocked;
  }
  /** Voices do not come up, or do not come back. */
  get trouble(): boolean {
    return this.#trouble;
  }
  /** The number to ring then, where the house has one. */
  get phone(): string | undefined {
    return this.#phone;
  }
  /** Whose pictures come here: everybody's, that of whoever has the floor, or nobody's. What is not wanted is not sent. */
  get pictures(): MediaPictures {
    return this.#pictures;
  }
  get sharing(): boolean {
    return this.#screen !== undefined;
  }
  /** Counts how often everything that plays is to be played anew. */
  get replays(): number {
    return this.#replays;
  }
  /** How loud somebody is here, from 0 to 1. */
  volumeOf(participant: ParticipantId): number {
    return this.#volumes.get(participant) ?? 1;
  }
  /** Everybody who can be heard or seen. */
  get others(): readonly Other[] {
    const people = new Map<ParticipantId, { participant: ParticipantId; sound?: MediaStream; picture?: MediaStream }>();
    for (const slot of this.#slots) {
      const track = this.#peer?.getTransceivers().find((line) => line.mid === slot.line)?.receiver.track;
      if (!track) continue;
      const person = people.get(slot.participant) ?? { participant: slot.participant };
      person[slot.kind] = this.#streamOf(track);
      people.set(slot.participant, person);
    }
    return [...people.values()];
  }

  /** Who has joined the sound, whether a voice comes just now or not. */
  get voices(): ReadonlySet<ParticipantId> {
    return new Set(this.#slots.filter((slot) => slot.kind === 'sound').map((slot) => slot.participant));
  }

  /** The same one for the same line: what plays goes on playing while people come and go. */
  #streamOf(track: MediaStreamTrack): MediaStream {
    const known = this.#streams.get(track) ?? new MediaStream([track]);
    this.#streams.set(track, known);
    return known;
  }

  // --- done by the page ---

  /** Joins with these devices; with none one hears and sees, and is not heard. */
  async joins(devices: MediaStream | undefined): Promise<void> {
    this.#release();
    this.#takes(devices);
    this.#muted = false;
    this.#camera = this.hasCamera;
    await this.#begins();
  }
  mutes(muted: boolean): void {
    this.#muted = muted;
    for (const track of this.#devices?.getAudioTracks() ?? []) track.enabled = !muted;
  }
  shows(on: boolean): void {
    this.#camera = on && this.hasCamera;
    for (const track of this.#devices?.getVideoTracks() ?? []) track.enabled = this.#camera;
  }
  /** Other devices in place of those before, without a pause for anybody else. */
  async changes(devices: MediaStream): Promise<void> {
    // The call may have ended while the browser was asked: nothing stays on that nobody can see.
    if (!this.#goes) return stop(devices);
    const camera = this.#camera;
    stop(this.#devices);
    this.#takes(devices);
    this.mutes(this.#muted);
    this.shows(camera);
    await this.#sends();
  }
  /** Everything that a telephone call may have silenced sounds again: a fresh microphone, where one is given, and what was played. */
  async restores(devices: MediaStream | undefined): Promise<void> {
    this.#blocked = false;
    this.#replays += 1;
    // Whoever still holds the microphone, a telephone call, gives none back: then the one from before is kept.
    if (devices?.getAudioTracks().length) await this.changes(devices);
    else stop(devices);
    this.wakes();
  }
  /** The screen, in place of one's own picture; nothing gives the picture back. */
  async shares(screen: MediaStreamTrack | undefined): Promise<void> {
    if (screen && !this.#goes) return screen.stop();
    this.#screen?.stop();
    this.#screen = screen;
    if (screen) screen.onended = () => void this.shares(undefined); // the browser's own "stop sharing"
    await this.#sends();
  }
  get #goes(): boolean {
    return this.#state === 'joining' || this.#state === 'on';
  }
  receives(pictures: MediaPictures): void {
    if (pictures === this.#pictures) return;
    this.#pictures = pictures;
    if (this.#goes && this.#wished === undefined) this.#wishes();
  }
  /** Says the wish, if the house knows another one. Whoever changes it again and again says the last one: a hasty one would be refused. */
  #wishes(): void {
    if (this.#told === this.#pictures) return;
    if (!this.#say({ type: 'media_wishes', pictures: this.#pictures })) return; // without a line it is said when there is one
    this.#told = this.#pictures;
    clearTimeout(this.#wished);
    this.#wished = setTimeout(() => {
      this.#wished = undefined;
      if (this.#goes) this.#wishes();
    }, WISH_MS);
  }
  turns(participant: ParticipantId, volume: number): void {
    this.#volumes = new Map(this.#volumes).set(participant, Math.min(1, Math.max(0, volume)));
  }
  /** The browser would not play a voice, or does again. */
  plays(does: boolean): void {
    this.#blocked = !does;
  }
  /** Leaves the call; the room stays. */
  leaves(): void {
    if (this.#goes) {
      this.#say({ type: 'media_end' });
      this.#told = 'all'; // with the call the house forgets the wish
    }
    this.#closes();
    this.#release();
    this.#state = 'off';
  }

  // --- fed by the connection, and by the browser ---

  /** What the house said when the line came up. The call begins anew on it, if there was one. */
  welcomed(possible: boolean, phone?: string | null): void {
    this.#possible = possible;
    this.#phone = phone ?? undefined;
    this.#told = 'all'; // a line that is new knows of no wish
    if (this.#goes) void this.#begins();
  }
  /** The tab is looked at again, or there is another network. A way that is still good is left alone. */
  wakes(): void {
    const way = this.#peer?.connectionState;
    if (this.#state === 'on' && (way === 'failed' || way === 'closed')) void this.#begins();
    else if (this.#peer && way === 'disconnected') void this.#looksAnew(this.#peer);
    const [microphone] = this.#devices?.getAudioTracks() ?? [];
    if (microphone) this.#taken = microphone.readyState === 'ended' || microphone.muted;
  }
  async heard(message: Hears): Promise<void> {
    switch (message.type) {
      case 'media_answer':
        try {
          await this.#peer?.setRemoteDescription({ type: 'answer', sdp: message.description });
        } catch {
          this.#soon(); // an answer to an offer that was given up meanwhile
        }
        return;
      case 'media_refused':
        this.#closes();
        this.#release();
        this.#refusal = message.refusal;
        this.#state = 'off';
        return;
      case 'media_stands':
        this.#carried = message.carried;
        this.#slots = message.slots;
        this.#state = 'on';
        this.#isWell();
        return;
      case 'media_ended':
        this.#closes();
        if (message.why === 'elsewhere') {
          this.#release();
          this.#state = 'elsewhere';
        } else {
          this.#soon();
        }
        return;
      case 'media_relays':
        this.#relays.heard(message.relays);
        return;
    }
  }

  async #begins(): Promise<void> {
    this.#closes();
    const mine = (this.#try += 1);
    this.#state = 'joining';
    this.#refusal = undefined;
    this.#long ??= setTimeout(() => (this.#trouble = true), TROUBLE_MS);
    const relays = await this.#relays.asked();
    if (this.#state !== 'joining' || this.#try !== mine) return; // somebody pressed "leave" meanwhile, or it began once more
    const { peer, description } = await offered(this.#outgoing(), relays);
    if (this.#state !== 'joining' || this.#try !== mine) return peer.close();
    this.#peer = peer;
    peer.onconnectionstatechange = () => {
      if (this.#peer !== peer) return;
      if (peer.connectionState === 'failed') this.#soon();
      if (peer.connectionState === 'disconnected') void this.#looksAnew(peer);
    };
    this.#wishes();
    this.#say({ type: 'media_offer', description }); // without a line it is said again when there is one
  }

  /** Nothing comes any more, perhaps since the network is another one: the connection looks for a new way, and keeps all that was agreed. */
  async #looksAnew(peer: RTCPeerConnection): Promise<void> {
    if (this.#state !== 'on') return;
    const description = await restarted(peer);
    if (this.#peer !== peer) return;
    this.#say({ type: 'media_restart', description });
    setTimeout(() => {
      if (this.#peer === peer && peer.connectionState === 'disconnected') this.#soon();
    }, SILENT_MS);
  }
  /** What leaves this page. */
  #outgoing(): Sends {
    return { sound: this.#devices?.getAudioTracks()[0], picture: this.#screen ?? this.#devices?.getVideoTracks()[0] };
  }
  /** What leaves it now, in place of what left it before; nothing has to be agreed on for that. */
  async #sends(): Promise<void> {
    const [sound, picture] = this.#peer?.getSenders() ?? []; // the first two lines of every offer
    const { sound: voice, picture: image } = this.#outgoing();
    await sound?.replaceTrack(voice ?? null);
    await picture?.replaceTrack(image ?? null);
  }
  #takes(devices: MediaStream | undefined): void {
    this.#devices = devices;
    this.#taken = false;
    for (const microphone of devices?.getAudioTracks() ?? []) {
      const now = (taken: boolean) => () => {
        if (this.#devices === devices) this.#taken = taken;
      };
      microphone.onmute = microphone.onended = now(true);
      microphone.onunmute = now(false);
    }
  }

  /** The way is lost; a new one is looked for. */
  #soon(): void {
    if (this.#state !== 'joining' && this.#state !== 'on') return;
    this.#closes();
    this.#state = 'joining';
    this.#long ??= setTimeout(() => (this.#trouble = true), TROUBLE_MS);
    this.#again = setTimeout(() => void this.#begins(), AGAIN_MS);
  }
  #isWell(): void {
    clearTimeout(this.#long);
    this.#long = undefined;
    this.#trouble = false;
  }
  #closes(): void {
    clearTimeout(this.#again);
    this.#peer?.close();
    this.#peer = undefined;
    this.#slots = [];
    this.#carried = false;
  }
  #release(): void {
    this.#isWell();
    for (const track of this.#devices?.getTracks() ?? []) track.stop();
    this.#screen?.stop();
    this.#screen = undefined;
    this.#takes(undefined);
    this.#camera = false;
    this.#blocked = false;
  }
}
