import { deleteDB, type IDBPDatabase, openDB } from 'idb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { blobInput } from '../core/raster/inputFile'
import {
  patchRecordFixture,
  pixelsFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
} from '../core/review/records.testing'
import { storedFolders } from './byteStore'
import { openProjectStore } from './openProjectStore'
import { openProjects, type Projects, tabLock } from './projects'

const FIRST = 'scarp-projects-test'
const ID = patchRecordFixture().id
let projects: Projects

const clean = async () => {
  const all = openProjects(FIRST)
  for (const { id } of await all.list()) await all.remove(id, false)
  await all.sweep()
}

beforeEach(async () => {
  await clean()
  projects = openProjects(FIRST)
})
afterEach(clean)

const names = async () => (await projects.list()).map(({ name }) => name)
const databases = async () => (await indexedDB.databases()).map(({ name }) => name)

test('the one project of an earlier version opens as the first, with all that it holds', async () => {
  const earlier = await openProjectStore({ name: FIRST })
  await earlier.updateProject({ name: 'Wenchuan' })
  await earlier.putPatch(patchRecordFixture(), pixelsFixture())
  await earlier.putHistory([strokeFixture()])
  await earlier.writeMask(ID, Uint8Array.of(0, 1, 1, 0, 0, 0))
  const id = await projects.choose(null)
  const store = await openProjectStore({ name: id })
  expect(await store.patches()).toEqual([patchRecordFixture()])
  expect(await store.readPixels(ID)).toEqual(pixelsFixture())
  expect(await store.readMask(ID)).toEqual(Uint8Array.of(0, 1, 1, 0, 0, 0))
  expect(await projects.list()).toMatchObject([{ id: FIRST, name: 'Wenchuan', patches: 1, rounds: 0 }])
})

test('a tab opens the project it wants, else the one opened last', async () => {
  const first = await projects.choose(null)
  const other = await projects.create('Kerala')
  expect([await projects.choose(null), await projects.choose(other)]).toEqual([first, other])
  await new Promise(resolve => setTimeout(resolve, 2))
  expect(await projects.choose('gone')).toBe(other)
  await new Promise(resolve => setTimeout(resolve, 2))
  expect(await projects.choose(first)).toBe(first)
  expect(await names()).toEqual(['Untitled project', 'Kerala'])
})

test('projects keep apart: what is written into one is not in the other', async () => {
  const first = await openProjectStore({ name: await projects.choose(null) })
  const other = await openProjectStore({ name: await projects.create('Kerala') })
  await other.putPatch(patchRecordFixture(), pixelsFixture())
  expect([await first.patches(), (await other.patches()).length]).toEqual([[], 1])
  await expect(first.readPixels(ID)).rejects.toThrow()
})

test('a copy has every record and file, and a life of its own', async () => {
  const id = await projects.choose(null)
  const store = await openProjectStore({ name: id })
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await store.writeModel('round-1-unet', { 'manifest.json': Uint8Array.of(1) })
  await store.putScene(sceneFixture())
  for (const column of [0, 1, 2]) await store.putPatch(scenePieceFixture(column), pixelsFixture())
  expect((await projects.list()).map(({ patches }) => patches)).toEqual([3])
  const copy = await openProjectStore({ name: await projects.duplicate(id, 'Copy') })
  expect(await copy.project()).toMatchObject({ name: 'Copy' })
  expect(await copy.readPixels(ID)).toEqual(pixelsFixture())
  expect(await copy.readModel('round-1-unet')).toEqual({ 'manifest.json': Uint8Array.of(1) })
  expect(await copy.scenes()).toEqual([sceneFixture()])
  expect(await copy.scenePieces('scene_1')).toEqual(await store.scenePieces('scene_1'))
  expect(await copy.readPixels(scenePieceFixture(0).id)).toEqual(pixelsFixture())
  await copy.removeScene('scene_1')
  expect((await store.scenePieces('scene_1')).length).toBe(3)
  await copy.removePatch(ID)
  expect(await store.readPixels(ID)).toEqual(pixelsFixture())
})

test('an archive becomes a project of its own, and its files go with it', async () => {
  const id = await projects.choose(null)
  const store = await openProjectStore({ name: id })
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  // As the window does on opening: a project without a record of its own has no name to archive.
  await store.project()
  const { blob } = await store.saveArchive({ unsaved: [], includeUnfinished: true }, {})
  await store.updateProject({ name: 'Wenchuan' })
  const made = await projects.make(async name => {
    await (await openProjectStore({ name })).openArchive(blobInput('a.zip', blob), {})
  })
  expect(await (await openProjectStore({ name: made })).readPixels(ID)).toEqual(pixelsFixture())
  expect((await projects.list()).map(({ name, patches }) => [name, patches])).toEqual([
    ['Wenchuan', 1],
    ['Untitled project', 1],
  ])
  await projects.remove(made, false)
  await projects.sweep()
  expect((await storedFolders()).filter(folder => folder.startsWith(made))).toEqual([])
  expect(await store.readPixels(ID)).toEqual(pixelsFixture())
})

test('a copy that is cancelled or whose tab closed leaves nothing', async () => {
  const id = await projects.choose(null)
  await (await openProjectStore({ name: id })).putPatch(patchRecordFixture(), pixelsFixture())
  const signal = AbortSignal.abort()
  await expect(projects.duplicate(id, 'Copy', { signal })).rejects.toMatchObject({ code: 'aborted' })
  expect((await databases()).filter(name => name?.startsWith(`${FIRST}-`))).toEqual([`${FIRST}-projects`])

  let half = ''
  let isWritten = false
  // Its lock is held, as a tab that lives holds it: another tab's sweep leaves it alone.
  const filling = projects.make(async made => {
    half = made
    await (await openProjectStore({ name: made })).putPatch(patchRecordFixture(), pixelsFixture())
    isWritten = true
    await new Promise(() => undefined)
  })
  const left = filling.then(
    () => 'made',
    (thrown: Error) => thrown.name,
  )
  // Of a tab that closed no write is under way.
  await expect.poll(() => isWritten).toBe(true)
  expect(await projects.sweep()).toEqual([id])
  expect(await storedFolders()).toContain(half)
  await navigator.locks.request(`${half}:making`, { steal: true }, () => undefined)
  expect(await left).toBe('AbortError')
  expect(await projects.sweep()).toEqual([id])
  expect(await storedFolders()).not.toContain(half)
  expect(await databases()).not.toContain(half)
})

test('a copy that is finished while a sweep looks around stays', async () => {
  const id = await projects.choose(null)
  let finish: (() => void) | undefined
  const made = projects.make(async copy => {
    await (await openProjectStore({ name: copy })).updateProject({ name: 'Copy' })
    await new Promise<void>(done => {
      finish = done
    })
  })
  await expect.poll(() => finish).toBeDefined()
  // The sweep has read the list with the copy half made; before it asks for the lock, the copy is whole.
  const request = navigator.locks.request.bind(navigator.locks)
  const asked = vi.spyOn(navigator.locks, 'request').mockImplementation((async (
    name: string,
    options: LockOptions,
    held: LockGrantedCallback<unknown>,
  ) => {
    finish!()
    await made
    return request(name, options, held)
  }) as typeof navigator.locks.request)
  try {
    await projects.sweep()
    expect(asked).toHaveBeenCalledTimes(1)
  } finally {
    asked.mockRestore()
  }
  expect((await projects.list()).map(project => project.id)).toEqual([id, await made])
  expect(await names()).toContain('Copy')
})

test('a project that another tab begins to make while the list is read is not on it', async () => {
  const id = await projects.choose(null)
  let stop: ((why: Error) => void) | undefined
  let making: Promise<unknown> = Promise.resolve()
  const databasesNow = indexedDB.databases.bind(indexedDB)
  const asked = vi.spyOn(indexedDB, 'databases').mockImplementation(async () => {
    making = projects.make(async half => {
      await (await openProjectStore({ name: half })).updateProject({ name: 'Half' })
      await new Promise<void>((_, fail) => {
        stop = fail
      })
    })
    making.catch(() => undefined)
    await expect.poll(() => stop).toBeDefined()
    return databasesNow()
  })
  try {
    expect((await projects.list()).map(project => project.id)).toEqual([id])
    expect(asked).toHaveBeenCalledTimes(1)
  } finally {
    asked.mockRestore()
    stop?.(new Error('Stopped.'))
  }
  await expect(making).rejects.toThrow('Stopped.')
})

test('a project that is removed is off the list at once, and deleted with its files by the next sweep', async () => {
  const first = await projects.choose(null)
  const id = await projects.create('Kerala')
  await (await openProjectStore({ name: id })).putPatch(patchRecordFixture(), pixelsFixture())
  await projects.remove(id, false)
  expect(await names()).toEqual(['Untitled project'])
  expect(await projects.choose(id)).toBe(first)
  await projects.sweep()
  expect(await storedFolders()).not.toContain(id)
  expect(await databases()).not.toContain(id)
})

test('a project that another tab has open is not removed', async () => {
  const id = await projects.choose(null)
  const closes = new AbortController()
  const open = (tab: string) =>
    new Promise<void>(opened => {
      const live = () => {
        opened()
        return new Promise<void>(closed => closes.signal.addEventListener('abort', () => closed()))
      }
      void navigator.locks.request(tabLock(id, tab), live)
    })
  await open('this')
  await open('other')
  await expect(projects.remove(id, true)).rejects.toMatchObject({ code: 'bad-argument' })
  expect(await names()).toHaveLength(1)
  closes.abort()
  await expect.poll(() => projects.remove(id, false).then(() => 'removed', String)).toBe('removed')
})

test('a list that is damaged, of a later version or gone costs no project', async () => {
  const first = await projects.choose(null)
  await (await openProjectStore({ name: first })).project()
  const id = await projects.create('Kerala')
  await (await openProjectStore({ name: id })).putPatch(patchRecordFixture(), pixelsFixture())
  const list = `${FIRST}-projects`
  const rewritten = async (version: number | undefined, change: (open: IDBPDatabase) => Promise<unknown>) => {
    await deleteDB(list)
    const open = await openDB(list, version, {
      upgrade: made => void made.createObjectStore('projects', { keyPath: 'id' }),
    })
    await change(open)
    open.close()
  }
  const damages: [string, () => Promise<unknown>][] = [
    ['gone', () => deleteDB(list)],
    ['of a later version', () => rewritten(9, open => open.put('projects', { id, world: 'other' }))],
    [
      'with lines of the wrong type',
      () =>
        rewritten(1, async open => {
          await open.put('projects', { id: first, openedAt: 7, state: 'lost' })
          await open.put('projects', { id: 8 })
        }),
    ],
    [
      'without its store',
      () =>
        deleteDB(list)
          .then(() => openDB(list, 1))
          .then(open => open.close()),
    ],
  ]
  for (const [what, damage] of damages) {
    await damage()
    const seen = openProjects(FIRST)
    expect((await seen.list()).map(({ name }) => name).sort(), what).toEqual(['Kerala', 'Untitled project'])
    expect(await seen.choose(id), what).toBe(id)
    // Another can be started all the same.
    const other = await seen.create('Nepal')
    expect(await seen.choose(other), what).toBe(other)
    expect((await seen.sweep()).sort(), what).toEqual([first, id, other].sort())
    await deleteDB(list)
    const whole = openProjects(FIRST)
    await whole.remove(other, false)
    await whole.sweep()
  }
})
