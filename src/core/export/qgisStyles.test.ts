import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { rasterOf } from '../inventory/inventories.testing'
import { EXACT } from '../inventory/inventory'
import { BACKGROUND, LANDSLIDE } from '../patches/patch'
import { inventoryLayers } from './inventoryLayers'
import { stylesBeside } from './qgisRasterStyles'

const [MASK_STYLE, PROBABILITY_STYLE, DISAGREEMENT_STYLE] = stylesBeside([
  'a_mask.tif',
  'a_prob.tif',
  'a_disagreement.tif',
  'a.tif',
]).map(({ bytes }) => bytes) as [string, string, string]

interface Element {
  name: string
  attributes: Record<string, string>
  /** Names of the elements around it, from the root. */
  path: string
}

/** Elements in order. @throws where the text is no XML */
function elementsOf(qml: string): Element[] {
  const found: Element[] = []
  const open: string[] = []
  const parser = new SaxesParser()
  parser.on('error', error => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    found.push({ name, attributes: attributes as Record<string, string>, path: open.join('/') })
    open.push(name)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(qml).close()
  return found
}

const named = (elements: readonly Element[], name: string) =>
  elements.filter(element => element.name === name).map(({ attributes }) => attributes)

/** As QgsSymbolLayerUtils decodes them; it takes anything else for solid. */
const PEN_STYLES = ['no', 'solid', 'dash', 'dot', 'dash dot', 'dash dot dot']
const BRUSH_STYLES = [
  'solid',
  'no',
  'b_diagonal',
  'f_diagonal',
  'diagonal_x',
  'cross',
  'horizontal',
  'vertical',
]

describe('styles of vector layers', async () => {
  const place = { georeference: null, column: 0, row: 0 }
  const point = { number: 1, patchId: 'p', column: 0, row: 0, stratum: 'landslide' as const }
  const record = {
    ...{
      id: 'a',
      at: '',
      name: 'a',
      reviewer: null,
      seed: 1,
      precision: 0.1,
      disagreementFrom: null,
      strata: [],
    },
    points: [point],
    answers: {},
  }
  const layers = await inventoryLayers([rasterOf(new Uint8Array(1), 1, {}, { georeference: null })], {
    options: EXACT,
    audits: [{ record, placeOf: () => place, classAt: () => 1 }],
  })

  test.each(layers.map(layer => [layer.name, layer] as const))('%s', (_, { style, fields, geometry }) => {
    const elements = elementsOf(style!)
    expect(elements[0]).toMatchObject({ name: 'qgis', attributes: { styleCategories: 'Symbology' } })
    const [renderer] = named(elements, 'renderer-v2')
    const symbols = named(elements, 'symbol')
    expect(symbols.map(({ type }) => type)).toEqual(
      symbols.map(() => (geometry === 'point' ? 'marker' : 'fill')),
    )
    if (renderer!.type === 'categorizedSymbol') {
      expect(fields.map(({ name }) => name)).toContain(renderer!.attr)
      const categories = named(elements, 'category')
      expect(categories.map(({ symbol }) => symbol)).toEqual(symbols.map(({ name }) => name))
      // The last takes what no other does, null among it.
      expect(categories.at(-1)!.value).toBe('')
    } else {
      expect(renderer!.type).toBe('singleSymbol')
      expect(symbols.map(({ name }) => name)).toEqual(['0'])
    }
    for (const { attributes, path } of elements.filter(({ name }) => name === 'Option')) {
      if (attributes.type === 'Map') continue
      expect(path).toBe('qgis/renderer-v2/symbols/symbol/layer/Option')
      const { name, value } = attributes
      if (name === 'style') expect(BRUSH_STYLES).toContain(value)
      else if (name === 'outline_style') expect(PEN_STYLES).toContain(value)
      else if (name!.endsWith('color')) expect(value).toMatch(/^\d+,\d+,\d+,\d+$/)
    }
  })

  test('answers and levels of confidence each have their category', () => {
    const values = (name: string) =>
      named(elementsOf(layers.find(layer => layer.name === name)!.style!), 'category').map(
        ({ value }) => value,
      )
    expect(values('landslides')).toEqual(['high', 'medium', 'low', ''])
    expect(values('audit_points')).toEqual(['landslide', 'not-landslide', 'cannot-tell', ''])
  })
})

test('the style of masks draws landslides alone', () => {
  const elements = elementsOf(MASK_STYLE)
  expect(named(elements, 'rasterrenderer')[0]).toMatchObject({ type: 'paletted', band: '1' })
  const alphas = named(elements, 'paletteEntry').map(({ value, alpha }) => [Number(value), Number(alpha) > 0])
  expect(alphas).toEqual([
    [BACKGROUND, false],
    [LANDSLIDE, true],
  ])
})

test.each([
  ['probability', PROBABILITY_STYLE],
  ['disagreement', DISAGREEMENT_STYLE],
])('the style of %s goes from nothing at 0 to 1', (_, style) => {
  const elements = elementsOf(style)
  expect(named(elements, 'rasterrenderer')[0]).toMatchObject({
    ...{ type: 'singlebandpseudocolor', band: '1', classificationMin: '0', classificationMax: '1' },
  })
  const items = named(elements, 'item')
  expect(items.map(({ value }) => Number(value))).toEqual([0, 0.25, 0.5, 0.75, 1])
  expect(items[0]!.alpha).toBe('0')
  expect(elements.find(({ name }) => name === 'item')!.path).toBe(
    'qgis/pipe/rasterrenderer/rastershader/colorrampshader',
  )
})

test('a virtual raster has the style of the rasters that it shows', () => {
  const [vrt] = stylesBeside(['EPSG32633_mask.vrt'])
  expect(vrt).toEqual({ name: 'EPSG32633_mask.qml', bytes: MASK_STYLE })
  expect(stylesBeside(['landslides.gpkg', 'mask.vrt'])).toEqual([])
})
