import { deleteDB } from 'idb'
import { afterEach, expect, test, vi } from 'vitest'
import { patchRecordFixture } from '../core/review/records.testing'
import { MIGRATIONS, type Migration, openDatabase } from './database'

const NAME = 'scarp-migration-test'

afterEach(() => deleteDB(NAME))

/** What a later version might do: rewrite every patch record. */
const renumber: Migration = {
  version: MIGRATIONS.length + 1,
  async upgrade(_database, transaction) {
    const patches = transaction.objectStore('patches')
    for (const record of await patches.getAll()) await patches.put({ ...record, order: record.order + 100 })
  },
}

test('an older project is brought up to date step by step, and only once', async () => {
  const closed = vi.fn()
  const old = await openDatabase(NAME, closed)
  await old.put('patches', patchRecordFixture({ order: 3 }))
  const later = await openDatabase(NAME, () => {}, [...MIGRATIONS, renumber])
  expect(closed).toHaveBeenCalledTimes(1)
  expect((await later.getAll('patches'))[0]!.order).toBe(103)
  later.close()
  const again = await openDatabase(NAME, () => {}, [...MIGRATIONS, renumber])
  expect((await again.getAll('patches'))[0]!.order).toBe(103)
  again.close()
})

test('a project of a newer version is refused with what to do', async () => {
  const later = await openDatabase(NAME, () => {}, [...MIGRATIONS, renumber])
  later.close()
  await expect(openDatabase(NAME)).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('newer version'),
  })
})

test('a step that fails leaves the older project whole', async () => {
  const old = await openDatabase(NAME)
  await old.put('patches', patchRecordFixture({ order: 3 }))
  old.close()
  const failing: Migration = {
    version: MIGRATIONS.length + 1,
    async upgrade(_database, transaction) {
      await transaction.objectStore('patches').clear()
      throw new Error('no luck')
    },
  }
  await expect(openDatabase(NAME, () => {}, [...MIGRATIONS, failing])).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('no luck'),
  })
  const again = await openDatabase(NAME)
  expect(await again.count('patches')).toBe(1)
  again.close()
})

test('migrations must be numbered without gaps', async () => {
  await expect(openDatabase(NAME, () => {}, [{ ...renumber, version: 7 }])).rejects.toMatchObject({
    code: 'internal',
  })
})
