import type { PixelPoint } from '../../core/masks/pixelSpans'
import { landslideOutline, selectedLandslide } from '../../state/review/landslides'
import type { Studio } from '../../state/studio'
import type { ScreenPoint } from '../tools/touches'

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

const SVG = 'http://www.w3.org/2000/svg'

/** A part of the stage, and where on it a place of the selected raster lies. */
interface OutlinedPane {
  x: number
  y: number
  width: number
  height: number
  toStage(pixel: PixelPoint): ScreenPoint
}

/** The selected landslide's edge over the image, an element of its own in each pane: selecting redraws no raster. */
export class LandslideOutline {
  private readonly drawings: { clip: HTMLDivElement; path: SVGPathElement; under: SVGPathElement }[] = []
  private drawn = ''
  private origin: PixelPoint = { column: 0, row: 0 }

  constructor(
    private readonly host: HTMLElement,
    private readonly studio: Studio,
  ) {}

  /** Follows selection and camera; cheap where neither changed. */
  update(panes: readonly OutlinedPane[]): void {
    const state = this.studio.store.getState()
    const landslide = selectedLandslide(state)
    const shown = landslide && !state.layers.peeking ? panes : []
    while (this.drawings.length < shown.length) this.drawings.push(this.make())
    for (const [index, { clip }] of this.drawings.entries()) clip.hidden = index >= shown.length
    if (!landslide || shown.length === 0) return
    const { patchId, revision, beside } = state.review.landslides ?? {}
    const key = JSON.stringify([patchId, revision, beside, landslide.number, shown.length])
    if (key !== this.drawn) {
      const outline = landslideOutline(this.studio)
      for (const { path, under } of this.drawings) {
        path.setAttribute('d', outline?.path ?? '')
        under.setAttribute('d', outline?.path ?? '')
      }
      this.origin = outline?.origin ?? { column: 0, row: 0 }
      this.drawn = key
    }
    const { column, row } = this.origin
    for (const [index, pane] of shown.entries()) {
      const { clip, path, under } = this.drawings[index]!
      const [origin, right, below] = [
        pane.toStage({ column, row }),
        pane.toStage({ column: column + 1, row }),
        pane.toStage({ column, row: row + 1 }),
      ]
      clip.style.transform = `translate(${pane.x}px, ${pane.y}px)`
      clip.style.width = `${pane.width}px`
      clip.style.height = `${pane.height}px`
      // On the map a raster may be turned, or have pixels that are no squares.
      const matrix = [right.x - origin.x, right.y - origin.y, below.x - origin.x, below.y - origin.y]
      const transform = `matrix(${[...matrix, origin.x - pane.x, origin.y - pane.y].join(' ')})`
      path.setAttribute('transform', transform)
      under.setAttribute('transform', transform)
    }
  }

  destroy(): void {
    for (const { clip } of this.drawings) clip.remove()
  }

  private make() {
    const made = outlineDrawing('landslide-outline')
    this.host.append(made.clip)
    return made
  }
}

/** Arms of the marker's cross begin this far from the pixel: what is judged and what is next to it stay in sight. */
const ARM_GAP = 14

const ARM = 16

/**
 * A box round one pixel at its place, outside of it so that it hides nothing of it, and four arms by which it is found
 * when it is small; an element of its own in each pane.
 */
export class PointMarker {
  private readonly drawings: { clip: HTMLDivElement; path: SVGPathElement; under: SVGPathElement }[] = []

  constructor(private readonly host: HTMLElement) {}

  update(panes: readonly OutlinedPane[], pixel: PixelPoint | null): void {
    const shown = pixel ? panes : []
    while (this.drawings.length < shown.length) this.drawings.push(this.make())
    for (const [index, { clip }] of this.drawings.entries()) clip.hidden = index >= shown.length
    if (!pixel) return
    for (const [index, pane] of shown.entries()) {
      const { clip, path, under } = this.drawings[index]!
      const from = pane.toStage(pixel)
      const to = pane.toStage({ column: pixel.column + 1, row: pixel.row + 1 })
      clip.style.transform = `translate(${pane.x}px, ${pane.y}px)`
      clip.style.width = `${pane.width}px`
      clip.style.height = `${pane.height}px`
      const drawn = markerPath(
        { x: from.x - pane.x, y: from.y - pane.y },
        { x: to.x - pane.x, y: to.y - pane.y },
      )
      path.setAttribute('d', drawn)
      under.setAttribute('d', drawn)
    }
  }

  destroy(): void {
    for (const { clip } of this.drawings) clip.remove()
  }

  private make() {
    const made = outlineDrawing('point-marker')
    this.host.append(made.clip)
    return made
  }
}

/** Half the width of the line under the marker (map.css): its inner edge lies on the pixel's. */
const LINE = 2.5

/** An SVG path from the corners of a pixel on the stage. */
export function markerPath(from: ScreenPoint, to: ScreenPoint): string {
  const [left, top, right, bottom] = [from.x - LINE, from.y - LINE, to.x + LINE, to.y + LINE]
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  const box = `M${left} ${top}H${right}V${bottom}H${left}Z`
  const arms = [
    `M${x} ${top - ARM_GAP}v${-ARM}`,
    `M${x} ${bottom + ARM_GAP}v${ARM}`,
    `M${left - ARM_GAP} ${y}h${-ARM}`,
    `M${right + ARM_GAP} ${y}h${ARM}`,
  ]
  return [box, ...arms].join('')
}

/** A path over the image, dark under light, clipped to its pane. */
function outlineDrawing(name: string) {
  const clip = document.createElement('div')
  clip.className = `map-outline ${name}`
  const svg = document.createElementNS(SVG, 'svg')
  // Dark under light: distinct from the mask's own edge on any ground.
  const under = document.createElementNS(SVG, 'path')
  under.setAttribute('class', 'map-outline-under')
  const path = document.createElementNS(SVG, 'path')
  svg.append(under, path)
  clip.append(svg)
  clip.setAttribute('aria-hidden', 'true')
  return { clip, path, under }
}
