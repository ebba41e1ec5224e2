import type { Studio } from '../studio'
import type { ShownRows } from './heldTable'

type Holder = Pick<Studio, 'store' | 'pixels'>

/** The rows as the table shows them now. */
export function rowsShown({ store, pixels }: Holder): ShownRows {
  const { filter, sort } = store.getState().inventory
  return pixels.inventory.shown(filter, sort)
}

/** Places of the first and the last selected row among those that are shown; none: the last is before the first. */
export function selectedRange(studio: Holder): { first: number; last: number } {
  const { rows } = rowsShown(studio)
  const { active, anchor } = studio.store.getState().inventory
  const place = (key: string | null) => {
    const row = studio.pixels.inventory.rowOf(key)
    return row === null ? -1 : rows.indexOf(row)
  }
  const at = place(active)
  if (at < 0) return { first: 0, last: -1 }
  const other = place(anchor)
  return other < 0 ? { first: at, last: at } : { first: Math.min(at, other), last: Math.max(at, other) }
}
