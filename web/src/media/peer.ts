// The WebRTC side of a call: one offer with fixed slots, one answer. Who sits in which slot is told over the room's line, so nothing is
// negotiated again while people come and go.

/** Everybody else in a full room. */
export const SOUND_SLOTS = 15;
/** Pictures shown at once: a circle of twelve without oneself. */
export const PICTURE_SLOTS = 11;
/** What an offer may be long, so that it fits one message of the wire with JSON's own signs. */
export const LONGEST_OFFER = 60_000;

/** What a page sends. Nothing of it is needed to listen. */
export interface Sends {
  readonly sound?: MediaStreamTrack | undefined;
  readonly picture?: MediaStreamTrack | undefined;
}

/** Only what the server carries: it keeps the offer small, and every browser has both. */
function only(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  const all = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const wanted = kind === 'audio' ? /\/opus$/i : /\/(vp8|rtx)$/i;
  const few = all.filter((codec) => wanted.test(codec.mimeType));
  if (few.length > 0) transceiver.setCodecPreferences(few);
}

/** A connection with its lines, in the order in which the offer names them. */
export function lines(sends: Sends, pictures: number, iceServers: RTCIceServer[] = []): RTCPeerConnection {
  const peer = new RTCPeerConnection({ iceServers });
  only(peer.addTransceiver(sends.sound ?? 'audio', { direction: 'sendonly' }), 'audio');
  // Two sizes: the server gives each listener the one that fits. `l` is a quarter of `h`.
  const sizes = [
    { rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 150_000 },
    { rid: 'h', maxBitrate: 700_000 },
  ];
  only(peer.addTransceiver(sends.picture ?? 'video', { direction: 'sendonly', sendEncodings: sizes }), 'video');
  for (let slot = 0; slot < SOUND_SLOTS; slot += 1) only(peer.addTransceiver('audio', { direction: 'recvonly' }), 'audio');
  for (let slot = 0; slot < pictures; slot += 1) only(peer.addTransceiver('video', { direction: 'recvonly' }), 'video');
  return peer;
}

/** A connection and its offer. Where the offer would be too long, it listens for fewer pictures. */
export async function offered(sends: Sends, relays: RTCIceServer[] = []): Promise<{ peer: RTCPeerConnection; description: string }> {
  for (let pictures = PICTURE_SLOTS; ; pictures -= 3) {
    const peer = lines(sends, Math.max(pictures, 0), relays);
    await peer.setLocalDescription();
    const description = peer.localDescription?.sdp ?? '';
    if (JSON.stringify(description).length <= LONGEST_OFFER || pictures <= 0) return { peer, description };
    peer.close();
  }
}

/** The description by which a connection looks for a new way after its network has changed (an ICE restart). */
export async function restarted(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
  return peer.localDescription?.sdp ?? '';
}
