import { expect, test, vi } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { ProjectSummary, Projects } from '../../storage/projects'
import { setThreshold } from '../review/threshold'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { openProject } from './openProject'
import { acceptArchive, offerArchive } from './projectActions'
import { createProject, deleteProject, duplicateProject, switchProject } from './projects'

/** A list in memory; `scarp` is open here. */
function memoryProjects(ids: string[]): Pick<Projects, 'list' | 'create' | 'remove' | 'sweep'> {
  const summary = (id: string): ProjectSummary => {
    return { id, name: id, patches: 0, rounds: 0, openedAt: null, problem: null }
  }
  return {
    list: async () => ids.map(summary),
    create: async name => {
      ids.push(name)
      return name
    },
    remove: async id => {
      ids.splice(ids.indexOf(id), 1)
    },
    sweep: async () => ids,
  }
}

async function opened(
  ids: string[],
  disk: Disk = emptyDisk([patchRecord('t1')]),
): Promise<{ studio: Studio; went: string[] }> {
  const studio = openStudio(disk)
  const went: string[] = []
  Object.assign(studio.projects, memoryProjects(ids))
  studio.goTo = id => went.push(id)
  await openProject(studio)
  return { studio, went }
}

const notice = (studio: Studio) => studio.store.getState().shell.notices.at(-1)?.message

test('another project is opened once everything of this one is on disk', async () => {
  const disk = emptyDisk([patchRecord('t1')])
  const { studio, went } = await opened(['scarp', 'kerala'], disk)
  setThreshold(studio, 0.8)
  await switchProject(studio, 'kerala')
  expect([went, disk.threshold]).toEqual([['kerala'], 0.8])
})

test('a project with changes that cannot be saved is not left', async () => {
  const { studio, went } = await opened(['scarp', 'kerala'])
  studio.storage.updateProject = () => Promise.reject(new AppError('storage-full', 'The disk is full.'))
  setThreshold(studio, 0.8)
  await switchProject(studio, 'kerala')
  expect([went, notice(studio)]).toEqual([[], 'The disk is full.'])
})

test('a project is not left while a job runs', async () => {
  const { studio, went } = await opened(['scarp', 'kerala'])
  let finish = () => {}
  const work = new Promise<void>(resolve => {
    finish = resolve
  })
  const job = studio.jobs.run('export', () => work, { again: () => undefined, work: null })
  await switchProject(studio, 'kerala')
  await createProject(studio, 'Nepal')
  await deleteProject(studio, 'scarp')
  expect([went, notice(studio)]).toEqual([[], 'Wait for the running job to finish, or cancel it.'])
  finish()
  await job
})

test('a new project is opened, and this one stays', async () => {
  const ids = ['scarp']
  const { studio, went } = await opened(ids)
  await createProject(studio, '  Nepal ')
  expect([went, ids]).toEqual([['Nepal'], ['scarp', 'Nepal']])
})

test('deleting the open project leads to the one opened before, deleting the last to a new one', async () => {
  const ids = ['scarp', 'kerala']
  const { studio, went } = await opened(ids)
  await deleteProject(studio, 'scarp')
  expect([went, ids]).toEqual([['kerala'], ['kerala']])
  const last = await opened(['scarp'])
  await deleteProject(last.studio, 'scarp')
  expect(last.went).toEqual(['Untitled project'])
})

test('deleting another project stays here, and one that is refused says why', async () => {
  const { studio, went } = await opened(['scarp', 'kerala', 'nepal'])
  await deleteProject(studio, 'kerala')
  expect(studio.store.getState().session.projects?.map(({ id }) => id)).toEqual(['scarp', 'nepal'])
  studio.projects.remove = () => Promise.reject(new AppError('bad-argument', 'It is open in another tab.'))
  await deleteProject(studio, 'nepal')
  expect([went, notice(studio)]).toEqual([[], 'It is open in another tab.'])
})

test('a copy is asked for by name after everything is saved', async () => {
  const disk = emptyDisk([patchRecord('t1')])
  const { studio } = await opened(['scarp'], disk)
  const call = vi.fn(async () => {
    expect(disk.threshold).toBe(0.8)
    return { projectId: 'copy' }
  })
  studio.files.call = call as unknown as Studio['files']['call']
  setThreshold(studio, 0.8)
  await duplicateProject(studio)
  expect(call).toHaveBeenCalledWith('duplicateProject', { name: 'Test copy' }, expect.anything())
  expect(notice(studio)).toContain('Test copy')
})

test('what was mended in an archive is said, before this project is left for it', async () => {
  const summary = { name: 'Kerala', patches: 3, verdicts: 0, steps: 0, rounds: 1, models: 0, bytes: 1 }
  const open = async (asNew: boolean, notes: string[]) => {
    const { studio, went } = await opened(['scarp'])
    const draw = studio.files.call
    studio.files.call = (async (method: string, ...rest: [never, never]) =>
      method === 'openArchive'
        ? { projectId: asNew ? 'made' : null, notes }
        : draw(method as never, ...rest)) as never
    Object.assign(studio.files, { restart: () => undefined })
    Object.assign(studio.engine, { restart: () => undefined })
    studio.reopenStorage = async () => undefined
    offerArchive(studio, { path: 'a.zip', file: new Blob(), summary })
    await acceptArchive(studio, asNew)
    return { went, message: notice(studio) }
  }
  const note = '1 cell of a scene that is not there: kept as a patch without a scene.'
  expect(await open(true, [])).toEqual({ went: ['made'], message: undefined })
  expect(await open(true, [note])).toEqual({
    went: [],
    message: `Added Kerala, mended. ${note} Open it in Projects.`,
  })
  expect((await open(false, [])).message).toBe('Opened Kerala: 3 patches, 1 rounds.')
  expect((await open(false, [note])).message).toBe(`Opened Kerala: 3 patches, 1 rounds. ${note}`)
})
