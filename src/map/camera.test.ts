import { describe, expect, test } from 'vitest'
import { Framing, fitCamera } from './camera'

describe('camera', () => {
  const screen = { width: 800, height: 600 }

  test('a fitted raster is whole on screen and centred', () => {
    const camera = fitCamera({ width: 128, height: 256 }, screen)
    const scale = 2 ** camera.zoom
    expect(256 * scale).toBeLessThan(600)
    expect(256 * scale).toBeGreaterThan(500)
    expect(camera.target).toEqual([64, 128, 0])
  })
})

describe('framing', () => {
  const patch = { width: 128, height: 128 }
  const scaleOf = (framing: Framing) => 2 ** framing.camera.zoom

  test('the image stays whole on a stage that grows and shrinks, until the person moves the view', () => {
    const framing = new Framing()
    framing.show(patch, { width: 700, height: 700 })
    framing.show(patch, { width: 700, height: 500 })
    expect(128 * scaleOf(framing)).toBeLessThan(500)
    framing.moveTo([20, 30], 3)
    framing.show(patch, { width: 700, height: 300 })
    expect(framing.camera).toMatchObject({ target: [20, 30, 0], zoom: 3 })
  })

  test('the view stays between patches of one size and is fitted on another size', () => {
    const framing = new Framing()
    const stage = { width: 600, height: 600 }
    framing.show(patch, stage)
    framing.moveTo([10, 10], 5)
    expect(framing.show({ ...patch }, stage)).toBe(false)
    expect(framing.camera.zoom).toBe(5)
    framing.show({ width: 384, height: 128 }, stage)
    expect(framing.camera.target).toEqual([192, 64, 0])
  })

  test('a fit asked for follows the stage again', () => {
    const framing = new Framing()
    framing.show(patch, { width: 600, height: 600 })
    framing.moveTo([0, 0], 6)
    framing.fit()
    expect(128 * scaleOf(framing)).toBeCloseTo(564)
    framing.show(patch, { width: 600, height: 300 })
    expect(128 * scaleOf(framing)).toBeCloseTo(282)
  })

  test('two zoom steps double, within the limits, about the middle', () => {
    const framing = new Framing()
    framing.show(patch, { width: 600, height: 600 })
    const before = scaleOf(framing)
    framing.zoomBy(2)
    expect(scaleOf(framing)).toBeCloseTo(before * 2)
    expect(framing.camera.target).toEqual([64, 64, 0])
    framing.zoomBy(100)
    expect(framing.camera.zoom).toBe(framing.camera.maxZoom)
  })

  test('keys move the view by a share of the screen, whatever the zoom', () => {
    const framing = new Framing()
    framing.show(patch, { width: 900, height: 600 })
    framing.moveTo([64, 64], 2)
    framing.panBy(1, 0)
    expect(framing.camera.target).toEqual([64 + 100 / 4, 64, 0])
    framing.moveTo([64, 64], 4)
    framing.panBy(0, -2)
    expect(framing.camera.target).toEqual([64, 64 - 200 / 16, 0])
  })

  test('a stage without a size yet fits nothing', () => {
    const framing = new Framing()
    expect(framing.show(patch, { width: 0, height: 0 })).toBe(false)
    expect(framing.show(patch, { width: 100, height: 100 })).toBe(true)
  })

  test('a landslide out of sight or too small is brought into view; one that is seen well moves nothing', () => {
    const framing = new Framing()
    framing.show({ width: 2048, height: 2048 }, { width: 800, height: 800 })
    framing.bringIntoView({ column: 100, row: 40, width: 6, height: 4 })
    const { target, zoom } = framing.camera
    expect(target).toEqual([103, 42, 0])
    expect(zoom).toBe(3.5)
    framing.bringIntoView({ column: 104, row: 40, width: 10, height: 10 })
    expect(framing.camera).toMatchObject({ target, zoom })
    // A large one fills half of the screen.
    framing.bringIntoView({ column: 1000, row: 1000, width: 400, height: 100 })
    expect(framing.camera).toMatchObject({ target: [1200, 1050, 0], zoom: 0 })
  })
})
