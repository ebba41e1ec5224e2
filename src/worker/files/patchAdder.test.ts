import { describe, expect, test } from 'vitest'
import { isId } from '../../core/foundation/ids'
import type { Domain, Patch } from '../../core/patches/patch'
import type { PatchRecord } from '../../core/review/records'
import type { ProjectStore } from '../../storage/projectStore'
import { contentKey, createPatchAdder, patchIdentity } from './patchAdder'

describe('patch adder', () => {
  /** The methods that adding needs, in memory. */
  function memoryStore() {
    const records: PatchRecord[] = []
    const store = {
      patches: async () => records.filter(record => !record.removed),
      removedPatches: async () => records.filter(record => record.removed),
      removePatch: async (id: string) => {
        records.splice(
          records.findIndex(record => record.id === id),
          1,
        )
      },
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

  test('a removed patch is added again as if it had never been there', async () => {
    const { store, records } = memoryStore()
    await (await createPatchAdder(store)).add(patch(1, { labelled: false }), 'img/1.h5')
    Object.assign(records[0]!, { removed: true, note: 'shadow' })
    const again = await (await createPatchAdder(store)).add(patch(1), 'img/1.h5')
    expect(again).toMatchObject({ patchId: records[0]!.id, replaced: false })
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({ hasLabel: true })
    expect(records[0]).not.toHaveProperty('note')
  })

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
    const added = await second.finish()
    expect(records.slice(0, 10).map(record => [record.id, record.heldOut])).toEqual(decided)
    expect(added.some(record => record.heldOut)).toBe(true)
    expect(new Set(records.map(record => record.order)).size).toBe(30)
  })

  test('where the only labelled patch left is held out, one that is added is to train on', async () => {
    const { store, records } = memoryStore()
    const first = await createPatchAdder(store)
    await first.add(patch(5), 'img/5.h5')
    await first.finish()
    records[0]!.heldOut = true
    const second = await createPatchAdder(store)
    await second.add({ ...patch(1), label: Uint8Array.of(0, 0) }, 'img/1.h5')
    await second.finish()
    expect(records.map(record => record.heldOut)).toEqual([true, false])
  })

  test('the same pixels are added once and remarked on, in one import and across two', async () => {
    const { store, records } = memoryStore()
    const adder = await createPatchAdder(store)
    const note = { reason: 'value-scale', message: 'guessed scale' } as const
    await adder.add(patch(1, { labelled: false }), 'a/image_1.h5', [note])
    expect(await adder.add(patch(1), 'b/image_1.h5')).toMatchObject({
      leftOut: { reason: 'label-unused', message: expect.stringContaining('without a label') },
    })
    expect(await adder.finish()).toMatchObject([{ path: 'a/image_1.h5' }])
    const again = await createPatchAdder(store)
    expect(await again.add(patch(1, { labelled: false }), 'c/image_1.h5')).toMatchObject({
      patchId: records[0]!.id,
      leftOut: { reason: 'duplicate', message: expect.stringContaining('a/image_1.h5') },
    })
    expect(await again.finish()).toEqual([])
    expect(records).toHaveLength(1)
    expect(records[0]!.problems).toEqual([note])
  })
})

describe('patch identity', () => {
  const patch = (name: string, ...values: number[]) => ({
    name,
    width: 2,
    height: 1,
    data: Float32Array.from(values),
  })

  test('the same pixels give the same key whatever the name, others another', async () => {
    const [a, again, renamed, other] = await Promise.all([
      patchIdentity(patch('image_1', 1, 2)),
      patchIdentity(patch('image_1', 1, 2)),
      patchIdentity(patch('image_9', 1, 2)),
      patchIdentity(patch('image_1', 1, 3)),
    ])
    expect(again).toBe(a)
    expect(renamed).not.toBe(a)
    expect(contentKey(renamed!)).toBe(contentKey(a!))
    expect(contentKey(other!)).not.toBe(contentKey(a!))
  })

  test('a view of a larger buffer is hashed by its own values, and size tells apart', async () => {
    const large = Float32Array.of(9, 1, 2, 9)
    const view = { ...patch('image_1'), data: large.subarray(1, 3) }
    expect(await patchIdentity(view)).toBe(await patchIdentity(patch('image_1', 1, 2)))
    const turned = { ...patch('image_1', 1, 2), width: 1, height: 2 }
    expect(contentKey(await patchIdentity(turned))).not.toBe(contentKey(await patchIdentity(view)))
  })

  test('names are made safe and short, and never empty', async () => {
    expect(await patchIdentity(patch('a/b ~c', 1, 2))).toMatch(/^a-b-c~2x1~[0-9a-f]{16}$/)
    expect(await patchIdentity(patch('', 1, 2))).toMatch(/^patch~/)
    expect((await patchIdentity(patch('x'.repeat(300), 1, 2))).length).toBeLessThan(70)
    // A letter of two halves at the cut, names that every object has, and what leads out of a folder.
    for (const name of [`${'x'.repeat(39)}𠮷`, '__proto__', 'constructor', '..', '../../x', '.', 'a\u202eb'])
      expect(isId(await patchIdentity(patch(name, 1, 2))), name).toBe(true)
  })
})
