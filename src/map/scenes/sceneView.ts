import type { Layer } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import type { Studio } from '../../state/studio'
import type { Camera, Size } from '../camera'
import { paintedId } from '../geo/paintedCells'
import { type MapSpace, toRaster } from '../geo/placement'
import type { PlacedScene } from './placedScenes'
import { SceneGround, type SceneSight } from './sceneGround'
import { SceneOverlays } from './sceneOverlays'
import { stepFor, tilesOf } from './tileGrid'

/** A screen pixel takes at most so many of the scene's where its cells can be painted. */
const DETAILED_STEP = 4

/** A scene as the camera sees it. */
export interface SeenScene extends SceneSight {
  /** Close enough to paint on. */
  isDetailed: boolean
}

/** Scenes on the map: their ground and what lies over it, in tiles. */
export class SceneView {
  private readonly sceneGround: SceneGround
  private readonly sceneOverlays: SceneOverlays
  private frame = 0

  constructor(
    studio: Studio,
    private readonly onReady: () => void,
  ) {
    const soon = () => this.drawSoon()
    this.sceneGround = new SceneGround(studio, soon)
    this.sceneOverlays = new SceneOverlays(studio, soon)
  }

  deviceReady(device: Device): void {
    this.sceneOverlays.deviceReady(device)
    this.drawSoon()
  }

  destroy(): void {
    cancelAnimationFrame(this.frame)
    this.sceneGround.destroy()
    this.sceneOverlays.destroy()
  }

  /** What is in sight of each scene. */
  look(scenes: readonly PlacedScene[], space: MapSpace, camera: Camera, stage: Size): SeenScene[] {
    return scenes.map(scene => {
      const { window, pixelsPerScreenPixel } = sightOf(scene, space, camera, stage)
      const seen = windowOverlap(window, scene.bounds)
      const step = stepFor(pixelsPerScreenPixel)
      const tiles = seen ? tilesOf(seen, step).filter(tile => scene.under(tile).length > 0) : []
      return { scene, tiles, isDetailed: pixelsPerScreenPixel <= DETAILED_STEP }
    })
  }

  ground(seen: readonly SeenScene[], space: MapSpace): Layer[] {
    return this.sceneGround.draw(seen, space)
  }

  /** @param edited layers of the selected patch and of what was painted beside it: their masks are not drawn twice */
  overlays(
    seen: readonly SeenScene[],
    space: MapSpace,
    edited: readonly Layer[],
    selectedId: string | null,
  ): Layer[] {
    const up = edited.filter(({ props }) => props.visible)
    const drawn = (id: string) => (selectedId && up.some(layer => layer.id === id) ? [selectedId] : [])
    const painted = up.flatMap(({ id }) => paintedId(id) ?? [])
    return this.sceneOverlays.draw(seen, space, {
      mask: new Set([...drawn('first/mask'), ...painted]),
      ramp: new Set(drawn('first/ramp')),
    })
  }

  /** Many tiles that arrive together are one picture. */
  private drawSoon(): void {
    if (this.frame !== 0) return
    this.frame = requestAnimationFrame(() => {
      this.frame = 0
      this.onReady()
    })
  }
}

/** What the screen shows, in pixels of a scene. */
export function sightOf(
  { transform }: PlacedScene,
  space: MapSpace,
  { target, zoom }: Camera,
  stage: Size,
): { window: PixelWindow; pixelsPerScreenPixel: number } {
  const scale = 2 ** zoom
  const [halfWidth, halfHeight] = [stage.width / 2 / scale, stage.height / 2 / scale]
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([x, y]) =>
    toRaster(transform, space.toWorld([target[0] + x! * halfWidth, target[1] + y! * halfHeight])),
  )
  const columns = corners.map(({ column }) => column)
  const rows = corners.map(({ row }) => row)
  const [left, top] = [Math.floor(Math.min(...columns)), Math.floor(Math.min(...rows))]
  const window = {
    column: left,
    row: top,
    width: Math.ceil(Math.max(...columns)) - left,
    height: Math.ceil(Math.max(...rows)) - top,
  }
  const [first, second] = corners
  const across = Math.hypot(second!.column - first!.column, second!.row - first!.row)
  return { window, pixelsPerScreenPixel: across / Math.max(1, stage.width) }
}
