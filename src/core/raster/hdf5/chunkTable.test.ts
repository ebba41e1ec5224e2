import { describe, expect, it } from 'vitest'
import { bytesInput } from '../inputFile'
import { tinyHdf5 } from '../testing/tinyHdf5'
import { openHdf5 } from './openHdf5'

const data = Uint8Array.from({ length: 24 * 20 }, (_, pixel) => Number(pixel % 7 === 0))
const mask = { name: 'mask', data, shape: [24, 20], chunks: [5, 7], compression: 9 }

/** Bytes of a key: two numbers, three offsets, an address. */
const KEY = 40

async function read(change: (view: DataView, keys: number) => void): Promise<ArrayLike<number>> {
  const bytes = await tinyHdf5([mask])
  // A table of raw data chunks, of which there is one.
  const table = Buffer.from(bytes).indexOf('TREE\u0001', 'latin1')
  expect(table).toBeGreaterThan(0)
  change(new DataView(bytes.buffer), table + 24)
  const raster = await openHdf5(bytesInput('mask_1.h5', bytes))
  return (await raster.read())[0]!
}

describe('tables of chunks', () => {
  it('lets a sound one pass', async () => {
    expect(Array.from(await read(() => undefined))).toEqual(Array.from(data))
  })

  it('refuses a chunk that is said to be unpacked and has fewer bytes than samples', async () => {
    const reading = read((view, keys) => view.setUint32(keys + KEY + 4, 1, true))
    await expect(reading).rejects.toMatchObject({
      code: 'file-malformed',
      message: expect.stringContaining('of 35 bytes'),
    })
  })

  it('refuses a chunk in another’s place, and one in none', async () => {
    for (const row of [0, 15, 3, 2 ** 16]) {
      const reading = read((view, keys) => view.setBigUint64(keys + 3 * KEY + 8, BigInt(row), true))
      await expect(reading, String(row)).rejects.toMatchObject({
        code: 'file-malformed',
        message: expect.stringContaining('its table of chunks is damaged'),
      })
    }
  })

  it('takes chunks that were stored unpacked since packing did not make them smaller', async () => {
    let state = 1
    const noise = Uint8Array.from({ length: 24 * 20 }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state >>> 24
    })
    const bytes = await tinyHdf5([{ ...mask, data: noise }])
    expect(Array.from((await (await openHdf5(bytesInput('m.h5', bytes))).read())[0]!)).toEqual(
      Array.from(noise),
    )
  })
})
