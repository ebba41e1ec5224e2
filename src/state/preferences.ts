import { z } from '../core/foundation/schema'

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
  // Each field by itself falls back to its default where it is damaged, absent or from another version.
  const shape = kept.map(([name, schema]) => [name, schema!.catch(initial[name as keyof Slice])])
  const schema = z.object(Object.fromEntries(shape))
  return {
    read(storage) {
      const saved = [...older, key].map(name => savedFields(storage, name))
      return { ...initial, ...(schema.parse(Object.assign({}, ...saved)) as Partial<Slice>) }
    },
    write(storage, now, before) {
      if (names.every(name => now[name] === before[name])) return
      storage.setItem(key, JSON.stringify(Object.fromEntries(names.map(name => [name, now[name]]))))
    },
    sound(change) {
      const sound = Object.entries(change).filter(
        ([name, value]) => fields[name as keyof Slice]?.safeParse(value).success ?? true,
      )
      return Object.fromEntries(sound) as Partial<Slice>
    },
  }
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
