import { downloadZip } from 'client-zip'
import { type IDBPDatabase, openDB } from 'idb'
import { safeFileName } from '../core/foundation/fileNames'
import { plural, printable } from '../core/foundation/text'
import { toTypedJson } from '../core/project/archiveFormat'
import { RECORD_SCHEMAS, RECORD_STORES } from '../core/project/archiveRecords'
import { mendScenes } from '../core/project/mendScenes'
import { PROJECT_ID, type RecordStoreName, SCHEMA_VERSION } from '../core/project/projectRecords'
import { projectSchema } from '../core/project/recordSchemas'
import { auditOfSetAside } from '../core/review/auditLog'
import type { PatchRecord } from '../core/review/records'
import { DEFAULT_MASK_THRESHOLD } from '../core/rounds/probabilityTally'
import type { SceneRecord } from '../core/scenes/sceneRecord'
import { type BytePath, openByteStore } from './byteStore'
import { foldersOf, likelyFolder } from './projectFolders'
import { freshProject } from './reviewRecords'
import { toStorageError } from './storageError'

/** What of a project cannot be read. */
export interface Damage {
  /** In words: "The verdicts of 3 patches". Empty: every record can be read. */
  parts: readonly string[]
  /** Whether the rest opens once that is set aside. */
  canSetAside: boolean
}

/**
 * A project that does not open. Works on the records as they lie there, of whatever version and in whatever state; nothing
 * is deleted.
 */
export interface ProjectRescue {
  /** @throws AppError `storage-failed` where the browser lets nothing be read. */
  examine(): Promise<Damage>
  /** Moves what cannot be read into a database beside the project's, and notes that in the audit log. */
  setAside(now: Date): Promise<void>
  /** Every record and file as it is, also what cannot be read, as one zip: no archive, for whoever repairs it. */
  saveStored(): Promise<{ fileName: string; blob: Blob }>
}

/** Where the records that were set aside lie. */
export const asideName = (projectId: string) => `${projectId}.aside`

const ASIDE_STORE = 'records'

interface Stored {
  store: string
  key: IDBValidKey
  record: unknown
}

interface Damaged extends Stored {
  store: RecordStoreName
  /** Why it cannot be read; or what it belongs to, which cannot. */
  reason: string
}

/** @param id of the project. */
export function rescueProject(id: string): ProjectRescue {
  const withRecords = async <T>(
    what: string,
    work: (open: IDBPDatabase | null) => Promise<T>,
  ): Promise<T> => {
    try {
      const open = await openAsItIs(id)
      try {
        return await work(open)
      } finally {
        open?.close()
      }
    } catch (thrown) {
      throw toStorageError(what, thrown)
    }
  }
  return {
    examine: () =>
      withRecords('Looking through the project', async open => {
        const { damaged } = open ? await findDamage(open) : { damaged: [] }
        return { parts: inWords(damaged), canSetAside: damaged.length > 0 && open!.version <= SCHEMA_VERSION }
      }),
    setAside: now =>
      withRecords('Setting aside what cannot be read', async open => {
        const found = open ? await findDamage(open) : null
        if (!found || found.damaged.length === 0) return
        await keepAside(id, found.damaged, now)
        await takeOut(id, open!, found, now)
      }),
    saveStored: () =>
      withRecords('Saving what is stored', async open => {
        const blob = await downloadZip(storedContent(id, open)).blob()
        return { fileName: `${safeFileName(await storedName(open), 'project')}-stored.zip`, blob }
      }),
  }
}

/** Of the version that it has; null: there is none. */
async function openAsItIs(name: string): Promise<IDBPDatabase | null> {
  let isNew = false
  try {
    return await openDB(name, undefined, {
      upgrade(_open, _from, _to, transaction) {
        // It would be made now, empty.
        isNew = true
        transaction.done.catch(() => undefined)
        transaction.abort()
      },
      // Another tab of a newer version may bring it up to date.
      blocking: (_from, _to, event) => (event.target as IDBDatabase).close(),
    })
  } catch (thrown) {
    if (isNew) return null
    throw thrown
  }
}

async function* everything(open: IDBPDatabase): AsyncGenerator<Stored> {
  for (const store of [...open.objectStoreNames].sort()) {
    const { store: reading } = open.transaction(store)
    const [keys, records] = await Promise.all([reading.getAllKeys(), reading.getAll()])
    for (const [index, key] of keys.entries()) yield { store, key, record: records[index] }
  }
}

interface Found {
  damaged: Damaged[]
  /** Records to put in place of what is there, so that the rest fits together. */
  mended: { store: 'patches' | 'scenes'; record: PatchRecord | SceneRecord }[]
}

async function findDamage(open: IDBPDatabase): Promise<Found> {
  const damaged: Damaged[] = []
  const steps: Stored[] = []
  const patches: PatchRecord[] = []
  const scenes: SceneRecord[] = []
  const gone = new Set<unknown>()
  for await (const stored of everything(open)) {
    const store = RECORD_STORES.find(name => name === stored.store)
    if (!store) continue
    const checked = RECORD_SCHEMAS[store].safeParse(stored.record)
    if (checked.success) {
      if (store === 'history') steps.push(stored)
      if (store === 'patches') patches.push(checked.data as PatchRecord)
      if (store === 'scenes') scenes.push(checked.data as SceneRecord)
      continue
    }
    const issue = checked.error.issues[0]
    const reason = issue ? `${issue.path.join('.') || 'record'}: ${issue.message}` : 'unknown'
    damaged.push({ ...stored, store, reason })
    if (store === 'patches') gone.add(stored.key)
  }
  // Of a patch that is not there nothing can be shown or undone.
  for (const step of steps) {
    const { patchId } = step.record as { patchId: unknown }
    if (gone.has(patchId))
      damaged.push({ ...step, store: 'history', reason: 'of a patch that cannot be read' })
  }
  const fitting = mendScenes(patches, scenes)
  const known = new Set<unknown>([...patches, ...scenes])
  for (const record of fitting.dropped)
    damaged.push({ store: 'patches', key: record.id, record, reason: MARGIN_OF_NONE })
  return {
    damaged,
    mended: [
      ...fitting.patches.map(record => ({ store: 'patches', record }) as const),
      ...fitting.scenes.map(record => ({ store: 'scenes', record }) as const),
    ].filter(({ record }) => !known.has(record)),
  }
}

/** Its scene is not told without it. */
const MARGIN_OF_NONE = 'the margin of a scene that is not there'

/** As lines of a list: "The verdicts of 3 patches". */
function inWords(damaged: readonly Damaged[]): string[] {
  const of = (store: RecordStoreName) =>
    damaged.filter(each => each.store === store && each.reason !== MARGIN_OF_NONE)
  const parts: string[] = []
  const say = (count: number, text: (count: number) => string) => {
    if (count > 0) parts.push(text(count))
  }
  say(of('project').length, () => 'The project’s name and settings')
  say(of('patches').length, count => `${plural(count, 'patch', 'patches')}${namesOf(of('patches'))}`)
  say(
    of('scenes').length,
    count => `${plural(count, 'scene')}${namesOf(of('scenes'))}: the cells stay, as patches`,
  )
  const steps = of('history')
  const kindOf = ({ record }: Damaged) => (record as { kind?: unknown } | null)?.kind
  const patchesOf = (some: readonly Damaged[]) =>
    new Set(some.map(({ record }) => (record as { patchId?: unknown } | null)?.patchId)).size
  const verdicts = steps.filter(step => kindOf(step) === 'verdict')
  const strokes = steps.filter(step => kindOf(step) === 'stroke')
  say(patchesOf(verdicts), count => `The verdicts of ${plural(count, 'patch', 'patches')}`)
  say(
    strokes.length,
    count => `${plural(count, 'stroke')} on ${plural(patchesOf(strokes), 'patch', 'patches')}`,
  )
  say(steps.length - verdicts.length - strokes.length, count => plural(count, 'other step'))
  say(of('rounds').length, count => plural(count, 'round'))
  say(of('unfinishedRounds').length, () => 'The unfinished round')
  say(of('importedModels').length, count => plural(count, 'imported model'))
  say(of('pointAudits').length, count => `${plural(count, 'point audit')}${namesOf(of('pointAudits'))}`)
  say(of('auditLog').length, count => plural(count, 'line of the audit log', 'lines of the audit log'))
  return parts
}

const MOST_NAMES = 3

/** " (image_1, image_2 …)", as far as they have names. */
function namesOf(damaged: readonly Damaged[]): string {
  const names = damaged.flatMap(({ record }) => {
    const name = (record as { name?: unknown } | null)?.name
    return typeof name === 'string' && name !== '' ? [printable(name).slice(0, LONGEST_NAME)] : []
  })
  const more = names.length > MOST_NAMES ? ' …' : ''
  return names.length > 0 ? ` (${names.slice(0, MOST_NAMES).join(', ')}${more})` : ''
}

const LONGEST_NAME = 60

async function keepAside(id: string, damaged: readonly Damaged[], now: Date): Promise<void> {
  const aside = await openDB(asideName(id), 1, {
    upgrade: made => void made.createObjectStore(ASIDE_STORE, { autoIncrement: true }),
  })
  try {
    const transaction = aside.transaction(ASIDE_STORE, 'readwrite', { durability: 'strict' })
    for (const each of damaged) await transaction.store.add({ ...each, at: now.toISOString() })
    await transaction.done
  } finally {
    aside.close()
  }
}

/** Only what lies aside by now. */
async function takeOut(id: string, open: IDBPDatabase, { damaged, mended }: Found, now: Date): Promise<void> {
  const ownRecord = damaged.find(({ store, key }) => store === 'project' && key === PROJECT_ID)
  const repaired = ownRecord && repairedProject(ownRecord.record, await likelyFolder(id))
  const transaction = open.transaction([...open.objectStoreNames], 'readwrite', { durability: 'strict' })
  for (const { store, key } of damaged) await transaction.objectStore(store).delete(key)
  for (const { store, record } of mended) await transaction.objectStore(store).put(record)
  if (repaired) await transaction.objectStore('project').put(repaired)
  if (open.objectStoreNames.contains('auditLog')) {
    const detail = `Set aside, since it could not be read: ${inWords(damaged).join('; ')}`
    const entry = auditOfSetAside(now, repaired?.threshold ?? DEFAULT_MASK_THRESHOLD, detail)
    await transaction.objectStore('auditLog').add(entry)
  }
  await transaction.done
}

/** The fields that are sound, the others as in a new project. */
function repairedProject(record: unknown, folder: string) {
  const fresh = freshProject(folder)
  const fields = typeof record === 'object' && record !== null ? Object.entries(record) : []
  const shape: Record<string, { safeParse(value: unknown): { success: boolean } }> = projectSchema.shape
  const sound = fields.filter(([name, value]) => {
    return name !== 'id' && Object.hasOwn(shape, name) && shape[name]!.safeParse(value).success
  })
  return { ...fresh, ...Object.fromEntries(sound), filesFolder: folder }
}

async function storedName(open: IDBPDatabase | null): Promise<string> {
  if (!open?.objectStoreNames.contains('project')) return 'project'
  const record: unknown = await open.get('project', PROJECT_ID)
  const name = (record as { name?: unknown } | undefined)?.name
  return typeof name === 'string' ? name : 'project'
}

/** What cannot be read is named in the zip, and keeps nothing else out. */
async function* storedContent(id: string, open: IDBPDatabase | null) {
  const unreadable: string[] = []
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (thrown) {
      unreadable.push(`${what}: ${String(thrown)}`)
      return null
    }
  }
  const aside = await attempt('records set aside', () => openAsItIs(asideName(id)))
  for (const [folder, database] of [
    ['records', open],
    ['aside', aside],
  ] as const) {
    if (!database) continue
    const lists = new Map(([...database.objectStoreNames] as string[]).map(name => [name, [] as string[]]))
    await attempt(folder, async () => {
      for await (const { store, key, record } of everything(database)) {
        const text = await attempt(`${folder}/${store}/${String(key)}`, async () =>
          toTypedJson({ key, record }),
        )
        if (text !== null) lists.get(store)!.push(text)
      }
    })
    for (const [store, lines] of lists)
      yield { name: `${folder}/${safeFileName(store)}.json`, input: `[${lines.join(',\n')}]` }
  }
  aside?.close()
  const folders = await attempt('files', () => foldersOf(id))
  for (const folder of folders ?? []) {
    const files = await attempt(folder, async () => {
      const bytes = await openByteStore(folder)
      const paths: string[][] = []
      await bytes.walk([], names => void paths.push(names))
      return { bytes, paths }
    })
    for (const path of files?.paths ?? []) {
      const name = [folder, ...path].map(memberName).join('/')
      const content = await attempt(name, () =>
        files!.bytes.read(path as unknown as BytePath, file => file.arrayBuffer()),
      )
      if (content) yield { name: `files/${name}`, input: new Uint8Array(content) }
    }
  }
  if (unreadable.length > 0) yield { name: 'unreadable.txt', input: unreadable.join('\n') }
}

function memberName(part: string): string {
  return encodeURIComponent(part).replace(/^\.+$/, '_')
}
