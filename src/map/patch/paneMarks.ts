import { labelComponents } from '../../core/masks/components'
import { componentOutline } from '../../core/masks/outlines'
import { selectedPatch } from '../../state/patches/selectors'
import { selectedLandslide } from '../../state/review/landslides'
import type { Studio } from '../../state/studio'
import { type Pane, pixelToStage } from './paneLayout'

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

interface View {
  target: readonly number[]
  zoom: number
}

/** The selected landslide's edge over the image, an element of its own in each pane: selecting redraws no raster. */
export class LandslideOutline {
  private readonly drawings: { clip: HTMLDivElement; path: SVGPathElement; under: SVGPathElement }[] = []
  private drawn = ''

  constructor(
    private readonly host: HTMLElement,
    private readonly studio: Studio,
  ) {}

  /** Follows selection and camera; cheap where neither changed. */
  update(camera: View & { target: [number, number, number] }, panes: readonly Pane[]): void {
    const state = this.studio.store.getState()
    const landslide = selectedLandslide(state)
    const patch = selectedPatch(state)
    const mask = patch && this.studio.pixels.masks.get(patch.id)
    const shown = landslide && patch && mask && !state.layers.peeking ? panes : []
    while (this.drawings.length < shown.length) this.drawings.push(this.make())
    for (const [index, { clip }] of this.drawings.entries()) clip.hidden = index >= shown.length
    if (!landslide || !patch || !mask || shown.length === 0) return
    const key = `${patch.id}/${state.review.landslides?.revision}/${landslide.number}/${shown.length}`
    if (key !== this.drawn) {
      const outline = componentOutline(labelComponents(mask, patch.width, patch.height), landslide.number)
      for (const { path, under } of this.drawings) {
        path.setAttribute('d', outline)
        under.setAttribute('d', outline)
      }
      this.drawn = key
    }
    const scale = 2 ** camera.zoom
    for (const [index, pane] of shown.entries()) {
      const { clip, path, under } = this.drawings[index]!
      const origin = pixelToStage(camera, pane, { column: 0, row: 0 })
      clip.style.transform = `translate(${pane.x}px, ${pane.y}px)`
      clip.style.width = `${pane.width}px`
      clip.style.height = `${pane.height}px`
      const transform = `translate(${origin.x - pane.x} ${origin.y - pane.y}) scale(${scale})`
      path.setAttribute('transform', transform)
      under.setAttribute('transform', transform)
    }
  }

  destroy(): void {
    for (const { clip } of this.drawings) clip.remove()
  }

  private make() {
    const clip = document.createElement('div')
    clip.className = 'landslide-outline'
    const svg = document.createElementNS(SVG, 'svg')
    // Dark under light: distinct from the mask's own edge on any ground.
    const under = document.createElementNS(SVG, 'path')
    under.setAttribute('class', 'landslide-outline-under')
    const path = document.createElementNS(SVG, 'path')
    svg.append(under, path)
    clip.append(svg)
    clip.setAttribute('aria-hidden', 'true')
    this.host.append(clip)
    return { clip, path, under }
  }
}
