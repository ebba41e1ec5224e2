import { Deck, type Layer, OrthographicView, type OrthographicViewState } from '@deck.gl/core'
import type { Device, Texture } from '@luma.gl/core'
import type { PixelWindow } from '../core/raster/rasterSource'
import { beginStroke, type Stroke } from '../state/actions/paintStroke'
import { HILLSHADE_PERCENTILE, renderKey } from '../state/actions/renderBase'
import { probabilityKey } from '../state/pixelCache'
import { isReviewable, selectedPatch } from '../state/selectors'
import type { Studio } from '../state/studio'
import type { StudioState } from '../state/studioState'
import type { PatchRecord } from '../storage/projectStore'
import { BrushCursor } from './brushCursor'
import { type Camera, fitCamera, screenToPixel } from './camera'
import { type Readout, readUnderCursor } from './cursorReadout'
import { BaseRasterLayer } from './layers/baseLayer'
import { MaskLayer } from './layers/maskLayer'
import { ProbabilityLayer } from './layers/probabilityLayer'
import { RasterTextures } from './rasterTextures'

/** Outline and tint of the mask, sRGB 0..1: bright cyan, apart from soil, vegetation and every ramp used here. */
const MASK_COLOUR = [0.16, 0.9, 0.98]
const LINE_WIDTH = 1.75

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
  private textures: RasterTextures | null = null
  private camera: Camera = { target: [0, 0, 0], zoom: 0, minZoom: -4, maxZoom: 8 }
  private shown: { width: number; height: number } | null = null
  private uploaded = { base: '', hillshade: '', probability: '', mask: '' }
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
        this.textures = new RasterTextures(device)
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
    this.textures?.destroy()
    this.textures = null
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
    if (patch && this.textures && this.screen.width > 0) this.frame(state, patch)
    this.deck.setProps({
      layers: this.textures ? this.layers(state, patch, this.textures) : [],
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

  /**
   * All three layers from the start, hidden where they have nothing to show: programs are compiled once, while the
   * studio opens, and not in the middle of a review.
   */
  private layers(state: StudioState, patch: PatchRecord | null, textures: RasterTextures): Layer[] {
    const overlays = patch !== null && !state.peeking
    const base = patch && this.baseTexture(state, patch, textures)
    const shade = patch && base && this.hillshadeTexture(state, patch, textures)
    const probability = overlays && state.showProbability && this.probabilityTexture(state, patch, textures)
    const mask = overlays && state.showMask && this.maskTexture(state, patch, textures)
    const bounds: [number, number, number, number] = patch ? [0, patch.height, patch.width, 0] : [0, 1, 1, 0]
    const { blank } = textures
    return [
      new BaseRasterLayer({
        id: 'base',
        image: base || blank,
        visible: Boolean(base),
        bounds,
        uniforms: { hillshadeTexture: shade || base || blank, blend: shade ? state.hillshadeBlend : 0 },
      }),
      new ProbabilityLayer({
        id: 'probability',
        image: probability || blank,
        visible: Boolean(probability),
        bounds,
        uniforms: { opacity: state.probabilityOpacity },
      }),
      new MaskLayer({
        id: 'mask',
        image: mask || blank,
        visible: Boolean(mask),
        bounds,
        uniforms: {
          colour: MASK_COLOUR,
          // A tint over the probability would change its colours: the outline alone says where the mask is.
          tint: probability ? 0 : state.maskOpacity,
          strength: Math.min(1, state.maskOpacity * 3),
          lineWidth: LINE_WIDTH,
        },
      }),
    ]
  }

  private baseTexture(state: StudioState, patch: PatchRecord, textures: RasterTextures): Texture | null {
    const key = renderKey(patch.id, state.baseLayer, state.percentile)
    const picture = this.studio.pixels.renders.get(key)
    if (picture && this.uploaded.base !== key) {
      textures.upload('base', 'rgba8unorm', picture.width, picture.height, picture.rgba)
      this.uploaded.base = key
    }
    // While the next picture is made the last one of this patch stays; another patch's is never shown.
    return this.uploaded.base.startsWith(`${patch.id}/`) ? textures.get('base') : null
  }

  private hillshadeTexture(state: StudioState, patch: PatchRecord, textures: RasterTextures): Texture | null {
    if (state.hillshadeBlend === 0 || state.baseLayer === 'hillshade') return null
    const key = renderKey(patch.id, 'hillshade', HILLSHADE_PERCENTILE)
    const picture = this.studio.pixels.renders.get(key)
    if (!picture) return null
    if (this.uploaded.hillshade !== key) {
      textures.upload('hillshade', 'rgba8unorm', picture.width, picture.height, picture.rgba)
      this.uploaded.hillshade = key
    }
    return textures.get('hillshade')
  }

  private probabilityTexture(
    state: StudioState,
    patch: PatchRecord,
    textures: RasterTextures,
  ): Texture | null {
    const values = this.studio.pixels.probabilities.get(probabilityKey(patch.id, state.probabilityModel))
    if (!values) return null
    const key = `${patch.id}/${state.probabilityModel}/${state.probabilityRevision[patch.id] ?? 0}`
    if (this.uploaded.probability !== key) {
      textures.upload('probability', 'r32float', patch.width, patch.height, values)
      this.uploaded.probability = key
    }
    return textures.get('probability')
  }

  private maskTexture(state: StudioState, patch: PatchRecord, textures: RasterTextures): Texture | null {
    const mask = this.studio.pixels.masks.get(patch.id)
    if (!mask) return null
    const key = `${patch.id}/${state.maskRevision[patch.id] ?? 0}`
    if (this.uploaded.mask !== key && !this.stroke) {
      textures.upload('mask', 'r8unorm', patch.width, patch.height, mask)
      this.uploaded.mask = key
    }
    return this.uploaded.mask.startsWith(`${patch.id}/`) ? textures.get('mask') : null
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
    const patch = selectedPatch(state)
    if (patch) {
      // A patch never predicted gets its first mask with the first stroke.
      this.textures?.upload('mask', 'r8unorm', patch.width, patch.height, stroke.mask)
      this.uploaded.mask = `${patch.id}/painting`
    }
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
    if (!this.stroke || !this.shown) return
    this.textures?.uploadWindow('mask', this.shown.width, window, this.stroke.mask)
    this.deck.redraw('mask painted')
  }

  private released(): void {
    const stroke = this.stroke
    this.stroke = null
    stroke?.finish()
  }

  private cancelStroke(): void {
    const stroke = this.stroke
    this.stroke = null
    stroke?.abandon()
  }

  private moveCursor(): void {
    const state = this.studio.store.getState()
    const painting = state.tool !== 'pan' && !state.panning && isReviewable(selectedPatch(state))
    this.host.dataset.tool = painting ? state.tool : 'pan'
    this.cursor.show(painting ? this.pointer : null, Math.max(0.5, state.brushRadius) * 2 ** this.camera.zoom)
  }
}
