/**
 * Passkeys: the browser's side of WebAuthn. The server's options come as text, bytes in base64url; what the browser makes of them goes back
 * the same way. Nothing in between is read here.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Whether this browser can hold passkeys at all. */
export const passkeysHere = (): boolean => typeof globalThis.PublicKeyCredential === 'function' && 'credentials' in navigator;

export function bytesOf(text: string): Bytes {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

type Named = { id: string };
const named = (list: readonly Named[] | undefined): PublicKeyCredentialDescriptor[] =>
  (list ?? []).map((one) => ({ ...one, type: 'public-key', id: bytesOf(one.id) }));

/** Makes a passkey on this device. Nothing where the person turned away. */
export async function makePasskey(options: string): Promise<string | undefined> {
  const told = JSON.parse(options);
  const publicKey = { ...told, challenge: bytesOf(told.challenge), user: { ...told.user, id: bytesOf(told.user.id) }, excludeCredentials: named(told.excludeCredentials) };
  const made = await unlessTurnedAway(navigator.credentials.create({ publicKey }));
  if (!made) return undefined;
  const response = made.response as AuthenticatorAttestationResponse;
  return written(made, { attestationObject: textOf(response.attestationObject) });
}

/** Has a passkey of this device answer. Nothing where the person turned away. */
export async function usePasskey(options: string): Promise<string | undefined> {
  const told = JSON.parse(options);
  const publicKey = { ...told, challenge: bytesOf(told.challenge), allowCredentials: named(told.allowCredentials) };
  const given = await unlessTurnedAway(navigator.credentials.get({ publicKey }));
  if (!given) return undefined;
  const { authenticatorData, signature, userHandle } = given.response as AuthenticatorAssertionResponse;
  return written(given, { authenticatorData: textOf(authenticatorData), signature: textOf(signature), userHandle: userHandle && textOf(userHandle) });
}

function written(one: PublicKeyCredential, response: Record<string, string | null>): string {
  const id = textOf(one.rawId);
  return JSON.stringify({ id, rawId: id, type: one.type, clientExtensionResults: {}, response: { ...response, clientDataJSON: textOf(one.response.clientDataJSON) } });
}

/** Closing the browser's question, or letting it run out, is no fault; nor is a device that holds the passkey already. */
async function unlessTurnedAway(asked: Promise<Credential | null>): Promise<PublicKeyCredential | undefined> {
  try {
    return ((await asked) as PublicKeyCredential | null) ?? undefined;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
