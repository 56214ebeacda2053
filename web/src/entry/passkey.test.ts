import { afterEach, expect, test, vi } from 'vitest';
import { bytesOf, makePasskey, textOf, usePasskey } from './passkey';

afterEach(() => vi.unstubAllGlobals());

test('bytes go to the browser and back as they were, whatever their length', () => {
  for (let length = 0; length < 9; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => 255 - at * 29);
    expect(bytesOf(textOf(bytes.buffer))).toEqual(bytes);
    expect(textOf(bytes.buffer)).not.toMatch(/[+/=]/);
  }
});

const bytes = (...all: number[]): ArrayBuffer => Uint8Array.from(all).buffer;

test('the browser is given bytes and the server text', async () => {
  const get = vi.fn(async (_: unknown) => ({
    rawId: bytes(1),
    type: 'public-key',
    response: { clientDataJSON: bytes(2), authenticatorData: bytes(3), signature: bytes(4), userHandle: bytes(255) },
  }));
  vi.stubGlobal('navigator', { credentials: { get } });
  const answer = await usePasskey('{"challenge":"-_8","rpId":"rondo.example","allowCredentials":[]}');
  expect(get).toHaveBeenCalledWith({ publicKey: { challenge: bytesOf('-_8'), rpId: 'rondo.example', allowCredentials: [] } });
  expect(JSON.parse(answer ?? '')).toEqual({
    id: 'AQ',
    rawId: 'AQ',
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON: 'Ag', authenticatorData: 'Aw', signature: 'BA', userHandle: '_w' },
  });
});

test('whoever turns away meets no error, and a fault of ours is not swallowed', async () => {
  const create = vi.fn(async () => Promise.reject(new DOMException('', 'NotAllowedError')));
  vi.stubGlobal('navigator', { credentials: { create } });
  const options = '{"challenge":"AA","user":{"id":"AA"},"excludeCredentials":[{"id":"AQ","type":"public-key"}]}';
  expect(await makePasskey(options)).toBeUndefined();
  create.mockRejectedValue(new TypeError());
  await expect(makePasskey(options)).rejects.toThrow(TypeError);
});
