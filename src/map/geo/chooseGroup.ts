import type { PlacedGroup, Placement } from './placement'

/** The group on the map: the one chosen, else that of the selected patch, else the one with the most rasters. */
export function chooseGroup(
  { groups }: Placement,
  chosen: string | null,
  selectedId: string | null,
): PlacedGroup | null {
  return (
    groups.find(({ system }) => system.key === chosen) ??
    groups.find(({ placed }) => placed.some(({ patch }) => patch.id === selectedId)) ??
    groups[0] ??
    null
  )
}
