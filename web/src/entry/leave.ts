import { throughSignOut } from '../log/witness';
import { api } from '../protocol/api';
import { practiceHere } from './practice';

/** Signs out, and gives the address to sign in at. Signing out empties this browser; what names nobody is put back: the practice and the log's checkpoints. */
export async function leave(): Promise<string> {
  const remember = throughSignOut();
  const practice = practiceHere('/');
  await api.signOut();
  remember();
  return practice === undefined ? '/sign-in' : `/sign-in/${practice}`;
}
