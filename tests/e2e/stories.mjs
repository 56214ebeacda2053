// Every state of the room in a real browser: looked at (pictures), and checked by axe, for requests to strangers, for script errors and
// for content outside the window. Build the stories first: `VITE_STORIES=1 npm --prefix web run build`.
//
// `node stories.mjs [name …]` takes only the stories whose picture's name begins so.
import AxeBuilder from '@axe-core/playwright';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { serve } from './static-server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '../../web/dist-stories');
const shots = join(here, 'shots');

const DESKTOP = { width: 1440, height: 900 };
const TABLET = { width: 1024, height: 768 };
const NARROW = { width: 768, height: 1024 };
const PHONE = { width: 390, height: 844 };
const SMALL = { width: 320, height: 568 };
/** 1440 × 900 at 200 %. */
const ZOOMED = { width: 720, height: 450 };
/** 1280 × 1024 at 400 %: the narrowest window in which everything must still be reachable without scrolling sideways. */
const REFLOW = { width: 320, height: 256 };

/** Picture name → which story, in which window, how. */
const PICTURES = [
  ['1-facilitator-light', 'facilitator', DESKTOP],
  ['1-facilitator-dark', 'facilitator', DESKTOP, { dark: true }],
  ['2-member-next-light', 'next', PHONE],
  ['2-member-next-dark', 'next', PHONE, { dark: true }],
  ['3-member-turn-light', 'turn', PHONE],
  ['3-member-turn-dark', 'turn', PHONE, { dark: true }],
  ['4-couple-light', 'couple', TABLET],
  ['5-circle-light', 'circle', DESKTOP],
  ...['waiting', 'waiting-arrival', 'waiting-again', 'waiting-said', 'arrival-inside', 'turned-away', 'lobby', 'lobby-facilitator', 'lobby-alone', 'paused', 'paused-facilitator', 'held', 'suspended', 'suspended-member', 'queue', 'ask', 'chair', 'chair-member', 'open', 'spoke', 'dropped', 'refused', 'ended', 'ended-facilitator', 'two', 'long-names', 'closed', 'next', 'turn'].flatMap((name) => [
    [`${name}-desktop`, name, DESKTOP],
    [`${name}-phone`, name, PHONE],
  ]),
  ...['stick', 'stick-holding', 'stick-offering', 'stick-declined', 'stick-offered', 'stick-free', 'stick-host', 'pair-speaking', 'pair-said-back', 'pair-listening', 'pair-saying-back', 'pair-therapist', 'pair-unnamed', 'pair-of-many', 'fishbowl', 'fishbowl-open', 'fishbowl-inside', 'fishbowl-seat', 'fishbowl-staff', 'fishbowl-unnamed', 'silence', 'silence-staff', 'silence-over'].flatMap((name) => [
    [`${name}-desktop`, name, DESKTOP],
    [`${name}-phone`, name, PHONE],
  ]),
  ...['not-ok-told', 'not-ok-waits', 'not-ok-seen', 'not-ok-alone', 'alarm', 'alarm-louder', 'alarm-loudest', 'alarm-seen', 'aside', 'aside-help', 'aside-with', 'aside-seen', 'aside-staff', 'aside-visit', 'plan', 'plan-over', 'plan-ahead', 'plan-member', 'ready', 'ready-answered', 'ready-staff', 'circle2', 'circle2-help', 'circle2-called', 'circles-staff', 'circles-early', 'circles-open', 'whispers', 'together'].flatMap((name) => [
    [`${name}-desktop`, name, DESKTOP],
    [`${name}-phone`, name, PHONE],
  ]),
  ...[['voices-off', 'next&voices=off'], ['voices-on', 'next&voices=on'], ['voices-taken', 'next&voices=taken'], ['voices-turn', 'turn&voices=on'], ['voices-held-staff', 'facilitator&voices=held']].flatMap(([name, story]) => [
    [`${name}-desktop`, story, DESKTOP],
    [`${name}-phone`, story, PHONE],
    [`${name}-small`, story, SMALL],
  ]),
  ['lobby-alone-country-phone', 'lobby-alone', PHONE, { press: 'Choose the country …' }],
  ['waiting-arrival-unfinished-phone', 'waiting-arrival', PHONE, { press: 'Tell the facilitators' }],
  ['waiting-check-phone', 'waiting&voices=off', PHONE],
  ['voices-sheet-phone', 'next&voices=on', PHONE, { press: 'Sound and pictures' }],
  ['voices-sheet-small', 'next&voices=on', SMALL, { press: 'Sound and pictures' }],
  ['voices-check-small', 'next&voices=off', SMALL, { press: 'Hear and be heard' }],
  ['not-ok-more-desktop', 'not-ok-at-hand', DESKTOP, { press: 'More' }],
  ['not-ok-more-phone', 'not-ok-at-hand', PHONE, { press: 'More' }],
  ['not-ok-line-down-phone', 'not-ok-line-down', PHONE],
  ['safety-write-desktop', 'safety-write', DESKTOP],
  ['safety-plan-desktop', 'safety-plan', DESKTOP],
  ['safety-plan-phone', 'safety-plan', PHONE, { press: 'Open the facilitators’ side' }],
  ['safety-away-phone', 'safety-away', PHONE, { press: 'Open the facilitators’ side' }],
  ['safety-away-desktop', 'safety-away', DESKTOP],
  ['call-card-phone', 'call-card', PHONE],
  ['call-card-desktop', 'call-card', DESKTOP],
  ['not-ok-unsent-phone', 'not-ok-unsent', PHONE, { press: 'More', then: 'I am not OK Tells the facilitators, nobody else' }],
  ['not-ok-unsent-desktop', 'not-ok-unsent', DESKTOP, { press: 'More', then: 'I am not OK Tells the facilitators, nobody else' }],
  ['not-ok-sheet-desktop', 'not-ok-at-hand', DESKTOP, { press: 'I am not OK …' }],
  ['not-ok-people-phone', 'not-ok-at-hand', PHONE, { press: 'People' }],
  ['concern-people-phone', 'not-ok-at-hand', PHONE, { press: 'People', then: 'What you can do for Ben' }],
  ['not-ok-told-small', 'not-ok-told', SMALL],
  ['not-ok-told-dark', 'not-ok-told', PHONE, { dark: true }],
  ['not-ok-told-folded', 'not-ok-told', PHONE, { press: 'Show less' }],
  ['not-ok-told-wide-letters', 'not-ok-told', PHONE, { spacing: true }],
  ['alarm-loudest-dark', 'alarm-loudest', DESKTOP, { dark: true }],
  ['alarm-loudest-small', 'alarm-loudest', SMALL],
  ['alarm-louder-forced-colours', 'alarm-louder', DESKTOP, { forced: true }],
  ['alarm-notes-phone', 'alarm', PHONE, { press: 'Notes' }],
  ['alarm-loudest-right-to-left', 'alarm-loudest', DESKTOP, { rtl: true }],
  ['aside-dark', 'aside', PHONE, { dark: true }],
  ['aside-small', 'aside', SMALL],
  ['aside-seen-forced-colours', 'aside-seen', DESKTOP, { forced: true }],
  ['aside-staff-people', 'aside-staff', DESKTOP, { press: 'People' }],
  ['aside-staff-person', 'aside-staff', DESKTOP, { press: 'What you can do for Ben' }],
  ['aside-staff-pane-phone', 'aside-staff', PHONE, { press: 'Open the facilitators’ side' }],
  ['aside-staff-right-to-left', 'aside-staff', DESKTOP, { rtl: true }],
  ['plan-sheet-desktop', 'plan', DESKTOP, { press: 'Change today’s plan …' }],
  ['plan-sheet-dark', 'plan', DESKTOP, { press: 'Change today’s plan …', dark: true }],
  ['plan-sheet-phone', 'plan-over', PHONE, { press: 'Open the facilitators’ side', then: 'Change today’s plan …' }],
  ['plan-sheet-small', 'plan-over', SMALL, { press: 'Open the facilitators’ side', then: 'Change today’s plan …' }],
  ['plan-over-narrow', 'plan-over', NARROW, { press: 'Open the facilitators’ side' }],
  ['card-desktop', 'card', DESKTOP],
  ['card-phone', 'card', PHONE],
  ['course-ahead-desktop', 'course-ahead', DESKTOP],
  ['course-ahead-phone', 'course-ahead', PHONE, { press: 'Agenda' }],
  ['near-end-desktop', 'near-end', DESKTOP],
  ['near-end-phone', 'near-end', PHONE, { press: 'Open the facilitators’ side' }],
  ['plan-member-agenda-phone', 'plan-member', PHONE, { press: 'Agenda' }],
  ['ready-small', 'ready', SMALL],
  ['ready-dark', 'ready-answered', PHONE, { dark: true }],
  ['ready-forced-colours', 'ready-answered', DESKTOP, { forced: true }],
  ['circle2-notes-phone', 'circle2', PHONE, { press: 'Notes' }],
  ['circle2-notes-small', 'circle2', SMALL, { press: 'Notes' }],
  ['circle2-called-small', 'circle2-called', SMALL],
  ['circles-staff-pane-phone', 'circles-staff', PHONE, { press: 'Open the facilitators’ side' }],
  ['circles-open-dialog', 'circles-open', DESKTOP, { press: 'More', then: 'Small circles …' }],
  ['circles-open-drawn', 'circles-open', DESKTOP, { press: 'More', then: 'Small circles …', choose: 'By lot' }],
  ['circles-open-hand', 'circles-open', DESKTOP, { press: 'More', then: 'Small circles …', choose: 'By hand' }],
  ['circles-open-hand-phone', 'circles-open', PHONE, { press: 'More', then: 'Small circles …', choose: 'By hand' }],
  ['circles-open-hand-small', 'circles-open', SMALL, { press: 'More', then: 'Small circles …', choose: 'By hand' }],
  ['whispers-pane-phone', 'whispers', PHONE, { press: 'Open the facilitators’ side' }],
  ['whispers-dark', 'whispers', DESKTOP, { dark: true }],
  ['together-people-phone', 'together', PHONE, { press: 'People', then: 'What you can do for Farid' }],
  ['together-dialog', 'together', DESKTOP, { press: 'What you can do for Farid', then: 'Sits at someone’s device …' }],
  ['pair-said-back-tablet', 'pair-said-back', TABLET],
  ['pair-said-back-dark', 'pair-said-back', TABLET, { dark: true }],
  ['pair-said-back-small', 'pair-said-back', SMALL],
  ['pair-said-back-zoomed', 'pair-said-back', ZOOMED],
  ['pair-therapist-narrow', 'pair-therapist', NARROW, { press: 'Open the facilitators’ side' }],
  ['pair-saying-back-forced-colours', 'pair-saying-back', TABLET, { forced: true }],
  ['stick-offered-small', 'stick-offered', SMALL],
  ['stick-offered-dark', 'stick-offered', PHONE, { dark: true }],
  ['stick-offered-reflow', 'stick-offered', REFLOW],
  ['stick-holding-list', 'stick-holding', DESKTOP, { press: 'Offer the stick …' }],
  ['stick-declined-list-phone', 'stick-declined', PHONE, { press: 'Offer the stick …' }],
  ['stick-holding-right-to-left', 'stick-holding', DESKTOP, { rtl: true }],
  ['fishbowl-small', 'fishbowl', SMALL],
  ['fishbowl-dark', 'fishbowl', DESKTOP, { dark: true }],
  ['fishbowl-zoomed', 'fishbowl', ZOOMED],
  ['fishbowl-forced-colours', 'fishbowl', PHONE, { forced: true }],
  ['fishbowl-unnamed-dialog', 'fishbowl-unnamed', DESKTOP, { press: 'Name the inner circle …' }],
  ['pair-unnamed-dialog', 'pair-unnamed', DESKTOP, { press: 'Name the two …' }],
  ['round-staff-dialog', 'round-staff', DESKTOP, { press: 'More', then: 'Begin a round …' }],
  ['round-staff-hand', 'round-staff', DESKTOP, { press: 'More', then: 'Begin a round …', choose: 'In your own order' }],
  ['round-staff-hand-phone', 'round-staff', PHONE, { press: 'More', then: 'Begin a round …', choose: 'In your own order' }],
  ['silence-breath-desktop', 'silence', DESKTOP, { press: 'Breathe along' }],
  ['silence-breath-phone', 'silence', PHONE, { press: 'Breathe along' }],
  ['silence-breath-dark', 'silence', PHONE, { press: 'Breathe along', dark: true }],
  ['silence-small', 'silence', SMALL],
  ['floor-leaving', 'pair-therapist', DESKTOP, { press: 'More', then: 'How the floor is shared …', select: ['The floor', 'silence'] }],
  ...['lock-new', 'lock-half', 'lock-open', 'couple-door', 'check-in', 'check-in-answered', 'check-in-staff', 'time-out'].map((name) => [`${name}-desktop`, name, DESKTOP]),
  ...['couple-door', 'check-in', 'check-in-answered', 'time-out'].map((name) => [`${name}-phone`, name, PHONE]),
  ...['lock-new', 'lock-half', 'lock-open', 'check-in-staff'].map((name) => [`${name}-phone`, name, PHONE, { press: 'Open the facilitators’ side' }]),
  ['lock-half-small', 'lock-half', SMALL, { press: 'Open the facilitators’ side' }],
  ['lock-half-dark', 'lock-half', DESKTOP, { dark: true }],
  ['check-in-open-phone', 'check-in', PHONE, { unfold: 'A private word' }],
  ['check-in-open-small', 'check-in', SMALL, { unfold: 'A private word' }],
  ['check-in-open-dark', 'check-in', DESKTOP, { unfold: 'A private word', dark: true }],
  ['couple-door-open-phone', 'couple-door', PHONE, { unfold: 'A private word' }],
  ['circle-phone', 'circle', PHONE],
  ['couple-phone', 'couple', PHONE],
  ['locked-desktop', 'locked', DESKTOP],
  ['facilitator-tablet', 'facilitator', TABLET],
  ['facilitator-narrow', 'facilitator', NARROW],
  ['facilitator-phone', 'facilitator', PHONE],
  ['next-small', 'next', SMALL],
  ['turn-small', 'turn', SMALL],
  ['facilitator-zoomed', 'facilitator', ZOOMED],
  ['next-zoomed', 'next', ZOOMED],
  ['next-reflow', 'next', REFLOW],
  ['turn-forced-colours', 'turn', PHONE, { forced: true }],
  ['facilitator-forced-colours', 'facilitator', DESKTOP, { forced: true }],
  ['next-right-to-left', 'next', PHONE, { rtl: true }],
  ['facilitator-right-to-left', 'facilitator', DESKTOP, { rtl: true }],
  ['next-wide-letters', 'next', PHONE, { spacing: true }],
  ['facilitator-wide-letters', 'facilitator', DESKTOP, { spacing: true }],
  ['facilitator-more', 'facilitator', DESKTOP, { press: 'More' }],
  ['facilitator-people', 'facilitator', DESKTOP, { press: 'People' }],
  ['facilitator-floor', 'facilitator', DESKTOP, { press: 'More', then: 'How the floor is shared …' }],
  ['facilitator-participation', 'facilitator', DESKTOP, { text: 'Participation' }],
  ['facilitator-note', 'facilitator', DESKTOP, { text: 'Facilitators’ note' }],
  ['next-notes-phone', 'next', PHONE, { press: 'Notes' }],
  ['facilitator-staff-phone', 'facilitator', PHONE, { press: 'Open the facilitators’ side' }],
  ['facilitator-staff-narrow', 'facilitator', NARROW, { press: 'Open the facilitators’ side' }],
  ['next-agenda-phone', 'next', PHONE, { press: 'Agenda' }],
  ['next-people-phone', 'next', PHONE, { press: 'People' }],
  ['next-write-phone', 'next', PHONE, { press: 'Write instead' }],
  ['next-look-desktop', 'next', DESKTOP, { press: 'How this looks' }],
  ['ask-more-desktop', 'ask', DESKTOP, { press: 'More', then: 'Ask with a word about it …' }],
  ['on-call-sheet-desktop', 'on-call-lead', DESKTOP, { press: 'More', then: 'Call the person on call … Only you see the name and the number' }],
  ['on-call-nobody-phone', 'on-call-nobody', PHONE, { press: 'More', then: 'Call the person on call … Nobody is named' }],
  ['on-call-called-desktop', 'on-call-called', DESKTOP],
  ['on-call-called-phone', 'on-call-called', PHONE],
  ['on-call-answered-phone', 'on-call-answered', PHONE],
  ['not-ok-mistake-phone', 'not-ok-mistake', PHONE],
  ['alarm-taken-back-desktop', 'alarm-taken-back', DESKTOP],
  // After the session, for those who lead: who needs a word. (For members: `call-card` above.)
  ['ended-staff-phone', 'ended-facilitator', PHONE, { press: 'Open the facilitators’ side' }],
  // Spanish sentences are longer.
  ...['facilitator', 'next', 'turn', 'ask', 'queue', 'paused', 'dropped', 'waiting', 'ended', 'ended-facilitator', 'call-card', 'stick-holding', 'stick-offered', 'pair-said-back', 'pair-saying-back', 'fishbowl', 'silence', 'not-ok-told', 'alarm-loudest', 'plan-over', 'ready', 'circle2', 'circle', 'couple', 'lock-half'].flatMap((name) => [
    [`spanish-${name}-desktop`, name, DESKTOP, { spanish: true }],
    [`spanish-${name}-phone`, name, PHONE, { spanish: true }],
  ]),
  ['spanish-next-small', 'next', SMALL, { spanish: true }],
  ['spanish-turn-small', 'turn', SMALL, { spanish: true }],
  ['spanish-stick-offered-small', 'stick-offered', SMALL, { spanish: true }],
  ['spanish-next-reflow', 'next', REFLOW, { spanish: true }],
  ['spanish-facilitator-zoomed', 'facilitator', ZOOMED, { spanish: true }],
  ['spanish-facilitator-more', 'facilitator', DESKTOP, { spanish: true, press: 'Más' }],
  ['spanish-staff-phone', 'facilitator', PHONE, { spanish: true, press: 'Abrir el lado de quienes facilitan' }],
  ['spanish-look-phone', 'next', PHONE, { spanish: true, press: 'Personas', then: 'Cómo se ve esto' }],
  ['spanish-look-desktop', 'next', DESKTOP, { spanish: true, press: 'Cómo se ve esto' }],
];

if (!existsSync(built)) throw new Error('The stories are not built: run `VITE_STORIES=1 npm --prefix web run build` first.');
mkdirSync(shots, { recursive: true });
const wanted = process.argv.slice(2);
const faults = [];
const server = await serve(built);
const browser = await launch();
let seen = 0;
try {
  for (const [picture, story, viewport, how = {}] of PICTURES) {
    if (wanted.length > 0 && !wanted.some((start) => picture.startsWith(start))) continue;
    seen += 1;
    await look(picture, story, viewport, how);
  }
} finally {
  await browser.close();
  await server.close();
}
for (const fault of faults) console.error(`FAULT  ${fault}`);
console.log(`${seen} pictures, ${faults.length} faults`);
if (seen === 0 || faults.length > 0) process.exit(1);

async function look(picture, story, viewport, how) {
  const context = await browser.newContext({
    viewport,
    locale: how.spanish ? 'es-ES' : 'en-GB',
    timezoneId: 'UTC',
    colorScheme: how.dark ? 'dark' : 'light',
    forcedColors: how.forced ? 'active' : 'none',
    // The drawn states show the ring as it moves; the others stand still.
    reducedMotion: /^[1-5]-/.test(picture) ? 'no-preference' : 'reduce',
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`${picture}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${picture}: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.origin) && !request.url().startsWith('data:')) faults.push(`${picture}: asked a stranger: ${request.url()}`);
  });
  await page.goto(`${server.origin}/stories?show=${story}`);
  await page.locator('main').first().waitFor();
  const written = page.getByText('What we heard this week');
  if (viewport.width >= 1280 && (await page.locator('#notes').count()) > 0) await written.waitFor();
  await page.evaluate(() => document.fonts.ready);
  if (how.rtl) await page.evaluate(() => void (document.documentElement.dir = 'rtl'));
  if (how.spacing) await page.evaluate(() => void (document.documentElement.dataset.spacing = 'wide'));
  if (how.unfold) await page.locator('summary', { hasText: how.unfold }).click();
  if (how.press) await page.getByRole('button', { name: how.press, exact: true }).click();
  if (how.then) await page.getByRole('button', { name: how.then, exact: true }).click();
  if (how.choose) await page.getByRole('radio', { name: how.choose }).check();
  if (how.select) await page.getByLabel(how.select[0], { exact: true }).selectOption(how.select[1]);
  if (how.text) await page.getByText(how.text, { exact: true }).click();
  if (how.press === 'Notes') await written.waitFor();
  // Two frames: what was measured is laid out, what was laid out is painted.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path: join(shots, `${picture}.png`) });

  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) faults.push(`${picture}: ${sideways} px hang out sideways`);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, summary, input, select, textarea')]
      .filter((target) => target.checkVisibility() && !target.closest('.skip, label'))
      .map((target) => ({ box: target.getBoundingClientRect(), name: target.textContent?.trim() || target.getAttribute('aria-label') }))
      .filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 39.5))
      .map(({ box, name }) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
  for (const target of small) faults.push(`${picture}: target under 44 px: ${target}`);
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] }); // as in house.mjs
  axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  // Under forced colours the system paints; axe would compare our own colours, which nobody sees.
  if (how.forced) axe.disableRules(['color-contrast']);
  const found = await axe.analyze();
  for (const { id, impact, nodes, help } of found.violations) {
    const line = `${picture}: axe ${impact} ${id}: ${help} (${nodes.map((node) => node.target.join(' ')).slice(0, 3).join('; ')})`;
    if (impact === 'serious' || impact === 'critical') faults.push(line);
    else console.log(`note   ${line}`);
  }
  await context.close();
}
