/** A ring of the brush's true size on screen; an element of its own, so that moving it redraws no raster. */
export class BrushCursor {
  private readonly ring = document.createElement('div')

  constructor(host: HTMLElement) {
    this.ring.className = 'brush-cursor'
    this.ring.hidden = true
    host.append(this.ring)
  }

  /** @param radius screen pixels; `at` null hides the ring */
  show(at: { x: number; y: number } | null, radius: number): void {
    this.ring.hidden = at === null
    if (!at) return
    const size = radius * 2
    this.ring.style.width = `${size}px`
    this.ring.style.height = `${size}px`
    this.ring.style.transform = `translate(${at.x - radius}px, ${at.y - radius}px)`
  }

  destroy(): void {
    this.ring.remove()
  }
}
