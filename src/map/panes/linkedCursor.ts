/** A cross in the other pane at the place of the ground that the pointer is over. */
export class LinkedCursor {
  private readonly cross = document.createElement('div')

  constructor(host: HTMLElement) {
    this.cross.className = 'linked-cursor'
    this.cross.hidden = true
    host.append(this.cross)
  }

  show(at: { x: number; y: number } | null): void {
    this.cross.hidden = at === null
    if (at) this.cross.style.transform = `translate(${Math.round(at.x)}px, ${Math.round(at.y)}px)`
  }

  destroy(): void {
    this.cross.remove()
  }
}
