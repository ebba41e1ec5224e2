export type Colour = readonly [red: number, green: number, blue: number]

/** A picture of 8-bit colours. */
export interface RgbPicture {
  width: number
  height: number
  /** [height, width, 3] */
  data: Uint8Array
}

export function emptyPicture(width: number, height: number, colour: Colour): RgbPicture {
  const picture = { width, height, data: new Uint8Array(width * height * 3) }
  for (let pixel = 0; pixel < width * height; pixel++) picture.data.set(colour, pixel * 3)
  return picture
}

/** Sets one pixel; outside the picture nothing happens. */
export function paint(picture: RgbPicture, x: number, y: number, colour: Colour): void {
  if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return
  picture.data.set(colour, (y * picture.width + x) * 3)
}
