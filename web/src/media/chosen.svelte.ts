// The devices somebody chose, for this visit: their names would tell one browser from another, so they are kept nowhere.
import type { Wanted } from './devices';

class Chosen {
  microphone = $state('');
  camera = $state('');
  /** Where the others are heard; empty: where the browser plays everything. */
  speaker = $state('');
  /** Whether there shall be a picture of this person. */
  picture = $state(false);
  calm = $state(true);
  blur = $state(false);

  /** What is to be asked of the browser. */
  wanted(sound: boolean, picture: boolean): Wanted {
    return { sound, picture, microphone: this.microphone, camera: this.camera, calm: this.calm, blur: this.blur };
  }
}

export const chosen = new Chosen();
