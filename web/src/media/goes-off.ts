// When a microphone goes off by itself. It can be turned on again each time: the page only takes care that nobody is heard unawares.
import type { MyView, RoomScene } from '../protocol/types';

export type OffBecause = 'turn' | 'close';

export class GoesOff {
  #could = true;
  #ran = false;

  /** Sees one view after the other, and says when the microphone is to go off. */
  sees(scene: RoomScene, me: MyView): OffBecause | undefined {
    const { stand } = scene.stand;
    const runs = stand !== 'lobby' && stand !== 'closed';
    // Those who lead begin to talk about the session while members are still in the room.
    const closes = this.#ran && !runs && scene.staff != null;
    // Where a step asks for it, the turn's end is enough.
    const ends = this.#could && !me.may_speak && scene.floor.enforcement === 'soft';
    this.#ran = runs;
    this.#could = me.may_speak;
    return closes ? 'close' : ends ? 'turn' : undefined;
  }
}
