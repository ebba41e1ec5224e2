import { expect, test } from 'vitest'
import type { ByteStore } from './byteStore'
import type { RecordStore } from './database'
import { modelMethods } from './roundRecords'

test('a model is written with its manifest last, so that one cut short is never read; without one not at all', async () => {
  const done: string[] = []
  const bytes = {
    remove: async (path: readonly string[]) => void done.push(`remove ${path.join('/')}`),
    write: async (path: readonly string[]) => void done.push(`write ${path.join('/')}`),
  } as unknown as ByteStore
  const { writeModel } = modelMethods({} as RecordStore, bytes)
  const file = Uint8Array.of(1)
  await writeModel('m', { 'b.txt': file, 'manifest.json': file, 'a.txt': file })
  expect(done).toEqual([
    'remove models/m',
    'write models/m/b.txt',
    'write models/m/a.txt',
    'write models/m/manifest.json',
  ])
  await expect(writeModel('m', { 'a.txt': file })).rejects.toMatchObject({
    code: 'model-invalid',
    message: 'Model "m" has no manifest.json: it cannot be stored.',
  })
  expect(done).toHaveLength(4)
})
