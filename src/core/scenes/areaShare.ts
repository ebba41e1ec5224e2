import type { PixelWindow } from '../raster/rasterSource'
import { areaMask } from './polygons'
import type { SceneRecord } from './sceneRecord'

/** Sides of the picture in which areas are compared, at most. */
const SIDE = 1024

interface CoarseArea {
  /** Pixels of the scene along one of the picture's. */
  step: number
  width: number
  inside: Uint8Array
  total: number
}

const known = new WeakMap<SceneRecord, CoarseArea>()

/** About which share of a scene's area lies in these windows of it, 0..1; exact where the area is the whole scene. */
export function areaShare(scene: SceneRecord, windows: readonly PixelWindow[]): number {
  const { window, area } = scene
  const pixels = windows.reduce((sum, { width, height }) => sum + width * height, 0)
  if (!area) return pixels / (window.width * window.height)
  const { step, width, inside, total } = known.get(scene) ?? coarseArea(scene)
  if (total === 0) return windows.length > 0 ? 1 : 0
  let sum = 0
  for (const { column, row, width: across, height: down } of windows) {
    const [left, top] = [column - window.column, row - window.row]
    const [right, bottom] = [left + across, top + down].map(end => Math.ceil(end / step)) as [number, number]
    for (let y = Math.ceil(top / step); y < bottom; y++) {
      for (let x = Math.ceil(left / step); x < right; x++) sum += inside[y * width + x]!
    }
  }
  return sum / total
}

function coarseArea(scene: SceneRecord): CoarseArea {
  const { column, row, width: across, height: down } = scene.window
  const step = Math.ceil(Math.max(across, down) / SIDE)
  const scaled = scene.area!.polygons.map(polygon =>
    polygon.map(ring => ring.map((at, i) => (at - (i % 2 === 0 ? column : row)) / step)),
  )
  const [width, height] = [Math.ceil(across / step), Math.ceil(down / step)]
  const inside = areaMask(scaled)({ column: 0, row: 0, width, height })
  const area = { step, width, inside, total: inside.reduce((sum, value) => sum + value, 0) }
  known.set(scene, area)
  return area
}
