// Hearing and being heard in a room, as the page shows it. The call rides on the room's line: when the line comes back, so does the call.
// It decides nothing about who may be heard: the server says whether this page's voice is carried, and the view says why not.
import type { MediaRelay, MediaSlot, ParticipantId, Refusal } from '../protocol/types';
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
/** Why a microphone or a camera is not to be had. */
export type DeviceProblem = 'not_allowed' | 'not_found' | 'in_use' | 'not_possible';

/** Somebody who is in a slot. */
export interface Other {
  readonly participant: ParticipantId;
  readonly sound?: MediaStream;
  readonly picture?: MediaStream;
}

/** How long until a call that was lost is tried again. */
const AGAIN_MS = 1_000;

/** What a browser says about a device that it does not give. */
export function problemOf(fault: unknown): DeviceProblem {
  const name = fault instanceof Error ? fault.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'not_allowed';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'not_found';
  if (name === 'NotReadableError' || name === 'AbortError') return 'in_use';
  return 'not_possible';
}

export class Call {
  #state = $state<CallState>('off');
  #carried = $state(false);
  #slots = $state.raw<readonly MediaSlot[]>([]);
  #muted = $state(false);
  #camera = $state(false);
  #refusal = $state.raw<Refusal | undefined>(undefined);
  #devices = $state.raw<MediaStream | undefined>(undefined);
  #possible = $state(false);
  #peer = $state.raw<RTCPeerConnection | undefined>(undefined);
  #again: ReturnType<typeof setTimeout> | undefined;
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
  /** Everybody who can be heard or seen. */
  get others(): readonly Other[] {
    const people = new Map<ParticipantId, { participant: ParticipantId; sound?: MediaStream; picture?: MediaStream }>();
    for (const slot of this.#slots) {
      const track = this.#peer?.getTransceivers().find((line) => line.mid === slot.line)?.receiver.track;
      if (!track) continue;
      const person = people.get(slot.participant) ?? { participant: slot.participant };
      person[slot.kind] = new MediaStream([track]);
      people.set(slot.participant, person);
    }
    return [...people.values()];
  }

  // --- done by the page ---

  /** Joins with these devices; with none one hears and sees, and is not heard. */
  async joins(devices: MediaStream | undefined): Promise<void> {
    this.#release();
    this.#devices = devices;
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
  /** Leaves the call; the room stays. */
  leaves(): void {
    if (this.#state === 'joining' || this.#state === 'on') this.#say({ type: 'media_end' });
    this.#closes();
    this.#release();
    this.#state = 'off';
  }

  // --- fed by the connection ---

  /** What the house said when the line came up. The call begins anew on it, if there was one. */
  welcomed(possible: boolean): void {
    this.#possible = possible;
    if (this.#state === 'joining' || this.#state === 'on') void this.#begins();
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
    this.#state = 'joining';
    this.#refusal = undefined;
    const sends: Sends = { sound: this.#devices?.getAudioTracks()[0], picture: this.#devices?.getVideoTracks()[0] };
    const relays = await this.#relays.asked();
    if (this.#state !== 'joining') return; // somebody pressed "leave" meanwhile
    const { peer, description } = await offered(sends, relays);
    if (this.#state !== 'joining') return peer.close(); // somebody pressed "leave" meanwhile
    this.#peer?.close();
    this.#peer = peer;
    peer.onconnectionstatechange = () => {
      if (this.#peer !== peer) return;
      if (peer.connectionState === 'failed') this.#soon();
      if (peer.connectionState === 'disconnected') void this.#looksAnew(peer);
    };
    this.#say({ type: 'media_offer', description }); // without a line it is said again when there is one
  }

  /** Nothing comes any more, perhaps since the network is another one: the connection looks for a new way, and keeps all that was agreed. */
  async #looksAnew(peer: RTCPeerConnection): Promise<void> {
    if (this.#state !== 'on') return;
    const description = await restarted(peer);
    if (this.#peer === peer) this.#say({ type: 'media_restart', description });
  }
  /** The way is lost; a new one is looked for. */
  #soon(): void {
    if (this.#state !== 'joining' && this.#state !== 'on') return;
    this.#closes();
    this.#state = 'joining';
    this.#again = setTimeout(() => void this.#begins(), AGAIN_MS);
  }
  #closes(): void {
    clearTimeout(this.#again);
    this.#peer?.close();
    this.#peer = undefined;
    this.#slots = [];
    this.#carried = false;
  }
  #release(): void {
    for (const track of this.#devices?.getTracks() ?? []) track.stop();
    this.#devices = undefined;
    this.#camera = false;
  }
}
