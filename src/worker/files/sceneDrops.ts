import { AppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import type { RefusedFile } from '../../core/patches/importPatches'
import { MAX_PATCH_PIXELS } from '../../core/patches/readPatch'
import { type InputFile, isSidecar } from '../../core/raster/inputFile'
import type { OpenRaster } from '../../core/raster/rasterThread'
import { type FoundScenes, findScenes } from '../../core/scenes/findScenes'
import type { StackRecipe } from '../../core/scenes/scene'
import {
  type OpenByPath,
  openByPath,
  openSceneTerrain,
  type SceneCaches,
  type SceneTerrain,
  sceneCaches,
} from '../../core/scenes/sceneSources'
import type { SceneDrop } from '../protocol'
import { type MemberSpool, openMemberSpool } from './memberSpool'

/** Drops that are kept: each holds its files, and perhaps a product that was unpacked. */
const MOST_DROPS = 3

/** Files of a drop with scenes among them, and what was opened of them. */
export interface KeptDrop {
  readonly id: string
  readonly found: FoundScenes
  readonly files: ReadonlyMap<string, InputFile>
  /** World files by path in lower case. */
  readonly sidecars: ReadonlyMap<string, InputFile>
  readonly open: OpenByPath
  /** One for all drops. */
  readonly caches: SceneCaches
  /** Elevation and slope of a recipe; those asked for last are kept open. @throws AppError as `openSceneTerrain` */
  terrain(recipe: StackRecipe, signal?: AbortSignal): Promise<SceneTerrain>
  /** Seconds that a million pixels of one band took to decode; null: nothing was decoded yet. */
  decodeSeconds: number | null
}

interface Entry extends KeptDrop {
  spools: MemberSpool[]
  users: number
  isClosed: boolean
}

export interface SceneQuery extends JobContext {
  /** A drop that the files join: all are looked at together. */
  joins?: string
  /** Where large members of archives among the files are unpacked. */
  spool?: MemberSpool | null
  /** False: scenes are told from patches, and not kept. */
  isKept?: boolean
}

/** What the files of an import hold. */
export interface SceneSearch {
  /** Scenes and what belongs to them; null: there is nothing of that kind. */
  drop: SceneDrop | null
  /** Files that may be patches, as far as they are new. */
  rest: InputFile[]
  refused: RefusedFile[]
}

/** The drops that a person may make scenes of: found once, and kept until they are closed or others take their place. */
export class SceneDrops {
  private readonly entries = new Map<string, Entry>()
  private readonly caches = sceneCaches()
  private made = 0

  /**
   * @param openSpool null: large members of archives are unpacked to memory
   * @param mostPatchPixels rasters of 14 bands with more become scenes
   */
  constructor(
    private readonly openRaster: OpenRaster,
    readonly openSpool: () => MemberSpool | null = openMemberSpool,
    private readonly mostPatchPixels = MAX_PATCH_PIXELS,
  ) {}

  /**
   * Finds scenes, terrain and areas among files, with those of the drop that they join. Where there are any they are kept,
   * and with them the spool.
   *
   * @param files with zips already opened (`expandInputs`).
   * @throws AppError `bad-argument` where the drop to join is no longer kept; `aborted`
   */
  async find(
    files: readonly InputFile[],
    { joins, spool = null, isKept = true, signal, onProgress }: SceneQuery = {},
  ): Promise<SceneSearch> {
    const before = joins === undefined ? null : this.entry(joins)
    const all = new Map(before?.files)
    for (const file of files) all.set(file.path, file)
    const found = await findScenes([...all.values()], {
      open: this.openRaster,
      mostPatchPixels: this.mostPatchPixels,
      signal,
      onProgress,
    })
    const fresh = new Set(files)
    const known = new Set(before?.found.refused.map(({ path, message }) => `${path}\n${message}`))
    const rest = found.rest.filter(file => fresh.has(file))
    const refused = found.refused.filter(({ path, message }) => !known.has(`${path}\n${message}`))
    const { scenes, elevation, slopes, areas } = found
    if (!isKept || scenes.length + elevation.length + slopes.length + areas.length === 0) {
      return { drop: null, rest, refused }
    }
    const id = before?.id ?? `drop-${++this.made}`
    const spools = [...(before?.spools ?? []), ...(spool ? [spool] : [])]
    this.entries.delete(id)
    const entry = this.kept(id, found, all, spools)
    // The machine is as fast as it was: a picture that was drawn is not drawn again to time it.
    entry.decodeSeconds = before?.decodeSeconds ?? null
    this.entries.set(id, entry)
    await this.closeOldest()
    return { drop: { id, scenes, elevation, slopes, areas: areas.map(({ path }) => path) }, rest, refused }
  }

  /** Whether a spool's members belong to a drop that is kept. */
  keeps(spool: MemberSpool): boolean {
    return [...this.entries.values()].some(({ spools }) => spools.includes(spool))
  }

  /**
   * Works with a drop. What was unpacked of it stays until the work is done, even where it is closed before.
   *
   * @throws AppError `bad-argument` where the drop is no longer kept
   */
  async use<T>(id: string, work: (drop: KeptDrop) => Promise<T>): Promise<T> {
    const entry = this.entry(id)
    entry.users++
    try {
      return await work(entry)
    } finally {
      entry.users--
      await this.removeUnused(entry)
    }
  }

  /** Forgets a drop and what was unpacked of it; one that is not kept is fine. */
  async close(id: string): Promise<void> {
    const entry = this.entries.get(id)
    if (!entry) return
    this.entries.delete(id)
    entry.isClosed = true
    await this.removeUnused(entry)
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id)
    if (entry) return entry
    throw new AppError('bad-argument', 'The files of this scene are no longer open: drop them again.')
  }

  private async closeOldest(): Promise<void> {
    for (const [id] of [...this.entries].slice(0, -MOST_DROPS)) await this.close(id)
  }

  private kept(id: string, found: FoundScenes, files: Map<string, InputFile>, spools: MemberSpool[]): Entry {
    const open = openByPath(files, this.openRaster)
    const { caches } = this
    const sidecars = new Map(
      [...files.values()]
        .filter(({ path }) => isSidecar(path))
        .map(file => [file.path.toLowerCase(), file] as const),
    )
    let last: { key: string; terrain: SceneTerrain } | null = null
    return {
      ...{ id, found, files, sidecars, spools, open, caches },
      async terrain(recipe, signal) {
        const { grid, elevation, slope } = recipe
        const key = JSON.stringify({ grid, elevation, slope })
        if (last?.key === key) return last.terrain
        const terrain = await openSceneTerrain(recipe, open, caches.terrain, signal)
        last = { key, terrain }
        return terrain
      },
      decodeSeconds: null,
      users: 0,
      isClosed: false,
    }
  }

  private async removeUnused(entry: Entry): Promise<void> {
    if (!entry.isClosed || entry.users > 0) return
    if (this.entries.size === 0) {
      this.caches.bands.clear()
      this.caches.terrain.clear()
    }
    for (const spool of entry.spools.splice(0)) await spool.remove()
  }
}
