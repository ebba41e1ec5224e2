import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeArrayBuffer } from 'geotiff'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordingIo, runCommand } from '../commandIo.testing'
import { maskKey } from '../maskFile'
import { evaluateCommand } from './evaluate'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-evaluate-'))
  await Promise.all(['pred', 'truth'].map(name => mkdir(join(folder, name))))
})
afterEach(() => rm(folder, { recursive: true }))

/** A one-band byte GeoTIFF. */
async function mask(path: string, values: number[], width = 2, place = {}) {
  const height = values.length / width
  const bytes = await writeArrayBuffer(new Uint8Array(values), { width, height, ...place })
  await writeFile(join(folder, path), new Uint8Array(bytes))
}

async function evaluate() {
  const { io, outLines, notes } = recordingIo()
  const argv = ['--pred', join(folder, 'pred'), '--truth', join(folder, 'truth'), '--json']
  const code = await runCommand(evaluateCommand, argv, io)
  return { code, result: JSON.parse(outLines.join('\n')), notes: notes.join('\n') }
}

test('counts pool over pairs found by number, and leave ignored pixels out', async () => {
  await mask('pred/image_3_mask.tif', [1, 1, 0, 0])
  await mask('truth/mask_3.tif', [1, 0, 1, 0])
  await mask('pred/image_10_mask.tif', [1, 1, 1, 0])
  await mask('truth/mask_10.tif', [1, 255, 1, 0])
  await mask('pred/image_10_prob.tif', [1, 1, 1, 1])
  await mask('pred/image_4_mask.tif', [1, 1, 1, 1])
  const { code, result } = await evaluate()
  expect(code).toBe(0)
  expect(result).toMatchObject({
    truePositive: 3,
    falsePositive: 1,
    falseNegative: 1,
    trueNegative: 2,
    matched: 2,
  })
  expect(result.f1).toBe(0.75)
  expect(result.objects).toMatchObject({ truth: { matched: 1, missed: 1 }, mapped: { matched: 1, false: 1 } })
  expect(result.unmatched.predictions).toEqual([expect.stringContaining('image_4_mask.tif')])
})

test('masks written as 0 and 255 are read as landslides, and it is said', async () => {
  await mask('pred/a.tif', [0, 255, 0, 255])
  await mask('truth/a.tif', [0, 1, 0, 1])
  const { result } = await evaluate()
  expect(result.f1).toBe(1)
  expect(result.remarks[0].message).toContain('255')
})

test('nothing matched exits 1, a mask of another size is refused', async () => {
  await mask('pred/a.tif', [0, 1, 0, 1])
  await mask('truth/b.tif', [0, 1, 0, 1])
  expect(await evaluate()).toMatchObject({ code: 1, result: { matched: 0, f1: null } })
  await mask('truth/a.tif', [0, 1, 0, 1], 4)
  expect(await evaluate()).toMatchObject({ code: 1, result: { refused: [{ code: 'shape-mismatch' }] } })
})

test('a truth of polygons is burnt onto every mask that it reaches', async () => {
  const at = (x: number) => ({
    ...{ ModelPixelScale: [10, 10, 0], ModelTiepoint: [0, 0, 0, x, 5080000, 0] },
    ...{ ProjectedCSTypeGeoKey: 32633, GTModelTypeGeoKey: 1, GTRasterTypeGeoKey: 1 },
  })
  await mask('pred/near.tif', [1, 1, 0, 0, 0, 0, 0, 1], 4, at(465000))
  await mask('pred/away.tif', [1, 1, 0, 0, 0, 0, 0, 1], 4, at(765000))
  const ring = [
    [465000, 5080000],
    [465020, 5080000],
    [465020, 5079990],
    [465000, 5079990],
    [465000, 5080000],
  ]
  const crs = { type: 'name', properties: { name: 'EPSG:32633' } }
  const geometry = { type: 'Polygon', coordinates: [ring], crs }
  await writeFile(join(folder, 'truth', 'slides.geojson'), JSON.stringify(geometry))
  const { code, result } = await evaluate()
  expect(code).toBe(0)
  expect(result).toMatchObject({ matched: 1, truePositive: 2, falsePositive: 1, trueNegative: 5 })
  expect(result.objects).toMatchObject({ truth: { matched: 1 }, mapped: { matched: 1, false: 1 } })
  expect(result.unmatched.predictions).toEqual([expect.stringContaining('away.tif')])
})

test('names pair by what is left without their role', () => {
  expect(maskKey('x/image_37_mask.tif')).toBe('37')
  expect(maskKey('truth/mask_37.h5')).toBe('37')
  expect(maskKey('masks/image_37.tif')).toBe('37')
  expect(maskKey('slovenia_2_mask.tif')).toBe('slovenia_2')
  expect(maskKey('mask.tif')).toBe('mask')
})
