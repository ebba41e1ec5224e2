import { expect, test } from 'vitest'
import { Framing } from './framing'

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

test('a stage without a size yet fits nothing', () => {
  const framing = new Framing()
  expect(framing.show(patch, { width: 0, height: 0 })).toBe(false)
  expect(framing.show(patch, { width: 100, height: 100 })).toBe(true)
})
