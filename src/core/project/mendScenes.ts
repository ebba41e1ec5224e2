import { plural, printable } from '../foundation/text'
import type { PatchRecord } from '../review/records'
import type { CellPlace, SceneRecord } from '../scenes/sceneRecord'
import { isWithin } from './rasterFiles'

interface MendedScenes {
  /** What is wrong was mended in a copy; all else is the record that was given. */
  patches: PatchRecord[]
  scenes: SceneRecord[]
  /** Margins that belong to no scene: of no use to anybody. */
  dropped: PatchRecord[]
  /** What was wrong, a sentence each. */
  notes: string[]
}

/**
 * Makes scenes and their pieces fit each other, whatever was lost or made up: a cell without its scene, or one that does
 * not lie in a row and a column of its own, becomes a patch by itself; a scene that lacks pieces counts as incomplete, so
 * that its files can be added again.
 */
export function mendScenes(patches: readonly PatchRecord[], scenes: readonly SceneRecord[]): MendedScenes {
  const piecesOf = new Map<string, PatchRecord[]>()
  for (const patch of patches) {
    if (!patch.cell) continue
    const { sceneId } = patch.cell
    if (!piecesOf.get(sceneId)?.push(patch)) piecesOf.set(sceneId, [patch])
  }
  const stray = new Set<PatchRecord>()
  const notes: string[] = []
  const takeOut = (pieces: readonly PatchRecord[], what: string) => {
    for (const piece of pieces) stray.add(piece)
    const cells = pieces.filter(({ cell }) => !cell!.margin).length
    const kept = `kept as ${cells === 1 ? 'a patch' : 'patches'} without a scene`
    if (cells > 0) notes.push(`${plural(cells, 'cell')} ${what}: ${kept}.`)
    else notes.push(`${plural(pieces.length, 'margin')} ${what}: left out.`)
  }
  const known = new Set(scenes.map(({ id }) => id))
  const lost = [...piecesOf].flatMap(([sceneId, pieces]) => (known.has(sceneId) ? [] : pieces))
  if (lost.length > 0) takeOut(lost, 'of a scene that is not there')
  const mended = scenes.map(scene => {
    const pieces = piecesOf.get(scene.id) ?? []
    const unfit = unfitPieces(pieces, scene)
    const name = printable(scene.name)
    if (unfit.length > 0) takeOut(unfit, `off the grid of the scene "${name}"`)
    const left = pieces.length - unfit.length
    if (!scene.complete || left >= scene.pieces) return scene
    notes.push(
      `The scene "${name}" has ${left} of its ${scene.pieces} pieces: add its files again to complete it.`,
    )
    return { ...scene, complete: false }
  })
  const dropped = [...stray].filter(({ cell }) => cell!.margin)
  const isDropped = new Set(dropped)
  const left = patches.filter(patch => !isDropped.has(patch))
  return {
    patches: left.map(patch => (stray.has(patch) ? byItself(patch) : patch)),
    scenes: mended,
    dropped,
    notes,
  }
}

function byItself({ cell: _, ...patch }: PatchRecord): PatchRecord {
  return patch
}

/** Those that leave the scene, and those that overlap others: of two the later, of a cell and a margin the margin. */
function unfitPieces(pieces: readonly PatchRecord[], { recipe: { grid } }: SceneRecord): PatchRecord[] {
  const inside = pieces.filter(({ cell }) => isWithin(cell!.window, grid))
  const cellsFirst = [...inside].sort(
    (a, b) => Number(a.cell!.margin ?? false) - Number(b.cell!.margin ?? false),
  )
  const rows = stretches(cellsFirst, ({ row, window }) => ({
    index: row,
    begin: window.row,
    length: window.height,
  }))
  const columns = stretches(cellsFirst, ({ column, window }) => ({
    index: column,
    begin: window.column,
    length: window.width,
  }))
  const taken = new Set<string>()
  const fitting = new Set<PatchRecord>()
  for (const piece of cellsFirst) {
    const { row, column, window } = piece.cell!
    const isPlaced =
      rows.get(row) === stretch(window.row, window.height) &&
      columns.get(column) === stretch(window.column, window.width)
    const place = `${row},${column}`
    if (!isPlaced || taken.has(place)) continue
    taken.add(place)
    fitting.add(piece)
  }
  return pieces.filter(piece => !fitting.has(piece))
}

/** The rows or columns of a cut by index: as the first piece has them, and one behind the other. */
function stretches(
  pieces: readonly PatchRecord[],
  of: (cell: CellPlace) => { index: number; begin: number; length: number },
): Map<number, string> {
  const first = new Map<number, ReturnType<typeof of>>()
  for (const { cell } of pieces) {
    const found = of(cell!)
    if (!first.has(found.index)) first.set(found.index, found)
  }
  const kept = new Map<number, string>()
  let end = 0
  for (const { index, begin, length } of [...first.values()].sort((a, b) => a.index - b.index)) {
    if (begin < end) continue
    end = begin + length
    kept.set(index, stretch(begin, length))
  }
  return kept
}

const stretch = (begin: number, length: number) => `${begin}+${length}`
