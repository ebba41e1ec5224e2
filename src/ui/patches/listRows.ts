import type { PatchRecord } from '../../core/review/records'
import type { SceneRecord } from '../../core/scenes/sceneRecord'

export const ROW_HEIGHT = 60

export const HEADING_HEIGHT = 44

/** A patch, or the heading of the scene whose cells follow; `top` in CSS pixels from the top of the list. */
export type ListRow =
  | { kind: 'scene'; scene: SceneRecord; top: number }
  | { kind: 'patch'; patch: PatchRecord; index: number; top: number }

export interface ListRows {
  rows: readonly ListRow[]
  /** Of all of them. */
  height: number
  /** Patches that are not folded away. */
  count: number
}

/**
 * Patches in their order, the cells of a scene under its heading. Where an order mixes the cells of several scenes, all
 * headings come first: the order is what the patches are looked at for.
 *
 * @param folded ids of scenes of which the heading stands alone
 */
export function listRows(
  patches: readonly PatchRecord[],
  scenes: readonly SceneRecord[],
  folded: readonly string[],
): ListRows {
  const known = new Map(scenes.map(scene => [scene.id, scene]))
  const sceneOf = (patch: PatchRecord | undefined) => known.get(patch?.cell?.sceneId ?? '')
  const starts = patches.flatMap((patch, at) => {
    const scene = sceneOf(patch)
    return scene && scene !== sceneOf(patches[at - 1]) ? [scene] : []
  })
  const shown = [...new Set(starts)]
  const isMixed = shown.length < starts.length
  const hidden = new Set(folded)
  const rows: ListRow[] = []
  let top = 0
  let count = 0
  const addHeading = (scene: SceneRecord) => {
    rows.push({ kind: 'scene', scene, top })
    top += HEADING_HEIGHT
  }
  if (isMixed) for (const scene of shown) addHeading(scene)
  for (const [at, patch] of patches.entries()) {
    const scene = sceneOf(patch)
    if (scene && !isMixed && scene !== sceneOf(patches[at - 1])) addHeading(scene)
    if (scene && hidden.has(scene.id)) continue
    rows.push({ kind: 'patch', patch, index: count++, top })
    top += ROW_HEIGHT
  }
  return { rows, height: top, count }
}

export const heightOf = ({ kind }: ListRow) => (kind === 'scene' ? HEADING_HEIGHT : ROW_HEIGHT)
