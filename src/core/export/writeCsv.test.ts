import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { joined } from '../foundation/bytes'
import { hasTool, temporaryFile } from './gdal.testing'
import type { VectorLayer } from './vectorLayer'
import { feature, HOSTILE_TEXTS, layerOf, stored, WITH_HOLE } from './vectorLayers.testing'
import { writeCsv } from './writeCsv'

async function bytesOf(layer: VectorLayer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeCsv(layer)) chunks.push(chunk)
  return joined(chunks)
}
const textOf = async (layer: VectorLayer) => new TextDecoder().decode(await bytesOf(layer))

test('attributes of polygons, without their shapes', async () => {
  const rows = [feature(WITH_HOLE, { area_m2: -0.5 }), feature(null, { id: null, pixels: null })]
  expect(await textOf(layerOf(rows))).toBe('id,pixels,area_m2\r\na-1,12,-0.5\r\n,,1200.5\r\n')
  expect(await textOf(layerOf([]))).toBe('id,pixels,area_m2\r\n')
})

test('points have their place, on the map or in pixels', async () => {
  const points = [feature([600000, 5100000]), feature(null)]
  const [header, first, second] = (await textOf(layerOf(points, { geometry: 'point' }))).split('\r\n')
  expect(header).toBe('id,pixels,area_m2,lon,lat')
  expect(first).toMatch(/^a-1,12,1200\.5,16\.292532\d+,46\.046265\d+$/)
  expect(second).toBe('a-1,12,1200.5,,')
  const pixels = layerOf([feature([3.5, 8.5])], { geometry: 'point', crs: null })
  expect(await textOf(pixels)).toBe('id,pixels,area_m2,column,row\r\na-1,12,1200.5,3.5,8.5\r\n')
})

describe.skipIf(!hasTool('ogrinfo', '--version'))('what GDAL reads', () => {
  test('hostile texts, guarded', async () => {
    const texts = [...HOSTILE_TEXTS, '=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\n=1', 'a=1']
    const path = temporaryFile('a.csv', await bytesOf(layerOf(texts.map(id => feature(null, { id })))))
    const json = execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', path], { encoding: 'utf8' })
    const read = (JSON.parse(json) as { features: { properties: { id: string | null } }[] }).features
    expect(read.map(({ properties }) => properties.id)).toEqual(
      // GDAL reads a line's end within quotes as "\n".
      texts.map(text => (/^[=+\-@\t\n]/.test(text) ? `'${text}` : stored(text).replace('\r\n', '\n'))),
    )
  })
})
