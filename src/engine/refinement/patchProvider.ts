import { IGNORE, type Patch, type PatchPixels } from '../../core/patches/patch'
import { type BandStatistics, normalise } from '../../core/patches/statistics'
import type { SampleProvider, TrainingSample } from '../training/trainingSample'
import { type CellScene, stripOrder } from './predictCells'
import type { TargetLabels } from './targetLabels'

/** What training needs of a patch. Raw units of `BANDS`. */
export type LabelledPixels = PatchPixels &
  Pick<Patch, 'label'> & {
    /** [height, width] 1 for pixels in the area of interest of a cell's scene; absent or null: all are. */
    inside?: Uint8Array | null
  }

/** Patches by id, loaded one at a time so that memory does not grow with the project. */
export interface PatchProvider {
  readonly ids: readonly string[]
  load(id: string): Promise<LabelledPixels>
  /** Scenes that some of them are cells of: those are predicted by the scene's windows. */
  scenes?: readonly CellScene[]
}

/** What is predicted together: patches by themselves, then scene after scene, cells as they become whole. */
export function partsOf({ ids, scenes = [] }: PatchProvider): {
  single: string[]
  scenes: { scene: CellScene; ids: string[] }[]
} {
  const isCell = (id: string) => scenes.some(({ cells }) => cells.has(id))
  return {
    single: ids.filter(id => !isCell(id)),
    scenes: scenes
      .map(scene => ({
        scene,
        ids: stripOrder(
          ids.filter(id => scene.cells.has(id)),
          scene,
        ),
      }))
      .filter(part => part.ids.length > 0),
  }
}

/** Ids of patches as `predictPatches` comes to them, whichever of them it is given. */
export function predictionOrder(patches: PatchProvider): string[] {
  const { single, scenes } = partsOf(patches)
  return [...single, ...scenes.flatMap(({ ids }) => ids)]
}

/**
 * A patch's label with pixels ignored that hold no data or lie outside the area of interest; all ignored where there is
 * no label. [H, W].
 */
export function maskedTruth({ label, valid, inside, width, height }: LabelledPixels): Uint8Array {
  if (!label) return new Uint8Array(width * height).fill(IGNORE)
  return valid || inside
    ? label.map((value, i) => (valid?.[i] === 0 || inside?.[i] === 0 ? IGNORE : value))
    : label
}

/** Normalised samples kept in memory between draws, bytes: 280 competition patches. */
const CACHE_BYTES = 256 * 1024 * 1024

/**
 * Training samples of one domain: patches normalised by that domain's statistics, with their own label or the one
 * given for them. Loads lazily and keeps the latest used ones.
 *
 * @param labels replace the patches' own; patches without one are left out. null: every patch with its own label.
 */
export function roundSamples(
  patches: PatchProvider,
  statistics: BandStatistics,
  labels: Pick<TargetLabels, 'ids' | 'load'> | null,
): SampleProvider {
  const labelled = new Set(labels?.ids)
  const cache = new Map<string, TrainingSample>()
  let bytes = 0
  return {
    ids: labels ? patches.ids.filter(id => labelled.has(id)) : patches.ids,
    async load(id) {
      const kept = cache.get(id)
      if (kept) {
        cache.delete(id)
        cache.set(id, kept)
        return kept
      }
      const patch = await patches.load(id)
      const given = await labels?.load(id)
      const { width, height } = patch
      const label = maskedTruth(given ? { ...patch, label: given.label } : patch)
      const pixels = normalise(patch, statistics)
      const sample: TrainingSample = { width, height, pixels, label, soft: given?.soft ?? null }
      cache.set(id, sample)
      bytes += bytesOf(sample)
      for (const [oldest, other] of cache) {
        if (bytes <= CACHE_BYTES || oldest === id) break
        cache.delete(oldest)
        bytes -= bytesOf(other)
      }
      return sample
    },
  }
}

function bytesOf({ pixels, label, soft }: TrainingSample): number {
  return pixels.byteLength + label.byteLength + (soft?.byteLength ?? 0)
}
