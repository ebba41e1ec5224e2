interface Drawable {
  readonly id: string
  readonly props: { readonly visible?: boolean }
}

/**
 * Puts layers up one a frame the first time, those that show before those that are hidden: each has a shader program
 * compiled, and the window waits for it.
 */
export class GradualLayers {
  private readonly up = new Set<string>()
  private frame = 0

  /** @param onNext there is room for another layer: `take` them again */
  constructor(private readonly onNext: () => void) {}

  destroy(): void {
    cancelAnimationFrame(this.frame)
  }

  /** The layers that may be drawn by now, in their order. */
  take<Layer extends Drawable>(layers: readonly Layer[]): Layer[] {
    const waiting = layers.filter(({ id }) => !this.up.has(id))
    const next = waiting.find(({ props }) => props.visible !== false) ?? waiting[0]
    if (next && this.frame === 0) {
      this.up.add(next.id)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0
        if (waiting.length > 1) this.onNext()
      })
    }
    return layers.filter(({ id }) => this.up.has(id))
  }
}
