import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { accuracyOf } from '../review/auditAccuracy'
import { auditFixture, evidenceEvent, FACTS } from './evidence.testing'
import { type BundleFile, evidenceBundle, rasterFile } from './evidenceBundle'
import { writeMaskGeotiff, writeProbabilityGeotiff } from './resultGeotiffs'
import { zipFiles } from './zipFiles'

/** PyQGIS is there for the system's own Python. */
const PYTHON = process.env.SCARP_QGIS_PYTHON ?? '/usr/bin/python3'
const SCRIPT = join(import.meta.dirname, '../../../scripts/open-in-qgis.py')

const hasQgis = spawnSync(PYTHON, ['-c', 'import qgis.core']).status === 0
if (!hasQgis) console.warn(`No PyQGIS for ${PYTHON}: styles are not opened in QGIS (Debian: python3-qgis).`)

const SIZE = 96

/** An unpacked bundle with a mask, a probability and audit points. */
async function bundleFolder(): Promise<string> {
  const { raster } = evidenceEvent(SIZE)
  const record = auditFixture()
  const classAt = () => 1 as const
  async function* rasterFiles(): AsyncGenerator<BundleFile> {
    const { width, height, georeference, name } = raster
    const common = { width, height, georeference, name, metadata: {} }
    const { mask, probability } = await raster.rows(0, height)
    const bytes = await writeMaskGeotiff({ ...common, mask })
    yield rasterFile({ name: `${name}_mask.tif`, bytes }, [raster])
    const shares = await writeProbabilityGeotiff({ ...common, probability: probability! })
    yield rasterFile({ name: `${name}_prob.tif`, bytes: shares }, [raster])
  }
  const zip = await zipFiles(
    evidenceBundle({
      facts: { ...FACTS, audits: [{ record, accuracy: accuracyOf(record, { classAt, mappedArea: null }) }] },
      rasters: [raster],
      rasterFiles: rasterFiles(),
      journal: null,
      audits: [
        {
          record,
          classAt,
          placeOf: ({ column, row }) => ({ georeference: raster.georeference, column, row }),
        },
      ],
    }),
  )
  const folder = mkdtempSync(join(tmpdir(), 'scarp-qgis-'))
  for (const [name, bytes] of Object.entries(unzipSync(new Uint8Array(await zip.arrayBuffer())))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  return folder
}

test.skipIf(!hasQgis)('QGIS opens layers and rasters in their styles', async () => {
  const folder = await bundleFolder()
  const image = join(folder, 'map.png')
  const { status, stdout, stderr } = spawnSync(PYTHON, [SCRIPT, folder, image], {
    encoding: 'utf8',
    env: { ...process.env, QT_QPA_PLATFORM: 'offscreen' },
  })
  expect(status, `${stdout}${stderr}`).toBe(0)
  const found = JSON.parse(stdout.slice(stdout.indexOf('{')))
  const byName = Object.fromEntries(found.vectors.map((one: { layer: string }) => [one.layer, one]))
  expect(Object.keys(byName).sort()).toEqual([
    ...['area_of_interest', 'audit_points', 'footprint', 'landslides', 'not_analysed', 'source'],
  ])
  expect(byName.landslides).toMatchObject({
    renderer: 'categorizedSymbol',
    attribute: 'confidence',
    classes: [
      ['high', 'High confidence', '#d55e00'],
      ['medium', 'Medium confidence', '#e69f00'],
      ['low', 'Low confidence', '#f0e442'],
      ['', 'Confidence not known', '#ffffff'],
    ],
    symbolLayers: Array.from({ length: 4 }, () => ['SimpleFill', 'SimpleFill']),
  })
  expect(byName.audit_points).toMatchObject({
    renderer: 'categorizedSymbol',
    attribute: 'answer',
    features: 40,
    symbolLayers: Array.from({ length: 4 }, () => ['SimpleMarker']),
  })
  for (const name of ['area_of_interest', 'footprint', 'not_analysed', 'source'])
    expect(byName[name], name).toMatchObject({ renderer: 'singleSymbol' })
  const [mask, probability] = found.rasters
  expect(mask).toMatchObject({
    file: 'event_mask.tif',
    renderer: 'paletted',
    classes: [
      [0, 'Not a landslide', '#ffffff', 0],
      [1, 'Landslide', '#d55e00', 200],
    ],
  })
  expect(probability).toMatchObject({ file: 'event_prob.tif', renderer: 'singlebandpseudocolor' })
  expect(probability.classes.map(([value]: [number]) => value)).toEqual([0, 0.25, 0.5, 0.75, 1])
  // As shares, however they are stored.
  expect(probability.values[1]).toBeLessThanOrEqual(1)
  expect(probability.values[1]).toBeGreaterThan(0.5)
  expect(statSync(image).size).toBeGreaterThan(5000)
  console.info(`QGIS ${found.qgis}: ${image}`)
})
