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

/** Lays the polygons of files over the map; one that cannot be read is refused with the reason. */
export async function addReferences(
  studio: Studio,
  files: readonly { path: string; file: Blob }[],
): Promise<void> {
  for (const { path, file } of files) {
    const georeference = placedPatch(studio.store.getState())?.georeference
    if (!georeference) return
    try {
      await studio.files.call('readOutlines', { path, file, georeference })
    } catch (thrown) {
      notifyError(studio.store, toAppError(thrown))
      continue
    }
    const name = path.split('/').at(-1) ?? path
    const added = { id: studio.newId(), name, file, shown: true }
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
