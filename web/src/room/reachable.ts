/** Text that is longer than the place it scrolls in and holds nothing to press is scrolled by the keyboard all the same. */
export function reachable(body: HTMLElement): () => void {
  const seen = new ResizeObserver(() => {
    if (body.scrollHeight > body.clientHeight && !body.querySelector('a, button, input, select, textarea, summary')) body.tabIndex = 0;
  });
  seen.observe(body);
  return () => seen.disconnect();
}
