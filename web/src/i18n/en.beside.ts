// English: what lies beside the circle. Side rooms and small circles, today's plan, "shall we go on?", "I am not OK", and what those
// who lead say among themselves.
export const beside = {
  // today's plan, in the agenda
  'agenda.left_out': 'left out today',

  // seats
  'seat.aside': 'stepped out, place kept',
  'seat.aside_line': 'stepped out',
  'seat.elsewhere': 'elsewhere, place kept',
  'seat.elsewhere_line': 'elsewhere',
  'seat.in_circle': 'in a small circle',

  // refusals, by code
  'refusal.unknown_circle': 'There is no such circle any more.',
  'refusal.no_rooms': 'There are no small circles just now.',
  'refusal.stepped_out': 'This person stepped out. Their place is kept.',
  'refusal.not_seen_yet': 'Say first that you have seen it, so that the person knows.',
  'refusal.has_own_line': 'This person has come with a device of their own.',
  'refusal.nothing_asked': 'Nothing is asked just now.',
} as const;
