import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withHdf5File } from '../raster/hdf5/hdf5Library'
import { oneDatasetHdf5 } from './competitionZip'
import { clearHdf5Times } from './hdf5Times'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

async function writtenAt(time: string, length: number): Promise<Uint8Array> {
  vi.setSystemTime(time)
  return oneDatasetHdf5(
    'mask',
    Uint8Array.from({ length }, (_, i) => i % 251),
    [length],
    '<B',
  )
}

test('the same content gives the same bytes on another day', async () => {
  for (const length of [1, 7, 16_384]) {
    const file = await writtenAt('2026-01-01T00:00:00Z', length)
    expect(file).toEqual(await writtenAt('2031-05-06T07:08:09Z', length))
    // The library compares the checksums of the headers.
    expect(await withHdf5File('a', file, hdf5 => hdf5.bytes('mask')[length - 1])).toBe((length - 1) % 251)
  }
})

test('pixels that look like a header stay as they are', () => {
  const pixels = new Uint8Array(64).fill(7)
  pixels.set([0x4f, 0x48, 0x44, 0x52, 2, 0x20])
  pixels[22] = 20
  const before = pixels.slice()
  clearHdf5Times(pixels)
  expect(pixels).toEqual(before)
})
