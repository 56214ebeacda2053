/** A QR code as the path of a picture: no canvas, no image, no HTML made from text. */
import { encode } from 'uqr';

export interface QrPicture {
  /** Modules on each side, with the quiet border that cameras need. */
  readonly size: number;
  readonly path: string;
}

/** Medium correction: a quarter of a phone's reflection may lie on it. */
export function qrOf(text: string): QrPicture {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  return { size, path: pathOf(data) };
}

/** Dark modules as rectangles, one for each run in a row. */
export function pathOf(rows: readonly (readonly boolean[])[]): string {
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x += 1;
      const width = x + 1 - start;
      path += `M${start} ${y}h${width}v1h-${width}z`;
    }
  });
  return path;
}
