import { expect, test } from 'vitest'
import { channelsOf, drawSample } from './drawSample'
import { emptyPicture } from './rgbPicture'

/** 8 x 8, one band that rises to the right; a landslide of 4 x 4 in the lower right; the first pixel without data. */
function sample() {
  const label = new Uint8Array(64)
  const pixels = Float32Array.from({ length: 64 }, (_, i) => (i % 8) - 3)
  for (let y = 4; y < 8; y++) label.fill(1, y * 8 + 4, y * 8 + 8)
  label[0] = 255
  pixels[0] = 0
  return { width: 8, height: 8, pixels, label }
}

test('outlines landslides, hatches what holds no data, and stretches the rest', () => {
  const picture = emptyPicture(9, 8, [1, 2, 3])
  drawSample(picture, 0, 0, 8, sample(), [{ band: 0, low: -3, high: 4 }])
  const at = (x: number, y: number) => Array.from(picture.data.subarray((y * 9 + x) * 3, (y * 9 + x) * 3 + 3))
  const yellow = [255, 225, 0]
  expect(at(4, 5)).toEqual(yellow)
  expect(at(6, 4)).toEqual(yellow)
  expect(at(5, 5)).not.toEqual(yellow)
  expect(at(3, 5)).not.toEqual(yellow)
  expect(at(0, 1)).toEqual([0, 0, 0])
  expect(at(7, 1)).toEqual([255, 255, 255])
  expect(at(0, 0)).not.toEqual([0, 0, 0])
  expect(at(8, 0)).toEqual([1, 2, 3])
})

test('a stretch leaves out pixels without data', () => {
  const one = sample()
  one.pixels.fill(9, 1)
  expect(channelsOf(one, [0])[0]!.low).toBeGreaterThan(0)
})
