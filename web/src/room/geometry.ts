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
  /** What a name may take under each seat before it runs into the neighbours. */
  readonly names: readonly NameRoom[];
}
export interface NameRoom {
  readonly width: number;
  readonly lines: 1 | 2;
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
/** Up to so many stand on a circle, more on an ellipse where the stage is wide enough for one. */
const ROUND_MOST = 10;
const SEAT_MIN = 48;
const SEAT_MAX = 128;
/** Seat sizes are multiples of this. */
const STEP = 4;
/** Nobody sits at six o'clock at a couple's table, so the floor reaches this much further down. */
const TABLE_LOWER = 48;
/** Around an inner circle the rim steps back: those who speak are drawn larger than those who listen. */
const SEAT_AROUND_BOWL = 72;
const PHONE_SEAT_MIN = 36;
const PHONE_SEAT_MAX = 56;
const PHONE_HOLDER = 128;
/** On a phone, above the topmost seat. */
const PHONE_TOP = 6;
/** On a phone, under the lowest seat: one line of a name, and air before the dock. */
const PHONE_BELOW = 34;
/** A phone has one line for a name, as wide as the floor beside it leaves. */
const PHONE_NAME: NameRoom = { width: 96, lines: 1 };
/** Air between the floor and the dock where no seat stands between them. */
const UNDER_TABLE = 16;
/** Under this radius the question no longer fits in the middle. */
const DISC_MIN = 76;
/** On a phone the floor holds a person and no question: with this radius they have their full size. */
const PHONE_DISC_EASY = 84;
/** How far the ring stands out from the holder's seat. */
export const RING_OUT = 12;
const HOLDER_GROWTH = 1.22;
/** A name and a word above another seat: their last pixels fit beside its round top. */
const LABEL_ABOVE = 36;
/** The same for a name of two lines and a word. */
const TWO_LINES = 60;
/** The widest name, and the air between two that stand side by side. */
const NAME_MOST = 148;
const NAME_AIR = 8;
/** Enough points that no seat is off by more than a fraction of a pixel. */
const SAMPLES = 1440;

/** Where the seats of a stage stand. The floor keeps its size first, then the seats, so that one person less never needs more room. */
export function place(stage: Stage): Rim | List {
  if (stage.count < 1 || stage.width <= 0 || stage.height <= 0) return { form: 'list' };
  return stage.phone ? placePhone(stage) : placeWide(stage);
}

type Form = 'table' | 'round' | 'oval';

/** How large everything would be, with seats of a size. */
interface Sizes {
  readonly form: Form;
  readonly seat: number;
  readonly a: number;
  readonly b: number;
  readonly rx: number;
  readonly ry: number;
}

/** The largest seats that leave the floor its room; where no size does, the smallest. */
function sized(most: number, least: number, easy: number, sizesOf: (seat: number) => Sizes | undefined): Sizes | undefined {
  let smallest: Sizes | undefined;
  for (let seat = most; seat >= least; seat -= STEP) {
    const sizes = sizesOf(seat);
    if (sizes && Math.min(sizes.rx, sizes.ry) >= easy) return sizes;
    smallest = sizes ?? smallest;
  }
  return smallest;
}

/** A form that has the room to be drawn at its best; failing that, the first for which there is room at all. */
function placeWide(stage: Stage): Rim | List {
  const { width, height, count } = stage;
  const round: Form[] = count <= ROUND_MOST ? ['round', 'oval'] : ['oval', 'round'];
  const forms = stage.couple === true && count <= 3 ? (['table', ...round] as const) : round;
  const most = stage.bowl === true ? SEAT_AROUND_BOWL : SEAT_MAX;
  const fitting = forms.map((form) => sized(most, SEAT_MIN, DISC_EASY, (seat) => wideSizes(stage, form, seat))).filter((sizes) => sizes !== undefined);
  const sizes = fitting.find(({ rx, ry }) => Math.min(rx, ry) >= DISC_EASY) ?? fitting[0];
  if (!sizes) return { form: 'list' };
  const { form, seat, a, b, rx, ry } = sizes;
  const lower = form === 'table' ? TABLE_LOWER : 0;
  // At a couple's table the lower half of the circle is empty: what there is stands in the middle of the stage.
  const empty = form === 'table' ? Math.max(0, height - (centreOf(height) + 14 + lower + ry)) / 2 : 0;
  const centre = { x: width / 2, y: centreOf(height) + empty };
  const seats = form === 'table' ? atTable(centre, a, b, count) : alongRim(centre, a, b, count);
  return {
    form: 'rim',
    seat,
    centre,
    a,
    b,
    seats,
    disc: { centre: { x: centre.x, y: centre.y + 14 + lower }, rx, ry },
    holder: holderSize(seats, seat),
    names: nameRooms(seats, seat),
  };
}

function wideSizes({ width, height, count, bowl }: Stage, form: Form, seat: number): Sizes | undefined {
  const [m, v] = form === 'oval' ? [40, 24] : [14, 8];
  let a = width / 2 - seat / 2 - m;
  let b = (height - seat - LABEL) / 2 - v;
  if (form === 'oval') a = Math.min(a, STRETCH_MAX * b);
  else a = b = Math.min(a, b);
  if (b <= 0 || seat > seatFor(circumference(a, b) / count)) return undefined;
  const table = form === 'table';
  if (table) a = Math.min(width / 2 - seat / 2 - 40, 1.9 * b);
  const inner = b - seat / 2 - (form === 'oval' ? 28 : 0) + (table ? TABLE_LOWER : 0);
  const ry = Math.max(inner - (bowl === true ? AIR_LITTLE : AIR), Math.min(DISC_EASY, inner - AIR_LITTLE));
  // Beside the floor stand names of up to 140 px, half of them on the inner side.
  const rx = table ? Math.min(1.5 * ry, a - (HOLDER_GROWTH * seat) / 2 - RING_OUT - 12) : form === 'round' ? ry : a - Math.max(seat / 2 + AIR, 110);
  return ry < DISC_MIN || rx < DISC_MIN ? undefined : { form, seat, a, b, rx, ry };
}

function placePhone(stage: Stage): Rim | List {
  const { width, height, count } = stage;
  const sizes = sized(PHONE_SEAT_MAX, PHONE_SEAT_MIN, PHONE_DISC_EASY, (seat) => phoneSizes(stage, seat));
  if (!sizes) return { form: 'list' };
  const { form, seat, a, b, rx: disc } = sizes;
  const table = form === 'table';
  // What room is left stands half above and half beneath.
  const empty = table ? Math.max(0, height - PHONE_TOP - seat / 2 - b - disc - UNDER_TABLE) / 2 : 0;
  const centre = { x: width / 2, y: PHONE_TOP + seat / 2 + b + empty };
  const seats = table ? atTable(centre, a, b, count) : alongRim(centre, a, b, count);
  return {
    form: 'rim',
    seat,
    centre,
    a,
    b,
    seats,
    disc: { centre, rx: disc, ry: disc },
    holder: Math.min(PHONE_HOLDER, 2 * disc - 80),
    names: seats.map(() => PHONE_NAME),
  };
}

function phoneSizes({ width, height, count, couple }: Stage, seat: number): Sizes | undefined {
  const table = couple === true && count <= 3;
  const a = width / 2 - seat / 2 - 15;
  // At a couple's table nobody sits at six o'clock: under the middle is the floor and no seat.
  const b = Math.min(a + 20, table ? (height - PHONE_TOP - UNDER_TABLE + 40) / 2 : (height - seat - PHONE_TOP - PHONE_BELOW) / 2);
  if (b <= 0 || seat > Math.max(PHONE_SEAT_MIN, 0.45 * (circumference(a, b) / count))) return undefined;
  const disc = Math.min(a - seat / 2 - 20, b - seat / 2 - 40, 140);
  return disc < DISC_MIN ? undefined : { form: table ? 'table' : 'round', seat, a, b, rx: disc, ry: disc };
}

function centreOf(height: number): number {
  return (height - LABEL) / 2;
}

/** The largest seat on a share of the rim: names stand side by side in the upper half; the smallest needs room for its name under it. */
function seatFor(share: number): number {
  const most = Math.min(0.52 * share, 0.9 * share - 60);
  return share >= SEAT_MIN + LABEL_ABOVE ? Math.max(most, SEAT_MIN) : most;
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

/** The holder's seat is larger, wherever on the rim it is, unless its words would then run into the seat below. */
function holderSize(seats: readonly Point[], seat: number): number {
  const grown = HOLDER_GROWTH * seat;
  const crowded = seats.some((_, k) => stepBelow(seats, seat, k) < grown / 2 + RING_OUT + LABEL_ABOVE + seat / 2);
  return crowded ? seat : grown;
}

function nameRooms(seats: readonly Point[], seat: number): NameRoom[] {
  return seats.map((_, k) => ({
    width: Math.min(NAME_MOST, ...beside(seats, k).filter(({ y }) => Math.abs(y) < LABEL).map(({ x }) => x - NAME_AIR)),
    lines: stepBelow(seats, seat, k) < seat + TWO_LINES ? 1 : 2,
  }));
}

/** How much lower the next seat stands, where one stands under a seat's words. */
function stepBelow(seats: readonly Point[], seat: number, k: number): number {
  const under = beside(seats, k).filter(({ x, y }) => y >= LABEL && x < (NAME_MOST + seat) / 2);
  return Math.min(Infinity, ...under.map(({ y }) => y));
}

/** How far a seat's neighbours are to its side, and how much lower. */
function beside(seats: readonly Point[], k: number): Point[] {
  const from = seats[k];
  const neighbours = [seats[(k + 1) % seats.length], seats[(k + seats.length - 1) % seats.length]];
  return neighbours.flatMap((other) => (!from || !other || other === from ? [] : [{ x: Math.abs(from.x - other.x), y: other.y - from.y }]));
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
const FLOOR_OFF = 6;

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
