import { expect, test } from 'vitest'
import { roundFixture } from '../../core/review/records.testing'
import { startEngine } from '../models/predict'
import { openProject } from '../session/openProject'
import { type Disk, emptyDisk, openStudio, patchRecord, ramp, SIDE } from '../studio.testing'
import { goBack, restoreRound } from './restoreRound'
import { startRound } from './runRound'
import { canGoBack, roundInUse } from './selectors'

const round = (index: number, parentRoundId: string | null) =>
  roundFixture({
    id: `r${index}`,
    index,
    parentRoundId,
    networks: [{ ...roundFixture().networks[0]!, modelId: `r${index}-seg` }],
  })

const constant = (value: number) => new Float32Array(SIDE * SIDE).fill(value)

/** Two rounds; the second's map is shown. Target t2 came after the first round. */
function twoRounds(): Disk {
  const disk = emptyDisk([
    patchRecord('t1', { predictedBy: ['r2-seg'] }),
    patchRecord('t2', { predictedBy: ['r2-seg'] }),
    patchRecord('s3', { hasLabel: true, domain: 'source' }),
  ])
  disk.rounds = [round(1, null), round(2, 'r1')]
  disk.probabilities.set('t1/r1-seg', ramp())
  for (const id of ['t1', 't2']) {
    disk.probabilities.set(`${id}/r2-seg`, constant(0.9))
    disk.probabilities.set(`${id}/ensemble`, constant(0.9))
  }
  return disk
}

async function opened(disk: Disk) {
  const requests: Record<string, unknown>[] = []
  const models = ['r1-seg', 'r2-seg'].map(id => ({
    id,
    family: 'segformer',
    canPredict: true,
    current: id === 'r2-seg',
  }))
  const studio = openStudio(disk, async (method, request) => {
    if (method === 'start') return { backend: 'webgpu', canTrain: true }
    if (method === 'models') return { models, damaged: [] }
    if (method === 'startRound') {
      requests.push(request as Record<string, unknown>)
      return round(3, (request as { parentRoundId: string | null }).parentRoundId ?? 'r2')
    }
    return null
  })
  await openProject(studio)
  await startEngine(studio)
  return { studio, requests }
}

test('going back shows that round’s map from what is stored, says what it lacks, and deletes nothing', async () => {
  const disk = twoRounds()
  const { studio } = await opened(disk)
  await restoreRound(studio, 'r1')
  expect(disk.probabilities.get('t1/ensemble')).toEqual(ramp())
  expect(disk.probabilities.get('t2/ensemble')).toEqual(constant(0.9))
  const {
    patches: { list: patches },
    models: { ensemble, startFrom },
    rounds: { list: rounds },
    shell: { notices },
  } = studio.store.getState()
  expect(patches.map(({ predictedBy }) => predictedBy)).toEqual([['r1-seg'], ['r2-seg'], undefined])
  expect({ ensemble, startFrom }).toEqual({ ensemble: ['r1-seg'], startFrom: { segformer: 'r1-seg' } })
  expect(rounds).toHaveLength(2)
  expect(roundInUse(studio.store.getState())?.id).toBe('r1')
  expect(notices.at(-1)?.message).toMatch(/1 patch that it did not map/)
  // The mask on screen is the round's: half of the ramp.
  expect(studio.store.getState().review.shares.t1).toBe(0.5)
  expect(disk.probabilities.get('t1/r2-seg')).toEqual(constant(0.9))
  // Nothing was predicted, although it runs as a job of that kind.
  await studio.writes.settled()
  expect(disk.audit?.map(({ kind }) => kind)).toEqual(['round-restored'])
})

test('choosing the latest again brings all of it back', async () => {
  const disk = twoRounds()
  const before = new Map(disk.probabilities)
  const { studio } = await opened(disk)
  await restoreRound(studio, 'r1')
  await restoreRound(studio, 'r2')
  expect(disk.probabilities).toEqual(before)
  expect(studio.store.getState()).toMatchObject({
    models: { ensemble: null, startFrom: {} },
    rounds: { baseId: null },
  })
})

test('a round after going back, and a reload, has the restored round as its parent; the one after it has that', async () => {
  const disk = { ...twoRounds(), patches: twoRounds().patches }
  const first = await opened(disk)
  await restoreRound(first.studio, 'r1')
  const { studio, requests } = await opened(disk)
  expect(roundInUse(studio.store.getState())?.id).toBe('r1')
  await startRound(studio)
  expect(requests[0]).toMatchObject({ parentRoundId: 'r1', startFrom: { segformer: 'r1-seg' } })
  expect(roundInUse(studio.store.getState())).toMatchObject({ id: 'r3', parentRoundId: 'r1' })
  await startRound(studio)
  expect(requests[1]).toMatchObject({ parentRoundId: null, startFrom: {} })
})

test('while a round is unfinished no other is taken up', async () => {
  const disk = twoRounds()
  const { studio } = await opened(disk)
  studio.store.change({ rounds: { unfinished: { index: 3 } as never } })
  await restoreRound(studio, 'r1')
  expect(studio.store.getState().rounds.baseId).toBeNull()
})

test('from a first round the way back leads to the models it started from, which predict again', async () => {
  const disk = twoRounds()
  const first = round(1, null)
  disk.rounds = [{ ...first, networks: [{ ...first.networks[0]!, parentModelId: 'starter' }] }]
  const requests: unknown[] = []
  const models = ['starter', 'r1-seg'].map(id => {
    return { id, family: 'segformer', canPredict: true, current: id === 'r1-seg' }
  })
  const studio = openStudio(disk, async (method, request) => {
    if (method === 'start') return { backend: 'webgpu', canTrain: true }
    if (method === 'models') return { models, damaged: [] }
    if (method !== 'predict') return null
    requests.push(request)
    return { patchIds: [], seconds: 1, maskThreshold: 0.5, normalisation: ['Their own.'] }
  })
  await openProject(studio)
  await startEngine(studio)
  expect(canGoBack(studio.store.getState())).toBe(true)
  await goBack(studio)
  expect(requests).toMatchObject([{ modelIds: ['starter'] }])
  expect(disk).toMatchObject({ ensemble: ['starter'], startFrom: { segformer: 'starter' } })
  expect(canGoBack(studio.store.getState())).toBe(false)
})

test('the map of a round counts the networks that it kept, and going back to it has them predict too', async () => {
  const disk = twoRounds()
  const [first, second] = disk.rounds!
  const kept = [{ modelId: 'other', family: 'swin-unet' as const, weightsHash: 'bb' }]
  disk.rounds = [{ ...first!, kept }, second!]
  disk.probabilities.set('t1/other', constant(1))
  const { studio } = await opened(disk)
  await restoreRound(studio, 'r1')
  expect(disk.probabilities.get('t1/ensemble')![0]).toBe((ramp()[0]! + 1) / 2)
  const patch = studio.store.getState().patches.list.find(({ id }) => id === 't1')
  expect(patch?.predictedBy).toEqual(['r1-seg', 'other'])
  expect(patch?.prediction?.models).toContainEqual({ id: 'other', weightsHash: 'bb' })
  expect(disk.ensemble).toEqual(['r1-seg', 'other'])
})
