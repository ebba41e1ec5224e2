import { Deck, OrthographicView, type OrthographicViewState } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import { selectedPatch } from '../state/selectors'
import type { Studio } from '../state/studio'
import type { StudioState } from '../state/studioState'
import type { PatchRecord } from '../storage/projectStore'
import { type Camera, fitCamera, pixelToScreen, screenToPixel } from './camera'
import { type Readout, readUnderCursor } from './cursorReadout'
import { PatchLayers } from './patchLayers'
import type { ToolView } from './tools/mapTool'
import { ToolController } from './tools/toolController'

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
  private readonly tools: ToolController
  private readonly unsubscribe: () => void
  private layers: PatchLayers | null = null
  private camera: Camera = { target: [0, 0, 0], zoom: 0, minZoom: -4, maxZoom: 8 }
  private shown: { width: number; height: number } | null = null
  private fitRequest = 0

  constructor(
    private readonly host: HTMLDivElement,
    private readonly studio: Studio,
    private readonly onReadout: (readout: Readout | null) => void,
  ) {
    this.tools = new ToolController(studio, this.toolView())
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
  }

  destroy(): void {
    this.unsubscribe()
    this.tools.destroy()
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
      dragPan: ToolController.pans(state),
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
    this.tools.update()
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
    this.tools.update()
  }

  /** Fits on the first patch, on one of another size and on request; else the view stays where it was. */
  private frame(state: StudioState, patch: PatchRecord): void {
    const same = this.shown?.width === patch.width && this.shown.height === patch.height
    if (same && state.fitRequest === this.fitRequest) return
    this.fitRequest = state.fitRequest
    this.shown = { width: patch.width, height: patch.height }
    this.camera = fitCamera(patch, this.screen)
  }

  /** What the tools see of this view. */
  private toolView(): ToolView {
    return {
      host: this.host,
      toPixel: point => screenToPixel(this.camera, this.screen, point),
      toScreen: pixel => pixelToScreen(this.camera, this.screen, pixel),
      pixelSize: () => 2 ** this.camera.zoom,
      beginPainting: (patch, mask) => {
        this.layers?.beginPainting(patch, mask)
        if (!this.studio.store.getState().showMask) this.studio.store.setState({ showMask: true })
        else this.update()
      },
      paintMask: (patch, window, mask) => {
        this.layers?.paintMask(patch, window, mask)
        this.deck.redraw('mask painted')
      },
      endPainting: (patch, revision) => this.layers?.endPainting(patch, revision),
      onPointer: pixel => this.readOut(pixel),
    }
  }

  private readOut(pixel: { column: number; row: number } | null): void {
    const patch = selectedPatch(this.studio.store.getState())
    this.onReadout(
      pixel && patch
        ? readUnderCursor(this.studio, patch, Math.floor(pixel.column), Math.floor(pixel.row))
        : null,
    )
  }
}
