import { expect, test } from 'vitest'
import { labelComponents } from './components'
import { type Landslide, landslideAttributes, orderLandslides } from './landslideAttributes'

const [WIDTH, HEIGHT] = [12, 10]

/** Two landslides on a plane that falls 2 m a pixel southwards: 3 x 5 pixels, and one pixel alone. */
const mask = new Uint8Array(WIDTH * HEIGHT)
for (let row = 2; row < 7; row++) mask.fill(1, row * WIDTH + 1, row * WIDTH + 4)
mask[9 * WIDTH + 11] = 1
mask[0] = 255
const rows = (value: (row: number) => number) =>
  Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => value(Math.floor(index / WIDTH)))
const components = labelComponents(mask, WIDTH, HEIGHT)
const plane = {
  elevation: rows(row => 1000 - 2 * row),
  slope: rows(row => 10 + row),
  probability: rows(row => (row === 9 ? 0.5 : 1)),
  pixelSize: { width: 10, height: 10 },
}

test('on an inclined plane every attribute is known beforehand', () => {
  const [large, small] = landslideAttributes(components, plane)
  expect(large).toEqual({
    number: 1,
    window: { column: 1, row: 2, width: 3, height: 5 },
    pixels: 15,
    area: 1500,
    relief: 8,
    meanSlope: 14,
    meanProbability: 1,
    uncertainty: 0,
    downslope: { length: 40, drop: 8 },
  })
  expect(small).toMatchObject({
    pixels: 1,
    relief: 0,
    uncertainty: 1,
    downslope: { length: 0, drop: 0 },
  })
})

test('without a pixel size the area is withheld and the way is in pixels; without a prediction nothing is made up', () => {
  const [large] = landslideAttributes(components, { ...plane, pixelSize: null, probability: null })
  expect(large).toMatchObject({
    area: null,
    downslope: { length: 4 },
    meanProbability: null,
    uncertainty: null,
  })
})

test('missing values are left out, and where all are missing there is no number', () => {
  const gap = { ...plane, elevation: plane.elevation.slice(), slope: rows(() => Number.NaN) }
  gap.elevation.fill(Number.NaN, 6 * WIDTH)
  const [large, small] = landslideAttributes(components, gap)
  expect(large).toMatchObject({ relief: 6, meanSlope: null })
  expect(small).toMatchObject({ relief: null, downslope: null })
})

test('orders put first what is looked at first', () => {
  const list = [
    { number: 1, pixels: 4, uncertainty: 0.1, meanProbability: 0.9 },
    { number: 2, pixels: 9, uncertainty: null, meanProbability: null },
    { number: 3, pixels: 4, uncertainty: 0.7, meanProbability: 0.6 },
  ] as Landslide[]
  const numbers = (order: Parameters<typeof orderLandslides>[1]) =>
    orderLandslides(list, order).map(landslide => landslide.number)
  expect(numbers('area')).toEqual([2, 1, 3])
  expect(numbers('uncertainty')).toEqual([3, 1, 2])
  expect(numbers('probability')).toEqual([3, 1, 2])
  expect(numbers('position')).toEqual([1, 2, 3])
})
