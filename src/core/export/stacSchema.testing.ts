import Ajv, { type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

/**
 * What our items have to be, written from the specifications: STAC item 1.1.0 with label 1.0.1, processing 1.2.0, file 2.1.0,
 * projection 2.0.0 and machine learning model (MLM) 1.5.2, as far as `stacItem` uses them. The published schemas are others'
 * files; where a folder has them, the test holds these to them.
 */
const text = { type: 'string', minLength: 1 }
const time = { type: 'string', format: 'date-time', pattern: 'Z$' }
const count = { type: 'integer', minimum: 0 }
const some = (items: object) => ({ type: 'array', minItems: 1, items })
const object = (properties: Record<string, object>, required: string[], open = false) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: open,
})

const position = {
  type: 'array',
  items: [
    { type: 'number', minimum: -180, maximum: 180 },
    { type: 'number', minimum: -90, maximum: 90 },
  ],
  minItems: 2,
  additionalItems: false,
}
const polygon = some({ type: 'array', minItems: 4, items: position })
const geometry = (type: string, coordinates: object) =>
  object({ type: { const: type }, coordinates }, ['type', 'coordinates'])

const DATA_TYPES = [
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float16',
  'float32',
  'float64',
]

const TASKS = [
  'classification',
  'detection',
  'object-detection',
  'segmentation',
  'semantic-segmentation',
  'regression',
]

const tensor = object(
  { shape: some({ type: 'integer', minimum: -1 }), dim_order: some(text), data_type: { enum: DATA_TYPES } },
  ['shape', 'dim_order', 'data_type'],
)

/** Unknown names of an extension are misprints: extensions forbid them. Names of none are free. */
const ofExtensions = (known: Record<string, object>, prefixes: string) => ({
  properties: known,
  patternProperties: { [`^(?!(${prefixes}):)`]: {} },
  additionalProperties: false,
})

const properties = {
  type: 'object',
  required: [
    ...['datetime', 'created', 'updated', 'title', 'description'],
    ...['label:description', 'label:type', 'label:properties', 'label:classes'],
    ...['processing:datetime', 'processing:software', 'processing:lineage'],
  ],
  ...ofExtensions(
    {
      ...{ title: text, description: text, created: time, updated: time },
      ...{ datetime: { anyOf: [time, { type: 'null' }] }, start_datetime: time, end_datetime: time },
      'label:type': { const: 'vector' },
      'label:description': text,
      'label:properties': some(text),
      'label:classes': some(object({ name: text, classes: some(text) }, ['name', 'classes'])),
      'label:tasks': some(text),
      'label:methods': { type: 'array', items: { enum: ['automatic', 'manual'] }, uniqueItems: true },
      'label:overviews': some(
        object(
          {
            property_key: text,
            counts: { type: 'array', items: object({ name: text, count }, ['name', 'count']) },
          },
          ['property_key', 'counts'],
        ),
      ),
      'processing:datetime': time,
      'processing:lineage': text,
      'processing:software': { type: 'object', minProperties: 1, additionalProperties: text },
      'proj:code': { type: 'string', pattern: '^[^:]+:[^:]+$' },
      'mlm:name': text,
      'mlm:architecture': text,
      'mlm:tasks': { ...some({ enum: TASKS }), uniqueItems: true },
      'mlm:input': some(
        object({ name: text, description: text, bands: { type: 'array', items: text }, input: tensor }, [
          'name',
          'bands',
          'input',
        ]),
      ),
      'mlm:output': some(
        object(
          {
            ...{ name: text, description: text, tasks: some({ enum: TASKS }), result: tensor },
            'classification:classes': some(
              object(
                {
                  value: { type: 'integer' },
                  name: { type: 'string', pattern: '^[0-9A-Za-z_-]+$' },
                  description: text,
                },
                ['value', 'name'],
              ),
            ),
          },
          ['name', 'tasks', 'result'],
        ),
      ),
    },
    'label|processing|file|proj|mlm',
  ),
  // An item between two times says which; else it has its own.
  if: { properties: { datetime: { type: 'null' } } },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: { required: ['start_datetime', 'end_datetime'] },
}

const asset = {
  type: 'object',
  required: ['href', 'type', 'roles', 'file:size', 'file:checksum'],
  ...ofExtensions(
    {
      href: { type: 'string', format: 'uri-reference', minLength: 1 },
      ...{
        title: text,
        type: { type: 'string', pattern: '^[a-z]+/\\S' },
        roles: { ...some(text), uniqueItems: true },
      },
      'file:size': count,
      // A multihash of SHA-256.
      'file:checksum': { type: 'string', pattern: '^1220[0-9a-f]{64}$' },
      'proj:code': { anyOf: [{ type: 'string', pattern: '^[^:]+:[^:]+$' }, { type: 'null' }] },
      'proj:shape': { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 2, maxItems: 2 },
      'proj:transform': { type: 'array', items: { type: 'number' }, minItems: 6, maxItems: 6 },
      'mlm:artifact_type': text,
      bands: some(
        object(
          { name: text, description: text, data_type: { enum: DATA_TYPES }, nodata: { type: 'number' } },
          ['name'],
        ),
      ),
    },
    'label|processing|file|proj|mlm',
  ),
}

const extension = (name: string) => ({
  pattern: `^https://stac-extensions\\.github\\.io/${name}/schema\\.json$`,
})
const EXTENSIONS = ['label/v1\\.0\\.1', 'processing/v1\\.2\\.0', 'file/v2\\.1\\.0', 'projection/v2\\.0\\.0']
const MLM = 'mlm/v1\\.5\\.2'

const item = {
  type: 'object',
  required: ['type', 'stac_version', 'stac_extensions', 'id', 'geometry', 'properties', 'links', 'assets'],
  additionalProperties: false,
  properties: {
    type: { const: 'Feature' },
    stac_version: { const: '1.1.0' },
    stac_extensions: {
      type: 'array',
      uniqueItems: true,
      items: { anyOf: [...EXTENSIONS, MLM].map(extension) },
      allOf: EXTENSIONS.map(name => ({ contains: extension(name) })),
    },
    id: { type: 'string', pattern: '^[\\w-]+$' },
    geometry: {
      anyOf: [{ type: 'null' }, geometry('Polygon', polygon), geometry('MultiPolygon', some(polygon))],
    },
    bbox: { ...position, items: [...position.items, ...position.items], minItems: 4 },
    properties,
    links: {
      type: 'array',
      items: object({ rel: text, href: text, type: text, title: text }, ['rel', 'href']),
    },
    assets: { type: 'object', minProperties: 1, additionalProperties: asset },
  },
  allOf: [
    // A place has a box, and without a place there is none.
    {
      if: { properties: { geometry: { type: 'null' } } },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
      then: { not: { required: ['bbox'] } },
      else: { required: ['bbox'] },
    },
    // Networks are described and have a file, or there is no word of them.
    {
      if: { properties: { stac_extensions: { contains: extension(MLM) } } },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
      then: {
        properties: {
          properties: { required: ['mlm:name', 'mlm:architecture', 'mlm:tasks', 'mlm:input', 'mlm:output'] },
          assets: {
            // Some asset has the role.
            not: {
              additionalProperties: { properties: { roles: { not: { contains: { const: 'mlm:model' } } } } },
            },
            additionalProperties: {
              if: { properties: { roles: { contains: { const: 'mlm:model' } } } },
              // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
              then: { required: ['mlm:artifact_type'] },
            },
          },
        },
      },
      else: { properties: { properties: { propertyNames: { not: { pattern: '^mlm:' } } } } },
    },
  ],
}

/** Says whether a parsed item is what the specifications ask of ours; its `errors` say what is not. */
export function stacValidator(): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats(ajv)
  return ajv.compile(item)
}
