import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { encodePng } from './png'

test('a decoder gets every pixel back, checksums right', () => {
  const random = randomStream(1, 'png')
  for (const [width, height] of [
    [1, 1],
    [1, 7],
    [9, 1],
    [40, 23],
  ] as const) {
    const rgb = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255))
    const picture = decode(encodePng(rgb, width, height), { checkCrc: true })
    expect(picture).toMatchObject({ width, height, channels: 3, depth: 8 })
    expect(Uint8Array.from(picture.data)).toEqual(rgb)
  }
})
