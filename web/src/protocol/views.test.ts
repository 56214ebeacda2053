/** Every golden view in `protocol/fixtures/server`, read by what the page says about it: a state the server can send has its words here. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { dockOf } from '../room/dock';
import { endsBefore, othersHead, ownHead, restingHead } from '../room/modes';
import { said } from '../room/say';
import { modeWords, seatSentence } from '../room/words';
import type { FloorMode, ServerMessage } from './types';

const folder = fileURLToPath(new URL('../../../protocol/fixtures/server', import.meta.url));
const views = readdirSync(folder)
  .filter((file) => file.startsWith('view.'))
  .map((file) => [file, JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Extract<ServerMessage, { type: 'view' }>] as const);

it.each(views)('%s', (_, { room, me }) => {
  if (room.kind !== 'room') return;
  const dock = dockOf(room, me);
  const offers = [dock.main, dock.bar?.inside, ...dock.beside, ...dock.more].filter((offer) => offer !== undefined);
  const words = [
    modeWords(room),
    ownHead(room),
    othersHead(room, me),
    restingHead(room),
    ...endsBefore(room, 'open'),
    ...room.seats.map((seat) => seatSentence(seat, room, me)),
    ...offers.map((offer) => offer.label),
  ];
  for (const word of words) expect(word).toMatch(/^[^{}]+$/);
  expect(said({ scene: room, me }, { scene: room, me })).toBeUndefined();
});

it('every way of sharing the floor that has a view of its own is among them', () => {
  const modes = new Set(views.map(([, { room }]) => (room.kind === 'room' ? room.floor.mode : undefined)));
  for (const mode of ['stick', 'pair', 'fishbowl', 'silence'] satisfies FloorMode[]) expect(modes, mode).toContain(mode);
});
