import type { PatchRecord } from '../../storage/projectStore'
import { type Placement, placePatches } from './placement'

const known = new WeakMap<readonly PatchRecord[], Placement>()

/** `placePatches`, worked out once for a list of patches as the store holds it. */
export function placementOf(patches: readonly PatchRecord[]): Placement {
  const before = known.get(patches)
  if (before) return before
  const placement = placePatches(patches)
  known.set(patches, placement)
  return placement
}
