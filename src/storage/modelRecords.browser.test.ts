import { afterEach, beforeEach, expect, test } from 'vitest'
import { cdp } from 'vitest/browser'
import { openProjectStore } from './openProjectStore'
import type { ImportedModelRecord, ProjectStore } from './projectStore'

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
