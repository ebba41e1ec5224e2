import { expect, test } from 'vitest'
import {
  fittedSize,
  layoutPanes,
  type Pane,
  paneAt,
  paneTarget,
  pixelToStage,
  stageToPixel,
  targetFromPane,
} from './paneLayout'

const stage = { width: 801, height: 600 }
const camera = { target: [40, 70, 0] as [number, number, number], zoom: 2.3 }

/** What deck.gl draws at a point: its view's own middle and target, blind to the rest of the stage. */
const drawnAt = (pane: Pane, zoom: number, point: { x: number; y: number }) => {
  const [x, y] = paneTarget({ ...camera, zoom }, pane)
  return {
    column: x + (point.x - pane.x - pane.width / 2) / 2 ** zoom,
    row: y + (point.y - pane.y - pane.height / 2) / 2 ** zoom,
  }
}

test.each([0.02, 0.31, 0.5, 0.98])(
  'a swipe at %f shows the same pixel on both sides of the divider, at every zoom',
  at => {
    const [first, second] = layoutPanes('swipe', stage, at) as [Pane, Pane]
    expect(first.width + second.width).toBe(stage.width)
    expect(second.x).toBe(first.width)
    for (const zoom of [-2, 0, 2.3, 6]) {
      const divider = { x: second.x, y: 123 }
      const left = drawnAt(first, zoom, divider)
      const right = drawnAt(second, zoom, divider)
      expect(left.column).toBeCloseTo(right.column, 9)
      expect(left.row).toBeCloseTo(right.row, 9)
      expect(stageToPixel({ ...camera, zoom }, first, divider).column).toBeCloseTo(left.column, 9)
    }
  },
)

test('moving the divider moves no pixel', () => {
  const point = { x: 100, y: 50 }
  const places = [0.2, 0.5, 0.9].map(at => drawnAt(layoutPanes('swipe', stage, at)[0]!, 3, point).column)
  expect(places[1]).toBeCloseTo(places[0]!, 9)
  expect(places[2]).toBeCloseTo(places[0]!, 9)
})

test('panes side by side look at the same place, each in its own middle, and leave a gap', () => {
  const [first, second] = layoutPanes('side-by-side', stage, 0.5) as [Pane, Pane]
  expect(first.width).toBe(second.width)
  expect(second.x).toBeGreaterThan(first.x + first.width)
  expect(paneTarget(camera, first)).toEqual([40, 70, 0])
  expect(paneTarget(camera, second)).toEqual([40, 70, 0])
  expect(fittedSize('side-by-side', stage).width).toBe(first.width)
})

test('a pixel found under the pointer in one pane lies at the same place of the other', () => {
  const [first, second] = layoutPanes('side-by-side', stage, 0.5) as [Pane, Pane]
  const pixel = stageToPixel(camera, first, { x: 60, y: 80 })
  const twin = pixelToStage(camera, second, pixel)
  expect(twin.x - second.x).toBeCloseTo(60, 9)
  expect(twin.y).toBeCloseTo(80, 9)
})

test('a pan in any pane becomes the same move of the camera', () => {
  for (const mode of ['single', 'swipe', 'side-by-side'] as const) {
    for (const pane of layoutPanes(mode, stage, 0.3)) {
      const [x, y] = paneTarget(camera, pane)
      const moved = targetFromPane([x + 5, y - 3, 0], camera.zoom, pane)
      expect(moved[0]).toBeCloseTo(45, 9)
      expect(moved[1]).toBeCloseTo(67, 9)
    }
  }
})

test('a point belongs to the pane it is over', () => {
  const panes = layoutPanes('swipe', stage, 0.25)
  expect(paneAt(panes, { x: 199, y: 0 }).id).toBe('first')
  expect(paneAt(panes, { x: 201, y: 0 }).id).toBe('second')
  expect(paneAt(layoutPanes('single', stage, 0.25), { x: 700, y: 0 }).id).toBe('first')
})
