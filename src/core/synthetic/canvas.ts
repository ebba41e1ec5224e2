import { COVERS, type Cover } from './spectra'

/** What each cell of a patch consists of: fractions of the covers, which always sum to 1, and a brightness. */
export interface Canvas {
  size: number
  fractions: Record<Cover, Float32Array>
  /** Relative brightness of the ground, 1 as in the spectra. */
  brightness: Float32Array
}

export function emptyCanvas(size: number, ground: Cover): Canvas {
  const fractions = {} as Record<Cover, Float32Array>
  for (const cover of COVERS) fractions[cover] = new Float32Array(size * size)
  fractions[ground].fill(1)
  return { size, fractions, brightness: new Float32Array(size * size).fill(1) }
}

/** Lays `cover` over a cell with an opacity of 0..1, as a painter would. */
export function lay(canvas: Canvas, cell: number, cover: Cover, opacity: number, brightness = 1): void {
  if (opacity <= 0) return
  const share = Math.min(1, opacity)
  for (const other of COVERS) {
    const fraction = canvas.fractions[other]
    if (fraction[cell] !== 0) fraction[cell]! *= 1 - share
  }
  canvas.fractions[cover][cell]! += share
  canvas.brightness[cell]! += (brightness - canvas.brightness[cell]!) * share
}
