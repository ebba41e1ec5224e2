/** What the cursor says besides its size. */
export interface CursorNote {
  /** CSS name of the class that is painted. */
  paints: 'landslide' | 'background' | 'ignore'
  /** A few words beside the cursor; empty for none. */
  text: string
  /** Nothing under the cursor's middle may change. */
  blocked: boolean
}

/** A ring of the brush's true size on screen and a few words beside it; elements of their own, so that moving them redraws no raster. */
export class BrushCursor {
  private readonly ring = document.createElement('div')
  private readonly note = document.createElement('div')

  constructor(host: HTMLElement) {
    this.ring.className = 'brush-cursor'
    this.ring.hidden = true
    this.note.className = 'cursor-note'
    this.note.hidden = true
    this.note.setAttribute('aria-hidden', 'true')
    host.append(this.ring, this.note)
  }

  /** @param radius screen pixels; 0: no ring. `at` null hides both */
  show(at: { x: number; y: number } | null, radius: number, note: CursorNote): void {
    this.ring.hidden = at === null || radius === 0
    this.note.hidden = at === null || note.text === ''
    if (!at) return
    const size = radius * 2
    this.ring.style.width = `${size}px`
    this.ring.style.height = `${size}px`
    this.ring.style.transform = `translate(${at.x - radius}px, ${at.y - radius}px)`
    this.ring.dataset.paints = note.paints
    this.ring.dataset.blocked = String(note.blocked)
    if (this.note.textContent !== note.text) this.note.textContent = note.text
    this.note.dataset.blocked = String(note.blocked)
    this.note.style.transform = `translate(${at.x + Math.min(radius, 60) * 0.75 + 10}px, ${at.y + Math.min(radius, 60) * 0.75 + 10}px)`
  }

  destroy(): void {
    this.ring.remove()
    this.note.remove()
  }
}
