import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv, { type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { type StacFacts, type StacFile, stacItem } from './stacItem'
import { stacValidator } from './stacSchema.testing'

const file = (key: string, path: string, mediaType: string, roles: string[]): StacFile => {
  return { key, path, title: key, mediaType, roles, bytes: 12, sha256: 'ab'.repeat(32) }
}

const facts: StacFacts = {
  id: 'event-2020',
  title: 'An event',
  description: 'Landslides of an event',
  at: '2024-05-01T10:00:00.000Z',
  software: { Scarp: '0.2.0' },
  footprint: [[[13, 46, 13, 47, 14, 47, 14, 46]]],
  sensed: ['2020-07-04T09:50:29Z', '2020-06-01T09:50:29Z'],
  counts: [{ name: 'accepted', count: 3 }],
  lineage: 'Predicted by three networks, judged by a person.',
  sources: ['S2B_MSIL1C_20200704'],
  methods: ['automatic', 'manual'],
  models: [{ id: 'starter-segformer', architecture: 'SegFormer' }],
  files: [
    {
      ...file(
        'mask',
        'rasters/an event_mask.tif',
        'image/tiff; application=geotiff; profile=cloud-optimized',
        ['data'],
      ),
      grid: { crs: 'EPSG:32633', transform: [400000, 10, 0, 5200000, 0, -10], width: 30, height: 20 },
      band: { name: 'landslide', description: '0 background, 1 landslide', type: 'uint8', nodata: 255 },
    },
    {
      ...file('probability', 'rasters/a_prob.tif', 'image/tiff; application=geotiff', ['data']),
      band: { name: 'probability', description: '0 to 1' },
    },
    file('models', 'models.json', 'application/json', ['mlm:model', 'metadata']),
    file('report', 'report.html', 'text/html', ['overview']),
  ],
}

type Item = Record<string, unknown> & {
  geometry: { type: string; coordinates: number[][][] & number[][][][] }
  properties: Record<string, unknown>
  assets: Record<string, Record<string, unknown>>
}
const itemOf = (changes: Partial<StacFacts> = {}) => stacItem({ ...facts, ...changes }) as Item

test('files with size and checksum, the grid row by row, names escaped in addresses', () => {
  expect(itemOf().assets.mask).toEqual({
    href: './rasters/an%20event_mask.tif',
    title: 'mask',
    type: 'image/tiff; application=geotiff; profile=cloud-optimized',
    roles: ['data'],
    'file:size': 12,
    'file:checksum': `1220${'ab'.repeat(32)}`,
    'proj:code': 'EPSG:32633',
    'proj:shape': [20, 30],
    'proj:transform': [10, 0, 400000, 0, -10, 5200000],
    bands: [{ name: 'landslide', description: '0 background, 1 landslide', data_type: 'uint8', nodata: 255 }],
  })
})

test('the times are those of the images, and of the files only where no image has one', () => {
  const { properties } = itemOf()
  expect(properties).toMatchObject({
    datetime: null,
    start_datetime: '2020-06-01T09:50:29Z',
    end_datetime: '2020-07-04T09:50:29Z',
  })
  expect(itemOf({ sensed: ['2020-07-04T09:50:29Z'] }).properties.datetime).toBe('2020-07-04T09:50:29Z')
  expect(itemOf({ sensed: [] }).properties.datetime).toBe(facts.at)
})

test('an item of a collection names it; without a clock nothing says when it was made', () => {
  const item = itemOf({ collection: { id: 'run', href: '../collection.json' }, at: null, sensed: [] })
  expect(item.collection).toBe('run')
  const links = item.links as { rel: string; href: string }[]
  expect(links.map(({ rel, href }) => [rel, href])).toEqual([
    ...['root', 'parent', 'collection'].map(rel => [rel, '../collection.json']),
    ['describedby', './report.html'],
  ])
  expect(item.properties.datetime).toBe('1970-01-01T00:00:00Z')
  const times = ['created', 'updated', 'processing:datetime']
  expect(times.filter(name => name in item.properties)).toEqual([])
  expect(times.filter(name => name in itemOf().properties)).toEqual(times)
})

test('a file above the item is not said to lie below it', () => {
  const above = { ...facts.files[0]!, path: '../../results/a b/a_mask.tif' }
  expect(itemOf({ files: [above] }).assets.mask!.href).toBe('../../results/a%20b/a_mask.tif')
})

test('rings are closed and turn as GeoJSON asks, whichever way they came', () => {
  const expected = [
    [14, 46],
    [14, 47],
    [13, 47],
    [13, 46],
    [14, 46],
  ]
  expect(itemOf().geometry).toEqual({ type: 'Polygon', coordinates: [expected] })
  const turned = itemOf({ footprint: [[[14, 46, 14, 47, 13, 47, 13, 46]]] })
  expect(turned.geometry.coordinates[0]).toEqual(expected.toSpliced(4, 1).concat([[14, 46]]))
  expect(itemOf().bbox).toEqual([13, 46, 14, 47])
})

test('a footprint over the 180th meridian is cut there, and its box says so', () => {
  const item = itemOf({ footprint: [[[179, -17, 179, -16, -179, -16, -179, -17]]] })
  expect(item.bbox).toEqual([179, -17, -179, -16])
  expect(item.geometry.type).toBe('MultiPolygon')
  const lons = (item.geometry.coordinates as number[][][][]).map(([ring]) => ring!.map(([lon]) => lon!))
  expect(lons.map(one => [Math.min(...one), Math.max(...one)])).toEqual([
    [179, 180],
    [-180, -179],
  ])
})

test('what has no place has no box, and what no network made names none', () => {
  const item = itemOf({ footprint: null, models: [] })
  expect(item.geometry).toBeNull()
  expect(item).not.toHaveProperty('bbox')
  expect(JSON.stringify(item.properties)).not.toContain('mlm:')
})

/** All kinds of items that there are. */
const CASES: Partial<StacFacts>[] = [
  {},
  { models: [] },
  { footprint: null },
  { sensed: [] },
  { footprint: [[[179, -17, 179, -16, -179, -16, -179, -17]], [[1, 2, 1, 3, 2, 3]]] },
]

const written = (changes: Partial<StacFacts> = {}) => JSON.parse(JSON.stringify(itemOf(changes))) as Item

/** What is wrong for a schema: the part of its address, and how an item is spoiled. */
const WRONG: [string, (item: Item) => void][] = [
  ['item-spec', item => delete (item as Record<string, unknown>).bbox],
  ['item-spec', item => delete (item as Record<string, unknown>).links],
  ['item-spec', item => ((item as Record<string, unknown>).stac_version = '1.0.0')],
  ['item-spec', item => (item.geometry.coordinates as unknown[]).push('x')],
  ['item-spec', item => (item.properties.datetime = 'yesterday')],
  ['item-spec', item => delete item.properties.datetime],
  ['item-spec', item => delete item.properties.start_datetime],
  ['item-spec', item => delete item.assets.mask!.href],
  ['/label/', item => (item.properties['label:type'] = 'picture')],
  [
    '/label/',
    item =>
      (item.properties['label:overviews'] = [
        { property_key: 'verdict', counts: [{ name: 'a', count: 'b' }] },
      ]),
  ],
  ['/processing/', item => (item.properties['processing:software'] = 'Scarp')],
  ['/processing/', item => (item.properties['processing:datetime'] = 'yesterday')],
  ['/file/', item => (item.assets.mask!['file:checksum'] = 'XYZ')],
  ['/file/', item => (item.assets.mask!['file:size'] = '12')],
  ['/projection/', item => (item.assets.mask!['proj:shape'] = ['20', '30'])],
  ['/projection/', item => (item.assets.mask!['proj:transform'] = [1, 2, 3])],
  ['/mlm/', item => delete item.properties['mlm:input']],
  ['/mlm/', item => (item.properties['mlm:tasks'] = ['landslides'])],
  ['/mlm/', item => (item.assets.models!.roles = ['metadata'])],
  ['/mlm/', item => delete item.assets.models!['mlm:artifact_type']],
]

test('our schema accepts every kind of item', () => {
  const validate = stacValidator()
  for (const one of CASES) {
    validate(written(one))
    expect(validate.errors, JSON.stringify(one)).toBeNull()
  }
})

test('our schema refuses what the published ones refuse, and more', () => {
  const validate = stacValidator()
  const misprints: typeof WRONG = [
    ['own', item => (item.properties['label:task'] = ['segmentation'])],
    ['own', item => (item.assets.mask!['file:checksum'] = 'ab'.repeat(32))],
    ['own', item => (item.assets.mask!['proj:epsg'] = 32633)],
    ['own', item => ((item as Record<string, unknown>).stac_extensions = [])],
    ['own', item => ((item as Record<string, unknown>).bbox = [13, 46, 14])],
    ['own', item => ((item as Record<string, unknown>).id = 'a b')],
  ]
  for (const [part, spoil] of [...WRONG, ...misprints]) {
    const item = written()
    spoil(item)
    expect(validate(item), `${part} ${spoil}`).toBe(false)
  }
})

/**
 * The published schemas as `<host>/<path>` below a folder: they are others' files and not part of this repository. Without
 * them ours alone says what an item has to be.
 */
const SHARED = process.env.SCARP_SHARED ?? join(import.meta.dirname, '../../../../shared')
const SCHEMAS = process.env.SCARP_STAC_SCHEMAS ?? join(SHARED, 'schemas/stac')
const hasSchemas = existsSync(SCHEMAS)
if (!hasSchemas) console.warn(`No STAC schemas in ${SCHEMAS}: the item is not validated against them.`)

function validators(): Map<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats(ajv)
  // What the published formats are called; ajv-formats has no IRIs.
  ajv.addFormat('iri', /^[a-z][a-z0-9+.-]*:\S+$/i)
  ajv.addFormat('iri-reference', /^\S*$/)
  // A description in PROJJSON is never written, so it is refused.
  ajv.addSchema({ not: {} }, 'https://proj.org/schemas/v0.7/projjson.schema.json')
  const paths = readdirSync(SCHEMAS, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.json'),
  )
  // Registered under their addresses, since an `$id` among them has a misprint.
  for (const path of paths) {
    const { $id: _, ...schema } = JSON.parse(readFileSync(join(SCHEMAS, path), 'utf8')) as Record<
      string,
      unknown
    >
    ajv.addSchema({ ...schema, $id: `https://${path}` })
  }
  const item = 'https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/item.json'
  const extensions = itemOf().stac_extensions as string[]
  return new Map(
    [item, ...extensions].map(address => {
      const validate = ajv.getSchema(address)
      if (!validate) throw new Error(`The schema ${address} is not in ${SCHEMAS}.`)
      return [address, validate]
    }),
  )
}

test.skipIf(!hasSchemas)('the published schemas accept the item', () => {
  const all = validators()
  expect(all.size).toBe(6)
  for (const one of CASES) {
    const item = written(one)
    for (const [address, validate] of all) {
      if (address.includes('/mlm/') && one.models?.length === 0) continue
      validate(item)
      expect(validate.errors, `${address} ${JSON.stringify(one)}`).toBeNull()
    }
  }
})

test.skipIf(!hasSchemas)('each published schema refuses what is wrong for it', () => {
  const all = validators()
  for (const [part, spoil] of WRONG) {
    const item = written()
    spoil(item)
    const [, validate] = [...all].find(([address]) => address.includes(part))!
    expect(validate(item), `${part} ${spoil}`).toBe(false)
  }
})
