import { expect, test } from 'vitest'
import { readGolden, writeGolden } from './golden'

function golden(height: number, width: number, channels = 2) {
  const map = (depth: number) => ({
    shape: [1, height, width, depth],
    data: new Float32Array(height * width * depth),
  })
  return { input: map(14), probability: { source: map(channels), target: map(channels) } }
}

test.each([
  [32, 32],
  [33, 512],
])('a golden input of %i x %i is read', (height, width) => {
  const given = golden(height, width)
  expect(readGolden(writeGolden(given))).toEqual(given)
})

test.each([
  [1, 1],
  [31, 64],
  [64, 31],
  [513, 32],
  [32, 513],
  [0, 64],
])('a golden input of %i x %i is refused: networks do not take it, and WASM ends', (height, width) => {
  expect(() => readGolden(writeGolden(golden(height, width)))).toThrow(
    expect.objectContaining({ code: 'model-invalid', message: expect.stringContaining('32 to 512 pixels') }),
  )
})
