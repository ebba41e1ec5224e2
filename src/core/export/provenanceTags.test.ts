import { expect, test } from 'vitest'
import type { MaskProvenance, RecordedOrigin } from '../review/provenance'
import { roundFixture, verdictFixture } from '../review/records.testing'
import { maskTags, probabilityTags } from './provenanceTags'

const predicted: RecordedOrigin = {
  at: '2026-01-01',
  roundId: 'round-1',
  models: [
    { id: 'a', weightsHash: 'aa' },
    { id: 'round-1-segformer', weightsHash: null },
    { id: 'lost', weightsHash: null },
  ],
  rule: 'auto',
  normalisation: ['Their own.', 'The model’s.'],
}
const unknown: RecordedOrigin = { at: null, roundId: null, models: null, rule: null, normalisation: [] }
const origin: MaskProvenance = {
  state: 'predicted',
  at: '2026-01-01',
  threshold: 0.6,
  prediction: predicted,
  label: false,
  file: null,
  verdict: null,
}
const rounds = [roundFixture()]
const predictionTags = {
  SCARP_ROUND: '1 (round-1)',
  SCARP_MODELS: 'a round-1-segformer lost',
  SCARP_WEIGHTS: 'a=aa round-1-segformer=aa lost=not recorded',
  SCARP_STATISTICS_RULE: 'auto',
  SCARP_STATISTICS: 'Their own.; The model’s.',
  SCARP_PREDICTED_AT: '2026-01-01',
}
const head = { SCARP_MASK: 'predicted, not reviewed', SCARP_VERDICT: 'none', SCARP_AT: '2026-01-01' }
const edits = { kept: 1, added: 2, removed: 3, pixels: 9 }

test.each<[string, Partial<MaskProvenance>, Record<string, string>]>([
  ['a prediction', {}, { ...head, SCARP_THRESHOLD: '0.6', ...predictionTags }],
  [
    'a verdict with a name and a note',
    { state: 'accepted', verdict: verdictFixture({ reviewer: 'Ann', note: 'shadow' }) },
    {
      ...{
        ...head,
        SCARP_MASK: 'accepted',
        SCARP_VERDICT: 'accepted',
        SCARP_REVIEWER: 'Ann',
        SCARP_NOTE: 'shadow',
      },
      ...{ SCARP_THRESHOLD: '0.6', ...predictionTags },
    },
  ],
  [
    'a mask of an older version',
    { state: 'painted', at: null, threshold: null, prediction: unknown },
    {
      ...{ SCARP_MASK: 'painted, not judged', SCARP_VERDICT: 'none', SCARP_AT: 'not recorded' },
      ...{ SCARP_THRESHOLD: 'not recorded', SCARP_ROUND: 'not recorded', SCARP_MODELS: 'not recorded' },
      ...{ SCARP_WEIGHTS: 'not recorded', SCARP_STATISTICS_RULE: 'not recorded' },
      ...{ SCARP_STATISTICS: 'not recorded', SCARP_PREDICTED_AT: 'not recorded' },
    },
  ],
  [
    'a drawn mask',
    { prediction: null },
    { ...head, SCARP_THRESHOLD: 'none', SCARP_ROUND: 'none', SCARP_MODELS: 'none: drawn by hand' },
  ],
  [
    'a mask from a file',
    { prediction: null, file: 'a.tif' },
    {
      ...{ ...head, SCARP_THRESHOLD: 'none', SCARP_ROUND: 'none' },
      ...{ SCARP_MODELS: 'none: read from a file', SCARP_FILE: 'a.tif' },
    },
  ],
  [
    'a corrected label',
    { label: true, prediction: null, verdict: verdictFixture({ kind: 'label-corrected', agreement: edits }) },
    {
      ...{ ...head, SCARP_VERDICT: 'label-corrected', SCARP_THRESHOLD: 'none', SCARP_ROUND: 'none' },
      SCARP_MODELS: 'none: a given label',
      SCARP_LABEL: 'edited by hand: 2 landslide pixels added, 3 removed, of 9',
    },
  ],
  [
    'a painted label',
    { label: true, prediction: null },
    {
      ...{ ...head, SCARP_THRESHOLD: 'none', SCARP_ROUND: 'none' },
      ...{ SCARP_MODELS: 'none: a given label', SCARP_LABEL: 'edited by hand' },
    },
  ],
])('the tags of %s', (_, change, tags) => {
  expect(maskTags({ ...origin, ...change }, rounds)).toEqual(tags)
})

test('a round that is gone keeps its id, models from before any round have none', () => {
  const roundOf = (change: Partial<RecordedOrigin>) =>
    probabilityTags({ ...predicted, ...change }, rounds).SCARP_ROUND
  expect(roundOf({ roundId: 'gone' })).toBe('gone')
  expect(roundOf({ roundId: null })).toBe('none')
  expect(probabilityTags(predicted, rounds)).toEqual({ SCARP_AT: '2026-01-01', ...predictionTags })
  expect(probabilityTags(unknown, [])).toMatchObject({ SCARP_AT: 'not recorded' })
})
