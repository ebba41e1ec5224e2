import { COVERS, type Cover } from './spectra'

/** What each cell of a patch consists of: fractions of the covers, which always sum to 1, and a brightness. */
export interface Canvas {
  size: number
  /** One field a cover, in the order of `COVERS`: this is the innermost loop, so no look-up by name. */
  fractions: readonly Float32Array[]
  /** Relative brightness of the ground, 1 as in the spectra. */
  brightness: Float32Array
}

export function emptyCanvas(size: number, ground: Cover): Canvas {
  const fractions = COVERS.map(cover => new Float32Array(size * size).fill(cover === ground ? 1 : 0))
  return { size, fractions, brightness: new Float32Array(size * size).fill(1) }
}

/** Lays `cover` over a cell with an opacity of 0..1, as a painter would. */
export function lay(canvas: Canvas, cell: number, cover: Cover, opacity: number, brightness = 1): void {
  if (opacity <= 0.002) return
  const { fractions } = canvas
  const share = Math.min(1, opacity)
  for (let other = 0; other < fractions.length; other++) fractions[other]![cell]! *= 1 - share
  fractions[NUMBER[cover]]![cell]! += share
  canvas.brightness[cell]! += (brightness - canvas.brightness[cell]!) * share
}

const NUMBER = Object.fromEntries(COVERS.map((cover, index) => [cover, index])) as Record<Cover, number>
