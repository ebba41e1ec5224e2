import { Deck, type Layer, OrthographicView, type OrthographicViewState } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import type { PixelPoint } from '../../core/masks/pixelSpans'
import { markedPixel } from '../../state/accuracy/selectors'
import { setLayers } from '../../state/layers/actions'
import { activatePane, paneState } from '../../state/layers/panes'
import type { PaneId } from '../../state/layers/slice'
import { selectedPatch } from '../../state/patches/selectors'
import { selectedLandslide, selectLandslideAt } from '../../state/review/landslides'
import type { Studio } from '../../state/studio'
import type { StudioState } from '../../state/studioState'
import type { ViewMode } from '../../state/view/slice'
import { stageChanged } from '../../state/view/stage'
import { Framing, leaveTabOrder, type Size, ViewRequests } from '../camera'
import { type Readout, readUnderCursor } from '../cursorReadout'
import { deckCanvas, FLAT_DEVICE } from '../deckCanvas'
import { GradualLayers } from '../gradualLayers'
import type { ToolView } from '../tools/mapTools'
import { ToolController } from '../tools/toolController'
import { isDrag, type ScreenPoint } from '../tools/touches'
import {
  fittedSize,
  layoutPanes,
  type Pane,
  paneAt,
  paneTarget,
  pinched,
  pixelToStage,
  stageToPixel,
  targetFromPane,
} from './paneLayout'
import { LandslideOutline, LinkedCursor, PointMarker } from './paneMarks'
import { PatchLayers } from './patchLayers'

export interface PatchViewReports {
  /** What lies under the pointer; null: nothing. */
  readout(readout: Readout | null): void
  /** Screen pixels that one raster pixel takes. */
  scale(scale: number): void
}

/** Screen pixels of a raster pixel, as a power of two, at which an audited point is first seen. */
const POINT_ZOOM = 3.5

/**
 * The selected patch on screen, in one pane or two: one deck.gl instance, fed by the store and the pixel cache, never
 * by React renders. Painting goes pointer -> mask in the cache -> a window of its texture -> one redraw.
 */
export class PatchView {
  private readonly deck: Deck<OrthographicView[]>
  private readonly tools: ToolController
  private readonly linked: LinkedCursor
  private readonly outline: LandslideOutline
  private readonly marker: PointMarker
  private readonly unsubscribe: () => void
  private readonly listeners = new AbortController()
  private readonly framing = new Framing()
  private layers: Record<PaneId, PatchLayers> | null = null
  private readonly gradual = new GradualLayers(() => this.update())
  private readonly canvas: HTMLCanvasElement
  private panes: Pane[] = []
  /** The pane of the latest pointer; while a button is down the one that it was pressed in. */
  private pointed: PaneId = 'first'
  private pressed = false
  private readonly requests: ViewRequests
  private landslideRequest: number
  /** The audited point that was brought to the middle last. */
  private centred: string | null = null

  constructor(
    private readonly host: HTMLDivElement,
    private readonly studio: Studio,
    private readonly reports: PatchViewReports,
  ) {
    const state = studio.store.getState()
    this.requests = new ViewRequests(state)
    this.landslideRequest = state.review.landslideRequest
    this.panes = layoutPanes(state.view.mode, this.stage, state.view.swipeAt)
    this.listenForPress()
    this.tools = new ToolController(studio, this.toolView())
    this.linked = new LinkedCursor(host)
    this.outline = new LandslideOutline(host, studio)
    this.marker = new PointMarker(host)
    this.canvas = deckCanvas(host)
    this.deck = new Deck<OrthographicView[]>({
      parent: host,
      canvas: this.canvas,
      deviceProps: FLAT_DEVICE,
      views: this.views(state),
      viewState: this.viewStates() as never,
      layers: [],
      layerFilter: ({ layer, viewport }) => layer.id.startsWith(`${viewport.id}/`),
      _pickable: false,
      getCursor: () => 'inherit',
      onDeviceInitialized: (device: Device) => {
        this.layers = {
          first: new PatchLayers(device, studio.pixels, 'first'),
          second: new PatchLayers(device, studio.pixels, 'second'),
        }
        this.update()
      },
      onLoad: () => leaveTabOrder(host),
      onResize: () => this.update(),
      onViewStateChange: ({ viewId, viewState }) =>
        this.moved(viewId as PaneId, viewState as OrthographicViewState),
    })
    this.unsubscribe = studio.store.subscribe((now, before) => {
      if (stageChanged(now, before, 'patch')) this.update()
    })
  }

  destroy(): void {
    this.unsubscribe()
    this.listeners.abort()
    this.tools.destroy()
    this.linked.destroy()
    this.outline.destroy()
    this.marker.destroy()
    this.layers?.first.destroy()
    this.layers?.second.destroy()
    this.layers = null
    this.gradual.destroy()
    this.deck.finalize()
    this.canvas.remove()
  }

  private get stage(): Size {
    return { width: this.host.clientWidth, height: this.host.clientHeight }
  }

  private get pane(): Pane {
    const pane = this.panes.find(({ id }) => id === this.pointed) ?? this.panes[0]
    if (!pane) throw new Error('A stage has at least one pane.')
    return pane
  }

  private views(state: StudioState): OrthographicView[] {
    const controller = {
      dragPan: ToolController.pans(state),
      scrollZoom: { speed: 0.008, smooth: false },
      doubleClickZoom: false,
      touchRotate: false,
      keyboard: false,
    }
    return this.panes.map(
      ({ id, x, y, width, height }) =>
        new OrthographicView({ id, x, y, width, height, flipY: true, controller }),
    )
  }

  private viewStates(): Record<string, unknown> {
    const { zoom, minZoom, maxZoom } = this.framing.camera
    return Object.fromEntries(
      this.panes.map(pane => [
        pane.id,
        { target: paneTarget(this.framing.camera, pane), zoom, minZoom, maxZoom },
      ]),
    )
  }

  private moved(viewId: PaneId, next: OrthographicViewState): void {
    const pane = this.panes.find(({ id }) => id === viewId)
    if (!pane) return
    const zoom = Array.isArray(next.zoom) ? (next.zoom[0] ?? 0) : (next.zoom ?? 0)
    this.framing.moveTo(targetFromPane(next.target as number[], zoom, pane), zoom)
    this.deck.setProps({ viewState: this.viewStates() as never })
    this.cameraChanged()
  }

  private update(): void {
    const state = this.studio.store.getState()
    const patch = selectedPatch(state)
    this.panes = layoutPanes(state.view.mode, this.stage, state.view.swipeAt)
    const zoomBefore = this.framing.camera.zoom
    if (patch && this.layers) this.framing.show(patch, fittedSize(state.view.mode, this.stage))
    this.requests.answer(state, showsPatch(state.view.mode) ? this.framing : null)
    this.centrePoint(state, zoomBefore)
    if (state.review.landslideRequest !== this.landslideRequest) {
      const landslide = selectedLandslide(state)
      if (landslide && showsPatch(state.view.mode)) this.framing.bringIntoView(landslide.window)
    }
    this.landslideRequest = state.review.landslideRequest
    if (state.view.mode !== 'side-by-side') this.linked.show(null)
    const { layers } = this
    const drawn: Layer[] = layers
      ? this.panes.flatMap(({ id }) => layers[id].make(paneState(state, id), patch))
      : []
    this.deck.setProps({
      views: this.views(state),
      layers: this.gradual.take(drawn),
      viewState: this.viewStates() as never,
    })
    this.cameraChanged()
  }

  /**
   * Brings an audited point to the middle when it is another one, or asked for: the first as near as single pixels are told
   * apart, the others as near as the reviewer went.
   */
  private centrePoint(state: StudioState, zoomBefore: number): void {
    const pixel = markedPixel(state)
    // Before there is a stage and a picture on it there is nothing to move.
    if (!pixel || !this.layers || this.stage.width <= 0) return
    const { openId, point, centreRequest } = state.accuracy
    const key = `${openId}/${point}/${pixel.patchId}/${centreRequest}`
    if (key === this.centred) return
    const isFirst = this.centred?.split('/')[0] !== String(openId)
    this.centred = key
    this.framing.moveTo([pixel.column + 0.5, pixel.row + 0.5], isFirst ? POINT_ZOOM : zoomBefore)
  }

  private cameraChanged(): void {
    const { camera } = this.framing
    const panes = this.panes.map(pane => {
      return { ...pane, toStage: (pixel: PixelPoint) => pixelToStage(camera, pane, pixel) }
    })
    this.outline.update(panes)
    this.marker.update(panes, markedPixel(this.studio.store.getState()))
    // The tools and the readout are the map's while the map is on the stage.
    if (!showsPatch(this.studio.store.getState().view.mode)) return
    this.tools.update()
    this.reports.scale(2 ** this.framing.camera.zoom)
  }

  /** Before the tools hear of a press: which pane it is in decides where on the raster it is, to its end. */
  private listenForPress(): void {
    const { signal } = this.listeners
    const point = (event: PointerEvent): ScreenPoint => {
      const box = this.host.getBoundingClientRect()
      return { x: event.clientX - box.left, y: event.clientY - box.top }
    }
    const options = { signal, capture: true }
    let pressedAt: ScreenPoint | null = null
    this.host.addEventListener(
      'pointerdown',
      event => {
        pressedAt = point(event)
        this.pointed = paneAt(this.panes, pressedAt).id
        this.pressed = true
        if (this.studio.store.getState().view.mode === 'side-by-side') activatePane(this.studio, this.pointed)
      },
      options,
    )
    this.host.addEventListener(
      'pointermove',
      event => {
        if (event.buttons === 0) this.pressed = false
        if (!this.pressed) this.pointed = paneAt(this.panes, point(event)).id
      },
      options,
    )
    this.host.addEventListener(
      'click',
      event => {
        const at = point(event as PointerEvent)
        if (isDrag(pressedAt, at) || !ToolController.pans(this.studio.store.getState())) return
        const pixel = stageToPixel(this.framing.camera, this.pane, at)
        void selectLandslideAt(this.studio, pixel, { bring: false })
      },
      { signal },
    )
  }

  /** What the tools see of this view. */
  private toolView(): ToolView {
    const used = () => (this.layers ? this.panes.map(({ id }) => this.layers?.[id]) : [])
    return {
      host: this.host,
      toPixel: point => stageToPixel(this.framing.camera, this.pane, point),
      toScreen: pixel => pixelToStage(this.framing.camera, this.pane, pixel),
      pixelSize: () => 2 ** this.framing.camera.zoom,
      pinch: (before, after) => {
        const { target, zoom } = pinched(this.framing.camera, this.pane, before, after)
        this.framing.moveTo(target, zoom)
        this.deck.setProps({ viewState: this.viewStates() as never })
        this.cameraChanged()
      },
      beginPainting: (patch, mask) => {
        for (const layers of used()) layers?.beginPainting(patch, mask)
        if (this.studio.store.getState().layers.showMask) this.update()
        else setLayers(this.studio, { showMask: true })
      },
      paintMask: (patch, window, mask) => {
        for (const layers of used()) layers?.paintMask(patch, window, mask)
        this.deck.redraw('mask painted')
      },
      endPainting: (patch, revision) => {
        for (const layers of used()) layers?.endPainting(patch, revision)
      },
      onPointer: pixel => this.readOut(pixel),
    }
  }

  private readOut(pixel: { column: number; row: number } | null): void {
    const state = this.studio.store.getState()
    const patch = selectedPatch(state)
    this.reports.readout(
      pixel && patch
        ? readUnderCursor(this.studio, patch, Math.floor(pixel.column), Math.floor(pixel.row))
        : null,
    )
    const other =
      state.view.mode === 'side-by-side' ? this.panes.find(({ id }) => id !== this.pointed) : undefined
    const place = pixel && other && pixelToStage(this.framing.camera, other, pixel)
    const inside =
      place && other && place.x >= other.x && place.x < other.x + other.width && place.y >= 0 ? place : null
    this.linked.show(inside)
  }
}

function showsPatch(mode: ViewMode): boolean {
  return mode !== 'sheet' && mode !== 'map'
}
