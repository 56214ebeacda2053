// A real Chromium for the tests, without anything that would reach out to the net.
import { chromium } from 'playwright-core';

const SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const launch = () => chromium.launch({ executablePath, args: SWITCHES });

/** A browser that keeps everything it keeps, history, cache and forms, in a folder, as a person's own does. */
export const launchProfile = (folder, options) => chromium.launchPersistentContext(folder, { executablePath, args: SWITCHES, ...options });
