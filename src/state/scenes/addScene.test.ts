import { afterEach, expect, test, vi } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { eventually } from '../../core/foundation/eventually.testing'
import type { PatchRecord } from '../../core/review/records'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import type { ImportEvent, SceneChoices, SceneDrop, ScenePlan } from '../../worker/protocol'
import { importFiles } from '../patches/files'
import { undo } from '../review/undoRedo'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import {
  addScene,
  addWaiting,
  chooseForScene,
  closeBuilder,
  confirmOrder,
  forgetWaiting,
  loadQuickLook,
  offerScenes,
  showDroppedScene,
} from './addScene'
import { deleteScene, removeScene, selectCells } from './sceneActions'
import { foundScene, sceneDrop, terrain } from './scenes.testing'
import { addObstacle, cutOffScene } from './selectors'

afterEach(() => vi.useRealTimers())

interface Asked {
  method: string
  request: { drop?: string; choices: SceneChoices }
}

/** A studio whose files worker plans, and adds a scene as cells r00c00 and r00c01, as far as `stops` lets it. */
async function building(disk: Disk = emptyDisk([])) {
  const asked: Asked[] = []
  const worker = {
    plan: { cells: 2, pieces: 2, bytes: 0, covered: 1, remarks: [], continues: null } as unknown as ScenePlan,
    planError: null as AppError | null,
    /** Cells after which adding fails. */
    stops: null as { after: number; error: AppError } | null,
    events: [] as ImportEvent[],
  }
  const studio = openStudio(disk)
  await openProject(studio)
  const others = studio.files.call as unknown as (method: string, request: unknown) => Promise<unknown>
  const call = async (
    method: string,
    request: Asked['request'],
    options: { onEvent?(event: ImportEvent): void } = {},
  ) => {
    asked.push({ method, request })
    if (method === 'import') {
      for (const event of worker.events) options.onEvent?.(event)
      return { added: [] }
    }
    if (method === 'closeDrop') return null
    if (method === 'planScene') {
      if (worker.planError) throw worker.planError
      return worker.plan
    }
    if (method !== 'addScene') return others(method, request)
    const { scene: name } = request.choices
    const scene = sceneRecord(name, { complete: false })
    const before = disk.patches.filter(({ cell }) => cell?.sceneId === scene.id)
    // As the files worker does where all cells of a scene are removed.
    if (before.every(({ removed }) => removed)) await studio.storage.removeScene(scene.id)
    disk.scenes = [...(disk.scenes ?? []).filter(({ id }) => id !== scene.id), scene]
    for (const index of [0, 1]) {
      if (worker.stops?.after === index) throw worker.stops.error
      const cell = cellRecord(scene.id, index)
      if (disk.patches.some(({ id }) => id === cell.id)) continue
      disk.patches = [...disk.patches, cell]
      options.onEvent?.(addedEvent(cell.id))
    }
    const whole = { ...scene, complete: true }
    disk.scenes = disk.scenes.map(other => (other.id === scene.id ? whole : other))
    return { scene: whole, added: [] }
  }
  studio.files = { call, terminate: () => undefined } as unknown as Studio['files']
  const state = () => studio.store.getState()
  return {
    studio,
    disk,
    asked,
    worker,
    state,
    planned: () => eventually(() => expect(addObstacle(state())).toBeNull()),
  }
}

function sceneRecord(name: string, change: Partial<SceneRecord> = {}): SceneRecord {
  return {
    id: `scene-${name}`,
    name,
    at: '',
    recipe: {
      name,
      grid: foundScene(name).grid!,
      bands: [],
      resampling: 'bilinear',
      elevation: ['dem.tif'],
      slope: null,
    },
    level: 'L1C',
    tile: null,
    sensed: null,
    synthetic: [],
    window: { column: 0, row: 0, width: 16, height: 8 },
    area: null,
    samples: [],
    pieces: 2,
    complete: true,
    ...change,
  }
}

function cellRecord(sceneId: string, column: number): PatchRecord {
  return patchRecord(`${sceneId}-${column}`, {
    order: column,
    cell: { sceneId, row: 0, column, window: { column: 8 * column, row: 0, width: 8, height: 8 } },
  })
}

const addedEvent = (patchId: string): ImportEvent => ({
  kind: 'added',
  patchId,
  path: 'x',
  replaced: false,
  remarks: [],
  scaleInDoubt: false,
})

const refusal = { path: 'T33TVL_B04.jp2', code: 'bands-mismatch' as const, message: 'It is of another tile.' }

const FILE = { path: 'x.zip', file: new Blob(['x']) }

test('a drop with a scene asks about it; files dropped meanwhile join it', async () => {
  const { studio, worker, asked, state, planned } = await building()
  const bare = sceneDrop([foundScene('a')], { elevation: [] })
  worker.events = [
    { kind: 'scenes', drop: bare },
    { kind: 'refused', ...refusal },
  ]
  await importFiles(studio, [FILE])
  expect(state().shell.dialog).toBe('add-scene')
  expect(state().scenes.builder).toMatchObject({ scene: 'a', refused: [refusal], plan: null, changed: false })
  expect(addObstacle(state())).toBe('Add an elevation model.')
  chooseForScene(studio, { resampling: 'bilinear' })
  worker.events = [{ kind: 'scenes', drop: sceneDrop([foundScene('a')]) }]
  await importFiles(studio, [FILE])
  expect(asked.filter(({ method }) => method === 'import')[1]?.request.drop).toBe('drop')
  await planned()
  const { builder } = state().scenes
  expect(builder?.choices.a).toMatchObject({ resampling: 'bilinear', elevation: ['dem.tif'] })
  expect(builder?.refused).toEqual([refusal])
  // Nothing else came in: there is no report of it.
  expect(state().shell.notices).toHaveLength(1)
  // A file that can't join is said in the dialog, which stays.
  worker.events = [{ kind: 'refused', ...refusal, path: 'y.tif' }]
  await importFiles(studio, [FILE])
  expect(state().scenes.builder?.refused.map(({ path }) => path)).toEqual([refusal.path, 'y.tif'])
  expect(asked.some(({ method }) => method === 'closeDrop')).toBe(false)
})

test('a plan is asked for once changes rest, and an earlier answer is not taken for it', async () => {
  const { studio, worker, asked, state, planned } = await building()
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await planned()
  vi.useFakeTimers()
  const plans = () => asked.filter(({ method }) => method === 'planScene').length
  expect(plans()).toBe(1)
  for (const offset of [1, 2, 3]) chooseForScene(studio, { offset })
  expect(state().scenes.builder?.plan).toEqual({ status: 'asking' })
  expect(addObstacle(state())).toContain('Working out')
  worker.planError = new AppError('bad-argument', 'The area lies elsewhere.')
  await vi.advanceTimersByTimeAsync(300)
  expect(plans()).toBe(2)
  expect(asked.at(-1)?.request.choices.offset).toBe(3)
  expect(state().scenes.builder?.plan).toMatchObject({
    status: 'refused',
    message: 'The area lies elsewhere.',
  })
  expect(addObstacle(state())).toContain('cannot be added')
  // An answer on its way when something changes again is of no use.
  worker.planError = null
  chooseForScene(studio, { offset: 4 })
  vi.advanceTimersByTime(300)
  chooseForScene(studio, { offset: 5 })
  await vi.advanceTimersByTimeAsync(0)
  expect(state().scenes.builder?.plan).toEqual({ status: 'asking' })
})

test('an open question keeps the plan from being asked, and Add off', async () => {
  const { studio, asked, state, planned } = await building()
  const unclear = foundScene('a', {
    naming: 'assumed',
    quantification: { value: null, evidence: 'asked' },
  })
  offerScenes(studio, sceneDrop([unclear]), [])
  addScene(studio)
  expect(asked).toEqual([])
  expect(state().scenes.builder).not.toBeNull()
  confirmOrder(studio, true)
  chooseForScene(studio, { quantification: 1000 })
  await planned()
  chooseForScene(studio, { quantification: null })
  expect(addObstacle(state())).toContain('reflectance of 1')
  expect(state().scenes.builder?.plan).toBeNull()
})

test('a scene that does not fit the storage is not added', async () => {
  const { studio, worker, state } = await building()
  worker.plan = { ...worker.plan, bytes: 2 }
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await eventually(() => expect(state().scenes.builder?.plan?.status).toBe('ready'))
  expect(addObstacle(state())).toContain('Not enough storage')
})

test('cells are listed as they come; the scene is added, said and logged, and its files are forgotten', async () => {
  const { studio, disk, asked, state, planned } = await building()
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await planned()
  addScene(studio)
  expect(state().shell.dialog).toBeNull()
  expect(state().scenes.builder).toBeNull()
  expect(state().shell.jobs.scene).toBeDefined()
  await eventually(() => expect(state().shell.jobs.scene).toBeUndefined())
  expect(state().scenes).toMatchObject({ waiting: [], list: [{ name: 'a', complete: true }] })
  expect(state().patches.list.map(({ id }) => id)).toEqual(['scene-a-0', 'scene-a-1'])
  expect(state().view.selectedId).toBe('scene-a-0')
  expect(state().shell.notices.at(-1)?.message).toBe('a added: 2 cells. Next: run the ensemble.')
  expect(cutOffScene(state())).toBeNull()
  await studio.writes.settled()
  expect(disk.audit?.map(({ detail }) => detail)).toEqual(['Scene a added: 2 cells'])
  expect(asked.filter(({ method }) => method === 'closeDrop')).toHaveLength(1)
  selectCells(studio, 'scene-a')
  expect(state().patches.selection).toEqual(['scene-a-0', 'scene-a-1'])
})

test('of several scenes the next is shown, and each is added as it was chosen', async () => {
  const { studio, asked, state, planned } = await building()
  const drop: SceneDrop = sceneDrop([foundScene('a'), foundScene('b'), foundScene('c')])
  offerScenes(studio, drop, [])
  showDroppedScene(studio, 'b')
  await planned()
  chooseForScene(studio, { resampling: 'bilinear' })
  await planned()
  addScene(studio)
  expect(state().scenes.builder).toMatchObject({ scene: 'a', confirmed: ['b'], changed: false })
  expect(state().shell.dialog).toBe('add-scene')
  await planned()
  addScene(studio)
  expect(state().scenes.builder?.scene).toBe('c')
  // The third is left out: the drop lives until the others are added.
  closeBuilder(studio)
  await eventually(() => expect(state().shell.jobs.scene).toBeUndefined())
  const added = asked.filter(({ method }) => method === 'addScene').map(({ request }) => request.choices)
  expect(added.map(({ scene, resampling }) => [scene, resampling])).toEqual([
    ['b', 'bilinear'],
    ['a', 'nearest'],
  ])
  expect(asked.filter(({ method }) => method === 'closeDrop')).toHaveLength(1)
})

test('a scene that was cut off is continued, or removed', async () => {
  const { studio, worker, disk, asked, state, planned } = await building()
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await planned()
  worker.stops = { after: 1, error: new AppError('aborted', 'Cancelled.') }
  addScene(studio)
  await eventually(() => expect(state().shell.jobs.scene).toBeUndefined())
  expect(state().patches.list.map(({ id }) => id)).toEqual(['scene-a-0'])
  expect(cutOffScene(state())).toMatchObject({ name: 'a', record: { complete: false }, hasFiles: true })
  expect(asked.some(({ method }) => method === 'closeDrop')).toBe(false)
  worker.stops = null
  await addWaiting(studio)
  expect(state().patches.list).toHaveLength(2)
  expect(cutOffScene(state())).toBeNull()

  // The visit ended in between: the files have to come again, and what was chosen is chosen.
  disk.scenes = [sceneRecord('b', { complete: false })]
  const later = await building(disk)
  expect(cutOffScene(later.state())).toMatchObject({ name: 'b', hasFiles: false })
  offerScenes(later.studio, sceneDrop([foundScene('b')], { elevation: [terrain('dem.tif')] }), [])
  expect(later.state().scenes.builder?.choices.b?.resampling).toBe('bilinear')
  closeBuilder(later.studio)
  await deleteScene(later.studio, 'scene-b')
  expect(later.state().scenes.list).toEqual([])
  expect(cutOffScene(later.state())).toBeNull()
})

test('a scene that can be added by no means is left out, and the others go on', async () => {
  const { studio, worker, state, planned } = await building()
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await planned()
  worker.stops = { after: 0, error: new AppError('file-malformed', 'B04.jp2 is damaged.') }
  addScene(studio)
  await eventually(() => expect(state().shell.jobs.scene).toBeUndefined())
  expect(state().shell.notices.at(-1)?.message).toBe('B04.jp2 is damaged.')
  forgetWaiting(studio, 'a')
  expect(cutOffScene(state())).toMatchObject({ name: 'a', hasFiles: false })
})

test('where the files are no longer open they have to be dropped again', async () => {
  const { studio, worker, state, planned } = await building()
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await planned()
  worker.stops = { after: 1, error: new AppError('bad-argument', 'The files are no longer open.') }
  addScene(studio)
  await eventually(() => expect(state().shell.jobs.scene).toBeUndefined())
  expect(cutOffScene(state())).toMatchObject({ name: 'a', hasFiles: false })
})

test('how long it takes is known once the quick look was read', async () => {
  const { studio, worker, state, planned } = await building()
  worker.plan = { ...worker.plan, seconds: null }
  offerScenes(studio, sceneDrop([foundScene('a')]), [])
  await planned()
  worker.plan = { ...worker.plan, seconds: 70 }
  await loadQuickLook(studio, { drop: 'drop', scene: 'a', size: 8 }, new AbortController().signal)
  expect(state().scenes.builder?.plan).toMatchObject({ plan: { seconds: 70 } })
})

test('closing forgets the drop; another drop takes its place', async () => {
  const { studio, asked, state } = await building()
  offerScenes(studio, sceneDrop([foundScene('a')], { elevation: [] }), [])
  offerScenes(studio, sceneDrop([foundScene('b')], { id: 'other', elevation: [] }), [])
  expect(state().scenes.builder?.scene).toBe('b')
  closeBuilder(studio)
  expect(state().shell.dialog).toBeNull()
  const closed = asked.filter(({ method }) => method === 'closeDrop').map(({ request }) => request.drop)
  expect(closed).toEqual(['drop', 'other'])
})

test('deleting a scene takes its cells with their steps, and asks the running job first', async () => {
  const disk = emptyDisk([patchRecord('p1'), cellRecord('scene-a', 2)])
  disk.scenes = [sceneRecord('a')]
  const { studio, state } = await building(disk)
  studio.store.change({ view: { selectedId: 'scene-a-2' } })
  studio.store.change(({ shell }) => ({
    shell: { jobs: { ...shell.jobs, scene: { kind: 'scene', progress: null, cancelling: false } } },
  }))
  await deleteScene(studio, 'scene-a')
  expect(state().scenes.list).toHaveLength(1)
  expect(state().shell.notices.at(-1)?.message).toContain('Wait until the scene is added')
  studio.store.change({ shell: { jobs: {} } })
  await deleteScene(studio, 'scene-a')
  expect(state().patches.list.map(({ id }) => id)).toEqual(['p1'])
  expect(state().view.selectedId).toBe('p1')
  await studio.writes.settled()
  expect(disk.audit?.at(-1)?.detail).toBe('Removed scene a: 1 cell')
})

test('a scene is removed as one step, and undo brings its cells back', async () => {
  const disk = emptyDisk([patchRecord('p1'), cellRecord('scene-a', 2), cellRecord('scene-a', 3)])
  disk.scenes = [sceneRecord('a')]
  const { studio, state } = await building(disk)
  const listed = () => state().patches.list.map(({ id }) => id)
  const { length } = listed()
  await removeScene(studio, 'scene-a')
  expect(listed()).toEqual(['p1'])
  expect(state().shell.notices.at(-1)?.message).toBe('Removed a. Undo brings it back.')
  await undo(studio)
  expect(listed()).toHaveLength(length)
  expect(state().scenes.list).toHaveLength(1)
})

test('a scene that was removed and is added again begins without the steps of before', async () => {
  const { studio, state, planned } = await building()
  const add = async () => {
    offerScenes(studio, sceneDrop([foundScene('a')]), [])
    await planned()
    addScene(studio)
    await eventually(() => expect(state().shell.jobs.scene).toBeUndefined())
  }
  await add()
  await removeScene(studio, 'scene-a')
  await studio.writes.settled()
  expect(state().patches.removed).toHaveLength(2)
  await add()
  expect(state().patches.list.map(({ id }) => id)).toEqual(['scene-a-0', 'scene-a-1'])
  expect([state().patches.removed, state().review.history]).toEqual([[], []])
})
