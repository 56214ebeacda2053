// A line that can be cut: a proxy on the loopback through which one person's browser reaches the server.
//
// A browser that is merely set offline keeps an open WebSocket, and the server notices after its silence. A cut here is what a phone
// in a tunnel with a good network stack sees: the connection ends at once, and every new one is refused until it is mended.
import { createServer, connect } from 'node:net';

/** Resolves with `{ server, cut, mend, close }`; `server` is what a browser context takes as its proxy. */
export async function wire() {
  let whole = true;
  const open = new Set();
  const proxy = createServer((browser) => {
    if (!whole) return void browser.destroy();
    open.add(browser);
    browser.once('close', () => open.delete(browser));
    browser.on('error', () => browser.destroy());
    browser.once('data', (first) => {
      // Chromium asks for a tunnel for a WebSocket, and for the whole address of everything else.
      const [, method, host, port] = /^(\S+) (?:http:\/\/)?([^\s:/]+):(\d+)/.exec(first.toString('latin1')) ?? [];
      if (host !== '127.0.0.1') return void browser.destroy();
      const server = connect(Number(port), host, () => {
        if (method === 'CONNECT') browser.write('HTTP/1.1 200 OK\r\n\r\n');
        else server.write(first);
        browser.pipe(server).pipe(browser);
      });
      server.on('error', () => browser.destroy());
      server.once('close', () => browser.destroy());
      browser.once('close', () => server.destroy());
    });
  });
  // A story that ends early must not be kept waiting by it.
  proxy.unref();
  await new Promise((listening) => proxy.listen(0, '127.0.0.1', listening));
  return {
    server: `http://127.0.0.1:${proxy.address().port}`,
    cut() {
      whole = false;
      for (const browser of open) browser.destroy();
    },
    mend: () => (whole = true),
    close: () => {
      for (const browser of open) browser.destroy();
      return new Promise((closed) => proxy.close(closed));
    },
  };
}
