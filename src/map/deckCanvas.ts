/**
 * A canvas that has its host's size before a context is made for it: deck.gl makes one of 300 x 150 and then waits for a
 * second drawing buffer. The caller removes it.
 */
export function deckCanvas(host: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(host.clientWidth * devicePixelRatio))
  canvas.height = Math.max(1, Math.round(host.clientHeight * devicePixelRatio))
  host.prepend(canvas)
  return canvas
}

/** Of a context for layers that lie flat on each other: no depth. */
export const FLAT_DEVICE = { webgl: { depth: false, stencil: false } } as const
