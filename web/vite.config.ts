// The build: one small entry, pages loaded when they are opened, everything served from our own origin.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// The story pages show invented people in every state of the room. They are for development and tests and never ship.
const stories = process.env.VITE_STORIES === '1';

/** Tests that put something in a module's place (`vi.mock`). */
const MOCKING = ['src/media/call.test.ts', 'src/entry/join.test.ts'];

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    // Tests read the page's own state, as it changes in a browser: on a server nothing ever changes.
    ...(process.env.VITEST === undefined ? {} : { conditions: ['browser'] }),
    alias: stories
      ? {}
      : { './stories/StoriesPage.svelte': fileURLToPath(new URL('./src/NothingHere.svelte', import.meta.url)) },
  },
  server: {
    // In development the page comes from Vite and everything else from a server started beside it.
    proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true }, '/ws': { target: 'ws://127.0.0.1:8080', ws: true } },
  },
  build: {
    outDir: stories ? 'dist-stories' : 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows fonts from our own address only, so nothing is folded into data: addresses.
    assetsInlineLimit: 0,
    // The polyfill is a script of its own for browsers we do not build for.
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'node',
    // Files share their thread's modules, which halves the run; those that put something in a module's place have them for themselves.
    pool: 'threads',
    projects: [
      { extends: true, test: { name: 'page', isolate: false, include: ['src/**/*.test.ts'], exclude: MOCKING } },
      { extends: true, test: { name: 'mocking', include: MOCKING } },
    ],
  },
});
