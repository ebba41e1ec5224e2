import { beforeAll, expect, test } from 'vitest'
import type { BandStatistics } from '../../core/patches/statistics'
import { changedShare, type RoundRecord, roundId } from '../../core/rounds/round'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { loadModelFolder } from '../models/folder/modelFolder'
import { predictPatch } from './predictPatches'
import { parentsOf, type RefinementPlan, refineRounds } from './refineRounds'
import { config, inputOf, memoryStore, provider, SIDE } from './round.testing'
import type { ModelFiles } from './roundInput'
import { runRound } from './runRound'
import { targetNormalisation } from './targetNormalisation'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const TARGET = ['target-0', 'target-1']

/** A plan over memory, whose rounds may each have a configuration of their own. */
function planOf(rounds: number, configOf: (index: number) => Partial<RoundConfig>) {
  const store = memoryStore()
  const models = new Map<string, ModelFiles>()
  const written: RoundRecord[] = []
  const plan: RefinementPlan = {
    rounds,
    async input({ index, parentRoundId, latest }) {
      const own: RoundConfig = { ...config, stopWhenChangedBelow: 0, ...configOf(index) }
      const parents = await parentsOf(own, latest, {}, async id => models.get(id)!)
      return inputOf({ id: roundId(index, 5), index, parentRoundId, config: own, parents, store })
    },
    async onRound(result) {
      for (const model of result.models) models.set(model.id, model)
      written.push(structuredClone(result.record))
    },
  }
  return { plan, store, models, written }
}

test('rounds of different networks: a new one starts fresh, the others from their latest model', async () => {
  const before = tf.memory().numTensors
  const families = [['resnet-unet'], ['segformer'], ['resnet-unet', 'hrnet-ocr']] as const
  const { plan, written, store } = planOf(3, index => ({ families: [...families[index - 1]!] }))
  const result = await refineRounds(plan)

  expect(result.stopped).toBe('rounds')
  expect(written).toEqual(result.rounds)
  expect(written.map(({ index, parentRoundId }) => [index, parentRoundId])).toEqual([
    [1, null],
    [2, 'round-1-seed-5'],
    [3, 'round-2-seed-5'],
  ])
  expect(written.map(round => round.networks.map(({ parentModelId }) => parentModelId))).toEqual([
    [null],
    [null],
    ['round-1-seed-5-resnet-unet', null],
  ])
  expect(written[2]!.notes.at(-1)).toContain('3 were asked for')
  expect(written[0]!.notes.join()).toContain('Target against source')

  expect(written[0]!.target!.changedPixels).toBeNull()
  for (const { target } of written.slice(1)) expect(target!.changedPixels!.compared).toBe(2 * SIDE * SIDE)
  const last = TARGET.flatMap(id => Array.from(store.probabilities.get(`ensemble/${id}`)!))
  const bins = new Array<number>(20).fill(0)
  for (const p of last) bins[Math.floor(p * 20)]! += 1
  expect(written[2]!.target!.confidence).toEqual(bins)
  expect(tf.memory().numTensors).toBe(before)
})

test('refinement stops when hardly a pixel changes sides, and a resumed one knows', async () => {
  const { plan, written } = planOf(9, () => ({ families: ['resnet-unet'], stopWhenChangedBelow: 1.1 }))
  const result = await refineRounds(plan)
  expect(result.stopped).toBe('settled')
  // The first round has nothing to compare with.
  expect(result.rounds).toHaveLength(2)
  expect(changedShare(written[1]!.target?.changedPixels)).toBeLessThanOrEqual(1)
  expect(written[1]!.notes.at(-1)).toBe(result.reason)
  expect(written[0]!.notes.join()).not.toContain('Stopped')

  const again = await refineRounds({ ...plan, done: result.rounds })
  expect(again).toEqual(result)
  expect(written).toHaveLength(2)
})

test('without separated normalisation the target is z-scored by the source, without CSN both share one set', async () => {
  for (const [change, note] of [
    [{ targetStatistics: 'model' }, 'the statistics that the model learned from'],
    [{ crossSensor: false }, 'Cross-sensor normalisation is off'],
  ] as const) {
    const store = memoryStore()
    const halves = Float32Array.from({ length: SIDE * SIDE }, (_, i) => i % 2)
    for (const id of TARGET) store.probabilities.set(`ensemble/${id}`, halves)
    const own: RoundConfig = { ...config, ...change, families: ['resnet-unet'], steps: 3 }
    const input = await inputOf({ config: own, store })
    const { record, models } = await runRound(input)
    expect(record.notes.join()).toContain(note)

    const { network } = await loadModelFolder(models[0]!.files)
    const patch = await input.target!.load('target-0')
    const by = (domain: 'source' | 'target', of: 'source' | 'target') =>
      predictPatch(network, patch, input.statistics[of]!, { domain })
    const stored = store.probabilities.get(`${models[0]!.id}/target-0`)!
    const [ownDomain, ownStatistics] = [await by('source', 'target'), await by('target', 'target')]
    if ('crossSensor' in change) {
      expect(differs(stored, ownStatistics)).toBe(false)
      expect(differs(stored, ownDomain)).toBe(false)
    } else {
      expect(differs(stored, ownStatistics)).toBe(true)
      expect(differs(stored, await by('target', 'source'))).toBe(false)
      expect(differs(stored, await by('source', 'source'))).toBe(true)
    }
    network.dispose()
  }
})

test('by default the target is normalised by its own statistics as far as they are known, and the record says so', async () => {
  const store = memoryStore()
  const own: RoundConfig = { ...config, families: ['resnet-unet'], steps: 1, targetStatistics: 'auto' }
  const input = await inputOf({ config: own, store })
  const { record, models } = await runRound(input)
  const used = targetNormalisation(input)!
  expect(used.statistics.mean).not.toEqual(input.statistics.target!.mean)
  expect(record.normalisation).toMatchObject({ rule: 'auto', own: used.own, ownMean: used.ownMean })
  expect(record.statistics.target).toEqual(input.statistics.target)

  const { network, manifest } = await loadModelFolder(models[0]!.files)
  expect(manifest.statistics.target!.mean).toEqual(used.statistics.mean)
  // Chosen on the held-out patch, and written into the model beside the record.
  expect(record.maskThreshold).toBeGreaterThanOrEqual(0.2)
  expect(manifest.masks).toEqual({ threshold: record.maskThreshold, models: [models[0]!.id] })
  const patch = await input.target!.load('target-0')
  const stored = store.probabilities.get('ensemble/target-0')!
  const by = (statistics: BandStatistics) => predictPatch(network, patch, statistics, { domain: 'target' })
  expect(differs(stored, await by(used.statistics))).toBe(false)
  expect(differs(stored, await by(input.statistics.target!))).toBe(true)
  network.dispose()
})

test('a scale and flips of the configuration are those of its predictions', async () => {
  const store = memoryStore()
  const own: RoundConfig = { ...config, families: ['resnet-unet'], scale: 1.5, testTimeFlips: true, steps: 1 }
  const input = await inputOf({ config: own, store, heldOut: provider('held', 0, 1) })
  const { models } = await runRound(input)
  const { network } = await loadModelFolder(models[0]!.files)
  const patch = await input.target!.load('target-1')
  const of = { domain: 'target', scale: 1.5 } as const
  const stored = store.probabilities.get(`ensemble/target-1`)!
  const expected = await predictPatch(network, patch, input.statistics.target!, { ...of, flips: true })
  expect(differs(stored, expected)).toBe(false)
  expect(differs(stored, await predictPatch(network, patch, input.statistics.target!, of))).toBe(true)
  network.dispose()
})

function differs(a: Float32Array, b: Float32Array): boolean {
  return a.some((p, i) => Math.abs(p - b[i]!) > 1e-5)
}
