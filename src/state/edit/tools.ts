import { regionOutline } from '../../core/masks/outlines'
import {
  brushSpans,
  floodFill,
  type PixelPoint,
  polygonSpans,
  spanPixels,
  spanWindow,
} from '../../core/masks/pixelSpans'
import { BACKGROUND, LANDSLIDE } from '../../core/patches/patch'
import type { PatchRecord } from '../../core/review/records'
import { setLayers } from '../layers/actions'
import { selectedPatch } from '../patches/selectors'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { beginEdit, type Edit, refuseEdit, type Touched } from './beginEdit'
import { fillAt } from './fill'
import type { MaskClass } from './slice'

/** A stroke in progress: paints into the mask in the cache; the store gets it at the end. */
export class Stroke {
  private last: PixelPoint | null = null

  constructor(
    private readonly edit: Edit,
    private readonly value: MaskClass,
    private readonly radius: number,
  ) {}

  get patch(): PatchRecord {
    return this.edit.patch
  }

  /** The mask on screen, changed in place. */
  get mask(): Uint8Array {
    return this.edit.mask
  }

  /** Told of what is painted on cells that had to be read first. */
  set onLaid(told: (touched: Touched) => void) {
    this.edit.onLaid = told
  }

  /**
   * @param point on the patch on screen, in its pixels; where cells are beside it, on them too
   * @returns what to draw again
   */
  moveTo(point: PixelPoint): Touched[] {
    const to = this.edit.inRaster(point)
    const from = this.last ?? to
    this.last = to
    this.edit.prepare(to, this.radius)
    const { width, height } = this.edit.raster
    return this.edit.paint(brushSpans(width, height, from, to, this.radius), this.value)
  }

  /** Records the stroke as one undoable step and saves it. A verdict given before no longer holds. */
  finish(done: () => void = () => undefined): void {
    this.edit.finish(done)
  }

  /** Takes everything back that this stroke painted. */
  abandon(): void {
    this.edit.abandon()
  }
}

/** Begins a stroke on the selected patch; null where it cannot be painted: a notice says why. */
export function beginStroke(studio: Studio): Stroke | null {
  const {
    edit: { tool, paintClass, brushRadius },
  } = studio.store.getState()
  if (tool !== 'brush' && tool !== 'erase') return null
  const edit = beginEdit(studio)
  return edit && new Stroke(edit, tool === 'brush' ? paintClass : BACKGROUND, brushRadius)
}

/** Sets what a closed line encloses to the paint class, or, subtracting, to background; one undoable step. */
export function fillShape(studio: Studio, vertices: readonly PixelPoint[], subtract: boolean): void {
  const edit = beginEdit(studio)
  if (!edit) return
  const { width, height } = edit.raster
  const corners = vertices.map(vertex => edit.inRaster(vertex))
  const value = subtract ? BACKGROUND : studio.store.getState().edit.paintClass
  edit.paint(polygonSpans(corners, width, height), value)
  edit.finish(changed => {
    if (changed === 0) sayNothingChanged(studio)
  })
}

function sayNothingChanged(studio: Studio): void {
  const {
    edit: { clamps, protectedClasses },
  } = studio.store.getState()
  const held = protectedClasses.length > 0 || Object.values(clamps).some(clamp => clamp.on)
  notify(
    studio.store,
    'information',
    held
      ? 'Nothing changed: these pixels already have that class, or are protected or clamped (see Edit).'
      : 'Nothing changed: the shape is empty, or its pixels already have that class.',
  )
}

/** Adds a vertex to the polygon, beginning one where there is none. @param alt inverts add and subtract */
export function addVertex(studio: Studio, vertex: PixelPoint, alt = false): boolean {
  if (refuseEdit(studio)) return false
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  if (!patch) return false
  const draft = state.edit.draft?.patchId === patch.id ? state.edit.draft : null
  studio.store.change({
    edit: {
      draft: {
        patchId: patch.id,
        vertices: [...(draft?.vertices ?? []), vertex],
        subtract: draft?.subtract ?? state.edit.subtract !== alt,
      },
    },
  })
  setLayers(studio, { showMask: true })
  return true
}

export function removeVertex(studio: Studio): void {
  studio.store.change(({ edit: { draft } }) => {
    const vertices = draft?.vertices.slice(0, -1) ?? []
    return { edit: { draft: draft && vertices.length > 0 ? { ...draft, vertices } : null } }
  })
}

/** Fills the polygon and ends it; with fewer than three vertices drawing continues. */
export function closePolygon(studio: Studio): void {
  const {
    edit: { draft },
  } = studio.store.getState()
  if (!draft || draft.vertices.length < 3) return
  studio.store.change({ edit: { draft: null } })
  fillShape(studio, draft.vertices, draft.subtract)
}

export function cancelPolygon(studio: Studio): void {
  studio.store.change({ edit: { draft: null } })
}

/** Makes the class of the pixel the paint class, and outlines the connected pixels of that class with their number. */
export function pickAt(studio: Studio, { column, row }: PixelPoint): void {
  const { store, pixels } = studio
  const patch = selectedPatch(store.getState())
  if (!patch) return
  const mask = pixels.masks.get(patch.id)
  if (!mask) {
    notify(store, 'information', 'There is no mask to pick from yet: run the ensemble or paint one.')
    return
  }
  const { width, height } = patch
  const start = { column: Math.floor(column), row: Math.floor(row) }
  if (start.column < 0 || start.row < 0 || start.column >= width || start.row >= height) return
  const value = mask[start.row * width + start.column] as MaskClass
  const spans = floodFill(width, height, start, index => mask[index] === value)
  const window = spanWindow(spans, width)
  const inside = new Uint8Array(width * height)
  for (const [run, first] of spans.starts.entries()) inside.fill(1, first, first + spans.lengths[run]!)
  // The background is nearly everything: its outline would say nothing.
  const outlined = value === LANDSLIDE && window
  pixels.picked = outlined ? regionOutline(width, height, index => inside[index] === 1, window) : null
  store.change(state => ({
    edit: {
      paintClass: value,
      picked: {
        patchId: patch.id,
        revision: state.review.maskRevision[patch.id] ?? 0,
        pixels: spanPixels(spans),
        value,
      },
      outlineRevision: state.edit.outlineRevision + 1,
    },
  }))
}

/** The middle of the pixel nearest to this place, within the patch. */
function middleOf({ width, height }: PatchRecord, { column, row }: PixelPoint): PixelPoint {
  const inside = (at: number, size: number) => Math.min(size - 1, Math.max(0, Math.floor(at))) + 0.5
  return { column: inside(column, width), row: inside(row, height) }
}

/**
 * The one crosshair: where the keyboard acts and the inspector reads, within the selected patch whatever size the one
 * before had. An open inspector has one from the start, in the middle. Null: none is shown.
 */
export function crosshairOf(state: StudioState): PixelPoint | null {
  const patch = selectedPatch(state)
  if (!patch) return null
  const middle = { column: patch.width / 2, row: patch.height / 2 }
  const at = state.edit.crosshair ?? (state.view.inspecting ? middle : null)
  return at && middleOf(patch, at)
}

/** Moves the crosshair by whole pixels, within the patch; where none is shown it appears in the middle. */
export function moveCrosshair(studio: Studio, columns: number, rows: number): void {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  if (!patch) return
  const from = crosshairOf(state)
  const to = from
    ? { column: from.column + columns, row: from.row + rows }
    : { column: patch.width / 2, row: patch.height / 2 }
  studio.store.change({ edit: { crosshair: middleOf(patch, to) } })
}

/** A pointer was pressed here: the inspector reads there from now on; without it, the crosshair is the keyboard's and goes. */
export function pointAt(studio: Studio, pixel: PixelPoint): void {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  if (!patch || !state.view.inspecting) hideCrosshair(studio)
  else if (pixel.column >= 0 && pixel.row >= 0 && pixel.column < patch.width && pixel.row < patch.height) {
    studio.store.change({ edit: { crosshair: middleOf(patch, pixel) } })
  }
}

/** The mouse points again. */
export function hideCrosshair({ store }: Pick<Studio, 'store'>): void {
  if (store.getState().edit.crosshair) store.change({ edit: { crosshair: null } })
}

/** Does at the crosshair what a click (for a polygon's last point a double click) with the current tool would do there. */
export function actAtCrosshair(studio: Studio, alt = false): void {
  const state = studio.store.getState()
  const {
    edit: { tool, draft },
  } = state
  const crosshair = crosshairOf(state)
  const last = draft?.vertices.at(-1)
  const again = last?.column === crosshair?.column && last?.row === crosshair?.row
  // Points placed by mouse, or the last one named twice, as a double click would.
  if (tool === 'polygon' && draft && draft.vertices.length > 2 && (!crosshair || again)) {
    closePolygon(studio)
    return
  }
  if (!crosshair) {
    moveCrosshair(studio, 0, 0)
    return
  }
  if (tool === 'polygon') addVertex(studio, crosshair, alt)
  if (tool === 'fill') fillAt(studio, crosshair, alt)
  if (tool === 'pick') pickAt(studio, crosshair)
  if (tool === 'brush' || tool === 'erase') {
    const dab = beginStroke(studio)
    dab?.moveTo(crosshair)
    dab?.finish()
  }
}
