// English: start, first run, signing in, joining, groups, notes.
export const entry = {} as const;
