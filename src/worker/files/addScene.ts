import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { fingerprintOf } from '../../core/foundation/sha256'
import { BANDS } from '../../core/patches/bands'
import { statisticsOf } from '../../core/patches/statistics'
import type { FileNote } from '../../core/raster/fileNote'
import type { PatchRecord } from '../../core/review/records'
import type { ScenePiece } from '../../core/scenes/cells'
import { sampleScene } from '../../core/scenes/sampleScene'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { openSceneStack } from '../../core/scenes/sceneSources'
import { georeferenceOf, isAbsent } from '../../core/scenes/stack'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi, ImportEvent, SceneChoices } from '../protocol'
import type { CallContext } from '../rpc/serveApi'
import { addedEvent, nameInId } from './patchAdder'
import { baseName, type PlannedScene, planScene } from './planScene'
import type { KeptDrop } from './sceneDrops'

/** What adding a scene needs of a project. */
type SceneStore = Pick<
  ProjectStore,
  | 'scenes'
  | 'putScene'
  | 'removeScene'
  | 'scenePieces'
  | 'patches'
  | 'removedPatches'
  | 'putPatch'
  | 'estimate'
>

/**
 * Adds a scene to the project: its record, what the statistics know it by, then its pieces in strip order, so that blocks of
 * its files are decoded once or twice. Pieces without a valid pixel are left out. One that was interrupted goes on: pieces
 * that are there are not read again.
 *
 * @throws AppError as `planScene`, `file-unsupported` where no cell has data, `storage-full` and `aborted`: what is whole stays
 */
export async function addScene(
  store: SceneStore,
  drop: KeptDrop,
  choices: SceneChoices,
  means: () => Promise<readonly number[]>,
  { signal, onProgress, onEvent }: CallContext<ImportEvent>,
): Promise<FilesApi['addScene']['result']> {
  const planned = await planScene(store, drop, choices, means, signal)
  const { id, recipe, pieces, terrain } = planned
  let record = planned.begun ?? recordOf(planned)
  // What is left of it was removed.
  if (!planned.begun) await store.removeScene(id)
  // First, so that a piece never belongs to nothing.
  await store.putScene(record)
  const { open, caches } = drop
  const { stack } = await openSceneStack(recipe, open, { caches, terrain, signal })
  const { crs, transform } = recipe.grid
  const georeference = { crs, transform, geoKeys: null }
  if (record.samples.length === 0) {
    const samples = await sampleScene(stack, { name: recipe.name, georeference }, { signal, onProgress })
    record = { ...record, samples }
    await store.putScene(record)
  }
  const stored = await store.scenePieces(id)
  const present = new Map(stored.map(piece => [piece.id, piece]))
  const order = await orderOf(store, planned, stored)
  const problems = provenance(planned)
  const added: PatchRecord[] = []
  let written = stored.length
  let cells = stored.filter(({ cell }) => !cell!.margin).length
  let done = stored.length
  for (const [index, piece] of pieces.entries()) {
    throwIfAborted(signal)
    onProgress({ label: `Adding ${recipe.name}`, done, total: pieces.length, skipped: stored.length })
    const { window, row, column } = piece
    const pieceId = await pieceIdentity(planned, piece)
    if (present.has(pieceId)) continue
    const { data, valid, width, height } = await stack.read(window, signal)
    done++
    if (valid && !valid.includes(1)) continue
    const isMargin = piece.kind === 'margin'
    const patch: PatchRecord = {
      ...{ id: pieceId, order: order(index), name: `${recipe.name} ${piece.id}` },
      path: `${recipe.name}/${piece.id}`,
      ...{ domain: 'target', width, height, hasLabel: false, heldOut: false, scale: 'raw' },
      georeference: georeferenceOf(georeference, window),
      problems,
      statistics: statisticsOf({ data, valid, width, height }),
      cell: { sceneId: id, row, column, window, ...(isMargin && { margin: true as const }) },
    }
    await store.putPatch(patch, { data, valid, label: null })
    written++
    if (isMargin) continue
    cells++
    added.push(patch)
    onEvent(addedEvent(patch.path, { patchId: pieceId, replaced: false }))
  }
  onProgress({ label: `Adding ${recipe.name}`, done, total: pieces.length, skipped: stored.length })
  if (cells === 0) {
    await store.removeScene(id)
    const where = planned.area ? 'in this area' : 'anywhere'
    throw new AppError(
      'file-unsupported',
      `"${recipe.name}" has no pixel ${where} with both reflectance and elevation: choose another area or elevation.`,
    )
  }
  record = { ...record, pieces: written, complete: true }
  await store.putScene(record)
  return { scene: record, added }
}

function recordOf({ id, scene, recipe, area, pieces, plan }: PlannedScene): SceneRecord {
  const { level, tile, sensed } = scene
  return {
    ...{ id, name: recipe.name, at: new Date().toISOString(), recipe, level, tile, sensed },
    synthetic: syntheticBands(recipe),
    window: plan.window,
    area,
    samples: [],
    pieces: pieces.length,
    complete: false,
  }
}

function syntheticBands({ bands }: PlannedScene['recipe']): string[] {
  return bands.flatMap((band, index) => (isAbsent(band) ? [BANDS[index]!.name] : []))
}

/** The same for the same piece of the same recipe and area. */
async function pieceIdentity({ key, recipe }: PlannedScene, { id, window }: ScenePiece): Promise<string> {
  const hash = await fingerprintOf({ key, window })
  return `${nameInId(recipe.name)}-${id}~${window.width}x${window.height}~${hash.slice(0, 16)}`
}

/** The place of a piece among the project's patches, by its index: behind all that were there, in the scene's own order. */
async function orderOf(
  store: Pick<ProjectStore, 'scenes' | 'scenePieces' | 'patches' | 'removedPatches'>,
  { id, pieces }: PlannedScene,
  stored: readonly PatchRecord[],
): Promise<(index: number) => number> {
  const others = [...(await store.patches()), ...(await store.removedPatches())]
  for (const scene of await store.scenes()) {
    if (scene.id !== id) others.push(...(await store.scenePieces(scene.id)))
  }
  const highest = others.reduce(
    (most, { cell, order }) => (cell?.sceneId === id ? most : Math.max(most, order)),
    -1,
  )
  const last = stored.reduce<PatchRecord | null>((a, b) => (a && a.order > b.order ? a : b), null)
  if (!last) return index => highest + 1 + index
  const lastIndex = pieces.findIndex(
    ({ row, column }) => row === last.cell!.row && column === last.cell!.column,
  )
  const begin = last.order - lastIndex
  // What was added since the interruption may have taken the numbers that come next.
  const moved = highest > last.order ? highest - last.order : 0
  return index => begin + index + (index > lastIndex ? moved : 0)
}

/** What a cell was made of, for whoever asks where its values come from. */
function provenance({ scene, recipe }: PlannedScene): FileNote[] {
  const files = [...new Set(Object.values(scene.bands).map(({ path }) => baseName(path)))]
  const bands = files.length > 3 ? `${files.length} files of ${scene.name}` : files.join(', ')
  const elevation = recipe.elevation.map(baseName).join(', ')
  const slope = recipe.slope === null ? 'made of the elevation' : `from ${baseName(recipe.slope)}`
  const sentences = [`Bands from ${bands}, elevation from ${elevation}, slope ${slope}.`]
  const synthetic = syntheticBands(recipe)
  if (synthetic.length > 0) {
    sentences.push(`Not in the product, so that the models’ own mean stands for it: ${synthetic.join(', ')}.`)
  }
  const assumed = recipe.bands.find(band => !isAbsent(band))
  const { quantification, offset } = scene
  if (
    assumed &&
    !isAbsent(assumed) &&
    [quantification, offset].some(({ evidence }) => evidence !== 'metadata')
  ) {
    const { scale, offset: added } = assumed
    sentences.push(`Reflectance x 10000 is (stored ${added < 0 ? '-' : '+'} ${Math.abs(added)}) x ${scale}.`)
  }
  return [{ reason: 'scene', message: sentences.join(' ') }]
}
