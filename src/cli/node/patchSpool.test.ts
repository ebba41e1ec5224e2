import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BAND_COUNT } from '../../core/patches/bands'
import type { Patch } from '../../core/patches/patch'
import { statisticsOf } from '../../core/patches/statistics'
import { tinyHdf5 } from '../../core/raster/testing/tinyHdf5'
import { recordingIo } from '../commandIo.testing'
import { PatchSpool, spoolInputs } from './patchSpool'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-spool-'))
})
afterAll(() => rm(folder, { recursive: true }))

function patch(id: string, value: (i: number) => number, extra: Partial<Patch> = {}): Patch {
  const data = Float32Array.from({ length: BAND_COUNT * 6 }, (_, i) => value(i))
  const common = { domain: 'source', valid: null, label: null, scale: 'raw', georeference: null } as const
  return { id, name: id, width: 3, height: 2, data, ...common, ...extra }
}

test('patches come back as they were: whole numbers, others, negative ones, with validity and label', async () => {
  const spool = await PatchSpool.create(join(folder, 'a'))
  const valid = Uint8Array.from([1, 1, 0, 1, 1, 1])
  const label = Uint8Array.from([0, 1, 255, 1, 0, 0])
  const patches = [
    patch('whole', i => 700 * i, { valid, label }),
    patch('fractions', i => i / 3, { label }),
    patch('below', i => (i === 5 ? -1 : i), { valid }),
    patch('beyond', i => 65_530 + i, { domain: 'target' }),
  ]
  for (const one of patches) await spool.add(one)
  expect(spool.patches.map(({ isWhole }) => isWhole)).toEqual([true, false, false, false])
  for (const one of patches) {
    const loaded = await spool.load(`${one.domain}/${one.id}`)
    expect(loaded).toEqual({
      width: 3,
      height: 2,
      data: one.data,
      valid: one.valid,
      label: one.label,
    })
  }
  expect(spool.statisticsOf('target')).toMatchObject(statisticsOf(patches[3]!))
  expect(spool.provider(({ hasLabel }) => hasLabel).ids).toEqual(['source/whole', 'source/fractions'])
  await expect(spool.load('source/none')).rejects.toThrow('source/none')
  await spool.remove()
})

test('an image of unclear scale is refused with the flag, and read with the scale that is chosen', async () => {
  const inputs = join(folder, 'inputs')
  await mkdir(inputs)
  // Medians near 400 lie between reflectance x 1000 and raw values; near 1000 they are raw.
  for (const [name, factor] of [
    ['unclear', 0.4],
    ['raw', 1],
  ] as const) {
    const data = Float64Array.from({ length: 4 * BAND_COUNT }, (_, i) => factor * (970 + i))
    const file = await tinyHdf5([{ name: 'img', data, shape: [2, 2, BAND_COUNT] }])
    await writeFile(join(inputs, `${name}.h5`), file)
  }
  const spool = await PatchSpool.create(join(folder, 'scales'))
  const read = async (scale: 'auto' | 'x1000') => {
    const { io, notes } = recordingIo()
    const { added } = await spoolInputs([inputs], { domain: 'source', scale }, spool, io)
    return { added, notes: notes.join('\n') }
  }
  const detected = await read('auto')
  expect(detected.added).toBe(1)
  expect(detected.notes).toMatch(/Refused unclear\.h5: .*unclear/)
  expect(detected.notes).toContain('with --value-scale: l4s, raw, reflectance, x1000.')
  const chosen = await read('x1000')
  expect(chosen.added).toBe(2)
  expect(chosen.notes).toContain('1 image: Taken as reflectance x 1000, as chosen.')
  expect(chosen.notes).toContain('1 image: Taken as reflectance x 1000, as chosen, though it looks like raw')
  expect(spool.patches.map(({ name, scale }) => [name, scale])).toEqual([
    ['raw', 'raw'],
    ['raw', 'x1000'],
    ['unclear', 'x1000'],
  ])
  await spool.remove()
})
