import { Deck, type Layer, OrthographicView, type OrthographicViewState } from '@deck.gl/core'
import { BitmapLayer, PathLayer } from '@deck.gl/layers'
import type { Device } from '@luma.gl/core'
import { commonStretch } from '../../core/patches/stretch'
import { selectLandslideAt } from '../../state/review/landslides'
import type { Studio } from '../../state/studio'
import { showPatch, showViewMode } from '../../state/view/actions'
import { stageChanged } from '../../state/view/stage'
import { Framing, leaveTabOrder, type Size, ViewRequests } from '../camera'
import { deckCanvas, FLAT_DEVICE } from '../deckCanvas'
import { layoutPanes, type Pane, pinched, pixelToStage, stageToPixel } from '../patch/paneLayout'
import type { MapSight } from '../scenes/minimap'
import { partsOf } from '../scenes/placedScenes'
import { SceneView } from '../scenes/sceneView'
import { GeoTiles } from '../tileSource'
import { ToolController } from '../tools/toolController'
import { isDrag, type ScreenPoint } from '../tools/touches'
import { detailedCount, gridOpacity } from './detail'
import { GeoEditing } from './geoEditing'
import { GeoOverview } from './overview'
import {
  chooseGroup,
  MapSpace,
  type PlacedGroup,
  type PlacedPatch,
  patchAtPlace,
  placementOf,
  type ScaleBar,
  scaleBar,
  toRaster,
} from './placement'
import { ReferenceLines } from './referenceLines'
import { VerdictLines } from './verdictLines'

export interface GeoViewReports {
  scaleBar(bar: ScaleBar | null): void
  /** Screen pixels that one pixel of the finest raster takes. */
  scale(scale: number): void
  /** How many of the rasters in sight are drawn at full detail. */
  detail(detailed: number, inSight: number): void
  /** What is in sight, where scenes are on the map. */
  sight(sight: MapSight | null): void
  /** Coordinates under the pointer; once it left, the system that they are in. null: there is no map. */
  pointer(text: string | null): void
}

const ACCENT: [number, number, number] = [69, 195, 217]
const OUTLINE = [223, 228, 231] as const
/** Georeferenced rasters at their place, north up, in their own projection: fed by the store, never by React renders. */
export class GeoView {
  private readonly deck: Deck<OrthographicView>
  private readonly canvas: HTMLCanvasElement
  private readonly tiles: GeoTiles
  private readonly overview: GeoOverview
  private readonly scenes: SceneView
  private readonly verdictLines = new VerdictLines()
  private readonly referenceLines: ReferenceLines
  private readonly editing: GeoEditing
  private readonly unsubscribe: () => void
  private readonly listeners = new AbortController()
  private framing = new Framing()
  private group: PlacedGroup | null = null
  private space: MapSpace | null = null
  private selectedId: string | null = null
  private readonly requests: ViewRequests
  /** Drawn at full detail: only there single pixels are seen. */
  private detailed: readonly PlacedPatch[] = []
  private pressedAt: { x: number; y: number } | null = null
  /** Of the update that waits for the next frame; 0: none does. */
  private waiting = 0
  /** Of the host, as it is known to be: asking the page while it changes has it laid out at each picture. */
  private stage: Size
  private readonly resizes: ResizeObserver

  constructor(
    private readonly host: HTMLDivElement,
    private readonly studio: Studio,
    private readonly reports: GeoViewReports,
  ) {
    const state = studio.store.getState()
    const sizeNow = () => ({ width: host.clientWidth, height: host.clientHeight })
    this.stage = sizeNow()
    this.resizes = new ResizeObserver(() => {
      this.stage = sizeNow()
      this.update()
    })
    this.requests = new ViewRequests(state)
    this.selectedId = state.view.selectedId
    this.tiles = new GeoTiles(studio, () => this.draw())
    this.overview = new GeoOverview(studio, () => this.draw())
    this.referenceLines = new ReferenceLines(studio, () => this.draw())
    this.scenes = new SceneView(studio, () => this.draw())
    this.editing = new GeoEditing(studio, this.edited())
    this.canvas = deckCanvas(host)
    this.deck = new Deck<OrthographicView>({
      parent: host,
      canvas: this.canvas,
      deviceProps: FLAT_DEVICE,
      views: new OrthographicView({ id: 'map', flipY: true }),
      viewState: { map: this.viewState() } as never,
      controller: this.controller(),
      layers: [],
      _pickable: false,
      getCursor: ({ isDragging }) => (isDragging ? 'grabbing' : 'inherit'),
      onDeviceInitialized: (device: Device) => {
        this.editing.deviceReady(device)
        this.scenes.deviceReady(device)
      },
      onLoad: () => {
        leaveTabOrder(host)
        this.update()
      },
      onViewStateChange: ({ viewState }) => this.moved(viewState as OrthographicViewState),
    })
    this.resizes.observe(host)
    this.unsubscribe = studio.store.subscribe((now, before) => {
      if (stageChanged(now, before, 'map')) this.updateSoon()
    })
    this.listen()
  }

  destroy(): void {
    cancelAnimationFrame(this.waiting)
    this.unsubscribe()
    this.resizes.disconnect()
    this.listeners.abort()
    this.tiles.destroy()
    this.overview.destroy()
    this.scenes.destroy()
    this.editing.destroy()
    this.deck.finalize()
    this.canvas.remove()
  }

  /** Moves the middle of the stage to a place on the map's plane. */
  lookAt(place: readonly [number, number]): void {
    this.framing.moveTo(place, this.framing.camera.zoom)
    this.draw()
  }

  private get pane(): Pane {
    const [pane] = layoutPanes('single', this.stage, 0)
    if (!pane) throw new Error('A stage has at least one pane.')
    return pane
  }

  private controller() {
    return {
      dragPan: ToolController.pans(this.studio.store.getState()),
      scrollZoom: { speed: 0.008, smooth: false },
      doubleClickZoom: false,
      touchRotate: false,
      keyboard: false,
    }
  }

  private viewState() {
    return { ...this.framing.camera, target: [...this.framing.camera.target] }
  }

  /** An action changes the state several times: that is one picture. */
  private updateSoon(): void {
    if (this.waiting === 0) this.waiting = requestAnimationFrame(() => this.update())
  }

  /** What a tool asks of the map has to be of the state as it is now. */
  private catchUp(): void {
    if (this.waiting !== 0) this.update()
  }

  private update(): void {
    cancelAnimationFrame(this.waiting)
    this.waiting = 0
    const state = this.studio.store.getState()
    const group = chooseGroup(placementOf(state.patches.list), state.view.mapCrs, state.view.selectedId)
    if (group?.system.key !== this.group?.system.key) this.framing = new Framing()
    if (group && group !== this.group) {
      this.tiles.stretchTo(commonStretch(partsOf(group).loose.placed.map(({ patch }) => patch.statistics)))
      this.reports.pointer(group.system.title)
    }
    this.group = group
    this.space = group && new MapSpace(group)
    if (this.space) this.framing.show(this.space, this.stage)
    this.requests.answer(state, this.framing)
    this.editing.answer(state, this.framing)
    if (state.view.selectedId !== this.selectedId) this.bringIntoView(state.view.selectedId)
    this.selectedId = state.view.selectedId
    this.draw()
  }

  private moved(next: OrthographicViewState): void {
    const [x = 0, y = 0] = next.target as number[]
    this.framing.moveTo([x, y], Array.isArray(next.zoom) ? (next.zoom[0] ?? 0) : (next.zoom ?? 0))
    this.draw()
  }

  /** Moves, and does not zoom, to a patch chosen elsewhere that is out of sight. */
  private bringIntoView(id: string | null): void {
    const one = this.group?.placed.find(({ patch }) => patch.id === id)
    if (!one || this.inSight(one)) return
    const [left, top, right, bottom] = this.boxOf(one)
    this.framing.moveTo([(left + right) / 2, (top + bottom) / 2], this.framing.camera.zoom)
  }

  private draw(): void {
    if (this.waiting !== 0) {
      // Of the state as it is now, not as the last update saw it.
      this.update()
      return
    }
    const { group, space } = this
    const { zoom } = this.framing.camera
    this.deck.setProps({
      controller: this.controller(),
      layers: this.layers(),
      viewState: { map: this.viewState() } as never,
    })
    this.editing.update()
    this.reports.scale(2 ** zoom)
    this.reports.sight(this.sight())
    this.reports.scaleBar(group && space ? scaleBar(space.unitsPerPixel(zoom), group.system.unit) : null)
  }

  private sight(): MapSight | null {
    const { group, space, selectedId } = this
    if (!group || !space || partsOf(group).scenes.length === 0) return null
    return { group, space, ...this.seen(), selectedId }
  }

  /** What of the map's plane the stage shows. */
  private seen(): Pick<MapSight, 'left' | 'right' | 'top' | 'bottom'> {
    const { target, zoom } = this.framing.camera
    const { width, height } = this.stage
    const [halfWidth, halfHeight] = [width / 2 / 2 ** zoom, height / 2 / 2 ** zoom]
    return {
      left: target[0] - halfWidth,
      right: target[0] + halfWidth,
      top: target[1] - halfHeight,
      bottom: target[1] + halfHeight,
    }
  }

  private layers(): Layer[] {
    const { group, space } = this
    this.detailed = []
    if (!group || !space) return []
    const { scenes, loose } = partsOf(group)
    const seen = this.seen()
    const inSight = loose.placed.filter(one => this.inSight(one, seen))
    const shown = this.nearest(inSight)
    const sights = this.scenes.look(scenes, space, this.framing.camera, this.stage)
    const cells = sights.flatMap(({ scene, isDetailed }) => (isDetailed ? scene.cells : []))
    this.detailed = [...shown, ...cells.map(({ placed }) => placed).filter(one => this.inSight(one, seen))]
    const edited = this.editing.draw()
    this.reports.detail(shown.length, inSight.length)
    if (shown.length < inSight.length) this.overview.show(loose, space, this.tiles.stretch)
    this.tiles.keepOnly(new Set(shown.map(({ patch }) => patch.id)))
    const path = ({ corners }: PlacedPatch) => [...corners, corners[0]].map(at => space.fromWorld(at))
    const line = (id: string, data: readonly PlacedPatch[], color: number[], width: number) =>
      new PathLayer<PlacedPatch>({
        id,
        data,
        getPath: path,
        getColor: color as never,
        getWidth: width,
        widthUnits: 'pixels',
        jointRounded: true,
        updateTriggers: { getPath: group },
      })
    const selected = group.placed.filter(({ patch }) => patch.id === this.selectedId)
    const { width, height } = space
    const overview = this.overview.image
    const first = group.placed[0]?.patch
    const opacity = gridOpacity((first?.width ?? 0) * 2 ** this.framing.camera.zoom)
    return [
      ...(overview
        ? [
            new BitmapLayer({
              id: 'overview',
              image: overview as never,
              bounds: [
                [0, height],
                [0, 0],
                [width, 0],
                [width, height],
              ] as never,
              textureParameters: { magFilter: 'linear', minFilter: 'linear' },
            }),
          ]
        : []),
      ...this.scenes.ground(sights, space),
      ...shown.flatMap(one => {
        const image = this.tiles.image(one.patch, this.editing.draws(one.patch.id))
        if (!image) return []
        const [topLeft, topRight, bottomRight, bottomLeft] = one.corners.map(at => space.fromWorld(at))
        return new BitmapLayer({
          id: `picture/${one.patch.id}`,
          image: image as never,
          bounds: [bottomLeft, topLeft, topRight, bottomRight] as never,
          textureParameters: { magFilter: 'nearest', minFilter: 'linear' },
        })
      }),
      ...this.scenes.overlays(sights, space, edited, this.selectedId),
      ...edited,
      line('outlines', opacity > 0 ? group.placed : [], [...OUTLINE, opacity], 1),
      this.verdictLines.layer(group, space, this.studio.store.getState().review.verdicts),
      ...this.referenceLines.layers(group, space),
      line('selected', selected, ACCENT, 2.5),
    ]
  }

  /** Those nearest the middle of the stage, the selected one last so that it lies on top. */
  private nearest(inSight: readonly PlacedPatch[]): readonly PlacedPatch[] {
    const [x, y] = this.framing.camera.target
    const away = (one: PlacedPatch) => {
      const [left, top, right, bottom] = this.boxOf(one)
      return Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y)
    }
    const nearest = [...inSight].sort((a, b) => away(a) - away(b))
    const kept = nearest.slice(0, detailedCount(nearest.map(({ patch }) => patch)))
    const isSelected = ({ patch }: PlacedPatch) => Number(patch.id === this.selectedId)
    return [...kept].sort((a, b) => isSelected(a) - isSelected(b))
  }

  private boxOf({ corners }: PlacedPatch): [number, number, number, number] {
    const places = corners.map(at => this.space?.fromWorld(at) ?? [0, 0])
    const xs = places.map(([x]) => x ?? 0)
    const ys = places.map(([, y]) => y ?? 0)
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  }

  private inSight(one: PlacedPatch, seen = this.seen()): boolean {
    const [left, top, right, bottom] = this.boxOf(one)
    return right > seen.left && left < seen.right && bottom > seen.top && top < seen.bottom
  }

  private listen(): void {
    const { signal } = this.listeners
    const at = (event: MouseEvent) => {
      const box = this.host.getBoundingClientRect()
      return { x: event.clientX - box.left, y: event.clientY - box.top }
    }
    this.host.addEventListener('pointerdown', event => (this.pressedAt = at(event)), { signal })
    this.host.addEventListener('click', event => this.clicked(at(event)), { signal })
    this.host.addEventListener('dblclick', event => this.clicked(at(event), true), { signal })
    this.host.addEventListener('pointermove', event => this.reports.pointer(this.coordinates(at(event))), {
      signal,
    })
    this.host.addEventListener('pointerleave', () => this.reports.pointer(this.group?.system.title ?? null), {
      signal,
    })
  }

  private worldAt(point: ScreenPoint): readonly [number, number] | null {
    const { column, row } = stageToPixel(this.framing.camera, this.pane, point)
    return this.space?.toWorld([column, row]) ?? null
  }

  private rasterAt(point: ScreenPoint): PlacedPatch | null {
    const world = this.worldAt(point)
    return world && this.group && patchAtPlace(this.group.placed, world, this.selectedId)
  }

  /** What the tools see of this map. */
  private edited() {
    const map = this
    return {
      host: this.host,
      get space() {
        map.catchUp()
        return map.space
      },
      get zoom() {
        map.catchUp()
        return map.framing.camera.zoom
      },
      get selected() {
        map.catchUp()
        const { selectedId } = map.studio.store.getState().view
        return map.detailed.find(({ patch }) => patch.id === selectedId) ?? null
      },
      get anchor() {
        map.catchUp()
        const { selectedId } = map.studio.store.getState().view
        return map.group?.placed.find(({ patch }) => patch.id === selectedId) ?? null
      },
      rasterAt: (point: ScreenPoint) => {
        this.catchUp()
        const one = this.rasterAt(point)
        return one && { one, detailed: this.detailed.some(({ patch }) => patch.id === one.patch.id) }
      },
      toPlane: (point: ScreenPoint) => {
        const { column, row } = stageToPixel(this.framing.camera, this.pane, point)
        return [column, row] as const
      },
      toStage: ([column, row]: readonly [number, number]) =>
        pixelToStage(this.framing.camera, this.pane, { column, row }),
      pinch: (before: readonly [ScreenPoint, ScreenPoint], after: readonly [ScreenPoint, ScreenPoint]) => {
        const { target, zoom } = pinched(this.framing.camera, this.pane, before, after)
        this.framing.moveTo(target, zoom)
        this.draw()
      },
      draw: () => this.draw(),
      redraw: () => this.deck.redraw('mask painted'),
    }
  }

  private clicked(point: { x: number; y: number }, open = false): void {
    if (isDrag(this.pressedAt, point)) return
    // A tool selects what it is pressed on by itself.
    if (!ToolController.pans(this.studio.store.getState())) return
    const found = this.rasterAt(point)
    if (!found) return
    const shown = showPatch(this.studio, found.patch.id)
    if (open) showViewMode(this.studio, 'single')
    // From further away nobody means a single one.
    else if (this.detailed.includes(found)) void this.chooseLandslide(shown, found, point)
  }

  private async chooseLandslide(
    shown: Promise<boolean>,
    { transform }: PlacedPatch,
    point: ScreenPoint,
  ): Promise<void> {
    const world = this.worldAt(point)
    if (!world || !(await shown)) return
    await selectLandslideAt(this.studio, toRaster(transform, world), { bring: false })
  }

  private coordinates(point: { x: number; y: number }): string | null {
    const world = this.worldAt(point)
    if (!world || !this.group) return null
    const digits = this.group.system.unit === 'degree' ? 5 : 0
    return `${world[0].toFixed(digits)}, ${world[1].toFixed(digits)}`
  }
}
