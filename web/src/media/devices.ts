// Microphone and camera: what is asked of the browser, and what its no means. Each is had without the other: a camera that is refused takes
// nobody's voice.

/** Why a microphone or a camera is not to be had. */
export type DeviceProblem = 'not_allowed' | 'not_found' | 'in_use' | 'not_possible';

/** What somebody would like to be heard and seen with. An empty name is the device that the browser would take itself. */
export interface Wanted {
  readonly sound: boolean;
  readonly picture: boolean;
  readonly microphone: string;
  readonly camera: string;
  /** Lets the browser take away what is no voice. */
  readonly calm: boolean;
  /** Lets the browser blur what is behind, where it can. */
  readonly blur: boolean;
}

/** What was given of it, and why not more. */
export interface Given {
  readonly stream?: MediaStream;
  readonly sound?: DeviceProblem;
  readonly picture?: DeviceProblem;
}

/** What a browser says about a device that it does not give. */
export function problemOf(fault: unknown): DeviceProblem {
  const name = fault instanceof Error ? fault.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'not_allowed';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'not_found';
  if (name === 'NotReadableError' || name === 'AbortError') return 'in_use';
  return 'not_possible';
}

function exactly(device: string): { deviceId?: ConstrainDOMString } {
  return device === '' ? {} : { deviceId: { exact: device } };
}
export function soundOf(wanted: Wanted): MediaTrackConstraints {
  return { echoCancellation: true, noiseSuppression: wanted.calm, autoGainControl: true, ...exactly(wanted.microphone) };
}
/** Small and slow: it goes to everybody, and some of them are on a phone in a car. Blur is a wish; where a browser cannot, it has no meaning. */
export function pictureOf(wanted: Wanted): MediaTrackConstraints {
  const blur = wanted.blur ? { backgroundBlur: true } : {};
  return { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 24 }, ...blur, ...exactly(wanted.camera) };
}

type Asks = Pick<MediaDevices, 'getUserMedia'>;

/** Asks for what is wanted, at once, so that a browser asks the person once; each by itself where both are not to be had. */
export async function given(wanted: Wanted, devices: Asks | undefined = globalThis.navigator?.mediaDevices): Promise<Given> {
  if (!wanted.sound && !wanted.picture) return {};
  // Over plain HTTP, off this machine, browsers have no devices at all.
  if (!devices) return { ...(wanted.sound ? { sound: 'not_possible' } : {}), ...(wanted.picture ? { picture: 'not_possible' } : {}) };
  const asks: { audio?: MediaTrackConstraints; video?: MediaTrackConstraints } = {};
  if (wanted.sound) asks.audio = soundOf(wanted);
  if (wanted.picture) asks.video = pictureOf(wanted);
  try {
    return { stream: await devices.getUserMedia(asks) };
  } catch (fault) {
    if (!asks.audio) return { picture: problemOf(fault) };
    if (!asks.video) return { sound: problemOf(fault) };
  }
  const sound = await given({ ...wanted, picture: false }, devices);
  const picture = await given({ ...wanted, sound: false }, devices);
  const problems = { ...(sound.sound ? { sound: sound.sound } : {}), ...(picture.picture ? { picture: picture.picture } : {}) };
  const stream = sound.stream ?? picture.stream;
  if (!stream) return problems;
  if (sound.stream && picture.stream) for (const track of picture.stream.getVideoTracks()) stream.addTrack(track);
  return { stream, ...problems };
}

/** The devices that there are, once the browser tells their names. */
export interface Choices {
  readonly microphones: readonly MediaDeviceInfo[];
  readonly cameras: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}
export async function choices(devices: Pick<MediaDevices, 'enumerateDevices'> = navigator.mediaDevices): Promise<Choices> {
  const all = (await devices.enumerateDevices()).filter((device) => device.deviceId !== '');
  const of = (kind: MediaDeviceKind): MediaDeviceInfo[] => all.filter((device) => device.kind === kind);
  return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/** Whether sound can be sent to a loudspeaker of one's choice here. */
export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement === 'function' && 'setSinkId' in HTMLMediaElement.prototype;
}
/** Whether this camera's own driver, or the browser, can blur what is behind. */
export function canBlur(track: MediaStreamTrack | undefined): boolean {
  const can: { backgroundBlur?: readonly boolean[] } = track?.getCapabilities?.() ?? {};
  return can.backgroundBlur?.includes(true) ?? false;
}
