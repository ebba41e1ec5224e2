import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { accuracyOf } from '../review/auditAccuracy'
import type { RoundRecord } from '../rounds/round'
import { type EvidenceFacts, InventoryCount, PixelCount } from './evidence'
import { auditFixture, evidenceEvent, FACTS } from './evidence.testing'
import { evidenceReport, type ReportRequest } from './evidenceReport'
import { layOutMap, MapPicture } from './mapPicture'
import { figure, mapFigure, sizeHistogram, sizeText } from './reportFigures'

const SIZE = 64

async function requestOf(changes: Partial<EvidenceFacts> = {}): Promise<ReportRequest> {
  const { raster } = evidenceEvent(SIZE)
  const rows = await raster.rows(0, SIZE)
  const pixels = new PixelCount()
  pixels.addRows(raster, rows)
  const count = new InventoryCount()
  count.add({ pixels: 3, area_m2: 300, verdict: 'accepted' })
  count.add({ pixels: 250, area_m2: 25_000, verdict: 'predicted' })
  const picture = new MapPicture(await layOutMap([raster]))
  picture.addRows(0, raster, 0, SIZE, rows)
  return {
    facts: { ...FACTS, ...changes },
    rasters: [raster],
    totals: count.totals,
    pixels: pixels.pixels,
    map: { svg: await mapFigure(picture.layout, 'data:image/png;base64,AA=='), ground: 'relief', shown: 1 },
    files: [{ path: 'inventory.gpkg', title: 'Polygons', bytes: 12_345, sha256: 'ab'.repeat(32) }],
  }
}

/** What a reader sees, and every element with its attributes. @throws where the report is not well-formed */
function read(report: string): {
  text: string
  elements: { name: string; attributes: Record<string, string> }[]
} {
  const parser = new SaxesParser()
  const elements: { name: string; attributes: Record<string, string> }[] = []
  let text = ''
  parser.on('error', error => {
    throw error
  })
  parser.on('opentag', tag => {
    elements.push({ name: tag.name, attributes: tag.attributes as Record<string, string> })
    text += ' '
  })
  parser.on('text', piece => {
    text += piece
  })
  parser.write(report).close()
  return { text: text.replace(/\s+/g, ' '), elements }
}

function audited() {
  const record = auditFixture()
  const classAt = (point: { stratum: string }) => (point.stratum === 'landslide' ? 1 : 0)
  return { record, accuracy: accuracyOf(record, { classAt, mappedArea: 230_000 }) }
}

test('says what was found, with the audit’s figures and their intervals', async () => {
  const audit = audited()
  const { text } = read(evidenceReport(await requestOf({ audits: [audit] })))
  const { overall, area } = audit.accuracy
  expect(text).toContain('Carnic Alps, July 2020')
  expect(text).toContain('Landslides 2 Mapped 2.53 ha')
  expect(text).toContain(`${(overall!.value * 100).toFixed(1)} ± ${(overall!.halfWidth! * 100).toFixed(1)} %`)
  expect(text).toContain(`${figure(area!.value / 1e4)} ± ${figure(area!.halfWidth! / 1e4)} ha`)
  expect(text).toContain('Mapped landslide 13 2 0 0 2 %')
  expect(text).toContain('Networks disagree 0 4 1 5 8 %')
  expect(text).toContain('On the way to polygons 0 landslides below 300 m² were left out.')
  expect(text).toContain(`segformer-r2 SegFormer not stated ${'ab12'.repeat(16)}`)
  expect(text).toContain('An analyst judged 1 of 2 masks.')
  expect(text).toContain('S2B_MSIL1C_20200704T095029_T33TWM Sentinel-2 L1C 4 July 2020, 09:50 UTC T33TWM')
})

test('a figure without an interval has its unit before it says so', async () => {
  const { record, accuracy } = audited()
  const alone = {
    ...accuracy,
    producers: { value: 1, halfWidth: null },
    area: { value: 21_000, halfWidth: null },
  }
  const { text } = read(evidenceReport(await requestOf({ audits: [{ record, accuracy: alone }] })))
  expect(text).toContain('100.0 % (interval not known)')
  expect(text).toContain('2.1 ha (interval not known)')
})

test('says plainly what is missing', async () => {
  const request = await requestOf({ models: [], options: { minimumArea: 0, fillHoles: 0, simplify: 0 } })
  const rasters = request.rasters.map(raster => ({ ...raster, georeference: null, origins: [] }))
  const { text } = read(evidenceReport({ ...request, rasters }))
  expect(text).toContain('Not audited.')
  expect(text).toContain('No network is on record')
  expect(text).toContain('Whether anybody judged the masks is not on record.')
  expect(text).toContain('Nothing was left out, filled or simplified.')
  expect(text).toContain('No image has a coordinate system')
  expect(text).toContain('the number and area of landslides have no known error')
})

test('rounds with their scores', async () => {
  const round = {
    index: 2,
    at: '2024-04-29T08:00:00.000Z',
    verdictIds: ['a', 'b'],
    sourcePatchIds: ['s'],
    heldOutPatchIds: ['h', 'i'],
    ensembleHeldOut: { f1: 0.7312 },
    target: { changedPixels: { gained: 10, lost: 10, compared: 1000 } },
  } as unknown as RoundRecord
  const { text } = read(evidenceReport(await requestOf({ rounds: [round] })))
  expect(text).toContain('2 29 April 2024, 08:00 UTC 1 2 0.731 (2 patches) 2 %')
  expect(text).toContain('trained in 1 round')
})

test('a stranger’s names are texts, and the page runs and fetches nothing', async () => {
  const hostile = '</title><script>alert(1)</script><img src=x onerror=alert(1)>"\'&\u202e\u0000'
  const request = await requestOf({
    title: hostile,
    notes: [hostile],
    models: [{ id: hostile, architecture: hostile, weights: null, licence: hostile }],
    audits: [{ ...audited(), record: { ...auditFixture(), reviewer: hostile, name: hostile } }],
  })
  const rasters = request.rasters.map(raster => ({
    ...raster,
    name: hostile,
    elevationSource: hostile,
    sources: [{ id: hostile, kind: hostile, sensed: hostile, tile: hostile }],
    origins: raster.origins.map(origin => ({ ...origin, reviewer: hostile, at: hostile })),
  }))
  const files = [{ path: hostile, title: hostile, bytes: 1, sha256: 'ab'.repeat(32) }]
  const report = evidenceReport({ ...request, rasters, files })
  const { elements, text } = read(report)
  const plain = read(evidenceReport(await requestOf({ audits: [audited()] })))
  const names = (all: typeof elements) => [...new Set(all.map(({ name }) => name))].sort()
  expect(names(elements)).toEqual(names(plain.elements))
  expect(text).toContain('<script>alert(1)</script>')
  for (const character of '\u202e\u0000') expect(report).not.toContain(character)
  for (const { name, attributes } of elements) {
    expect(name).not.toMatch(/^(script|img|link|iframe|object|a)$/i)
    for (const [attribute, value] of Object.entries(attributes)) {
      expect(attribute).not.toMatch(/^on/i)
      if (/^(href|src)$/i.test(attribute)) expect(value).toMatch(/^data:image\/png;base64,/)
    }
  }
  expect(report).toContain("default-src 'none'")
  expect(report).not.toMatch(/url\(|@import/)
})

test('long lists are cut, and say so', async () => {
  const request = await requestOf()
  const sources = Array.from({ length: 40 }, (_, i) => ({
    id: `image ${i}`,
    kind: null,
    sensed: null,
    tile: null,
  }))
  const { text } = read(
    evidenceReport({ ...request, rasters: request.rasters.map(one => ({ ...one, sources })) }),
  )
  expect(text).toContain('image 4')
  expect(text).not.toContain('image 5')
  expect(text).toContain('And 35 more images in the bundle.')
})

test('styles are named where there are rasters', async () => {
  const request = await requestOf()
  const raster = { path: 'rasters/a_mask.tif', title: 'Mask', bytes: 1, sha256: 'cd'.repeat(32) }
  const styled = 'Beside each raster lies its style'
  expect(read(evidenceReport(request)).text).not.toContain(styled)
  expect(read(evidenceReport({ ...request, files: [...request.files, raster] })).text).toContain(styled)
})

test('the same request gives the same bytes', async () => {
  expect(evidenceReport(await requestOf())).toBe(evidenceReport(await requestOf()))
})

test('every landslide is in one bar of the histogram, also at the edges of bins', () => {
  const counts = (sizes: number[]) =>
    [...sizeHistogram(sizes, 'm²').matchAll(/class="column"[^>]*\/><text[^>]*>([\d,]+)</g)].map(match =>
      Number(match[1]!.replace(',', '')),
    )
  expect(counts([100, 299, 300, 999, 1000])).toEqual([2, 2, 1])
  expect(counts([100])).toEqual([1])
  expect(counts([])).toEqual([])
  expect(counts(Array.from({ length: 5000 }, (_, i) => 1 + i)).reduce((a, b) => a + b)).toBe(5000)
})

test.each(['px', 'm²'] as const)('no two labels below the histogram meet, in %s', unit => {
  for (const most of [1e2, 1e4, 1e6, 1e8]) {
    const svg = sizeHistogram([1, most], unit)
    const labels = [...svg.matchAll(/<text x="([\d.]+)" y="30.6" text-anchor="middle">([^<]+)</g)]
    expect(labels.length).toBeGreaterThan(1)
    for (const [i, [, x, text]] of labels.slice(1).entries()) {
      const [, before, textBefore] = labels[i]!
      const room = (1.36 * (text!.length + textBefore!.length)) / 2
      expect(Number(x) - Number(before), `${textBefore} and ${text}`).toBeGreaterThan(room)
    }
  }
})

test('sizes in the unit that a reader knows', () => {
  expect([sizeText(300, 'm²'), sizeText(10_000, 'm²'), sizeText(1234, 'px')]).toEqual([
    '300 m²',
    '1 ha',
    '1,234 px',
  ])
})
