import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb'
import { AppError, throwIfAborted } from '../core/foundation/appError'
import type { JobContext } from '../core/foundation/job'
import { readAllRecords, replaceAllRecords } from './archive/archiveRecords'
import { type BytePath, openByteStore, storedFolders } from './byteStore'
import { openRecordStore } from './database'
import { filesFolder } from './openProjectStore'
import { projectMethods } from './reviewRecords'
import { toStorageError } from './storageError'

/** The one project of versions that knew no other: it keeps its database and folder. */
export const FIRST_PROJECT = 'scarp'

/** What a list of projects shows of one. */
export interface ProjectSummary {
  /** Name of its database, and begin of its folders' names. */
  id: string
  name: string
  patches: number
  rounds: number
  /** ISO 8601; null: never. */
  openedAt: string | null
  /** Why its records could not be read; null: they could. */
  problem: string | null
}

/** The projects of this browser, each with a database and a folder of its own. Usable from the window and workers. */
export interface Projects {
  /**
   * The project to open: the wanted one if it is there, else the one opened last, on the first visit the first. It then
   * counts as opened now.
   */
  choose(wanted: string | null): Promise<string>
  /** Latest opened first. */
  list(): Promise<ProjectSummary[]>
  /** @returns the id of a new, empty project */
  create(name: string): Promise<string>
  /**
   * Makes a project of its own by `fill`, which writes under the id that it is given. The project is there once that
   * is done; where it fails or the tab closes, nothing of it stays.
   *
   * @returns its id
   */
  make(fill: (id: string) => Promise<void>): Promise<string>
  /** Copies a project with all its records and files. @returns the copy's id. @throws AppError `aborted`, `storage-full` */
  duplicate(id: string, name: string, context?: JobContext): Promise<string>
  /**
   * Takes a project off the list; `sweep` deletes it.
   *
   * @param openHere whether the calling tab has it open
   * @throws AppError `bad-argument` while another tab has it open
   */
  remove(id: string, openHere: boolean): Promise<void>
  /** Deletes what was removed, and what `make` left when its tab closed. @returns the ids of the projects that there are */
  sweep(): Promise<string[]>
}

/** Held by each tab that has the project open, for as long as it lives. */
export function tabLock(projectId: string, tabId: string): string {
  return `${projectId}:tab:${tabId}`
}

/** A line of the list. `making`: not whole yet; `removed`: to be deleted. */
interface Listed {
  id: string
  openedAt: string | null
  state: 'here' | 'making' | 'removed'
}

interface ListSchema extends DBSchema {
  projects: { key: string; value: Listed }
}

/** @param first id of the first project: tests keep apart by it. */
export function openProjects(first: string = FIRST_PROJECT): Projects {
  let connection: Promise<IDBPDatabase<ListSchema>> | null = null
  const database = () => {
    connection ??= openDB<ListSchema>(`${first}-projects`, 1, {
      upgrade: upgraded => void upgraded.createObjectStore('projects', { keyPath: 'id' }),
    }).catch(thrown => {
      connection = null
      throw toStorageError('Opening the list of projects', thrown)
    })
    return connection
  }
  const put = async (listed: Listed) => {
    try {
      await (await database()).put('projects', listed)
    } catch (thrown) {
      throw toStorageError('Saving the list of projects', thrown)
    }
  }
  const present = async () => {
    const all = await (await database()).getAll('projects')
    return all.filter(({ state }) => state === 'here').sort(latestFirst)
  }
  /** Held while a project is being made: `sweep` leaves it alone. */
  const makingLock = (id: string) => `${id}:making`

  const make: Projects['make'] = async fill => {
    const id = `${first}-${crypto.randomUUID()}`
    return navigator.locks.request(makingLock(id), async () => {
      await put({ id, openedAt: null, state: 'making' })
      try {
        await fill(id)
      } catch (thrown) {
        await deleteProject(id)
        await (await database()).delete('projects', id)
        throw thrown
      }
      await put({ id, openedAt: null, state: 'here' })
      return id
    }) as Promise<string>
  }

  return {
    make,
    async choose(wanted) {
      const known = await present()
      const id = (known.find(project => project.id === wanted) ?? known[0])?.id ?? first
      await put({ id, openedAt: new Date().toISOString(), state: 'here' })
      return id
    },
    list: async () => Promise.all((await present()).map(summaryOf)),
    create: name =>
      make(async id => {
        const records = openRecordStore(id)
        await projectMethods(records).updateProject({ name })
        await records.close()
      }),
    duplicate: (id, name, context = {}) => make(copy => copyProject(id, copy, name, context)),
    async remove(id, openHere) {
      const { held = [] } = await navigator.locks.query()
      const tabs = held.filter(lock => lock.name?.startsWith(tabLock(id, '')))
      if (tabs.length > (openHere ? 1 : 0)) {
        throw new AppError(
          'bad-argument',
          'The project is open in another tab: close that tab, then delete the project.',
        )
      }
      await put({ id, openedAt: null, state: 'removed' })
    },
    async sweep() {
      const all = await (await database()).getAll('projects')
      for (const { id, state } of all) {
        if (state === 'here') continue
        await navigator.locks.request(makingLock(id), { ifAvailable: true }, async lock => {
          if (!lock) return
          await deleteProject(id)
          await (await database()).delete('projects', id)
        })
      }
      return (await present()).map(({ id }) => id)
    },
  }
}

function latestFirst(a: Listed, b: Listed): number {
  return (b.openedAt ?? '').localeCompare(a.openedAt ?? '') || a.id.localeCompare(b.id)
}

async function summaryOf({ id, openedAt }: Listed): Promise<ProjectSummary> {
  const records = openRecordStore(id)
  try {
    const { name } = await projectMethods(records).project()
    const counts = await records.read('Reading the project', async open => {
      const patches = await open.getAll('patches')
      return { patches: patches.filter(({ removed }) => !removed).length, rounds: await open.count('rounds') }
    })
    return { id, name, ...counts, openedAt, problem: null }
  } catch (thrown) {
    const { message } = toStorageError('Reading the project', thrown)
    return { id, name: 'Project that can’t be read', patches: 0, rounds: 0, openedAt, problem: message }
  } finally {
    await records.close()
  }
}

/** Files first: until the records are there, the copy is empty. */
async function copyProject(
  from: string,
  to: string,
  name: string,
  { signal, onProgress }: JobContext,
): Promise<void> {
  const [source, target] = [openRecordStore(from), openRecordStore(to)]
  try {
    // One that was never opened has no record of its own yet.
    await projectMethods(source).project()
    const files = await openByteStore(await filesFolder(source, from))
    const copies = await openByteStore(to)
    const paths: BytePath[] = []
    await files.walk([], names => {
      paths.push(names as unknown as BytePath)
    })
    const all = await readAllRecords(source)
    for (const [done, path] of paths.entries()) {
      throwIfAborted(signal)
      onProgress?.({ label: 'Copying the project', done, total: paths.length })
      const content = await files.read(path, file => file.arrayBuffer())
      if (content) await copies.write(path, () => [new Uint8Array(content)])
    }
    const createdAt = new Date().toISOString()
    all.project = all.project.map(({ filesFolder: _, ...project }) => ({ ...project, name, createdAt }))
    await replaceAllRecords(target, all)
  } finally {
    await source.close()
    await target.close()
  }
}

async function deleteProject(id: string): Promise<void> {
  try {
    await deleteDB(id)
  } catch (thrown) {
    throw toStorageError('Deleting a project', thrown)
  }
  for (const folder of await storedFolders()) {
    // Those of archives carry an id of their own behind a dot.
    if (folder === id || folder.startsWith(`${id}.`)) await (await openByteStore(folder)).clear()
  }
}
