import { unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { gdalInfo, hasTool, temporaryFile } from '../../core/export/gdal.testing'
import type { PredictionOrigin } from '../../core/review/predictionOrigin'
import type { HistoryRecord, PatchRecord } from '../../core/review/records'
import {
  patchRecordFixture,
  roundFixture,
  strokeFixture,
  verdictFixture,
} from '../../core/review/records.testing'
import type { Verdict } from '../../core/review/verdict'
import type { ProjectStore } from '../../storage/projectStore'
import { exportMasks } from './exportMasks'

const SIDE = 4

const REQUEST = { includeProbability: false, includeDisagreement: false, mosaics: 'scene' } as const

const starters: PredictionOrigin = {
  at: '2026-01-01T08:00:00.000Z',
  roundId: null,
  models: [{ id: 'starter', weightsHash: '11' }],
  rule: 'auto',
  normalisation: ['6 patches: 15 % their own mean, 85 % the model’s, and their own spread about it'],
}

const firstRound: PredictionOrigin = {
  at: '2026-01-01T10:00:00.000Z',
  roundId: 'round-1',
  models: [{ id: 'round-1-segformer', weightsHash: 'aa' }],
  rule: 'self',
  normalisation: ['6 patches: their own statistics'],
}

/** A patch that round 1 has mapped again, with its mask on disk. */
function projectWith(change: Partial<PatchRecord>, steps: readonly HistoryRecord[]): ProjectStore {
  const patch = patchRecordFixture({
    id: 'p',
    name: 'image_7',
    domain: 'target',
    hasLabel: false,
    width: SIDE,
    height: SIDE,
    predictedBy: ['round-1-segformer'],
    ...change,
  })
  const area = SIDE * SIDE
  const parts: Partial<ProjectStore> = {
    patches: async () => [patch],
    history: async () => [...steps],
    rounds: async () => [roundFixture()],
    scenes: async () => [],
    readMask: async () => new Uint8Array(area).fill(1),
    readProbability: async () => new Float32Array(area).fill(0.6),
    readPixels: async () => ({ data: new Float32Array(14 * area), valid: null, label: null }),
  }
  return parts as ProjectStore
}

/** What GDAL reads in the files that leave, by name of the tag. */
async function tagsOf(store: ProjectStore, threshold = 0.7) {
  const request = { ...REQUEST, patchIds: ['p'], threshold }
  const { blob, notes, fileName } = await exportMasks(store, request, {
    signal: new AbortController().signal,
  })
  const path = temporaryFile(fileName, new Uint8Array(await blob.arrayBuffer()))
  return { tags: gdalInfo(path).metadata['']!, notes }
}

test('files leave under names that stay in their folder, whatever a patch is called', async () => {
  const request = { ...REQUEST, patchIds: ['p'], threshold: 0.7, includeProbability: true }
  const { signal } = new AbortController()
  for (const [name, expected] of [
    ['../../evil', 'evil'],
    ['C:\\Windows\\x', 'C-Windows-x'],
    ['con', '_con'],
    ['a\u202eb', 'a-b'],
    ['x'.repeat(5000), 'x'.repeat(160)],
  ] as const) {
    const store = projectWith({ name }, [])
    const one = await exportMasks(store, { ...request, includeProbability: false }, { signal })
    expect(one.fileName).toBe(`${expected}_mask.tif`)
    const { blob } = await exportMasks(store, request, { signal })
    const members = unzipSync(new Uint8Array(await blob.arrayBuffer()))
    expect(Object.keys(members)).toEqual(
      ['mask', 'prob'].flatMap(plane => [`${expected}_${plane}.tif`, `${expected}_${plane}.qml`]),
    )
  }
})

const judged = (change: Partial<Verdict>, base = starters): HistoryRecord => ({
  sequence: 2,
  kind: 'verdict',
  patchId: 'p',
  verdictAfter: verdictFixture({ patchId: 'p', threshold: 0.5, modelIds: ['starter'], ...change }),
  base: { threshold: 0.5, prediction: base },
  undone: false,
})

const stroke = (change: Partial<HistoryRecord> = {}) =>
  strokeFixture({
    patchId: 'p',
    at: '2026-01-01T09:00:00.000Z',
    base: { threshold: 0.5, prediction: starters },
    ...change,
  })

describe.skipIf(!hasTool('gdalinfo', '--version'))('GDAL reads of a mask', () => {
  test('that was accepted before a round: what made it then, and who accepted it', async () => {
    const store = projectWith({ prediction: firstRound }, [
      judged({ prediction: starters, reviewer: 'A. Analyst', at: '2026-01-01T09:30:00.000Z' }),
    ])
    const { tags, notes } = await tagsOf(store)
    expect(tags).toMatchObject({
      SCARP_MASK: 'accepted',
      SCARP_VERDICT: 'accepted',
      SCARP_REVIEWER: 'A. Analyst',
      SCARP_AT: '2026-01-01T09:30:00.000Z',
      SCARP_THRESHOLD: '0.5',
      SCARP_ROUND: 'none',
      SCARP_MODELS: 'starter',
      SCARP_WEIGHTS: 'starter=11',
      SCARP_STATISTICS_RULE: 'auto',
      SCARP_STATISTICS: starters.normalisation[0],
      SCARP_PREDICTED_AT: starters.at,
    })
    expect(notes[0]).toBe('Masks: 1 accepted.')
  })

  test('that was painted and never judged: not reviewed by anybody', async () => {
    const { tags, notes } = await tagsOf(projectWith({ prediction: firstRound }, [stroke()]))
    expect(tags).toMatchObject({
      SCARP_MASK: 'painted, not judged',
      SCARP_VERDICT: 'none',
      SCARP_AT: '2026-01-01T09:00:00.000Z',
      SCARP_THRESHOLD: '0.5',
      SCARP_MODELS: 'starter',
    })
    expect(notes[0]).toBe('Masks: 1 painted, not judged.')
  })

  test('whose painting was undone: the prediction of now, whatever lies on disk', async () => {
    const store = projectWith({ prediction: firstRound }, [stroke({ undone: true })])
    const { tags } = await tagsOf(store)
    expect(tags).toMatchObject({
      SCARP_MASK: 'predicted, not reviewed',
      SCARP_AT: firstRound.at,
      SCARP_THRESHOLD: '0.7',
      SCARP_ROUND: '1 (round-1)',
      SCARP_WEIGHTS: 'round-1-segformer=aa',
    })
  })

  test.each(['rejected', 'unsure'] as const)('that is %s: so', async kind => {
    const { tags, notes } = await tagsOf(projectWith({}, [judged({ kind, prediction: starters })]))
    expect(tags).toMatchObject({ SCARP_MASK: kind, SCARP_VERDICT: kind })
    expect(notes[0]).toBe(`Masks: 1 ${kind}.`)
  })

  test('drawn where nothing had predicted: no models', async () => {
    const base = { threshold: 0.5, prediction: null }
    const { tags } = await tagsOf(projectWith({ prediction: firstRound }, [stroke({ base })]))
    expect(tags).toMatchObject({ SCARP_MODELS: 'none: drawn by hand', SCARP_THRESHOLD: 'none' })
  })

  test('that is a label, corrected: what was changed of it, and that no model made it', async () => {
    const base = { threshold: 0.5, label: true, prediction: null }
    const agreement = { kept: 3, added: 2, removed: 1, pixels: 16 }
    const kind = 'label-corrected'
    const steps = [stroke({ base }), { ...judged({ kind, agreement, prediction: null }), base: undefined }]
    const { tags, notes } = await tagsOf(projectWith({ hasLabel: true, prediction: firstRound }, steps))
    expect(tags).toMatchObject({
      SCARP_MASK: 'label corrected',
      SCARP_VERDICT: kind,
      SCARP_MODELS: 'none: a given label',
      SCARP_LABEL: 'edited by hand: 2 landslide pixels added, 1 removed, of 16',
      SCARP_THRESHOLD: 'none',
    })
    expect(notes[0]).toBe('Masks: 1 label corrected.')
    // What stood before the label of the file was restored is no more.
    const restored = stroke({ sequence: 3, restores: true })
    expect((await tagsOf(projectWith({ prediction: firstRound }, [...steps, restored]))).tags).toMatchObject({
      SCARP_MASK: 'predicted, not reviewed',
    })
  })

  test('of an older project: what is on record, and that the rest is not', async () => {
    const { base: _, ...step } = judged({
      modelIds: ['round-1-segformer'],
      roundId: 'round-1',
      threshold: 0.6,
    })
    const { tags } = await tagsOf(projectWith({}, [step]))
    expect(tags).toMatchObject({
      SCARP_VERDICT: 'accepted',
      SCARP_THRESHOLD: '0.6',
      SCARP_ROUND: '1 (round-1)',
      SCARP_WEIGHTS: 'round-1-segformer=aa',
      SCARP_STATISTICS: 'not recorded',
      SCARP_PREDICTED_AT: 'not recorded',
    })
    const { base: __, at: ___, ...painted } = stroke()
    expect((await tagsOf(projectWith({}, [painted]))).tags).toMatchObject({
      SCARP_MASK: 'painted, not judged',
      SCARP_AT: 'not recorded',
      SCARP_THRESHOLD: 'not recorded',
      SCARP_MODELS: 'not recorded',
    })
  })
})
