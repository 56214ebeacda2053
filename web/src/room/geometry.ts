// Where seats stand: on a circle, or an ellipse where they are many, at equal distances along the rim.
//
// Pure numbers. The person who looks sits at six o'clock; the order runs clockwise and is the same for everybody.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rim {
  readonly form: 'rim';
  /** A seat's diameter. */
  readonly seat: number;
  readonly centre: Point;
  readonly a: number;
  readonly b: number;
  readonly seats: readonly Point[];
  /** The floor in the middle. */
  readonly disc: { readonly centre: Point; readonly rx: number; readonly ry: number };
  /** The holder's diameter: on a phone in the middle, else at their place on the rim. */
  readonly holder: number;
}

/** The stage is too small for a rim: seats become a list in speaking order. */
export interface List {
  readonly form: 'list';
}

export interface Stage {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly phone: boolean;
  /** Two partners at nine and three, the third seat at twelve. */
  readonly couple?: boolean;
  /** An inner circle sits in the middle and needs the room. */
  readonly bowl?: boolean;
}

/** Name and state under a seat. */
const LABEL = 44;
/** From the inner edge of a seat to the floor: the label and air. */
const AIR = 78;
/** On a small stage the air gives way before the question does. */
const AIR_LITTLE = 58;
/** A floor of this radius holds a question at full size. */
const DISC_EASY = 110;
/** Two circles stop being a round table beyond this stretch. */
const STRETCH_MAX = 1.45;
const SEAT_MIN = 48;
/** From this size on the holder's seat grows on a circle; an ellipse leaves more room. */
const SEAT_GROWS = 88;
const SEAT_MAX = 128;
/** Seats at a couple's table, the first that leaves room for the floor. */
const TABLE_SEATS = [SEAT_MAX, 88, 64] as const;
/** Around an inner circle the rim steps back: those who speak are drawn larger than those who listen. */
const SEAT_AROUND_BOWL = 72;
const PHONE_SEAT_MIN = 36;
const PHONE_SEAT_MAX = 56;
const PHONE_HOLDER = 128;
/** Air between the floor and the dock where no seat stands between them. */
const UNDER_TABLE = 16;
/** Under this radius the question no longer fits in the middle. */
const DISC_MIN = 76;
const PHONE_DISC_MIN = 84;
/** How far the ring stands out from the holder's seat. */
export const RING_OUT = 12;
const HOLDER_GROWTH = 1.22;
/** Closer neighbours than this and the holder keeps a seat's size. */
const NEIGHBOUR_MIN = 20;
/** Enough points that no seat is off by more than a fraction of a pixel. */
const SAMPLES = 1440;

/** Where the seats of a stage stand. */
export function place(stage: Stage): Rim | List {
  if (stage.count < 1 || stage.width <= 0 || stage.height <= 0) return { form: 'list' };
  if (stage.phone) return placePhone(stage);
  return stage.couple === true && stage.count <= 3 ? placeTable(stage) : placeWide(stage, SEAT_MAX);
}

/** A couple's table stays a table in a small window too: the seats give way before the floor does. */
function placeTable(stage: Stage): Rim | List {
  const tries = TABLE_SEATS.map((most) => placeWide(stage, most));
  const easy = tries.find((placed) => placed.form === 'rim' && Math.min(placed.disc.rx, placed.disc.ry) >= DISC_EASY);
  return easy ?? tries.find((placed) => placed.form === 'rim') ?? { form: 'list' };
}

function placeWide({ width, height, count, couple, bowl }: Stage, most: number): Rim | List {
  const round = count <= 10;
  const [m, v] = round ? [14, 8] : [40, 24];
  let seat = 104;
  let a = 0;
  let b = 0;
  for (let pass = 0; pass < 5; pass++) {
    a = width / 2 - seat / 2 - m;
    b = (height - seat - LABEL) / 2 - v;
    if (round) a = b = Math.min(a, b);
    else a = Math.min(a, STRETCH_MAX * b);
    seat = Math.min(seatFor(circumference(a, b) / count), Math.min(most, bowl === true ? SEAT_AROUND_BOWL : SEAT_MAX));
  }
  const table = couple === true && count <= 3;
  if (table) a = Math.min(width / 2 - seat / 2 - 40, 1.9 * b);
  // Nobody sits at six o'clock at a couple's table, so the floor may reach further down.
  const lower = table ? 48 : 0;
  const inner = b - seat / 2 - (round ? 0 : 28) + lower;
  const ry = Math.max(inner - (bowl === true ? AIR_LITTLE : AIR), Math.min(DISC_EASY, inner - AIR_LITTLE));
  // Beside the floor stand names of up to 140 px, half of them on the inner side.
  const rx = table ? Math.min(1.5 * ry, a - (HOLDER_GROWTH * seat) / 2 - RING_OUT - 12) : round ? ry : a - Math.max(seat / 2 + AIR, 110);
  if (ry < DISC_MIN || rx < DISC_MIN) return { form: 'list' };
  // At a couple's table the lower half of the circle is empty: what there is stands in the middle of the stage.
  const empty = table ? Math.max(0, height - (centreOf(height) + 14 + lower + ry)) / 2 : 0;
  const centre = { x: width / 2, y: centreOf(height) + empty };
  const seats = table ? atTable(centre, a, b, count) : alongRim(centre, a, b, count);
  return {
    form: 'rim',
    seat,
    centre,
    a,
    b,
    seats,
    disc: { centre: { x: centre.x, y: centre.y + 14 + lower }, rx, ry },
    // On a small circle the next seat begins where the holder's words end: growing would cover it.
    holder: round && seat < SEAT_GROWS ? seat : holderSize(seats, seat),
  };
}

function placePhone({ width, height, count, couple }: Stage): Rim | List {
  const top = 6;
  const below = 34; // one line of a name, and air before the dock
  const table = couple === true && count <= 3;
  let seat = PHONE_SEAT_MAX;
  let a = 0;
  let b = 0;
  for (let pass = 0; pass < 5; pass++) {
    a = width / 2 - seat / 2 - 15;
    // At a couple's table nobody sits at six o'clock: under the middle is the floor and no seat.
    b = Math.min(a + 20, table ? (height - top - UNDER_TABLE + 40) / 2 : (height - seat - top - below) / 2);
    const share = 0.45 * (circumference(a, b) / count);
    seat = clamp(Math.floor(share / 4) * 4, PHONE_SEAT_MIN, PHONE_SEAT_MAX);
  }
  const disc = Math.min(a - seat / 2 - 20, b - seat / 2 - 40, 140);
  if (disc < PHONE_DISC_MIN) return { form: 'list' };
  // What room is left stands half above and half beneath.
  const empty = table ? Math.max(0, height - top - seat / 2 - b - disc - UNDER_TABLE) / 2 : 0;
  const centre = { x: width / 2, y: top + seat / 2 + b + empty };
  return {
    form: 'rim',
    seat,
    centre,
    a,
    b,
    seats: table ? atTable(centre, a, b, count) : alongRim(centre, a, b, count),
    disc: { centre, rx: disc, ry: disc },
    holder: Math.min(PHONE_HOLDER, 2 * disc - 80),
  };
}

function centreOf(height: number): number {
  return (height - LABEL) / 2;
}

function seatFor(share: number): number {
  return clamp(Math.floor(Math.min(0.52 * share, 0.9 * share - 60) / 4) * 4, SEAT_MIN, SEAT_MAX);
}

function circumference(a: number, b: number): number {
  return 2 * Math.PI * Math.sqrt((a * a + b * b) / 2);
}

/** Points at equal **arc length**, not angle: on an ellipse equal angles crowd the ends. Clockwise from six o'clock. */
export function alongRim(centre: Point, a: number, b: number, count: number): Point[] {
  const at = (t: number): Point => ({ x: centre.x - a * Math.sin(t), y: centre.y + b * Math.cos(t) });
  const lengths = [0];
  let before = at(0);
  for (let i = 1; i <= SAMPLES; i++) {
    const here = at((2 * Math.PI * i) / SAMPLES);
    lengths.push((lengths[i - 1] ?? 0) + distance(before, here));
    before = here;
  }
  const whole = lengths[SAMPLES] ?? 0;
  const seats: Point[] = [];
  let i = 0;
  for (let k = 0; k < count; k++) {
    const wanted = (k / count) * whole;
    while (i < SAMPLES && (lengths[i + 1] ?? Infinity) <= wanted) i++;
    const from = lengths[i] ?? 0;
    const step = (lengths[i + 1] ?? from) - from;
    seats.push(at((2 * Math.PI * (i + (step > 0 ? (wanted - from) / step : 0))) / SAMPLES));
  }
  return seats;
}

/** Partners at nine and three, the third seat at twelve: the first seat is the person who looks. */
function atTable(centre: Point, a: number, b: number, count: number): Point[] {
  const nine = { x: centre.x - a, y: centre.y };
  const twelve = { x: centre.x, y: centre.y - b };
  const three = { x: centre.x + a, y: centre.y };
  return count === 3 ? [nine, twelve, three] : [nine, three].slice(0, count);
}

function holderSize(seats: readonly Point[], seat: number): number {
  const grown = HOLDER_GROWTH * seat;
  const [first, second] = seats;
  if (!first || !second) return grown;
  const between = distance(first, second) - grown / 2 - RING_OUT - seat / 2;
  return between < NEIGHBOUR_MIN ? seat : grown;
}

function distance(p: Point, q: Point): number {
  return Math.hypot(p.x - q.x, p.y - q.y);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** How far words under a seat may reach to the left and to the right of the seat's own middle. */
export interface Reach {
  readonly left: number;
  readonly right: number;
  /** On which side the floor is, where it is beside the words; on the other is the window's edge. */
  readonly floor?: 'left' | 'right';
}

/** Words stay this far from the window's edge, and this far from the floor. */
const EDGE_OFF = 4;
const FLOOR_OFF = 2;

/** The reach of words that stand between two heights under a seat: from the window's edge to the floor, where the floor is beside them. */
export function reachOf(rim: Rim, width: number, at: Point, from: number, to: number): Reach {
  const edge: Reach = { left: at.x - EDGE_OFF, right: width - at.x - EDGE_OFF };
  const { centre, rx, ry } = rim.disc;
  const away = Math.max(0, centre.y - (at.y + to), at.y + from - centre.y);
  // Above and under the floor its own middle is in the way of no word that could move aside.
  if (away >= ry || Math.abs(at.x - rim.centre.x) < rim.seat / 2) return edge;
  const floor = Math.abs(at.x - centre.x) - rx * Math.sqrt(1 - (away / ry) ** 2) - FLOOR_OFF;
  return at.x < centre.x ? { ...edge, right: floor, floor: 'right' } : { ...edge, left: floor, floor: 'left' };
}

/** How far words of a width move aside to stay within their reach; the window's edge matters more than the floor's. */
export function leanOf({ left, right, floor }: Reach, width: number): number {
  const least = width / 2 - left;
  const most = right - width / 2;
  if (least <= most) return clamp(0, least, most);
  return floor === 'right' ? least : most;
}

/** The circle's order, turned so that the person who looks comes first. Somebody without a seat keeps the order as it is. */
export function turned<T>(seats: readonly T[], isMe: (seat: T) => boolean): T[] {
  const at = seats.findIndex(isMe);
  return at <= 0 ? [...seats] : [...seats.slice(at), ...seats.slice(0, at)];
}

/** The couple's order for `place`: partners around the third seat, a partner who looks first. */
export function coupleOrder<T>(seats: readonly T[], isMember: (seat: T) => boolean): T[] {
  const partners = seats.filter(isMember);
  const others = seats.filter((seat) => !isMember(seat));
  const [first, second] = partners;
  if (!first || !second || seats.length !== 3) return [...seats];
  return [first, ...others, second];
}
