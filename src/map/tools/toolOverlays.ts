import type { PixelPoint } from '../../core/masks/pixelSpans'
import { isAuditing } from '../../state/accuracy/selectors'
import { crosshairOf } from '../../state/edit/tools'
import type { PixelCache } from '../../state/pixelCache'
import type { StudioState } from '../../state/studioState'
import type { ToolView } from './mapTools'
import type { ScreenPoint } from './touches'

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

const SVG = 'http://www.w3.org/2000/svg'

function element<Name extends keyof SVGElementTagNameMap>(name: Name, className: string, parent: Element) {
  const made = document.createElementNS(SVG, name)
  made.setAttribute('class', className)
  parent.append(made)
  return made
}

/** The shape under construction, outlines of what is previewed or picked, and the keyboard's crosshair, over the map. */
export class SketchOverlay {
  private readonly root = document.createElementNS(SVG, 'svg')
  private readonly outline = element('path', 'sketch-outline', this.root)
  private readonly halo = element('path', 'sketch-halo', this.root)
  private readonly shape = element('path', 'sketch-shape', this.root)
  private readonly vertices = element('path', 'sketch-vertices', this.root)
  private readonly ring = element('circle', 'sketch-ring', this.root)
  private readonly cross = element('path', 'sketch-cross', this.root)
  private lasso: { line: readonly PixelPoint[]; subtract: boolean } | null = null
  private outlined = -1

  constructor(private readonly view: ToolView) {
    this.root.setAttribute('class', 'sketch-overlay')
    this.root.setAttribute('aria-hidden', 'true')
    view.host.append(this.root)
  }

  destroy(): void {
    this.root.remove()
  }

  showLasso(line: readonly PixelPoint[] | null, subtract: boolean): void {
    this.lasso = line && { line, subtract }
    this.drawShape(line ?? [], subtract, null, false)
  }

  /** @param pointer where the next vertex would go; null: the pointer is elsewhere */
  update(state: StudioState, pixels: PixelCache, pointer: ScreenPoint | null): void {
    if (!this.lasso) {
      const draft =
        state.edit.draft?.patchId === state.view.selectedId && state.edit.tool === 'polygon'
          ? state.edit.draft
          : null
      const crosshair = crosshairOf(state)
      const next = crosshair ? this.view.toScreen(crosshair) : pointer
      this.drawShape(draft?.vertices ?? [], draft?.subtract ?? false, next, true)
    }
    this.drawOutline(state, pixels)
    this.drawCrosshair(state)
  }

  private drawShape(
    points: readonly PixelPoint[],
    subtract: boolean,
    next: ScreenPoint | null,
    dots: boolean,
  ): void {
    const corners = points.map(point => this.view.toScreen(point))
    const line = [...corners, ...(next && corners.length > 0 ? [next] : [])]
    const path = line.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`)
    if (line.length > 2) path.push('Z')
    for (const drawn of [this.halo, this.shape]) drawn.setAttribute('d', path.join(''))
    this.shape.classList.toggle('sketch-subtract', subtract)
    const dot = ({ x, y }: ScreenPoint) => `M${x - 3} ${y - 3}h6v6h-6z`
    this.vertices.setAttribute('d', dots ? corners.map(dot).join('') : '')
  }

  private drawOutline(state: StudioState, pixels: PixelCache): void {
    const current = (shown: { patchId: string; revision: number } | null) =>
      shown !== null &&
      shown.patchId === state.view.selectedId &&
      shown.revision === (state.review.maskRevision[shown.patchId] ?? 0)
    const previews = current(state.edit.fillPreview)
    const outline = isAuditing(state)
      ? null
      : previews
        ? pixels.fillPreview
        : current(state.edit.cleanUp)
          ? pixels.cleanUp?.outline
          : current(state.edit.picked)
            ? pixels.picked
            : null
    if (!outline) {
      if (this.outlined !== -1) this.outline.setAttribute('d', '')
      this.outlined = -1
      return
    }
    // The path is in raster pixels: moving the map changes its transform, not the path.
    if (this.outlined !== state.edit.outlineRevision) this.outline.setAttribute('d', outline)
    this.outlined = state.edit.outlineRevision
    const at = (column: number, row: number) => this.view.toScreen({ column, row })
    const [origin, right, below] = [at(0, 0), at(1, 0), at(0, 1)]
    // On the map a raster may be turned, or have pixels that are no squares.
    const matrix = [right.x - origin.x, right.y - origin.y, below.x - origin.x, below.y - origin.y]
    this.outline.setAttribute('transform', `matrix(${[...matrix, origin.x, origin.y].join(' ')})`)
    this.outline.classList.toggle('sketch-preview', previews || current(state.edit.cleanUp))
  }

  private drawCrosshair(state: StudioState): void {
    const { tool, brushRadius } = state.edit
    const crosshair = crosshairOf(state)
    // The inspector draws it as lines across the patch.
    this.cross.setAttribute('visibility', crosshair && !state.view.inspecting ? 'visible' : 'hidden')
    const brush = crosshair && (tool === 'brush' || tool === 'erase')
    this.ring.setAttribute('visibility', brush ? 'visible' : 'hidden')
    if (!crosshair) return
    const { x, y } = this.view.toScreen(crosshair)
    this.cross.setAttribute('d', `M${x - 14} ${y}h10M${x + 4} ${y}h10M${x} ${y - 14}v10M${x} ${y + 4}v10`)
    this.ring.setAttribute('cx', String(x))
    this.ring.setAttribute('cy', String(y))
    this.ring.setAttribute('r', String(Math.max(0.5, brushRadius) * this.view.pixelSize()))
  }
}
