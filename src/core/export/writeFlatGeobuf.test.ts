import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { joined } from '../foundation/bytes'
import { temporaryFile } from './gdal.testing'
import type { VectorLayer } from './vectorLayer'
import {
  feature,
  HOSTILE_TEXTS,
  layerOf,
  ogrRead,
  PYTHON,
  square,
  stored,
  WITH_HOLE,
} from './vectorLayers.testing'
import { writeFlatGeobuf } from './writeFlatGeobuf'

async function bytesOf(layer: VectorLayer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeFlatGeobuf(layer)) chunks.push(chunk)
  return joined(chunks)
}
const saved = async (layer: VectorLayer) => temporaryFile('a.fgb', await bytesOf(layer))

/** Squares in rows of 100. */
const many = (count: number) =>
  layerOf(
    Array.from({ length: count }, (_, i) =>
      feature([[square(500000 + (i % 100) * 30, 5000000 - Math.floor(i / 100) * 30, 20)]], { pixels: i }),
    ),
  )

test('the same layer gives the same bytes', async () => {
  expect(Buffer.compare(await bytesOf(many(300)), await bytesOf(many(300)))).toBe(0)
})

test('goes out in pieces after its index, and stops when it is cancelled', async () => {
  const sizes: number[] = []
  for await (const chunk of writeFlatGeobuf(many(6000))) sizes.push(chunk.length)
  expect(sizes.length).toBeGreaterThan(4)
  // The index: 6000 leaves, 375 nodes above them, 24, 2 and the root.
  expect(sizes[0]).toBeGreaterThan(40 * (6000 + 375 + 24 + 2 + 1))
  expect(sizes[0]).toBeLessThan(40 * (6000 + 375 + 24 + 2 + 1) + 2000)
  expect(Math.max(...sizes.slice(1))).toBeLessThan(2 ** 18 + 2 ** 12)
  const chunks = writeFlatGeobuf(many(6000), { signal: AbortSignal.abort() })
  await expect(chunks.next()).rejects.toMatchObject({ code: 'aborted' })
})

describe.skipIf(!PYTHON)('what GDAL reads', () => {
  test('columns, system, extent and geometry', async () => {
    const { landslides } = ogrRead(await saved(layerOf([feature(WITH_HOLE, { area_m2: null })])))
    expect(landslides).toMatchObject({
      epsg: '32633',
      extent: [500000, 500110, 5000000, 5000110],
      types: { id: 'String', pixels: 'Integer64', area_m2: 'Real' },
      rows: [
        {
          values: { id: 'a-1', pixels: 12, area_m2: null },
          wkt: expect.stringMatching(
            /^MULTIPOLYGON \(\(\(500000 5000000,.*\),\(500030 .*\)\),\(\(500100 5000100,/,
          ),
          valid: true,
          area: 10000 - 400 + 100,
        },
      ],
    })
  })

  test('points, pixels and nothing at all', async () => {
    const points = ogrRead(
      await saved(layerOf([feature([1, 2])], { geometry: 'point', name: 'audit_points' })),
    )
    expect(points.audit_points!.rows[0]!.wkt).toBe('POINT (1 2)')
    const pixels = ogrRead(await saved(layerOf([feature([[square(0, 0, 3)]])], { crs: null })))
    expect(pixels.landslides).toMatchObject({ epsg: null, system: null, extent: [0, 3, 0, 3] })
    expect(ogrRead(await saved(layerOf([]))).landslides).toMatchObject({ epsg: '32633', rows: [] })
  })

  test('hostile texts, and rows without a place', async () => {
    const rows = HOSTILE_TEXTS.map(id => feature(null, { id, pixels: -(2 ** 52) }))
    const { landslides } = ogrRead(await saved(layerOf([...rows, feature(WITH_HOLE)])))
    // In this order: without an index nothing moves.
    expect(landslides!.rows.map(({ values }) => values.id)).toEqual([...HOSTILE_TEXTS.map(stored), 'a-1'])
    expect(landslides!.rows[0]!.values.pixels).toBe(-(2 ** 52))
    expect(landslides!.rows.at(-1)!.area).toBe(9700)
  })

  test.each([1, 15, 16, 17, 256, 257, 5000])(
    'the index of %i features finds what a scan finds',
    async count => {
      const path = await saved(many(count))
      const all = ogrRead(path).landslides!.rows
      expect(new Set(all.map(({ values }) => values.pixels)).size).toBe(count)
      const window = [500100, 4999500, 500900, 5000000]
      const found = execFileSync(
        'ogrinfo',
        ['-q', path, 'landslides', '-spat', ...window.map(String), '-geom=NO'],
        {
          encoding: 'utf8',
          maxBuffer: 2 ** 26,
        },
      ).match(/pixels \(Integer64\) = \d+/g)
      const expected: string[] = []
      for (let i = 0; i < count; i++) {
        const [x, y] = [500000 + (i % 100) * 30, 5000000 - Math.floor(i / 100) * 30]
        if (x <= 500900 && x + 20 >= 500100 && y <= 5000000 && y + 20 >= 4999500)
          expected.push(`pixels (Integer64) = ${i}`)
      }
      expect((found ?? []).sort()).toEqual(expected.sort())
    },
  )
})
