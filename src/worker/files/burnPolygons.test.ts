import { expect, test } from 'vitest'
import { patchRecordFixture, sceneFixture } from '../../core/review/records.testing'
import { burnPolygons } from './burnPolygons'

const [LEFT, TOP] = [500_000, 5_000_000]

/** A rectangle of pixels of 10 m from that corner. */
function polygons(column: number, row: number, width: number, height: number) {
  const ring = [
    [column, row],
    [column + width, row],
    [column + width, row + height],
    [column, row + height],
    [column, row],
  ].map(([x, y]) => [LEFT + 10 * x!, TOP - 10 * y!])
  const crs = { type: 'name', properties: { name: 'EPSG:32633' } }
  return new Blob([JSON.stringify({ type: 'Polygon', coordinates: [ring], crs })])
}

const at = (column: number) => ({
  crs: 'EPSG:32633',
  geoKeys: null,
  transform: [LEFT + 10 * column, 10, 0, TOP, 0, -10] as const,
})

function storeOf(...patches: ReturnType<typeof patchRecordFixture>[]) {
  const area = { name: 'area.gpkg', polygons: [[[3, 0, 5, 0, 5, 2, 3, 2]]] }
  return { patches: async () => patches, scenes: async () => [sceneFixture({ id: 's', area })] }
}

test('patches that a polygon lies on get a mask; others, and those without a place, none', async () => {
  const store = storeOf(
    patchRecordFixture({ id: 'on', georeference: at(0) }),
    patchRecordFixture({ id: 'beside', georeference: at(20) }),
    patchRecordFixture({ id: 'nowhere', georeference: null }),
  )
  const files = [{ path: 'x/slides.geojson', file: polygons(1, 0, 5, 1) }]
  const labels: string[] = []
  const onProgress = ({ label }: { label: string }) => void labels.push(label)
  const { masks, missed } = await burnPolygons(store, { files }, { onProgress } as never)
  expect(masks).toEqual([
    { path: 'x/slides.geojson', patchId: 'on', mask: new Uint8Array([0, 1, 1, 0, 0, 0]), notes: [] },
  ])
  expect(missed).toBe(2)
  expect(labels).toContain('Burning onto image_1')
})

test('outside the area of its scene a cell is ignored, and beyond what was looked at', async () => {
  const cell = { sceneId: 's', row: 0, column: 0, window: { column: 3, row: 0, width: 3, height: 2 } }
  const store = storeOf(patchRecordFixture({ id: 'cell', georeference: at(3), cell }))
  const files = [
    { path: 'slides.geojson', file: polygons(4, 0, 1, 1) },
    { path: 'footprint.geojson', file: polygons(0, 0, 9, 1) },
  ]
  const { masks } = await burnPolygons(store, { files }, {})
  expect(masks[0]!.mask).toEqual(new Uint8Array([0, 1, 255, 255, 255, 255]))
  const none = burnPolygons(store, { files: [files[1]!] }, {})
  await expect(none).rejects.toThrow('no polygon of a landslide')
  const aborted = burnPolygons(store, { files }, { signal: AbortSignal.abort() })
  await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
})
