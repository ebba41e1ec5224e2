import { z } from '../core/foundation/schema'
import { FIRST_PROJECT } from '../storage/projects'

/** The part of `localStorage` that the studio uses. */
export interface PreferenceStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** What of a feature's state survives a reload. */
export interface Preferences<Slice> {
  /** What was saved, as far as it is sound: a damaged entry or field never stops the studio. */
  read(storage: PreferenceStorage): Slice
  /** Saves what changed, if any of it is kept. */
  write(storage: PreferenceStorage, now: Slice, before: Slice): void
  /** Of a change the fields that `read` would give back as they are: actions set nothing else. */
  sound(change: Partial<Slice>): Partial<Slice>
}

/**
 * Keeps fields of a feature's state under `key`.
 *
 * @param fields for every field, the schema that it is checked by when read back, or null where it lasts for a visit
 * only: the compiler asks for an answer when the feature grows.
 * @param older keys under which earlier versions kept some of the fields, oldest first.
 */
export function preferences<Slice extends object>(
  key: string,
  initial: Slice,
  fields: { [Field in keyof Slice]: z.ZodType<Slice[Field]> | null },
  older: readonly string[] = [],
): Preferences<Slice> {
  const kept = Object.entries<z.ZodType | null>(fields).filter(entry => entry[1] !== null)
  const names = kept.map(([name]) => name as keyof Slice)
  const schema = fieldByField(Object.fromEntries(kept) as Schemas<Partial<Slice>>, initial)
  return {
    read(storage) {
      const saved = [...older, key].map(name => savedFields(storage, name))
      return { ...initial, ...schema.parse(Object.assign({}, ...saved)) }
    },
    write(storage, now, before) {
      if (names.every(name => now[name] === before[name])) return
      storage.setItem(key, JSON.stringify(Object.fromEntries(names.map(name => [name, now[name]]))))
    },
    sound: change => soundFields(fields, change),
  }
}

type Schemas<Fields> = { [Field in keyof Fields]: z.ZodType<Fields[Field]> }

/** Reads each field by itself: where it is damaged, absent or from another version it falls back to its default. */
export function fieldByField<Fields extends object>(
  schemas: Schemas<Fields>,
  defaults: Fields,
): z.ZodType<Fields> {
  const shape = Object.entries<z.ZodType>(schemas).map(([name, schema]) => [
    name,
    schema.catch(defaults[name as keyof Fields]),
  ])
  return z.object(Object.fromEntries(shape)) as unknown as z.ZodType<Fields>
}

/** Fields of a change that pass their schemas; those without one pass. */
export function soundFields<Fields extends object>(
  schemas: { [Field in keyof Fields]: z.ZodType<Fields[Field]> | null },
  change: Partial<Fields>,
): Partial<Fields> {
  const sound = Object.entries(change).filter(
    ([name, value]) => schemas[name as keyof Fields]?.safeParse(value).success ?? true,
  )
  return Object.fromEntries(sound) as Partial<Fields>
}

/** Earlier versions kept the view one level down, as `view`. */
function savedFields(storage: PreferenceStorage, key: string): object {
  try {
    const saved: unknown = JSON.parse(storage.getItem(key) ?? '{}')
    if (!isObject(saved)) return {}
    return { ...saved, ...('view' in saved && isObject(saved.view) ? saved.view : {}) }
  } catch (thrown) {
    console.warn(`The settings saved as ${key} could not be read; the defaults are used.`, thrown)
    return {}
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Keys of what belongs to a project: its queue, view, layers, training settings and open audit. The rest is the person's. */
const BY_PROJECT: ReadonlySet<string> = new Set([
  'scarp.queue',
  'scarp.view',
  'scarp.layers',
  'scarp.rounds',
  'scarp.accuracy',
])

/** `storage` as a project sees it. The first project has the keys of versions that knew no other. */
export function projectPreferences(storage: PreferenceStorage, projectId: string): PreferenceStorage {
  const own = (key: string) =>
    projectId === FIRST_PROJECT || !BY_PROJECT.has(key) ? key : `${key}@${projectId}`
  return {
    getItem: key => storage.getItem(own(key)),
    setItem: (key, value) => storage.setItem(own(key), value),
  }
}

/** Removes what was kept of projects that are no more. @param projectIds of those that there are */
export function dropPreferences(storage: Storage, projectIds: readonly string[]): void {
  for (const key of Object.keys(storage)) {
    const [name, projectId] = key.split('@')
    if (projectId && BY_PROJECT.has(name!) && !projectIds.includes(projectId)) storage.removeItem(key)
  }
}
