import type { Layer } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import { aroundWindows } from '../../core/masks/cellSpans'
import type { PixelPoint } from '../../core/masks/pixelSpans'
import { setLayers } from '../../state/layers/actions'
import { selectedLandslide } from '../../state/review/landslides'
import { notify } from '../../state/shell/notices'
import type { Studio } from '../../state/studio'
import type { StudioState } from '../../state/studioState'
import { showPatch } from '../../state/view/actions'
import type { Framing } from '../camera'
import { GradualLayers } from '../gradualLayers'
import { LandslideOutline } from '../patch/paneMarks'
import { PatchLayers } from '../patch/patchLayers'
import type { ToolView } from '../tools/mapTools'
import { ToolController } from '../tools/toolController'
import type { Fingers, ScreenPoint } from '../tools/touches'
import { PaintedCells } from './paintedCells'
import { type MapSpace, type PlacedPatch, toRaster, toWorld } from './placement'

/** What editing needs of the map that it is part of. */
export interface EditedMap {
  readonly host: HTMLElement
  readonly space: MapSpace | null
  readonly zoom: number
  /** The selected raster where it lies on this map at full detail. */
  readonly selected: PlacedPatch | null
  /** The selected raster wherever it lies on this map: what places are counted from. */
  readonly anchor: PlacedPatch | null
  /** The raster under a point, and whether it is drawn at full detail. */
  rasterAt(point: ScreenPoint): { one: PlacedPatch; detailed: boolean } | null
  toPlane(point: ScreenPoint): readonly [number, number]
  toStage(plane: readonly [number, number]): ScreenPoint
  pinch(before: Fingers, after: Fingers): void
  draw(): void
  redraw(): void
}

const NOWHERE = -1e6

/** The tools on the map, and the selected raster's mask and overlays as its single view shows them. */
export class GeoEditing {
  private readonly tools: ToolController
  private readonly outline: LandslideOutline
  private landslideRequest: number
  private layers: PatchLayers | null = null
  private painted: PaintedCells | null = null
  private readonly gradual: GradualLayers
  /** The raster whose layers were drawn last. */
  private drawn: string | null = null
  /** The raster that is painted on in those layers. */
  private underBrush: string | null = null

  constructor(
    private readonly studio: Studio,
    private readonly map: EditedMap,
  ) {
    this.gradual = new GradualLayers(() => map.draw())
    this.tools = new ToolController(studio, this.toolView())
    this.outline = new LandslideOutline(map.host, studio)
    this.landslideRequest = studio.store.getState().review.landslideRequest
  }

  deviceReady(device: Device): void {
    this.layers = new PatchLayers(device, this.studio.pixels)
    this.painted = new PaintedCells(device, this.studio)
  }

  destroy(): void {
    this.tools.destroy()
    this.outline.destroy()
    this.gradual.destroy()
    this.layers?.destroy()
    this.layers = null
    this.painted?.destroy()
    this.painted = null
  }

  /** Call after the camera or the state changed. */
  update(): void {
    this.tools.update()
    const { host, anchor } = this.map
    const stage = { x: 0, y: 0, width: host.clientWidth, height: host.clientHeight }
    this.outline.update(anchor ? [{ ...stage, toStage: pixel => this.toScreen(pixel) }] : [])
  }

  /** Brings a landslide into view that was asked for since the last call. */
  answer(state: StudioState, framing: Framing): void {
    const asked = state.review.landslideRequest !== this.landslideRequest
    this.landslideRequest = state.review.landslideRequest
    const { anchor, space } = this.map
    const window = selectedLandslide(state)?.window
    if (!asked || state.view.mode !== 'map' || !anchor || !space || !window) return
    const at = (column: number, row: number) => space.fromWorld(toWorld(anchor.transform, column, row))
    const { column, row, width, height } = window
    const corners = [0, width].flatMap(x => [0, height].map(y => at(column + x, row + y)))
    framing.bringIntoView(
      aroundWindows(corners.map(([x, y]) => ({ column: x, row: y, width: 0, height: 0 }))),
    )
  }

  /** Whether the tools draw the mask of a raster, so that the map does not. Asked after `draw`. */
  draws(id: string): boolean {
    return this.drawn === id || this.painted?.has(id) === true
  }

  /** Layers over the pictures of the selected raster and of what was painted beside it. */
  draw(): Layer[] {
    const { selected, space } = this.map
    this.drawn = null
    if (!space || !this.layers || !this.painted) return []
    const beside = this.painted.draw(space, selected?.patch.id ?? null)
    if (!selected) return beside
    this.drawn = selected.patch.id
    const modelMatrix = space.rasterMatrix(selected.transform)
    const layers = this.layers.make(this.studio.store.getState(), selected.patch)
    // The ground is drawn as its neighbours' is.
    const over = layers.filter(({ id }) => id !== 'first/base')
    const own = this.gradual.take(over).map(layer => layer.clone({ modelMatrix } as never))
    return [...beside, ...own]
  }

  /** Selects the raster under a point, so that the tool pressed there acts on it. */
  private aim(point: ScreenPoint): boolean | Promise<boolean> {
    const {
      edit: { draft },
      view: { selectedId, loading },
    } = this.studio.store.getState()
    const { laying } = this.studio
    // The last edit waits for a cell: this one follows it.
    if (laying) {
      const goOn = () => this.aim(point)
      return laying.then(goOn, goOn)
    }
    // A shape stays with the raster that it was begun on.
    if (draft && draft.patchId === selectedId) return true
    const found = this.map.rasterAt(point)
    if (!found) return false
    if (!found.detailed) {
      notify(this.studio.store, 'information', 'Zoom in to edit this raster: it is drawn as an overview.')
      return false
    }
    const { id } = found.one.patch
    if (id === selectedId && !loading) return true
    return showPatch(this.studio, id)
  }

  private toolView(): ToolView {
    const { map } = this
    return {
      host: map.host,
      aim: point => this.aim(point),
      toPixel: point => this.toPixel(point),
      toScreen: pixel => this.toScreen(pixel),
      pixelSize: () => {
        const { anchor, space } = map
        if (!anchor || !space) return 0
        const [a = 0, b = 0, , , c = 0, d = 0] = space.rasterMatrix(anchor.transform)
        return Math.sqrt(Math.abs(a * d - b * c)) * 2 ** map.zoom
      },
      pinch: (before, after) => map.pinch(before, after),
      beginPainting: (patch, mask) => {
        if (patch.id === this.map.selected?.patch.id) {
          this.underBrush = patch.id
          this.layers?.beginPainting(patch, mask)
        } else this.painted?.begin(patch, mask)
        if (this.studio.store.getState().layers.showMask) map.draw()
        else setLayers(this.studio, { showMask: true })
      },
      paintMask: (patch, window, mask) => {
        if (patch.id === this.underBrush) this.layers?.paintMask(patch, window, mask)
        else this.painted?.paint(patch, window, mask)
        map.redraw()
      },
      endPainting: (patch, revision) => {
        if (patch.id !== this.underBrush) {
          this.painted?.end(patch, revision)
          return
        }
        this.underBrush = null
        this.layers?.endPainting(patch, revision)
      },
      // The map reads coordinates, not values.
      onPointer: () => undefined,
    }
  }

  private toPixel(point: ScreenPoint): PixelPoint {
    const { anchor, space } = this.map
    if (!anchor || !space) return { column: NOWHERE, row: NOWHERE }
    return toRaster(anchor.transform, space.toWorld(this.map.toPlane(point)))
  }

  private toScreen({ column, row }: PixelPoint): ScreenPoint {
    const { anchor, space } = this.map
    if (!anchor || !space) return { x: NOWHERE, y: NOWHERE }
    return this.map.toStage(space.fromWorld(toWorld(anchor.transform, column, row)))
  }
}
