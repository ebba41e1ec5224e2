import { RecentMap } from '../../core/foundation/recentMap'
import type { Domain } from '../../core/patches/patch'
import { fillBands } from '../../core/patches/readPatch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { absentBands } from '../../core/scenes/absentBands'
import { areaMask } from '../../core/scenes/polygons'
import { readPieces } from '../../core/scenes/readPieces'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import type { CellScene } from '../../engine'
import type { ProjectStore } from '../../storage/projectStore'

export type PieceStore = Pick<ProjectStore, 'scene' | 'scenePieces' | 'readPixelWindow'>

/** What one read of a piece gave: all its columns in some of its rows. */
type Strip = Awaited<ReturnType<ProjectStore['readPixelWindow']>>

/**
 * Bytes of strips that are kept, so that neighbouring windows read a piece once: up to six are in use at a time, of 512
 * columns and a window's 256 rows, 7.3 MB each.
 */
const STRIP_BYTES = 64 * 2 ** 20

/**
 * Opens scenes of the project, each once, to be read from what is stored of them: cells, removed ones too, and the margin
 * around them. Where there is no piece there is no data. They share what is kept.
 */
export class SceneReader {
  private readonly opened = new Map<string, Promise<CellScene>>()
  private readonly strips = new RecentMap<string, Strip>({
    budget: STRIP_BYTES,
    sizeOf: ({ data, valid }) => data.byteLength + (valid?.byteLength ?? 0),
  })

  /** @param means [14] raw units, for bands that a scene's product does not have; by default they stay as stored. */
  constructor(
    private readonly store: PieceStore,
    private readonly means: readonly number[] | null = null,
  ) {}

  /**
   * Gives pixels of a cell the means for the bands that its scene's product does not have, as reading the scene does.
   *
   * @throws AppError as `open`
   */
  async fill(sceneId: string, { data, valid }: Pick<Strip, 'data' | 'valid'>): Promise<void> {
    if (this.means) fillBands(data, valid, absentBands(await this.store.scene(sceneId)), this.means)
  }

  /** @throws AppError `bad-argument` where the scene is gone, and what the store throws */
  open(sceneId: string): Promise<CellScene> {
    const known = this.opened.get(sceneId)
    if (known) return known
    const opening = sceneOfCells(this.store, sceneId, this.strips, this.means)
    this.opened.set(sceneId, opening)
    return opening
  }
}

async function sceneOfCells(
  store: PieceStore,
  sceneId: string,
  strips: RecentMap<string, Strip>,
  means: readonly number[] | null,
): Promise<CellScene> {
  const { name, recipe, area }: SceneRecord = await store.scene(sceneId)
  const absent = absentBands({ recipe })
  const pieces = (await store.scenePieces(sceneId)).flatMap(({ id, cell }) => (cell ? [{ id, ...cell }] : []))
  const readStrip = async (id: string, rows: PixelWindow): Promise<Strip> => {
    const key = `${id} ${rows.row} ${rows.height}`
    const known = strips.get(key)
    const strip = known ?? (await store.readPixelWindow(id, rows))
    if (!known && means) fillBands(strip.data, strip.valid, absent, means)
    strips.set(key, strip)
    return strip
  }
  return {
    name,
    width: recipe.grid.width,
    height: recipe.grid.height,
    inside: area && areaMask(area.polygons),
    cells: new Map(pieces.filter(({ margin }) => !margin).map(({ id, window }) => [id, window])),
    read: readPieces(pieces, readStrip),
  }
}

/** Patches of one domain by themselves, or the cells of a scene, in the order in which the first of each comes. */
export function byScene<Patch extends Pick<PatchRecord, 'cell' | 'domain'>>(
  patches: readonly Patch[],
): { sceneId: string | null; domain: Domain; patches: Patch[] }[] {
  const groups = new Map<string, { sceneId: string | null; domain: Domain; patches: Patch[] }>()
  for (const patch of patches) {
    const sceneId = patch.cell?.sceneId ?? null
    const { domain } = patch
    const key = `${domain} ${sceneId ?? ''}`
    const group = groups.get(key)
    if (group) group.patches.push(patch)
    else groups.set(key, { sceneId, domain, patches: [patch] })
  }
  return [...groups.values()]
}
