import { expect, test } from 'vitest'
import type { StoredPixels } from '../../core/project/rasterFiles'
import { openRaster } from '../../core/raster/openRaster'
import type { PatchRecord } from '../../core/review/records'
import type { ProjectStore } from '../../storage/projectStore'
import { patchFile } from '../patchFile.testing'
import type { ImportEvent } from '../protocol'
import { importDrop } from './importDrop'
import { readReplacement } from './readReplacement'
import { SceneDrops } from './sceneDrops'

/** What is read and stored of patches, in memory. */
function memoryStore() {
  const records: PatchRecord[] = []
  const pixels = new Map<string, StoredPixels>()
  const store = {
    patch: async (id: string) => records.find(record => record.id === id)!,
    patches: async () => records.filter(({ removed }) => !removed),
    removedPatches: async () => records.filter(({ removed }) => removed),
    putPatch: async (record: PatchRecord, stored: StoredPixels) => {
      records.push({ ...record })
      pixels.set(record.id, stored)
    },
    readPixels: async (id: string) => pixels.get(id)!,
    updatePatches: async () => undefined,
    unfinishedRound: async () => null,
  }
  return { store: store as unknown as ProjectStore, records, pixels }
}

const quiet = { signal: new AbortController().signal, onProgress: () => undefined }

/** A project of one labelled and one unlabelled patch. */
async function project() {
  const memory = memoryStore()
  const files = [
    { path: 'img/image_1.h5', file: await patchFile('img', 1) },
    { path: 'mask/mask_1.h5', file: await patchFile('mask', 1) },
    { path: 'img/image_2.h5', file: await patchFile('img', 2) },
  ]
  const drops = new SceneDrops(openRaster, () => null)
  const onEvent = (_: ImportEvent) => undefined
  await importDrop(memory.store, openRaster, drops, { files, domain: 'auto' }, { ...quiet, onEvent })
  const [labelled, plain] = memory.records
  const read = async (former: PatchRecord, path: string, file: Blob) =>
    (await readReplacement(memory.store, openRaster, { patchId: former.id, path, file }, quiet)).patch
  return { ...memory, labelled: labelled!, plain: plain!, read }
}

test('another file becomes a removed patch with name, place, label and note of the former, and pixels of its own', async () => {
  const { labelled, read, records, pixels } = await project()
  Object.assign(labelled, { name: 'north slope', note: 'cloudy', heldOut: true, exported: 'x' })
  const patch = await read(labelled, 'better/image_9.h5', await patchFile('img', 9))
  const { name, order, domain, hasLabel, heldOut, note } = labelled
  expect(patch).toMatchObject({ name, order, domain, hasLabel, heldOut, note, removed: true })
  expect(patch).toMatchObject({ path: 'better/image_9.h5', width: labelled.width })
  expect(patch).not.toHaveProperty('exported')
  expect(patch.statistics).not.toEqual(labelled.statistics)
  expect(records).toContainEqual(patch)
  expect(pixels.get(patch.id)!.label).toEqual(pixels.get(labelled.id)!.label)
  expect(pixels.get(patch.id)!.data).not.toEqual(pixels.get(labelled.id)!.data)
})

test('one file may take the place of a patch again: each time is a patch of its own', async () => {
  const { plain, read, records } = await project()
  const file = await patchFile('img', 9)
  const ids = [await read(plain, '9.h5', file), await read(plain, '9.h5', file)].map(({ id }) => id)
  expect(new Set([...ids, plain.id]).size).toBe(3)
  expect(records.filter(({ removed }) => removed)).toHaveLength(2)
})

test('what a patch has already, a damaged file and one of another size are refused, and nothing is stored', async () => {
  const { plain, read, records } = await project()
  const twice = read(plain, '2.h5', await patchFile('img', 2))
  await expect(twice).rejects.toThrow('"2.h5" holds the same pixels that image_2 has already')
  const others = read(plain, '1.h5', await patchFile('img', 1))
  await expect(others).rejects.toThrow('img/image_1.h5, a patch already, has')
  await expect(read(plain, 'cut.h5', (await patchFile('img', 9)).slice(0, 400))).rejects.toThrow('cut.h5')
  const narrow = { ...plain, width: 16, id: 'narrow' }
  records.push(narrow)
  await expect(read(narrow, '9.h5', await patchFile('img', 9))).rejects.toMatchObject({
    code: 'shape-mismatch',
    message: expect.stringContaining('has 32 x 32 pixels, image_2 has 16 x 32'),
  })
  expect(records.filter(({ removed }) => removed)).toEqual([])
})
