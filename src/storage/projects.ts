import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb'
import { AppError, throwIfAborted } from '../core/foundation/appError'
import type { JobContext } from '../core/foundation/job'
import { z } from '../core/foundation/schema'
import { readAllRecords, replaceAllRecords } from './archive/archiveRecords'
import { type BytePath, openByteStore } from './byteStore'
import { openRecordStore } from './database'
import { filesFolder, foldersOf } from './projectFolders'
import { asideName } from './rescue'
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

/** A damaged line is that of a project which is there: nothing is deleted for it. */
const listedSchema = z.object({
  id: z.string(),
  openedAt: z.string().nullable().catch(null),
  state: z.enum(['here', 'making', 'removed']).catch('here'),
}) satisfies z.ZodType<Listed>

interface ListSchema extends DBSchema {
  projects: { key: string; value: Listed }
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** @param first id of the first project: tests keep apart by it. */
export function openProjects(first: string = FIRST_PROJECT): Projects {
  const own = new RegExp(`^${first}(-${UUID})?$`)
  let connection: Promise<IDBPDatabase<ListSchema> | null> | null = null
  /** null: the list is damaged, or of a later version. */
  const database = () => {
    connection ??= openDB<ListSchema>(`${first}-projects`, 1, {
      upgrade: upgraded => void upgraded.createObjectStore('projects', { keyPath: 'id' }),
      // A later version is waiting in another tab.
      blocking(_from, _to, event) {
        connection = null
        ;(event.target as IDBDatabase).close()
      },
    }).then(
      open => (open.objectStoreNames.contains('projects') ? open : null),
      (thrown: unknown) => {
        console.warn('The list of projects cannot be read: the projects are looked for one by one.', thrown)
        return null
      },
    )
    return connection
  }
  const put = async (listed: Listed) => {
    try {
      await (await database())?.put('projects', listed)
    } catch (thrown) {
      throw toStorageError('Saving the list of projects', thrown)
    }
  }
  const forget = async (id: string) => {
    await (await database())?.delete('projects', id)
  }
  const readLines = async (): Promise<Listed[]> => {
    const stored: unknown[] = (await (await database())?.getAll('projects')) ?? []
    return stored.flatMap(line => {
      const checked = listedSchema.safeParse(line)
      return checked.success ? [checked.data] : []
    })
  }
  /** All lines, and one for each project that lies here without a line. */
  const listed = async (): Promise<Listed[]> => {
    const before = await readLines()
    const databases = (await indexedDB.databases?.()) ?? []
    // Read again: another tab may have made or deleted one meanwhile.
    const lines = await readLines()
    const known = new Set([...before, ...lines].map(({ id }) => id))
    for (const { name = '' } of databases) {
      if (own.test(name) && !known.has(name)) lines.push({ id: name, openedAt: null, state: 'here' })
    }
    return lines
  }
  const present = async () => (await listed()).filter(({ state }) => state === 'here').sort(latestFirst)
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
        await forget(id)
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
      if (!(await database())) {
        throw new AppError(
          'storage-failed',
          'The list of projects cannot be read: reload the page to get the newest version, then delete the project.',
        )
      }
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
      for (const { id, state } of await listed()) {
        if (state === 'here') continue
        await navigator.locks.request(makingLock(id), { ifAvailable: true }, async lock => {
          if (!lock) return
          // It may have become whole since the list was read.
          const isStill = (await readLines()).some(line => line.id === id && line.state !== 'here')
          if (!isStill) return
          await deleteProject(id)
          await forget(id)
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
      return {
        patches: patches.filter(({ removed, cell }) => !removed && !cell?.margin).length,
        rounds: await open.count('rounds'),
      }
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
    await deleteDB(asideName(id))
  } catch (thrown) {
    throw toStorageError('Deleting a project', thrown)
  }
  for (const folder of await foldersOf(id)) await (await openByteStore(folder)).clear()
}
