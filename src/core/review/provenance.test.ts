import { describe, expect, test } from 'vitest'
import { eventSet, setStatistics } from '../patches/setStatistics'
import { type PredictionOrigin, roundOrigin } from './predictionOrigin'
import {
  countStates,
  MASK_STATES,
  maskBase,
  maskProvenance,
  maskStateText,
  type OriginStep,
  recordedOrigin,
  shapingSteps,
} from './provenance'
import { describeLeftOut, domainStatistics, leftOutPatches } from './records'
import { patchRecordFixture, roundFixture, verdictFixture } from './records.testing'

const prediction: PredictionOrigin = {
  at: '2026-01-01T08:00:00.000Z',
  roundId: 'round-1',
  models: [{ id: 'a', weightsHash: 'aa' }],
  rule: 'auto',
  normalisation: ['Their own.'],
}
const named = (ids: string[] | null, roundId: string | null = null) => ({
  at: null,
  roundId,
  models: ids?.map(id => ({ id, weightsHash: null })) ?? null,
  rule: null,
  normalisation: [],
})
const stroke = (change: Partial<OriginStep> = {}): OriginStep => ({
  kind: 'stroke',
  undone: false,
  ...change,
})

describe('provenance of a mask', () => {
  test('undone steps and those before a restored label shape nothing', () => {
    const steps = [
      stroke({ at: '1' }),
      stroke({ at: '2', restores: true }),
      stroke({ at: '3' }),
      stroke({ at: '4' }),
    ]
    steps[3]!.undone = true
    expect(shapingSteps(steps)).toEqual([steps[2]])
    expect(shapingSteps(steps.slice(2))).toEqual([steps[2]])
  })

  test('a mask began as its last base says; where none does, nobody knows', () => {
    const steps = [stroke({ base: { threshold: 0.3 } }), stroke({ base: { threshold: 0.4 } }), stroke()]
    expect(maskBase(steps)).toEqual({ threshold: 0.4 })
    expect(maskBase([stroke()])).toBeNull()
  })

  const judged = verdictFixture({ roundId: 'round-2' })
  const judging = (change = {}): OriginStep => ({
    kind: 'verdict',
    undone: false,
    verdictAfter: { ...judged, ...change },
  })
  const at = '2026-02-02T00:00:00.000Z'
  test.each<[string, OriginStep[], object]>([
    [
      'nothing done',
      [],
      { state: 'predicted', at: prediction.at, threshold: 0.6, prediction, label: false, file: null },
    ],
    [
      'a verdict of an older version',
      [judging()],
      {
        state: 'accepted',
        at: judged.at,
        threshold: 0.7,
        prediction: named(['starter'], 'round-2'),
        verdict: judged,
      },
    ],
    ['a verdict on a drawn mask', [judging({ prediction: null })], { state: 'accepted', prediction: null }],
    [
      'a verdict, painted over later',
      [judging(), stroke({ verdictAfter: null, at })],
      { state: 'painted', at, verdict: null },
    ],
    [
      'a verdict, then a stroke that keeps it',
      [judging(), stroke({ at })],
      { state: 'accepted', at: judged.at },
    ],
    [
      'a stroke on a label from a file',
      [stroke({ at, base: { threshold: 0.2, label: true, file: 'a.tif', prediction: null } })],
      { state: 'painted', at, threshold: 0.2, prediction: null, label: true, file: 'a.tif' },
    ],
    [
      'strokes of an older version',
      [stroke()],
      {
        state: 'painted',
        at: null,
        threshold: null,
        prediction: named(null),
        label: false,
        file: null,
        verdict: null,
      },
    ],
  ])('%s', (_, steps, expected) => {
    expect(maskProvenance({ prediction }, steps, 0.6)).toMatchObject(expected)
  })

  test('a prediction of an older version is known by its models alone, or not at all', () => {
    expect(recordedOrigin({ prediction, predictedBy: ['b'] })).toBe(prediction)
    expect(recordedOrigin({ predictedBy: ['b'] })).toEqual(named(['b']))
    expect(recordedOrigin({})).toEqual(named(null))
  })

  test('states are named, and counted in their order', () => {
    expect(MASK_STATES.map(maskStateText)).toEqual([
      'accepted',
      'corrected',
      'label corrected',
      'painted, not judged',
      'predicted, not reviewed',
      'rejected',
      'unsure',
    ])
    expect(countStates(['predicted', 'accepted', 'accepted'])).toBe('2 accepted; 1 predicted, not reviewed')
    expect(countStates([])).toBe('')
  })
})

describe("origin of a round's maps", () => {
  const kept = [
    {
      ...{ modelId: 'old', family: 'swin-unet' as const, weightsHash: 'bb' },
      normalisation: { own: 0.49, patches: 3, rule: 'auto' },
    },
    { modelId: 'older', family: 'resnet-unet' as const, weightsHash: 'cc' },
  ]
  const round = roundFixture({
    kept: kept as never,
    config: { ...roundFixture().config, targetStatistics: 'model' },
    normalisation: { own: 0, patches: 3, rule: 'model' } as never,
  })

  test('names round, models with their weights, and by what each domain was z-scored', () => {
    expect(roundOrigin(round, 'target')).toEqual({
      at: round.at,
      roundId: 'round-1',
      models: [
        { id: 'round-1-segformer', weightsHash: 'aa' },
        { id: 'old', weightsHash: 'bb' },
        { id: 'older', weightsHash: 'cc' },
      ],
      rule: 'model',
      normalisation: [
        '3 patches: the statistics that the model learned from',
        '3 patches: 49 % their own mean, 51 % the model’s, and their own spread about it',
      ],
    })
    expect(roundOrigin(round, 'source')).toMatchObject({
      rule: 'self',
      normalisation: ['The images: their own statistics'],
    })
    expect(roundOrigin(roundFixture(), 'target').normalisation).toEqual([])
  })
})

describe('patches of a domain', () => {
  const patch = (name: string, domain: 'source' | 'target', mean: number, count = 100) =>
    patchRecordFixture({
      name,
      domain,
      statistics: { count, mean: new Array(14).fill(mean), m2: new Array(14).fill(count) },
    })

  test('pool their statistics; one without valid pixels has none', () => {
    const records = [patch('a', 'target', 1), patch('b', 'target', 3), patch('c', 'source', 50)]
    expect(domainStatistics(records, 'target', [])).toMatchObject({ count: 200 })
    expect(domainStatistics(records, 'target', [])?.mean[0]).toBeCloseTo(2, 12)
    expect(domainStatistics([patch('a', 'target', 1, 0)], 'target', [])).toBeNull()
  })

  test('one that is unlike all others of its domain is named', () => {
    const alike = ['a', 'b', 'c', 'd', 'e'].map(name => patch(name, 'target', 1))
    const records = [patch('z', 'source', 1), ...alike, patch('odd', 'target', 1000)]
    expect(leftOutPatches(records, 'target', [])).toEqual(['odd'])
    expect(leftOutPatches(records, 'source', [])).toEqual([])
    expect(describeLeftOut(['a', 'b'])).toBe('Left out of the statistics, unlike every other patch: a, b.')
  })

  test('of a scene its samples count instead of its cells, in the domain of the cells', () => {
    const cell = (name: string, sceneId: string, mean: number, domain: 'source' | 'target' = 'target') => {
      const window = { column: 0, row: 0, width: 3, height: 2 }
      return { ...patch(name, domain, mean), cell: { sceneId, row: 0, column: 0, window } }
    }
    const scene = (name: string, means: readonly number[]) => ({
      id: `${name}-id`,
      name,
      samples: means.map((mean, i) => patch(`${name}, column ${i}`, 'target', mean)),
    })
    const scenes = [
      scene('south', [5, 7]),
      scene('north', [8]),
      scene('elsewhere', [900]),
      scene('begun', []),
    ]
    const records = [
      cell('c1', 'south-id', 300),
      patch('a', 'target', 1),
      cell('c2', 'north-id', 200),
      cell('c3', 'begun-id', 4),
      cell('s1', 'south-id', 300, 'source'),
    ]
    const statistics = domainStatistics(records, 'target', scenes)
    const expected = setStatistics(
      eventSet([patch('a', 'target', 1), patch('c3', 'target', 4)], [scenes[1]!, scenes[0]!]),
    )
    expect(statistics).toEqual(expected)
    expect(statistics).toMatchObject({ count: 500 })
    expect(statistics?.mean[0]).toBeCloseTo((1 + 4 + 8 + 5 + 7) / 5, 12)
    // The same bits in whatever order the scenes were added.
    expect(domainStatistics(records, 'target', [...scenes].reverse())).toEqual(expected)
    expect(domainStatistics(records, 'source', scenes)?.mean[0]).toBeCloseTo(6, 12)
    const odd = scene('odd', [1, 1, 1, 1, 1000])
    expect(leftOutPatches([cell('o', 'odd-id', 1)], 'target', [odd])).toEqual(['odd, column 4'])
  })
})
