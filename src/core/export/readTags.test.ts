import { expect, test } from 'vitest'
import { maskProvenance } from '../review/provenance'
import { roundFixture, sceneFixture, verdictFixture } from '../review/records.testing'
import { mosaicMaskTags } from './mosaicTags'
import { maskTags } from './provenanceTags'
import { originsOfTags, sourcesOfTags } from './readTags'

const WINDOW = { column: 0, row: 0, width: 9, height: 4 }

const predicted = {
  prediction: {
    at: '2026-01-01T00:00:00Z',
    roundId: 'round-1',
    models: [{ id: 'a', weightsHash: 'aa' }],
    rule: 'auto' as const,
    normalisation: [],
  },
}

const judged = maskProvenance(
  predicted,
  [
    {
      kind: 'verdict',
      undone: false,
      verdictAfter: verdictFixture({ reviewer: 'Ann', modelIds: ['b', 'c'] }),
    },
  ],
  0.6,
)

test('says of a mask what its tags were made of', () => {
  expect(originsOfTags(maskTags(maskProvenance(predicted, [], 0.6), [roundFixture()]), WINDOW)).toEqual([
    {
      ...{ window: WINDOW, state: 'predicted', reviewer: null, at: '2026-01-01T00:00:00Z' },
      ...{ round: '1', models: ['a'], threshold: 0.6 },
    },
  ])
  expect(originsOfTags(maskTags(judged, []), WINDOW)).toEqual([
    {
      ...{ window: WINDOW, state: 'accepted', reviewer: 'Ann', at: '2024-05-01T12:00:00.000Z' },
      ...{ round: null, models: ['b', 'c'], threshold: 0.7 },
    },
  ])
})

test('says of a mosaic each state that it has, with the models of all', () => {
  const facts = { scenes: [sceneFixture()], included: 2, cells: 2, share: 1 }
  const tags = mosaicMaskTags(facts, [judged, maskProvenance(predicted, [], 0.6)], [roundFixture()])
  const origins = originsOfTags(tags, WINDOW)
  expect(origins.map(({ state, reviewer }) => [state, reviewer])).toEqual([
    ['accepted', 'Ann'],
    ['predicted', null],
  ])
  expect(origins[0]!.models).toEqual(['b', 'c', 'a'])
  expect(sourcesOfTags(tags, 'event')).toEqual([
    { id: 'S2A_T33TWM', kind: null, sensed: '2020-07-04T09:50:29Z', tile: 'T33TWM' },
  ])
})

test('takes what the command line writes, and a product’s name for its date', () => {
  const name = 'S2B_MSIL1C_20200704T095029_N0209_R079_T33TWM_20200704T120000'
  const tags = { SCARP_MODELS: 'tiny,small', SCARP_THRESHOLD: '0.55', SCARP_SCENE: name }
  expect(originsOfTags(tags, WINDOW)).toMatchObject([
    { state: 'predicted', models: ['tiny', 'small'], threshold: 0.55, at: null },
  ])
  expect(sourcesOfTags(tags, 'x')).toEqual([
    { id: name, kind: 'Sentinel-2 L1C', sensed: '2020-07-04T09:50:29Z', tile: 'T33TWM' },
  ])
})

test('knows nothing of a foreign mask, and believes no nonsense', () => {
  expect(originsOfTags({}, WINDOW)).toEqual([])
  expect(sourcesOfTags({}, 'landslides_2021')).toEqual([
    { id: 'landslides_2021', kind: null, sensed: null, tile: null },
  ])
  expect(originsOfTags({ SCARP_MASK: 'perfect' }, WINDOW)).toEqual([])
  expect(originsOfTags({ SCARP_MODELS: 'a', SCARP_THRESHOLD: '7' }, WINDOW)[0]!.threshold).toBeNull()
})
