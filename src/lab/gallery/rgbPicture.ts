export type Colour = readonly [red: number, green: number, blue: number]

/** A picture of 8-bit colours, as fast-png encodes it. */
export interface RgbPicture {
  width: number
  height: number
  channels: 3
  /** [height, width, 3] */
  data: Uint8Array
}

export function emptyPicture(width: number, height: number, colour: Colour): RgbPicture {
  const picture: RgbPicture = { width, height, channels: 3, data: new Uint8Array(width * height * 3) }
  for (let pixel = 0; pixel < width * height; pixel++) picture.data.set(colour, pixel * 3)
  return picture
}

/** Sets one pixel; outside the picture nothing happens. */
export function paint(picture: RgbPicture, x: number, y: number, colour: Colour): void {
  if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return
  picture.data.set(colour, (y * picture.width + x) * 3)
}

/** Pixels of the picture per pixel of the font. */
const SCALE = 2

export const TEXT_HEIGHT = 5 * SCALE

const ADVANCE = 4 * SCALE

/** Capitals, digits and a few signs, 3 x 5: one octal digit a row, from the top. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '25755',
  B: '65656',
  C: '34443',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '34553',
  H: '55755',
  I: '72227',
  J: '11152',
  K: '55655',
  L: '44447',
  M: '57755',
  N: '65555',
  O: '25552',
  P: '65644',
  Q: '25563',
  R: '65655',
  S: '34216',
  T: '72222',
  U: '55557',
  V: '55552',
  W: '55775',
  X: '55255',
  Y: '55222',
  Z: '71247',
  '0': '75557',
  '1': '26227',
  '2': '61247',
  '3': '61216',
  '4': '55711',
  '5': '74616',
  '6': '34757',
  '7': '71222',
  '8': '75757',
  '9': '75716',
  '.': '00002',
  ',': '00024',
  '-': '00700',
  '+': '02720',
  ':': '02020',
  '%': '51245',
  '/': '11244',
  '(': '12221',
  ')': '42224',
  '=': '07070',
  _: '00007',
  ' ': '00000',
}

const UNKNOWN = '77777'

/**
 * Writes one line with its upper-left corner at (x, y); letters become capitals, what would be wider than `width` is
 * cut off.
 */
export function drawText(
  picture: RgbPicture,
  x: number,
  y: number,
  width: number,
  text: string,
  colour: Colour,
): void {
  const shown = [...text.toUpperCase()].slice(0, Math.floor(width / ADVANCE))
  for (const [place, character] of shown.entries()) {
    const rows = GLYPHS[character] ?? UNKNOWN
    for (let row = 0; row < 5 * SCALE; row++) {
      const bits = Number(rows[Math.floor(row / SCALE)])
      for (let column = 0; column < 3 * SCALE; column++) {
        if ((bits >> (2 - Math.floor(column / SCALE))) & 1) {
          paint(picture, x + place * ADVANCE + column, y + row, colour)
        }
      }
    }
  }
}
