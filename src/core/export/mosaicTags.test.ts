import { expect, test } from 'vitest'
import type { MaskProvenance } from '../review/provenance'
import { verdictFixture } from '../review/records.testing'
import { type MosaicFacts, mosaicMaskTags, mosaicProbabilityTags, shareText } from './mosaicTags'

const scene: MosaicFacts['scenes'][number] = {
  name: 'S2A_T33TWM',
  sensed: '2020-07-04T09:50:29Z',
  synthetic: ['B10'],
  recipe: {
    name: 'S2A_T33TWM',
    grid: { crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10], width: 1, height: 1 },
    bands: [],
    resampling: 'nearest',
    elevation: ['a/dem.tif'],
    slope: null,
  },
}

const facts = { scenes: [scene], included: 3, cells: 12, share: 0.2567 }

const prediction = {
  at: '2026-01-01T08:00:00Z',
  roundId: null,
  models: [{ id: 'starter', weightsHash: '11' }],
  rule: 'auto' as const,
  normalisation: ['Their own.'],
}

const mask = (change: Partial<MaskProvenance>): MaskProvenance => ({
  state: 'accepted',
  at: '2026-01-02T08:00:00Z',
  threshold: 0.5,
  prediction,
  label: false,
  file: null,
  verdict: verdictFixture({ reviewer: 'Ann' }),
  ...change,
})

const head = {
  SCARP_SCENE: 'S2A_T33TWM',
  SCARP_SENSED: '2020-07-04T09:50:29Z',
  SCARP_ELEVATION: 'dem.tif',
  SCARP_SYNTHETIC_BANDS: 'B10',
  SCARP_CELLS: '3 of 12, 25.6 % of the area',
}

test('cells that were made alike are described as one, with the time from first to last', () => {
  const later = mask({ at: '2026-01-05T08:00:00Z', verdict: verdictFixture({ reviewer: 'Bea' }) })
  const corrected = mask({ state: 'corrected', prediction: { ...prediction, at: '2026-01-01T09:00:00Z' } })
  expect(mosaicMaskTags(facts, [later, corrected, mask({})], [])).toEqual({
    ...head,
    SCARP_MASK: '2 accepted; 1 corrected',
    SCARP_REVIEWER: 'Bea, Ann',
    SCARP_AT: '2026-01-02T08:00:00Z to 2026-01-05T08:00:00Z',
    SCARP_PREDICTED_AT: '2026-01-01T08:00:00Z to 2026-01-01T09:00:00Z',
    SCARP_THRESHOLD: '0.5',
    SCARP_ROUND: 'none',
    SCARP_MODELS: 'starter',
    SCARP_WEIGHTS: 'starter=11',
    SCARP_STATISTICS_RULE: 'auto',
    SCARP_STATISTICS: 'Their own.',
  })
})

test('cells that were made in several ways are described way by way, the most common first, twelve at most', () => {
  const drawn = mask({ state: 'painted', prediction: null, threshold: null, verdict: null, at: null })
  const tags = mosaicMaskTags(facts, [drawn, mask({}), mask({})], [])
  expect(tags).toEqual({
    ...head,
    SCARP_MASK: '2 accepted; 1 painted, not judged',
    SCARP_REVIEWER: 'Ann',
    SCARP_AT: '2026-01-02T08:00:00Z, some not recorded',
    SCARP_PREDICTED_AT: '2026-01-01T08:00:00Z',
    SCARP_ORIGINS: '2',
    SCARP_ORIGIN_1:
      '2 cells: threshold 0.5; round none; models starter; weights starter=11; statistics_rule auto; statistics Their own.',
    SCARP_ORIGIN_2: '1 cell: threshold none; round none; models none: drawn by hand',
  })
  const many = Array.from({ length: 30 }, (_, i) => mask({ threshold: i / 100 }))
  const bounded = Object.keys(mosaicMaskTags(facts, many, [])).filter(tag => /^SCARP_ORIGIN_\d+$/.test(tag))
  expect(bounded).toHaveLength(12)
})

test('probabilities are described by what predicted them', () => {
  expect(mosaicProbabilityTags(facts, [prediction, prediction], [])).toMatchObject({
    ...head,
    SCARP_AT: '2026-01-01T08:00:00Z',
    SCARP_MODELS: 'starter',
  })
})

test.each([
  [1, '100 %'],
  [0.99999, '99.9 %'],
  [0.5, '50 %'],
  [0.2567, '25.6 %'],
  [0.0001, 'under 0.1 %'],
  [0, '0 %'],
])('a share of %s is %s', (share, text) => {
  expect(shareText(share)).toBe(text)
})
