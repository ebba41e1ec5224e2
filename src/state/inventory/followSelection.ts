import { rasterIdOf, rowAt } from '../../core/inventory/inventoryTable'
import { patchById } from '../patches/selectors'
import { selectedFirstPixel } from '../review/landslides'
import type { Studio } from '../studio'

/** Whatever selects a landslide, a key, the list or a click on the image, selects its row. */
export function watchSelectedLandslide(studio: Studio): void {
  studio.store.subscribe((now, before) => {
    const changed =
      now.review.selectedLandslide !== before.review.selectedLandslide ||
      now.review.landslides !== before.review.landslides ||
      now.inventory.revision !== before.inventory.revision
    if (!changed || !now.inventory.open || now.inventory.count === 0) return
    const found = selectedFirstPixel(studio)
    const patch = found && patchById(now, now.view.selectedId)
    if (!patch) return
    const { inventory: held } = studio.pixels
    const raster = held.table.rasters.find(({ id }) => id === rasterIdOf(patch))
    const part = raster?.patches.find(({ id }) => id === patch.id)
    if (!raster || !part) return
    const { column, row } = part.window
    const at = rowAt(held.table, raster.id, { column: column + found.column, row: row + found.row })
    const active = at === null ? null : held.keyOf(at)
    if (active !== now.inventory.active) studio.store.change({ inventory: { active, anchor: null } })
  })
}
