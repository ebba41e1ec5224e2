import { toAppError } from '../../core/foundation/appError'
import type { PatchRecord } from '../../core/review/records'
import { notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { ReferenceLayer } from './slice'

/** The first patch that lies somewhere on the map; null: none does. */
export function placedPatch({ patches }: StudioState): PatchRecord | null {
  return patches.list.find(({ georeference }) => georeference?.transform) ?? null
}

/**
 * Lays the polygons of files over the map; one that cannot be read is refused with the reason.
 *
 * @param all files that were given: a Shapefile's .prj is among them
 */
export async function addReferences(
  studio: Studio,
  files: readonly { path: string; file: Blob }[],
  all: readonly { path: string; file: Blob }[] = files,
): Promise<void> {
  for (const { path, file } of files.filter(one => !/\.prj$/i.test(one.path))) {
    const georeference = placedPatch(studio.store.getState())?.georeference
    if (!georeference) return
    const prj = path.replace(/\.shp$/i, '.prj').toLowerCase()
    const found = all.filter(other => other.path !== path && other.path.toLowerCase() === prj)
    const beside = found.length > 0 ? { beside: found } : {}
    try {
      await studio.files.call('readOutlines', { path, file, georeference, ...beside })
    } catch (thrown) {
      notifyError(studio.store, toAppError(thrown))
      continue
    }
    const name = path.split('/').at(-1) ?? path
    const added = { id: studio.newId(), path, name, file, shown: true, ...beside }
    studio.store.change(({ layers }) => ({ layers: { references: [...layers.references, added] } }))
  }
}

export function showReference({ store }: Pick<Studio, 'store'>, id: string, shown: boolean): void {
  const changed = (one: ReferenceLayer) => (one.id === id ? { ...one, shown } : one)
  store.change(({ layers }) => ({ layers: { references: layers.references.map(changed) } }))
}

export function removeReference({ store }: Pick<Studio, 'store'>, id: string): void {
  store.change(({ layers }) => ({ layers: { references: layers.references.filter(one => one.id !== id) } }))
}
