import { expect, test } from 'vitest'
import type { Domain, Patch } from '../../core/patches/patch'
import type { PatchRecord, ProjectStore } from '../../storage/projectStore'
import { createPatchAdder } from './patchAdder'

/** The three methods that adding needs, in memory. */
function memoryStore() {
  const records: PatchRecord[] = []
  const store = {
    patches: async () => records,
    putPatch: async (record: PatchRecord) => {
      records.push({ ...record })
    },
    updatePatches: async (changes: ReadonlyMap<string, Partial<PatchRecord>>) => {
      for (const [id, change] of changes) Object.assign(records.find(record => record.id === id)!, change)
    },
  }
  return { store: store as unknown as ProjectStore, records }
}

function patch(number: number, { domain = 'source' as Domain, labelled = true } = {}): Patch {
  return {
    id: 'ignored',
    name: `image_${number}`,
    domain,
    width: 2,
    height: 1,
    data: Float32Array.from({ length: 28 }, (_, index) => index + number),
    valid: null,
    label: labelled ? Uint8Array.of(0, 1) : null,
    scale: 'raw',
    georeference: null,
  }
}

test('holds out about a fifth of the labelled source patches, and no others', async () => {
  const { store, records } = memoryStore()
  const adder = await createPatchAdder(store)
  for (let number = 1; number <= 10; number++) await adder.add(patch(number), `img/${number}.h5`)
  for (let number = 11; number <= 14; number++) {
    await adder.add(patch(number, { domain: 'target', labelled: false }), `new/${number}.h5`)
  }
  await adder.finish()
  const heldOut = records.filter(record => record.heldOut)
  expect(heldOut).toHaveLength(2)
  expect(heldOut.every(record => record.domain === 'source')).toBe(true)
  expect(records.map(record => record.order)).toEqual(records.map((_, index) => index))
})

test('a later import leaves what was decided, and goes on numbering', async () => {
  const { store, records } = memoryStore()
  const first = await createPatchAdder(store)
  for (let number = 1; number <= 10; number++) await first.add(patch(number), `img/${number}.h5`)
  await first.finish()
  const decided = records.map(record => [record.id, record.heldOut])
  const second = await createPatchAdder(store)
  for (let number = 11; number <= 30; number++) await second.add(patch(number), `img/${number}.h5`)
  const { added } = await second.finish()
  expect(records.slice(0, 10).map(record => [record.id, record.heldOut])).toEqual(decided)
  expect(added.some(record => record.heldOut)).toBe(true)
  expect(new Set(records.map(record => record.order)).size).toBe(30)
})

test('the same pixels are added once and remarked on, in one import and across two', async () => {
  const { store, records } = memoryStore()
  const adder = await createPatchAdder(store)
  await adder.add(patch(1, { labelled: false }), 'a/image_1.h5')
  await adder.add(patch(1), 'b/image_1.h5')
  const { remarks } = await adder.finish([{ path: 'a/image_1.h5', message: 'guessed scale' }])
  const again = await createPatchAdder(store)
  await again.add(patch(1, { labelled: false }), 'c/image_1.h5')
  expect((await again.finish()).remarks).toEqual([
    { path: 'c/image_1.h5', message: expect.stringContaining('a/image_1.h5') },
  ])
  expect(remarks.map(({ path }) => path)).toEqual(['a/image_1.h5', 'b/image_1.h5'])
  expect(remarks[1]!.message).toContain('without a label')
  expect(records).toHaveLength(1)
  expect(records[0]!.problems).toEqual(['guessed scale'])
})
