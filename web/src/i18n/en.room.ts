// English: the session room.
export const room = {
  'room.connecting': 'Coming in.',
} as const;
