import { expect, test } from 'vitest'
import type { Verdict, VerdictKind } from '../../core/review/verdict'
import { defaultPseudoLabelRule } from '../../core/rounds/ensemble'
import { targetLabels } from './targetLabels'

const verdict = (patchId: string, kind: VerdictKind, at = '2026-01-01', threshold = 0.5): Verdict => ({
  id: `${patchId}-${kind}-${at}`,
  patchId,
  kind,
  threshold,
  roundId: null,
  modelIds: [],
  maskHash: '',
  at,
})

const masks: Record<string, number[]> = { accepted: [1, 0, 255], corrected: [1, 1, 1], rejected: [1, 1, 1] }
const probabilities: Record<string, number[]> = {
  pseudo: [0.9, 0.5, 0.1],
  untouched: [0.9, 0.6, 0.1],
  vague: [0.4, 0.5, 0.6],
  accepted: [0, 0, 0],
}
const store = {
  readMask: async (id: string) => (masks[id] ? new Uint8Array(masks[id]) : null),
  readProbability: async (id: string, modelId: string) =>
    modelId === 'ensemble' && probabilities[id] ? new Float32Array(probabilities[id]) : null,
}

const labelsOf = async (ids: string[], verdicts: Verdict[], softPseudoLabels = false) => {
  const config = { pseudoLabel: defaultPseudoLabelRule, softPseudoLabels }
  const result = await targetLabels(ids, verdicts, store, config)
  const loaded = await Promise.all(result.ids.map(async id => [id, await result.load(id)] as const))
  return {
    ...result,
    labels: Object.fromEntries(loaded.map(([id, { label }]) => [id, Array.from(label)])),
    soft: Object.fromEntries(loaded.map(([id, { soft }]) => [id, soft && Array.from(soft)])),
  }
}

test('held-out patches teach nothing, and those with an accepted mask are to score by', async () => {
  const verdicts = [verdict('accepted', 'accepted'), verdict('corrected', 'corrected')]
  const heldOut = new Set(['accepted', 'pseudo'])
  const config = { pseudoLabel: defaultPseudoLabelRule, softPseudoLabels: false }
  const ids = ['accepted', 'corrected', 'pseudo', 'untouched']
  const labels = await targetLabels(ids, verdicts, store, config, undefined, heldOut)
  expect(labels).toMatchObject({
    ids: ['corrected', 'untouched'],
    reviewedIds: ['corrected'],
    testIds: ['accepted'],
  })
  expect(Array.from((await labels.load('accepted')).label)).toEqual(masks.accepted)
  expect(labels.notes[0]).toContain('2 held out')
})

test('the analyst comes first, pseudo-labels fill in, rejected and unsure patches teach nothing', async () => {
  const { labels, verdictIds, notes } = await labelsOf(
    ['accepted', 'corrected', 'rejected', 'unsure', 'pseudo', 'unknown', 'vague'],
    [
      verdict('accepted', 'accepted'),
      verdict('corrected', 'corrected'),
      verdict('rejected', 'rejected'),
      verdict('unsure', 'unsure'),
    ],
  )
  expect(labels).toEqual({ accepted: [1, 0, 255], corrected: [1, 1, 1], pseudo: [1, 255, 0] })
  expect(verdictIds).toHaveLength(4)
  expect(notes[0]).toBe(
    'Target patches: 2 reviewed, 1 pseudo-labelled, 1 rejected, 1 unsure, 2 without a usable label.',
  )
})

test('the latest verdict counts, in whatever order they come', async () => {
  const old = verdict('accepted', 'rejected', '2026-01-01')
  const later = verdict('accepted', 'accepted', '2026-01-02')
  for (const verdicts of [
    [old, later],
    [later, old],
  ]) {
    const { labels, verdictIds } = await labelsOf(['accepted'], verdicts)
    expect(labels).toEqual({ accepted: [1, 0, 255] })
    expect(verdictIds).toEqual([later.id])
  }
})

test('a patch accepted without a stroke is labelled as its threshold showed it', async () => {
  const { labels } = await labelsOf(['untouched'], [verdict('untouched', 'accepted', '2026-01-01', 0.55)])
  expect(labels).toEqual({ untouched: [1, 1, 0] })
})

test('pseudo-labels carry their probability where they are not ignored; reviewed masks stay hard', async () => {
  const given = [verdict('accepted', 'accepted'), verdict('untouched', 'accepted')]
  const { soft, labels } = await labelsOf(['accepted', 'untouched', 'pseudo'], given, true)
  expect(soft).toEqual({
    accepted: null,
    untouched: null,
    pseudo: [Math.fround(0.9), Number.NaN, Math.fround(0.1)],
  })
  expect(labels.pseudo).toEqual([1, 255, 0])
})

test('a mask is held as it was when the round began; a lost probability gives no label', async () => {
  const changing = { mask: [1, 0, 1], probability: [0.9, 0.9, 0.1] as number[] | null }
  const moving = {
    readMask: async () => new Uint8Array(changing.mask),
    readProbability: async () => changing.probability && new Float32Array(changing.probability),
  }
  const config = { pseudoLabel: defaultPseudoLabelRule, softPseudoLabels: false }
  const labels = await targetLabels(['seen', 'unseen'], [verdict('seen', 'corrected')], moving, config)
  changing.mask = [0, 0, 0]
  changing.probability = null
  expect(Array.from((await labels.load('seen')).label)).toEqual([1, 0, 1])
  await expect(labels.load('unseen')).rejects.toMatchObject({ code: 'storage-failed' })
})
