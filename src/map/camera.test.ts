import { expect, test } from 'vitest'
import { fitCamera, screenToPixel } from './camera'

const screen = { width: 800, height: 600 }

test('a fitted raster is whole on screen and centred', () => {
  const camera = fitCamera({ width: 128, height: 256 }, screen)
  const scale = 2 ** camera.zoom
  expect(256 * scale).toBeLessThan(600)
  expect(256 * scale).toBeGreaterThan(500)
  expect(screenToPixel(camera, screen, { x: 400, y: 300 })).toEqual({ column: 64, row: 128 })
})

test('one screen pixel right is one raster pixel over the scale', () => {
  const camera = { target: [10, 20, 0] as [number, number, number], zoom: 3 }
  expect(screenToPixel(camera, screen, { x: 408, y: 292 })).toEqual({ column: 11, row: 19 })
})
