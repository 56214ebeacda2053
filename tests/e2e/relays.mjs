// Voices through a relay: coturn on this machine, and two real pages that may use nothing else, one over UDP and one over TCP. The names and
// passwords come from the server; one that has ended is refused.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { House } from './house.mjs';
import { freePort } from './path.mjs';
import { gathered, hears, joins, packOfVoices } from './tones.mjs';

const packs = packOfVoices();
const folder = mkdtempSync(join(tmpdir(), 'rondo-relay-'));
const secret = randomBytes(24).toString('base64url');
const secretFile = join(folder, 'secret');
writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
const port = await freePort();
const relay = spawn(
  process.env.TURNSERVER ?? '/usr/bin/turnserver',
  // Loopback peers are allowed here alone: everything in this run is one machine.
  ['-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=rondo.test', '--allow-loopback-peers', '--no-cli', '--no-tls', '--no-dtls', '--fingerprint', `--userdb=${join(folder, 'turndb')}`, `--pidfile=${join(folder, 'pid')}`, '--log-file=stdout', '--simple-log', '--verbose'],
  { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
);
let told = '';
relay.stdout.on('data', (bytes) => (told += bytes));
const gone = new Promise((resolve) => relay.once('exit', resolve));
process.on('exit', () => relay.kill('SIGKILL')); // whatever happens, nothing of this run is left behind

const listens = () =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => resolve(socket.end() !== undefined));
    socket.once('error', () => resolve(false));
  });
const until = Date.now() + 10_000;
while (!(await listens())) {
  assert.ok(relay.exitCode === null && Date.now() < until, `coturn listens: ${told}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const url = (transport) => `turn:127.0.0.1:${port}?transport=${transport}`;
const house = new House('relays', { RONDO_PACKS: packs, RONDO_MEDIA: '127.0.0.1:0', RONDO_TURN: `${url('udp')},${url('tcp')}`, RONDO_TURN_SECRET_FILE: secretFile });

/** From now on this page's connections come by relay alone, and over this transport. */
const byRelay = (who, transport) =>
  who.context.addInitScript((transport) => {
    window.peers = [];
    window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
      construct(made, [settings]) {
        const iceServers = settings.iceServers.map((server) => ({ ...server, urls: server.urls.filter((url) => url.endsWith(transport)) }));
        const peer = new made({ iceServers, iceTransportPolicy: 'relay' });
        window.peers.push(peer);
        return peer;
      },
    });
  }, transport);

/** By which way a page's connection goes. */
const wayOf = (who) =>
  who.page.evaluate(async () => {
    const all = [...(await window.peers.at(-1).getStats()).values()];
    const pair = all.find((one) => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded');
    const local = all.find((one) => one.id === pair?.localCandidateId);
    return `${local?.candidateType} ${local?.relayProtocol}`;
  });

await house.play(async (browser, server) => {
  const { kofi, people } = await gathered(house, browser, server, ['Ada'], (who) => byRelay(who, who.name === 'Kofi' ? 'udp' : 'tcp'));
  const { Ada: ada } = people;
  await joins(kofi);
  await joins(ada, true);
  const took = [await hears(kofi, ['Ada']), await hears(ada, ['Kofi'])];
  assert.deepEqual([await wayOf(kofi), await wayOf(ada)], ['relay udp', 'relay tcp']);
  await kofi.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0 && video.currentTime > 0));
  console.log(`T19, relays: N = 2 pages, one by relay over UDP and one over TCP; each heard the other's tone (${Math.max(...took)} ms), and a picture came`);
  house.say('two pages that may use nothing but the relay hear and see each other');

  // --- what has ended is refused ---
  const ended = `${Math.floor(Date.now() / 1_000) - 60}:ended`;
  const good = `${Math.floor(Date.now() / 1_000) + 60}:good`;
  const tries = (username, password) =>
    kofi.page.evaluate(
      async ([urls, username, credential]) => {
        const peer = new (Object.getPrototypeOf(window.peers[0]).constructor)({ iceServers: [{ urls, username, credential }], iceTransportPolicy: 'relay' });
        peer.createDataChannel('x');
        const said = new Promise((resolve) => {
          peer.onicecandidate = ({ candidate }) => resolve(candidate?.candidate ? 'taken' : 'nothing');
          peer.onicecandidateerror = ({ errorCode }) => resolve(`refused ${errorCode}`);
        });
        await peer.setLocalDescription();
        const answer = await said;
        peer.close();
        return answer;
      },
      [url('udp'), username, password],
    );
  const signed = (username) => createHmac('sha1', secret).update(username).digest('base64');
  assert.equal(await tries(good, signed(good)), 'taken', 'the question can be answered with yes');
  assert.equal(await tries(ended, signed(ended)), 'refused 401');
  assert.equal(await tries(good, signed('another')), 'refused 401');
  house.say('a name that has ended and a password that is not its own are refused');
});
relay.kill('SIGTERM');
await gone;
rmSync(packs, { recursive: true, force: true });
rmSync(folder, { recursive: true, force: true });
