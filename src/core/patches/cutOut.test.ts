import { expect, test } from 'vitest'
import { BAND_COUNT } from './bands'
import { cutOut } from './cutOut'

const [WIDTH, HEIGHT] = [5, 4]

/** Every value says where it is: 100 * band + 10 * row + column. */
const patch = {
  width: WIDTH,
  height: HEIGHT,
  data: Float32Array.from({ length: BAND_COUNT * WIDTH * HEIGHT }, (_, i) => {
    const pixel = i % (WIDTH * HEIGHT)
    return 100 * Math.floor(i / (WIDTH * HEIGHT)) + 10 * Math.floor(pixel / WIDTH) + (pixel % WIDTH)
  }),
  valid: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i % 3),
}

test('a window of a patch has its rows of every band, and their validity', () => {
  const cut = cutOut(patch, { column: 2, row: 1, width: 3, height: 2 })
  expect([cut.width, cut.height, cut.data.length]).toEqual([3, 2, BAND_COUNT * 6])
  expect([...cut.data.subarray(0, 6)]).toEqual([12, 13, 14, 22, 23, 24])
  expect([...cut.data.subarray(13 * 6)]).toEqual([1312, 1313, 1314, 1322, 1323, 1324])
  expect([...cut.valid!]).toEqual([7, 8, 9, 12, 13, 14].map(i => i % 3))
})

test('it shares nothing with the patch, and what has no validity gets none', () => {
  const whole = { column: 0, row: 0, width: WIDTH, height: HEIGHT }
  const cut = cutOut({ ...patch, valid: null }, whole)
  expect(cut.valid).toBeNull()
  expect(cut.data).toEqual(patch.data)
  cut.data.fill(-1)
  expect(patch.data[0]).toBe(0)
})
