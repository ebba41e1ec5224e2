import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { HistoryRecord } from '../../../core/review/records'
import {
  patchRecordFixture,
  roundFixture,
  sceneFixture,
  scenePieceFixture,
  verdictFixture,
} from '../../../core/review/records.testing'
import type { VerdictKind } from '../../../core/review/verdict'
import type { ProjectStore } from '../../../storage/projectStore'
import { createModelCatalogue } from '../modelCatalogue'
import { planRound } from './planRound'

const AT = '2026-01-01T00:00:00Z'
const network = (modelId: string, family: 'segformer' | 'swin-unet' = 'segformer') => ({
  ...roundFixture().networks[0]!,
  modelId,
  family,
})

/** Two rounds: the second goes on from the first and trained one network more. */
function project(change: Partial<ProjectStore> = {}): ProjectStore {
  const rounds = [
    roundFixture({ id: 'r1', index: 1, networks: [network('r1-seg')] }),
    roundFixture({
      id: 'r2',
      index: 2,
      parentRoundId: 'r1',
      networks: [network('r2-seg'), network('r2-swin', 'swin-unet')],
    }),
  ]
  const families: Record<string, string> = {
    'r1-learned': 'segformer',
    ...Object.fromEntries(
      rounds.flatMap(round => round.networks.map(({ modelId, family }) => [modelId, family])),
    ),
  }
  const manifest = (id: string) =>
    new TextEncoder().encode(
      JSON.stringify({
        format: 'scarp-model',
        version: 1,
        id,
        title: id,
        family: families[id],
        preset: 'tiny',
        weights: { file: 'weights.safetensors', sha256: 'a'.repeat(64) },
        bands: 14,
        classes: 2,
        parameters: 42,
        license: 'Apache-2.0',
        ...(id === 'r2-swin' && { scale: 2.5 }),
        ...(id === 'r1-learned' && { statistics: { source: moments(7), target: null } }),
      }),
    )
  return {
    patches: async () => [
      patchRecordFixture({
        id: 's1',
        domain: 'source',
        hasLabel: true,
        heldOut: false,
        statistics: { count: 4, mean: new Array(14).fill(0), m2: new Array(14).fill(1) },
      }),
    ],
    scenes: async () => [],
    rounds: async () => rounds,
    history: async () => [],
    importedModels: async () => [],
    readModel: async (id: string) =>
      families[id] ? { 'manifest.json': manifest(id), 'weights.safetensors': Uint8Array.of(1) } : null,
    ...change,
  } as unknown as ProjectStore
}

// The app ships no starters here: a network that no round has starts afresh.
beforeEach(() => {
  vi.stubGlobal('fetch', async () => {
    return new Response('{"models":[]}', { headers: { 'content-type': 'application/json' } })
  })
})

const plan = (request: Partial<Parameters<typeof planRound>[2]>, change: Partial<ProjectStore> = {}) => {
  const store = project(change)
  const config = { families: ['segformer' as const, 'swin-unet' as const], preset: 'tiny' }
  const catalogue = createModelCatalogue(store, 'https://scarp.test/models/')
  return planRound(store, catalogue, { config, ...request }, AT)
}

afterEach(() => vi.unstubAllGlobals())

test('a round goes on from the latest, network by network', async () => {
  expect(await plan({})).toMatchObject({
    index: 3,
    parentRoundId: 'r2',
    parents: { segformer: 'r2-seg', 'swin-unet': 'r2-swin' },
  })
})

test('after going back it goes on from that round: parent, networks, and none of a later one', async () => {
  const planned = await plan({ parentRoundId: 'r1', startFrom: { segformer: 'r1-seg' } })
  expect(planned).toMatchObject({ index: 3, parentRoundId: 'r1', parents: { segformer: 'r1-seg' } })
  expect(planned.parents).not.toHaveProperty('swin-unet')
  // Without a choice of models the parent's are taken all the same.
  expect((await plan({ parentRoundId: 'r1' })).parents).toEqual({ segformer: 'r1-seg' })
})

test('a parent that is not there is refused before anything is trained', async () => {
  await expect(plan({ parentRoundId: 'r9' })).rejects.toMatchObject({ code: 'bad-argument' })
})

test('a scale that was not asked for is the largest of the models gone on from', async () => {
  expect((await plan({})).config.scale).toBe(2.5)
  expect((await plan({ parentRoundId: 'r1' })).config.scale).toBe(1)
  const config = { families: ['swin-unet' as const], preset: 'tiny', scale: 2 }
  expect((await plan({ config })).config.scale).toBe(2)
})

test('models that predict stay in the ensemble where their families are not trained', async () => {
  const config = { families: ['segformer' as const], preset: 'tiny' }
  const planned = await plan({ config, ensemble: ['r2-seg', 'r2-swin'] })
  expect(planned).toMatchObject({ kept: ['r2-swin'], parents: { segformer: 'r2-seg' } })
})

test('a network that a round kept is what the next one that trains its family starts from', async () => {
  const store = project()
  const rounds = await store.rounds()
  const third = roundFixture({
    id: 'r3',
    index: 3,
    parentRoundId: 'r2',
    networks: [network('r2-seg')],
    kept: [{ modelId: 'r2-swin', family: 'swin-unet', weightsHash: 'bb' }],
  })
  const after = { ...store, rounds: async () => [...rounds, third] }
  const catalogue = createModelCatalogue(after, 'https://scarp.test/models/')
  expect((await catalogue.parent('swin-unet', 'tiny'))?.id).toBe('r2-swin')
  const { models } = await catalogue.all()
  expect(models.filter(({ current }) => current).map(({ id }) => id)).toContain('r2-swin')
})

const moments = (mean: number) => ({ count: 4, mean: new Array(14).fill(mean), m2: new Array(14).fill(1) })
const target = (id: string, change = {}) =>
  patchRecordFixture({ id, domain: 'target', hasLabel: false, statistics: moments(3), ...change })
const judged = (sequence: number, patchId: string, kind: VerdictKind): HistoryRecord => {
  const verdictAfter = verdictFixture({ id: `v${sequence}`, patchId, kind })
  return { sequence, kind: 'verdict', patchId, verdictBefore: null, verdictAfter, undone: false }
}

test('accepted masks are labels enough, unless they are held out; others are not', async () => {
  const patches = async () => [target('t1'), target('t2', { heldOut: true }), target('t3')]
  const history = async () => [judged(1, 't1', 'accepted'), judged(2, 't2', 'corrected')]
  expect(await plan({}, { patches, history })).toMatchObject({
    sourcePatchIds: [],
    targetPatchIds: ['t1', 't2', 't3'],
    heldOutPatchIds: ['t2'],
    // Nothing is known of what these models learned from: the event stands for itself.
    statistics: { source: { mean: moments(3).mean }, target: { mean: moments(3).mean } },
  })
  for (const none of [[judged(1, 't2', 'accepted')], [judged(1, 't1', 'rejected')], []]) {
    await expect(plan({}, { patches, history: async () => none })).rejects.toMatchObject({
      code: 'training-impossible',
    })
  }
})

test('bands that a scene lacks have the mean that the models learned which the round starts from, and the statistics too', async () => {
  const learned = roundFixture({ id: 'r1', index: 1, networks: [network('r1-learned')] })
  const scene = sceneFixture({
    samples: [{ ...sceneFixture().samples[0]!, statistics: moments(3) }],
  })
  const cell = scenePieceFixture(1)
  const change = {
    patches: async () => [...(await project().patches()), cell],
    scenes: async () => [scene],
  }
  const config = { families: ['segformer' as const], preset: 'tiny' }
  const planned = await plan({ config }, { ...change, rounds: async () => [learned] })
  expect(planned.means).toEqual(moments(7).mean)
  // B10 alone is not in the product.
  expect(planned.statistics.target!.mean).toEqual(
    moments(3).mean.map((mean, band) => (band === 9 ? 7 : mean)),
  )
  // Models that say nothing of what they learned from leave it as it was stored.
  const silent = await plan({ config }, change)
  expect(silent).not.toHaveProperty('means')
  expect(silent.statistics.target!.mean).toEqual(moments(3).mean)
})
