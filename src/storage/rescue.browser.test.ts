import { unzipSync } from 'fflate'
import { deleteDB, type IDBPDatabase, openDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { blobInput } from '../core/raster/inputFile'
import {
  patchRecordFixture,
  pixelsFixture,
  pointAuditFixture,
  roundFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
  verdictFixture,
} from '../core/review/records.testing'
import { openProjectStore } from './openProjectStore'
import type { ProjectStore } from './projectStore'
import { asideName, rescueProject } from './rescue'

const NAME = 'scarp-rescue-test'
const ID = patchRecordFixture().id
const OTHER = 'image_2-ff'
const NOW = new Date('2026-01-02T03:04:05.000Z')

/** One of each record and raster, and a second patch. */
async function fill(): Promise<ProjectStore> {
  await deleteDB(asideName(NAME))
  const emptied = await openProjectStore({ name: NAME })
  await emptied.clear()
  const store = await openProjectStore({ name: NAME })
  await store.updateProject({ name: 'Wenchuan', threshold: 0.6 })
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await store.putPatch(patchRecordFixture({ id: OTHER, order: 1 }), pixelsFixture())
  const verdictAfter = verdictFixture({ patchId: OTHER })
  await store.putHistory([
    strokeFixture(),
    { sequence: 2, kind: 'verdict', patchId: OTHER, verdictBefore: null, verdictAfter, undone: false },
    strokeFixture({ sequence: 3, patchId: OTHER }),
  ])
  await store.writeMask(ID, Uint8Array.of(0, 1, 1, 0, 0, 0))
  await store.writeProbability(ID, 'ensemble', new Float32Array(6))
  await store.putRound(roundFixture())
  await store.putPointAudit(pointAuditFixture())
  await store.putImportedModel(
    { id: 'mine', at: '2024-05-01T12:00:00.000Z', from: 'x.safetensors', needsTraining: false, notes: [] },
    { 'manifest.json': Uint8Array.of(1) },
  )
  return store
}

beforeEach(fill)
afterEach(async () => {
  await (await openProjectStore({ name: NAME })).clear()
  for (const name of [NAME, asideName(NAME)]) await deleteDB(name)
})

/** Changes the records behind the back of the store. */
async function raw(change: (open: IDBPDatabase) => Promise<unknown>, name = NAME): Promise<void> {
  const open = await openDB(name)
  await change(open)
  open.close()
}

const edit = (store: string, key: IDBValidKey, change: (record: Record<string, unknown>) => object) => () =>
  raw(async open => {
    const { keyPath } = open.transaction(store).store
    const record = change(await open.get(store, key))
    await (keyPath === null ? open.put(store, record, key) : open.put(store, record))
  })

const set = (store: string, key: IDBValidKey, fields: object) =>
  edit(store, key, record => ({ ...record, ...fields }))

const without = (store: string, key: IDBValidKey, field: string) =>
  edit(store, key, ({ [field]: _, ...rest }) => rest)

/** Key of the only record of a store whose keys are the order of arrival. */
const onlyKey = async (store: string) => {
  let key: IDBValidKey = 0
  await raw(async open => {
    key = (await open.getAllKeys(store))[0]!
  })
  return key
}

/** As the window opens a project. */
async function readAll(): Promise<ProjectStore> {
  const store = await openProjectStore({ name: NAME })
  await store.project()
  await store.patches()
  await store.removedPatches()
  await store.scenes()
  await store.history()
  await store.rounds()
  await store.unfinishedRound()
  await store.importedModels()
  await store.pointAudits()
  return store
}

const PROJECT = ['The project’s name and settings']
const PATCH = ['1 patch (image_1)', 'The verdicts of 1 patch', '1 stroke on 1 patch']

const BARS: [string, () => Promise<void>, string[]][] = [
  ['a threshold of the wrong type', set('project', 'project', { threshold: 'high' }), PROJECT],
  ['a project without a name', without('project', 'project', 'name'), PROJECT],
  ['a folder of the wrong type', set('project', 'project', { filesFolder: 7 }), PROJECT],
  ['a patch without a width', without('patches', OTHER, 'width'), PATCH],
  ['a patch without an order', without('patches', OTHER, 'order'), PATCH],
  ['statistics of the wrong type', set('patches', OTHER, { statistics: null }), PATCH],
  [
    'a patch called __proto__',
    () => raw(open => open.put('patches', patchRecordFixture({ id: '__proto__', order: 9 }))),
    ['1 patch (image_1)'],
  ],
  ['a verdict of no kind', set('history', 2, { verdictAfter: { id: 'v' } }), ['The verdicts of 1 patch']],
  ['a step of a later version', set('history', 2, { kind: 'dream' }), ['1 other step']],
  ['a stroke without its runs', set('history', 1, { diff: { start: [1] } }), ['1 stroke on 1 patch']],
  [
    'a round without networks',
    async () => set('rounds', await onlyKey('rounds'), { networks: 'none' })(),
    ['1 round'],
  ],
  ['a round that is nothing', () => raw(open => open.put('rounds', null, 7)), ['1 round']],
  [
    'an unfinished round of rubbish',
    () => raw(open => open.put('unfinishedRounds', { id: 'round-9' })),
    ['The unfinished round'],
  ],
  [
    'a point audit without its seed',
    without('pointAudits', 'audit-1', 'seed'),
    ['1 point audit (First audit)'],
  ],
  ['a model without its origin', without('importedModels', 'mine', 'from'), ['1 imported model']],
]

test('one damaged record is set aside by name, and all else opens as it was', async () => {
  for (const [what, damage, parts] of BARS) {
    await fill()
    await damage()
    await expect(readAll(), what).rejects.toMatchObject({ code: 'storage-failed' })
    const rescue = rescueProject(NAME)
    expect(await rescue.examine(), what).toEqual({ parts, canSetAside: true })
    await rescue.setAside(NOW)
    const store = await readAll()
    expect(await rescue.examine(), what).toEqual({ parts: [], canSetAside: false })
    expect((await store.auditLog()).at(-1), what).toMatchObject({
      kind: 'set-aside',
      detail: `Set aside, since it could not be read: ${parts.join('; ')}`,
    })
    expect(
      (await store.patches()).map(({ id }) => id),
      what,
    ).toEqual(parts === PATCH ? [ID] : [ID, OTHER])
    expect(await store.readPixels(ID), what).toEqual(pixelsFixture())
    expect(await store.readMask(ID), what).not.toBeNull()
    const { name, threshold } = await store.project()
    expect([name, threshold], what).toEqual([
      what === 'a project without a name' ? 'Untitled project' : 'Wenchuan',
      what === 'a threshold of the wrong type' ? 0.5 : 0.6,
    ])
    // Nothing was deleted.
    await raw(async open => {
      const aside = await open.getAll('records')
      expect(aside, what).toHaveLength(parts.length)
      expect(aside[0], what).toMatchObject({ at: NOW.toISOString(), reason: expect.any(String) })
    }, asideName(NAME))
  }
})

test('of a scene that cannot be read the cells stay, as patches', async () => {
  const store = await fill()
  await store.putScene(sceneFixture())
  for (const column of [0, 1, 2]) await store.putPatch(scenePieceFixture(column), pixelsFixture())
  const [MARGIN, ...cells] = [0, 1, 2].map(column => scenePieceFixture(column))
  await set('scenes', 'scene_1', { recipe: null })()
  await expect(readAll()).rejects.toMatchObject({ code: 'storage-failed' })
  const rescue = rescueProject(NAME)
  const parts = ['1 scene (S2A_T33TWM): the cells stay, as patches']
  expect(await rescue.examine()).toEqual({ parts, canSetAside: true })
  await rescue.setAside(NOW)
  const opened = await readAll()
  expect(await opened.scenes()).toEqual([])
  expect((await opened.patches()).slice(2)).toEqual(cells.map(({ cell: _, ...patch }) => patch))
  await expect(opened.patch(MARGIN!.id)).rejects.toMatchObject({ code: 'bad-argument' })
  expect(await rescue.examine()).toEqual({ parts: [], canSetAside: false })
  await raw(async open => {
    expect((await open.getAll('records')).map(({ store, key }) => [store, key])).toEqual([
      ['scenes', 'scene_1'],
      ['patches', MARGIN!.id],
    ])
  }, asideName(NAME))
})

test('a scene of which a cell cannot be read can be completed', async () => {
  const store = await fill()
  await store.putScene(sceneFixture())
  for (const column of [0, 1, 2]) await store.putPatch(scenePieceFixture(column), pixelsFixture())
  await without('patches', scenePieceFixture(1).id, 'width')()
  const rescue = rescueProject(NAME)
  expect((await rescue.examine()).parts).toEqual(['1 patch (S2A_T33TWM r00c01)'])
  await rescue.setAside(NOW)
  expect((await (await readAll()).scenes()).map(({ complete }) => complete)).toEqual([false])
})

test('where the record of the project is gone or does not say where its files lie, they are found', async () => {
  const { blob } = await (await fill()).saveArchive({ unsaved: [], includeUnfinished: true }, {})
  const damages = [
    () => raw(open => open.delete('project', 'project')),
    set('project', 'project', { filesFolder: 7 }),
    set('project', 'project', { filesFolder: 'scarp-of-another' }),
    // As an archive that called its project otherwise left it, in earlier versions.
    edit('project', 'project', ({ filesFolder, ...record }) => {
      void raw(open => open.put('project', { ...record, id: 'zzz', filesFolder }))
      return record
    }),
  ]
  for (const damage of damages) {
    // In a folder of its own.
    await (await openProjectStore({ name: NAME })).openArchive(blobInput('a.zip', blob), {})
    await damage()
    await rescueProject(NAME).setAside(NOW)
    expect(await (await readAll()).readPixels(ID)).toEqual(pixelsFixture())
    // The record says it from now on.
    expect(await (await openProjectStore({ name: NAME })).readPixels(ID)).toEqual(pixelsFixture())
  }
})

test('what is stored is saved as it lies there, the damaged and what was set aside with it', async () => {
  await set('history', 2, { kind: 'dream' })()
  const rescue = rescueProject(NAME)
  const contentOf = async () => {
    const { fileName, blob } = await rescue.saveStored()
    expect(fileName).toBe('Wenchuan-stored.zip')
    return unzipSync(new Uint8Array(await blob.arrayBuffer()))
  }
  const text = (content: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(content))
  const before = await contentOf()
  expect(text(before['records/history.json'])[1]).toMatchObject({ key: 2, record: { kind: 'dream' } })
  expect(Object.keys(before)).toEqual(
    expect.arrayContaining([
      'records/patches.json',
      `files/${NAME}/pixels/${ID}`,
      `files/${NAME}/masks/${ID}`,
      `files/${NAME}/models/mine/manifest.json`,
    ]),
  )
  await rescue.setAside(NOW)
  const after = await contentOf()
  expect(text(after['records/history.json'])).toHaveLength(2)
  expect(text(after['aside/records.json'])[0].record).toMatchObject({
    store: 'history',
    record: { kind: 'dream' },
  })
})

test('a project of a later version is left as it is, and can be saved', async () => {
  await openDB(NAME, 99, { upgrade: open => void open.createObjectStore('dreams') }).then(open =>
    open.close(),
  )
  await expect(openProjectStore({ name: NAME })).rejects.toMatchObject({ code: 'storage-failed' })
  const rescue = rescueProject(NAME)
  expect(await rescue.examine()).toEqual({ parts: [], canSetAside: false })
  const content = unzipSync(new Uint8Array(await (await rescue.saveStored()).blob.arrayBuffer()))
  expect(Object.keys(content)).toContain('records/patches.json')
  await deleteDB(NAME)
})

test('looking at a project that is not there makes none', async () => {
  await deleteDB(NAME)
  const rescue = rescueProject(NAME)
  expect(await rescue.examine()).toEqual({ parts: [], canSetAside: false })
  await rescue.saveStored()
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(NAME)
})

test('a damaged line of the audit log hides no other', async () => {
  const store = await fill()
  await raw(open => open.put('auditLog', { at: 3 }, 1))
  await raw(open => open.put('auditLog', null, 2))
  expect((await store.auditLog()).map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable'])
  expect((await rescueProject(NAME).examine()).parts).toEqual(['2 lines of the audit log'])
})
