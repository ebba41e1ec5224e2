import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cdp } from 'vitest/browser'
import type { ImportedModelRecord } from '../core/project/projectRecords'
import type { UnfinishedRound } from '../core/review/records'
import {
  patchRecordFixture,
  pixelsFixture,
  roundFixture,
  verdictFixture,
} from '../core/review/records.testing'
import { openProjectStore } from './openProjectStore'
import type { ProjectStore } from './projectStore'

describe('model records', () => {
  const NAME = 'scarp-models-test'
  const record = (id: string, at = '2026-01-01T00:00:00Z'): ImportedModelRecord => ({
    id,
    at,
    from: `${id}.safetensors`,
    needsTraining: false,
    notes: [],
  })
  const folder = { 'manifest.json': Uint8Array.of(1), 'weights.safetensors': Uint8Array.of(2, 3) }
  let store: ProjectStore

  beforeEach(async () => {
    store = await openProjectStore({ name: NAME })
    await store.clear()
  })

  afterEach(() => store.clear())

  test('imported models are found again in the order of arrival, and go with their folder', async () => {
    await store.putImportedModel(record('b', '2026-01-02T00:00:00Z'), folder)
    await store.putImportedModel(record('z'), folder)
    const again = await openProjectStore({ name: NAME })
    expect((await again.importedModels()).map(({ id }) => id)).toEqual(['z', 'b'])
    expect(await again.readModel('b')).toEqual(folder)
    expect(Object.keys((await again.readModel('b', ['manifest.json', 'card']))!)).toEqual(['manifest.json'])
    await again.removeImportedModel('b')
    await again.removeImportedModel('b')
    expect((await store.importedModels()).map(({ id }) => id)).toEqual(['z'])
    expect(await store.readModel('b')).toBeNull()
  })

  test('a model of a round is neither replaced by an import nor removed as one', async () => {
    await store.writeModel('round-1-segformer', folder)
    await expect(store.putImportedModel(record('round-1-segformer'), folder)).rejects.toMatchObject({
      code: 'bad-argument',
    })
    await store.removeImportedModel('round-1-segformer')
    expect(await store.readModel('round-1-segformer')).toEqual(folder)
    expect(await store.importedModels()).toEqual([])
  })

  test('the choice of models is part of the project', async () => {
    await store.updateProject({ ensemble: ['a', 'b'], startFrom: { segformer: 'a' } })
    const again = await openProjectStore({ name: NAME })
    expect(await again.project()).toMatchObject({ ensemble: ['a', 'b'], startFrom: { segformer: 'a' } })
  })

  test('a model that the disk has no room for leaves nothing behind', async () => {
    const { usage } = await store.estimate()
    const session = cdp() as unknown as { send(method: string, parameters: object): Promise<unknown> }
    const origin = location.origin
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 50_000 })
    try {
      const big = { ...folder, 'weights.safetensors': new Uint8Array(1_000_000) }
      await expect(store.putImportedModel(record('big'), big)).rejects.toMatchObject({ code: 'storage-full' })
    } finally {
      await session.send('Storage.overrideQuotaForOrigin', { origin })
    }
    expect(await store.importedModels()).toEqual([])
    expect(await store.readModel('big')).toBeNull()
  })
})

describe('unfinished records', () => {
  const NAME = 'scarp-unfinished-test'
  const PATCH = patchRecordFixture().id
  const EMPTY = { count: 0, mean: [], m2: [] }
  const { config, networks } = roundFixture()
  let store: ProjectStore

  const round: UnfinishedRound = {
    id: 'round-1',
    index: 1,
    parentRoundId: null,
    at: '2024-05-01T12:00:00.000Z',
    config,
    statistics: { source: EMPTY, target: null },
    verdicts: [verdictFixture()],
    sourcePatchIds: ['a'],
    heldOutPatchIds: [],
    targetPatchIds: [PATCH],
    parents: { segformer: 'starter' },
    finished: networks,
    saved: { family: 'segformer', step: 3, at: '2024-05-01T12:01:00.000Z' },
    curves: { segformer: { steps: 9, losses: [[1, 2.5]], heldOut: [[1, null]] } },
    resumed: 0,
    stopped: null,
  }

  beforeEach(async () => {
    store = await openProjectStore({ name: NAME })
    await store.clear()
    await store.putPatch(patchRecordFixture(), pixelsFixture())
  })

  afterEach(() => store.clear())

  test('an unfinished round is found again as it was, and there is one at most', async () => {
    expect(await store.unfinishedRound()).toBeNull()
    await store.putUnfinishedRound({ ...round, id: 'round-1-of-before' })
    await store.putUnfinishedRound(round)
    const again = await openProjectStore({ name: NAME })
    expect(await again.unfinishedRound()).toEqual(round)
    await again.putUnfinishedRound({ ...round, stopped: 'Lost.' })
    expect((await store.unfinishedRound())?.stopped).toBe('Lost.')
  })

  test('frozen labels stay what they were whatever is painted or predicted afterwards', async () => {
    await store.writeMask(PATCH, Uint8Array.of(0, 1, 0, 1, 0, 1))
    await store.writeProbability(PATCH, 'ensemble', Float32Array.of(0, 0.5, 1, 0, 0.5, 1))
    await store.freezeLabels('round-1', { masks: [PATCH], probabilities: [PATCH] })
    await store.writeMask(PATCH, new Uint8Array(6))
    await store.writeProbability(PATCH, 'ensemble', new Float32Array(6))
    expect(await store.readFrozen('round-1', 'mask', PATCH)).toEqual(Uint8Array.of(0, 1, 0, 1, 0, 1))
    const frozen = await store.readFrozen('round-1', 'ensemble', PATCH)
    expect([...new Float32Array(frozen!.buffer)]).toEqual([0, 0.5, 1, 0, 0.5, 1])
    expect(await store.readFrozen('round-1', 'mask', 'other')).toBeNull()
  })

  test('clearing it away takes its checkpoint, its models and their probabilities, and nothing else', async () => {
    const files = { 'manifest.json': Uint8Array.of(1) }
    await store.putUnfinishedRound(round)
    await store.writeCheckpoint('round-1', 'segformer', Uint8Array.of(1, 2))
    await store.writeCheckpoint('round-1', 'segformer', Uint8Array.of(3))
    expect(await store.readCheckpoint('round-1', 'segformer')).toEqual(Uint8Array.of(3))
    await store.writeModel('round-1-segformer', files)
    await store.writeModel('starter', files)
    await store.writeProbability(PATCH, 'round-1-segformer', new Float32Array(6))
    await store.writeProbability(PATCH, 'ensemble', new Float32Array(6))
    await store.removeUnfinishedRound()
    expect(await store.unfinishedRound()).toBeNull()
    expect(await store.readCheckpoint('round-1', 'segformer')).toBeNull()
    expect(await store.readModel('round-1-segformer')).toBeNull()
    expect(await store.readProbability(PATCH, 'round-1-segformer')).toBeNull()
    expect(await store.readModel('starter')).toEqual(files)
    expect(await store.readProbability(PATCH, 'ensemble')).not.toBeNull()
  })

  test('a round on record is finished: what a closed tab left of it counts no more, and its models stay', async () => {
    await store.putUnfinishedRound(round)
    await store.writeModel('round-1-segformer', { 'manifest.json': Uint8Array.of(1) })
    await store.putRound(roundFixture())
    expect(await store.unfinishedRound()).toBeNull()
    await store.removeUnfinishedRound()
    expect(await store.readModel('round-1-segformer')).not.toBeNull()
  })

  test('a round stored before targets were recorded opens with what means the same', async () => {
    const { target: _, config: whole, ...rest } = roundFixture()
    const { scale, ohem, emaDecay, softPseudoLabels, stopWhenChangedBelow, ...old } = whole
    const database = await openDB(NAME)
    await database.add('rounds', { ...rest, config: old })
    database.close()
    const [found] = await store.rounds()
    expect(found).toMatchObject({
      target: null,
      config: { scale: 1, ohem: null, emaDecay: 0, softPseudoLabels: false, stopWhenChangedBelow: 0 },
    })
    expect([scale, emaDecay, stopWhenChangedBelow].every(Number.isFinite) && ohem && softPseudoLabels).toBe(
      true,
    )
  })
})
