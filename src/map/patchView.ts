import { Deck, OrthographicView, type OrthographicViewState } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import type { PixelWindow } from '../core/raster/rasterSource'
import { beginStroke, type Stroke } from '../state/actions/paintStroke'
import { isReviewable, selectedPatch } from '../state/selectors'
import type { Studio } from '../state/studio'
import type { StudioState } from '../state/studioState'
import type { PatchRecord } from '../storage/projectStore'
import { BrushCursor } from './brushCursor'
import { type Camera, fitCamera, screenToPixel } from './camera'
import { type Readout, readUnderCursor } from './cursorReadout'
import { PatchLayers } from './patchLayers'

/** What of the state the picture is made from. */
const DRAWN: readonly (keyof StudioState)[] = [
  'patches',
  'selectedId',
  'loading',
  'renderRevision',
  'maskRevision',
  'probabilityRevision',
  'baseLayer',
  'percentile',
  'hillshadeBlend',
  'showProbability',
  'probabilityOpacity',
  'probabilityModel',
  'showMask',
  'maskOpacity',
  'tool',
  'brushRadius',
  'peeking',
  'panning',
  'fitRequest',
]

/**
 * The selected patch on screen: one deck.gl instance, fed by the store and the pixel cache, never by React renders.
 * Painting goes pointer -> mask in the cache -> a window of its texture -> one redraw.
 */
export class PatchView {
  private readonly deck: Deck<OrthographicView>
  private readonly cursor: BrushCursor
  private readonly unsubscribe: () => void
  private readonly listeners = new AbortController()
  private layers: PatchLayers | null = null
  private camera: Camera = { target: [0, 0, 0], zoom: 0, minZoom: -4, maxZoom: 8 }
  private shown: { width: number; height: number } | null = null
  private stroke: Stroke | null = null
  private pointer: { x: number; y: number } | null = null
  private fitRequest = 0

  constructor(
    private readonly host: HTMLDivElement,
    private readonly studio: Studio,
    private readonly onReadout: (readout: Readout | null) => void,
  ) {
    this.cursor = new BrushCursor(host)
    this.deck = new Deck<OrthographicView>({
      parent: host,
      views: new OrthographicView({ id: 'patch', flipY: true }),
      viewState: { patch: this.viewState() } as never,
      controller: this.controller(studio.store.getState()),
      layers: [],
      _pickable: false,
      getCursor: () => 'inherit',
      onDeviceInitialized: (device: Device) => {
        this.layers = new PatchLayers(device, studio.pixels)
        this.update()
      },
      onResize: () => this.update(),
      onViewStateChange: ({ viewState }: { viewState: OrthographicViewState }) => this.moved(viewState),
    })
    this.unsubscribe = studio.store.subscribe((state, before) => {
      // Progress and curves change many times a second; the picture has nothing to do with them.
      if (DRAWN.some(key => state[key] !== before[key])) this.update()
    })
    this.listen()
  }

  destroy(): void {
    this.unsubscribe()
    this.listeners.abort()
    this.cursor.destroy()
    this.layers?.destroy()
    this.layers = null
    this.deck.finalize()
  }

  private get screen(): { width: number; height: number } {
    return { width: this.host.clientWidth, height: this.host.clientHeight }
  }

  private viewState() {
    return { ...this.camera, target: [...this.camera.target] }
  }

  private controller(state: StudioState) {
    return {
      dragPan: state.tool === 'pan' || state.panning || !isReviewable(selectedPatch(state)),
      scrollZoom: { speed: 0.008, smooth: false },
      doubleClickZoom: false,
      touchRotate: false,
      keyboard: false,
    }
  }

  private moved(next: OrthographicViewState): void {
    const [x = 0, y = 0] = next.target as number[]
    const zoom = Array.isArray(next.zoom) ? (next.zoom[0] ?? 0) : (next.zoom ?? 0)
    this.camera = { ...this.camera, target: [x, y, 0], zoom }
    this.deck.setProps({ viewState: { patch: this.viewState() } as never })
    this.moveCursor()
  }

  private update(): void {
    const state = this.studio.store.getState()
    const patch = selectedPatch(state)
    if (patch && this.layers && this.screen.width > 0) this.frame(state, patch)
    this.deck.setProps({
      layers: this.layers?.make(state, patch) ?? [],
      controller: this.controller(state),
      viewState: { patch: this.viewState() } as never,
    })
    this.moveCursor()
  }

  /** Fits on the first patch, on one of another size and on request; else the view stays where it was. */
  private frame(state: StudioState, patch: PatchRecord): void {
    const same = this.shown?.width === patch.width && this.shown.height === patch.height
    if (same && state.fitRequest === this.fitRequest) return
    this.fitRequest = state.fitRequest
    this.shown = { width: patch.width, height: patch.height }
    this.camera = fitCamera(patch, this.screen)
  }

  private listen(): void {
    const { signal } = this.listeners
    const host = this.host
    // Capture: a stroke must not also pan.
    host.addEventListener('pointerdown', event => this.pressed(event), { signal, capture: true })
    host.addEventListener('pointermove', event => this.pointed(event), { signal })
    host.addEventListener('pointerup', () => this.released(), { signal })
    host.addEventListener('pointercancel', () => this.cancelStroke(), { signal })
    host.addEventListener(
      'pointerleave',
      () => {
        this.pointer = null
        this.moveCursor()
        this.onReadout(null)
      },
      { signal },
    )
  }

  private at(event: PointerEvent): { x: number; y: number } {
    const box = this.host.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }

  private pressed(event: PointerEvent): void {
    const state = this.studio.store.getState()
    if (event.button !== 0 || state.tool === 'pan' || state.panning) return
    const stroke = beginStroke(this.studio)
    if (!stroke) return
    event.stopPropagation()
    this.host.setPointerCapture(event.pointerId)
    this.layers?.beginPainting(stroke.patch, stroke.mask)
    this.stroke = stroke
    if (!state.showMask) this.studio.store.setState({ showMask: true })
    else this.update()
    this.paint(event)
  }

  private pointed(event: PointerEvent): void {
    this.pointer = this.at(event)
    this.moveCursor()
    if (this.stroke) {
      const events = event.getCoalescedEvents()
      for (const step of events.length > 0 ? events : [event]) this.paint(step)
    }
    const patch = selectedPatch(this.studio.store.getState())
    const { column, row } = screenToPixel(this.camera, this.screen, this.pointer)
    this.onReadout(patch && readUnderCursor(this.studio, patch, Math.floor(column), Math.floor(row)))
  }

  private paint(event: PointerEvent): void {
    const window = this.stroke?.moveTo(screenToPixel(this.camera, this.screen, this.at(event)))
    if (window) this.redrawMask(window)
  }

  private redrawMask(window: PixelWindow): void {
    if (!this.stroke) return
    this.layers?.paintMask(this.stroke.patch, window, this.stroke.mask)
    this.deck.redraw('mask painted')
  }

  private released(): void {
    const stroke = this.stroke
    this.stroke = null
    this.layers?.endPainting()
    stroke?.finish()
  }

  private cancelStroke(): void {
    const stroke = this.stroke
    this.stroke = null
    this.layers?.endPainting()
    stroke?.abandon()
  }

  private moveCursor(): void {
    const state = this.studio.store.getState()
    const painting = state.tool !== 'pan' && !state.panning && isReviewable(selectedPatch(state))
    this.host.dataset.tool = painting ? state.tool : 'pan'
    this.cursor.show(painting ? this.pointer : null, Math.max(0.5, state.brushRadius) * 2 ** this.camera.zoom)
  }
}
