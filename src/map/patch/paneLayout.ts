import type { PaneId } from '../../state/layers/slice'
import type { ViewMode } from '../../state/view/slice'
import type { Camera, Size } from '../camera'

interface Point {
  x: number
  y: number
}

/** A rectangle of the stage with a view of its own; screen pixels from the stage's top left. */
export interface Pane {
  id: PaneId
  x: number
  y: number
  width: number
  height: number
  /** Where on the stage the camera's target lies. A swipe has one for both panes, so that they join without a seam. */
  centre: Point
}

type View = Pick<Camera, 'target' | 'zoom'>

/** Between panes side by side, screen pixels. */
export const PANE_GAP = 2

export function layoutPanes(mode: ViewMode, stage: Size, swipeAt: number): Pane[] {
  const { width, height } = stage
  const centre = { x: width / 2, y: height / 2 }
  if (mode === 'swipe') {
    // Whole pixels: a divider between two would blur into both.
    const at = Math.round(width * swipeAt)
    return [
      { id: 'first', x: 0, y: 0, width: at, height, centre },
      { id: 'second', x: at, y: 0, width: width - at, height, centre },
    ]
  }
  if (mode === 'side-by-side') {
    const half = Math.floor((width - PANE_GAP) / 2)
    const second = width - half
    return [
      { id: 'first', x: 0, y: 0, width: half, height, centre: { x: half / 2, y: height / 2 } },
      {
        id: 'second',
        x: second,
        y: 0,
        width: half,
        height,
        centre: { x: second + half / 2, y: height / 2 },
      },
    ]
  }
  return [{ id: 'first', x: 0, y: 0, width, height, centre }]
}

/** What a camera is fitted to: all of the stage that a single view of the raster has. */
export function fittedSize(mode: ViewMode, stage: Size): Size {
  if (mode !== 'side-by-side') return stage
  return { width: Math.floor((stage.width - PANE_GAP) / 2), height: stage.height }
}

/** What the middle of the pane itself looks at, which deck.gl calls the target of its view. */
export function paneTarget(camera: View, pane: Pane): [number, number, number] {
  const offset = offsetOf(pane, camera.zoom)
  return [camera.target[0] + offset.x, camera.target[1] + offset.y, 0]
}

/** The camera's target when a pane's own target was moved. */
export function targetFromPane(target: readonly number[], zoom: number, pane: Pane): [number, number] {
  const offset = offsetOf(pane, zoom)
  return [(target[0] ?? 0) - offset.x, (target[1] ?? 0) - offset.y]
}

function offsetOf(pane: Pane, zoom: number): Point {
  const scale = 2 ** zoom
  return {
    x: (pane.x + pane.width / 2 - pane.centre.x) / scale,
    y: (pane.y + pane.height / 2 - pane.centre.y) / scale,
  }
}

/** The pane under a point of the stage; in the gap and outside, the nearer one. */
export function paneAt(panes: readonly Pane[], point: Point): Pane {
  const [first, second] = panes
  if (!first) throw new Error('A stage has at least one pane.')
  if (!second) return first
  return point.x < (first.x + first.width + second.x) / 2 ? first : second
}

/** Raster position, in pixels from the outer top left corner, under a point of the stage as that pane shows it. */
export function stageToPixel(camera: View, pane: Pane, point: Point): { column: number; row: number } {
  const scale = 2 ** camera.zoom
  return {
    column: camera.target[0] + (point.x - pane.centre.x) / scale,
    row: camera.target[1] + (point.y - pane.centre.y) / scale,
  }
}

/** Inverse of `stageToPixel`. */
export function pixelToStage(camera: View, pane: Pane, pixel: { column: number; row: number }): Point {
  const scale = 2 ** camera.zoom
  return {
    x: (pixel.column - camera.target[0]) * scale + pane.centre.x,
    y: (pixel.row - camera.target[1]) * scale + pane.centre.y,
  }
}

/**
 * The camera after two fingers moved: the place of the raster that was half way between them is there again, larger as
 * they are further apart.
 */
export function pinched(
  camera: Camera,
  pane: Pane,
  before: readonly [Point, Point],
  after: readonly [Point, Point],
): { target: [number, number]; zoom: number } {
  const middle = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  // Fingers closer than this are one: a zoom by their distance would jump.
  const apart = ([a, b]: readonly [Point, Point]) => Math.max(8, Math.hypot(a.x - b.x, a.y - b.y))
  const wanted = camera.zoom + Math.log2(apart(after) / apart(before))
  const zoom = Math.min(camera.maxZoom, Math.max(camera.minZoom, wanted))
  const held = stageToPixel(camera, pane, middle(before))
  const under = stageToPixel({ target: camera.target, zoom }, pane, middle(after))
  const [column, row] = camera.target
  return { target: [column + held.column - under.column, row + held.row - under.row], zoom }
}
