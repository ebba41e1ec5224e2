import { zipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'
import { createFilesClient } from './client'
import { madeScene } from './madeScene.testing'
import type { FilesClient, ImportEvent, SceneChoices } from './protocol'

let store: ProjectStore
let client: FilesClient

beforeAll(async () => {
  store = await openProjectStore()
  await store.clear()
  client = createFilesClient()
})

afterAll(async () => {
  client.terminate()
  await store.clear()
})

/** Where members of zips are unpacked. */
async function unpacked(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle('unpacked-archives', { create: true })
}

async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = []
  for await (const name of folder.keys()) names.push(name)
  return names.sort()
}

test('a scene in a zip is unpacked once to the disk and added; nothing of the zip stays, nor what a crash left', async () => {
  const root = await unpacked()
  await root.getDirectoryHandle('of-a-crashed-tab', { create: true })
  await root.getDirectoryHandle('of-another-tab', { create: true })
  let end: () => void = () => undefined
  void navigator.locks.request(
    'unpacked-archives:of-another-tab',
    () => new Promise<void>(done => (end = done)),
  )

  // 2.3 MB of bands, which go to the disk.
  const { bands, elevation } = await madeScene(300, 300)
  const members = await Promise.all(
    [bands, elevation].map(
      async ({ path, file }) => [path, new Uint8Array(await file.arrayBuffer())] as const,
    ),
  )
  const zip = new Blob([zipSync(Object.fromEntries(members), { level: 1 }) as Uint8Array<ArrayBuffer>])
  const events: ImportEvent[] = []
  const request = { files: [{ path: 'product.zip', file: zip }], domain: 'auto' as const }
  await client.call('import', request, { onEvent: event => events.push(event) })
  const [found] = events
  if (found?.kind !== 'scenes') throw new Error(`There is no scene in ${JSON.stringify(events)}`)
  const { drop } = found
  const folders = await namesIn(root)
  expect(folders).toContain('of-another-tab')
  expect(folders).not.toContain('of-a-crashed-tab')
  const own = folders.filter(name => name !== 'of-another-tab')
  expect(own).toHaveLength(1)
  const unpackedMembers = await namesIn(await root.getDirectoryHandle(own[0]!))
  expect(unpackedMembers).toEqual(['member-0'])

  const choices: SceneChoices = {
    ...{ scene: 'scene', bands: {}, quantification: null, offset: null, resampling: 'nearest' },
    ...{ elevation: drop.elevation.map(({ path }) => path), slope: null, area: null },
  }
  const picture = await client.call('quickLook', { drop: drop.id, scene: 'scene', size: 256 })
  expect([picture.width, picture.height, picture.step]).toEqual([300, 300, 1])
  const plan = await client.call('planScene', { drop: drop.id, choices })
  expect(plan).toMatchObject({ cells: 1, pieces: 1, covered: 1, seconds: expect.any(Number) })
  const { scene, added } = await client.call('addScene', { drop: drop.id, choices })
  expect(await store.scenes()).toEqual([scene])
  expect(await store.patches()).toEqual(added)
  const { data, valid } = await store.readPixels(added[0]!.id)
  expect(valid).toBeNull()
  // B1 and elevation of the first pixel, as they were written.
  expect([data[0], data[13 * 300 * 300]]).toEqual([400, 500])

  await client.call('closeDrop', { drop: drop.id })
  expect(await namesIn(root)).toEqual(['of-another-tab'])
  await expect(client.call('planScene', { drop: drop.id, choices })).rejects.toMatchObject({
    code: 'bad-argument',
  })
  end()
  await root.removeEntry('of-another-tab')
})
