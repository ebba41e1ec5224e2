import { expect, test } from 'vitest'
import {
  patchRecordFixture,
  pointAuditFixture,
  roundFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
  verdictFixture,
} from '../review/records.testing'
import {
  auditSchema,
  checkRecord,
  historySchema,
  importedModelSchema,
  patchSchema,
  pointAuditSchema,
  projectSchema,
  roundSchema,
  sceneSchema,
  unfinishedRoundSchema,
  verdictSchema,
} from './recordSchemas'

const notesOf = (problems: unknown[]) =>
  checkRecord(patchSchema, 'patch', { ...patchRecordFixture(), problems }).problems

test('notes that an earlier version kept as sentences get their reasons', () => {
  const sentences = [
    'Taken as raw values (reflectance x 10000): the median of B8 is 2400.',
    'Taken as reflectance 0..1, as chosen, though it looks like reflectance x 1000.',
    '12 of 16384 pixels have no data.',
    'The file has ground control points only and no transform; rectify it (gdalwarp) to place it on a map.',
    'Something else.',
  ]
  expect(notesOf(sentences)).toEqual([
    { reason: 'value-scale', message: sentences[0] },
    { reason: 'scale-in-doubt', message: sentences[1] },
    { reason: 'missing-pixels', message: sentences[2] },
    { reason: 'position', message: sentences[3] },
    { reason: 'unsorted', message: sentences[4] },
  ])
})

test('a reason that only a later version knows keeps its sentence', () => {
  expect(notesOf([{ reason: 'snow', message: 'Snow lies on it.' }])).toEqual([
    { reason: 'unsorted', message: 'Snow lies on it.' },
  ])
})

const prediction = {
  at: '2026-01-01',
  roundId: null,
  models: [{ id: 'a', weightsHash: 'aa' }],
  rule: 'auto',
  normalisation: ['x'],
}
const statistics = { count: 1, mean: [1], m2: [1] }
const tally = { pixels: [1], landslides: [0] }
const metrics = roundFixture().networks[0]!.heldOut
const kept = [{ modelId: 'a', family: 'segformer', weightsHash: 'aa', tally }]
const network = { ...roundFixture().networks[0]!, tally }
const change = { before: { heldOut: false, hasLabel: true, domain: 'source' }, after: {} }
/** Records with every field that there is, by the schema that holds them to it. */
const RECORDS = {
  project: [
    projectSchema,
    {
      ...{ id: 'p', name: 'P', createdAt: '2026', threshold: 0.5, thresholdChosen: true, modelThreshold: 1 },
      ...{ ensemble: ['a'], startFrom: { segformer: 'a' }, baseRoundId: null, filesFolder: 'f' },
    },
  ],
  model: [importedModelSchema, { id: 'a', at: '2026', from: 'a.zip', needsTraining: false, notes: ['x'] }],
  patch: [
    patchSchema,
    {
      ...patchRecordFixture({ predictedBy: ['a'], removed: true, note: 'x' }),
      ...{ prediction, scores: { disagreement: 0, entropy: 1, confidence: 0.5 } },
      georeference: { crs: null, transform: [1, 2, 3, 4, 5, 6], geoKeys: { a: 1, b: 'x', c: [1] } },
    },
  ],
  piece: [patchSchema, scenePieceFixture(0)],
  scene: [sceneSchema, sceneFixture()],
  verdict: [
    verdictSchema,
    {
      ...verdictFixture({
        reviewer: 'A',
        note: 'x',
        agreement: { kept: 1, added: 2, removed: 3, pixels: 6 },
      }),
      prediction,
    },
  ],
  'point audit': [pointAuditSchema, pointAuditFixture()],
  audit: [
    auditSchema,
    {
      ...{ at: '2026', kind: 'verdict', patchId: null, verdict: null, verdictId: null, supersedes: null },
      ...{ threshold: 0, roundId: null, modelIds: ['a'], maskHash: null, reviewer: 'A', detail: '' },
    },
  ],
  step: [
    historySchema,
    {
      ...strokeFixture({
        sequence: 2 ** 32 - 1,
        verdictBefore: null,
        verdictAfter: verdictFixture(),
        group: 'g',
      }),
      ...{ remask: true, restores: false, change, at: '2026' },
      base: { threshold: 1, label: true, file: 'a.tif', prediction: null },
    },
  ],
  round: [
    roundSchema,
    {
      ...roundFixture({ ensembleHeldOut: metrics, notes: ['x'], maskThreshold: 0.5 }),
      ...{ kept, networks: [network], heldOutTally: tally, heldOutBefore: null },
      normalisation: { rule: 'auto', own: 0, ownMean: [0, 1], patches: 3, independent: null },
      statistics: { source: statistics, target: null },
    },
  ],
  unfinished: [
    unfinishedRoundSchema,
    {
      ...{
        id: 'r',
        index: 1,
        parentRoundId: null,
        at: '2026',
        config: roundFixture().config,
        resumed: 0,
        stopped: null,
      },
      ...{
        statistics: { source: statistics, target: statistics },
        verdicts: [verdictFixture()],
        kept: ['a'],
      },
      ...{
        sourcePatchIds: ['a'],
        heldOutPatchIds: ['a'],
        targetPatchIds: ['a'],
        parents: { segformer: 'a' },
      },
      ...{ heldOutBefore: tally, finished: [network], saved: { family: 'segformer', step: 1, at: '2026' } },
      curves: { segformer: { steps: 1, losses: [[1, 2]], heldOut: [[1, null]] } },
    },
  ],
} as const

test.each(Object.entries(RECORDS))(
  'a whole %s comes back as it was, unknown fields too',
  (_, [schema, record]) => {
    const later = { ...record, later: 1 }
    expect(checkRecord(schema as never, 'x', later)).toEqual(later)
  },
)

/** Paths of all values of a record, but of what rounds of other versions ran with. */
function* pathsOf(value: unknown, path: string[] = []): Generator<string[]> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || path.at(-1) === 'config')
    return
  for (const [key, child] of Object.entries(value)) yield* pathsOf(child, [...path, key])
}

function changed(value: unknown, [key, ...rest]: string[], to: unknown): unknown {
  if (key === undefined) return to
  if (Array.isArray(value))
    return value.map((child, i) => (String(i) === key ? changed(child, rest, to) : child))
  const record = value as Record<string, unknown>
  return { ...record, [key]: changed(record[key], rest, to) }
}

test.each(Object.entries(RECORDS))('no field of a %s takes just anything', (_, [schema, record]) => {
  for (const path of pathsOf(record)) {
    const read = () => checkRecord(schema as never, 'thing', changed(record, path, Symbol.iterator))
    expect(read, path.join('.')).toThrowError(
      expect.objectContaining({
        code: 'storage-failed',
        message: expect.stringMatching(
          /^The record of thing is damaged \(\S+: .+\)\. Reload the page: the project can be opened without it\.$/,
        ),
      }),
    )
  }
})

test.each<[keyof typeof RECORDS, string, unknown, boolean]>([
  ['project', 'threshold', 0, true],
  ['project', 'threshold', 1, true],
  ['project', 'threshold', -0.01, false],
  ['project', 'threshold', 1.01, false],
  ['project', 'filesFolder', '', false],
  ['patch', 'width', 0, false],
  ['patch', 'width', 1, true],
  ['patch', 'height', 1.5, false],
  ['patch', 'statistics.count', 0, true],
  ['patch', 'statistics.count', -1, false],
  ['patch', 'statistics.mean', new Array(13).fill(0), false],
  ['patch', 'statistics.m2', new Array(15).fill(0), false],
  ['patch', 'domain', 'target', true],
  ['patch', 'domain', 'other', false],
  ['patch', 'georeference.transform', [1, 2, 3, 4, 5], false],
  ['piece', 'cell.window.width', 4, false],
  ['piece', 'height', 3, false],
  ['piece', 'cell.margin', false, false],
  ['piece', 'cell.row', -1, false],
  ['piece', 'cell.window.column', 0.5, false],
  ['scene', 'window', { column: 4, row: 0, width: 6, height: 2 }, false],
  ['scene', 'window', { column: 0, row: 1, width: 9, height: 1 }, true],
  ['scene', 'window.width', 0, false],
  ['scene', 'recipe.grid.width', 2 ** 29, false],
  ['scene', 'recipe.bands', new Array(11).fill({ value: 1 }), false],
  ['scene', 'area', null, true],
  ['scene', 'area.polygons.0.0', [3, 0, 9], false],
  ['scene', 'area.polygons.0.0', [3, 0, 9, null], false],
  ['scene', 'area.polygons', new Array(11).fill([new Array(200_000).fill(1)]), false],
  ['scene', 'level', 'L1B', false],
  ['scene', 'pieces', 100_001, false],
  ...['accepted', 'corrected', 'label-corrected', 'rejected', 'unsure'].map(
    (kind): [keyof typeof RECORDS, string, unknown, boolean] => ['verdict', 'kind', kind, true],
  ),
  ['verdict', 'kind', 'skipped', false],
  ...['stroke', 'verdict', 'removal', 'addition', 'hold-out'].map(
    (kind): [keyof typeof RECORDS, string, unknown, boolean] => ['step', 'kind', kind, true],
  ),
  ['step', 'kind', 'note', false],
  ['step', 'sequence', 0, true],
  ['step', 'sequence', -1, false],
  ['step', 'sequence', 2 ** 32, false],
  ['step', 'change.after', { domain: 'target' }, true],
  ...['webgpu', 'wasm', 'webgl', 'cpu'].map((backend): [keyof typeof RECORDS, string, unknown, boolean] => [
    'round',
    'backend',
    backend,
    true,
  ]),
  ['round', 'backend', 'cuda', false],
  ['round', 'index', 0, false],
  ['unfinished', 'index', 0, false],
  ['round', 'config.steps', 0, false],
])('a %s whose %s is %j: %s', (kind, path, value, sound) => {
  const [schema, record] = RECORDS[kind]
  const read = () => checkRecord(schema as never, 'x', changed(record, path.split('.'), value))
  if (sound) expect(read).not.toThrow()
  else expect(read).toThrowError(expect.objectContaining({ code: 'storage-failed' }))
})

test('what did not exist yet gets the value that means the same', () => {
  const { families, preset, steps, seed } = roundFixture().config
  const config = { families, preset, steps, seed }
  const read = (old: object) => checkRecord(roundSchema, 'round', { ...roundFixture(), config: old }).config
  expect(read(config)).toEqual({
    ...config,
    scale: 1,
    ohem: null,
    emaDecay: 0,
    crossSensor: true,
    softPseudoLabels: false,
    testTimeFlips: false,
    stopWhenChangedBelow: 0,
    targetStatistics: 'self',
  })
  expect(read({ ...config, separatedNormalisation: false })).toMatchObject({ targetStatistics: 'model' })
  expect(read({ ...config, separatedNormalisation: true })).toMatchObject({ targetStatistics: 'self' })
  expect(read({ ...config, separatedNormalisation: false, targetStatistics: 'auto' })).toMatchObject({
    targetStatistics: 'auto',
  })
  const { target: _, ...untargeted } = roundFixture()
  expect(checkRecord(roundSchema, 'round', untargeted).target).toBeNull()
  const { reviewer: __, ...unnamed } = RECORDS.audit[1]
  expect(checkRecord(auditSchema, 'entry', unnamed).reviewer).toBeNull()
})

/** Fields whose values are ids, of the record itself or of what it refers to; the audit log is only read aloud. */
const ID_FIELDS =
  /^(id|\w*Ids?|predictedBy|ensemble|startFrom|parents|kept|models|networks|finished|verdicts?|verdict\w+|prediction)$/

/** Where ids stand in a record: paths of its texts. */
function idPlaces(value: unknown, path: string[] = [], isId = false): string[][] {
  if (typeof value === 'string') return isId ? [path] : []
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return []
  return Object.entries(value).flatMap(([key, field]) => {
    const named = ID_FIELDS.test(key)
    // A list of ids, or a table of them; a text below another name is none.
    const below =
      named || (isId && (Array.isArray(value) || (typeof field === 'string' && isTable(path.at(-1)))))
    return idPlaces(field, [...path, key], below)
  })
}

const isTable = (name = '') => ['startFrom', 'parents'].includes(name)

function replaced(value: unknown, [key, ...rest]: string[], by: string): unknown {
  if (key === undefined) return by
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  Object.assign(copy, { [key]: replaced((value as Record<string, unknown>)[key], rest, by) })
  return copy
}

test('no id in any record, nor one that it refers to, is a name that every object has', () => {
  const places: string[] = []
  for (const [name, [schema, record]] of Object.entries(RECORDS)) {
    if (name === 'audit') continue
    for (const path of idPlaces(record)) {
      const where = `${name}: ${path.join('.')}`
      // Of the project as a whole, which is no key of anything.
      if (where === 'project: id') continue
      places.push(where)
      for (const bad of ['__proto__', 'constructor', '../x'])
        expect(
          () => checkRecord(schema as typeof patchSchema, name, replaced(record, path, bad)),
          where,
        ).toThrow('not an id')
    }
  }
  for (const place of [
    'project: ensemble.0',
    'project: startFrom.segformer',
    'patch: prediction.models.0.id',
    'piece: cell.sceneId',
    'step: verdictAfter.modelIds.0',
    'round: kept.0.modelId',
    'round: networks.0.modelId',
    'unfinished: parents.segformer',
    'unfinished: kept.0',
  ])
    expect(places).toContain(place)
})
