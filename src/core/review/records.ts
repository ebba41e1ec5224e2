import { farPatches } from '../patches/farPatches'
import type { Domain, ValueScale } from '../patches/patch'
import { eventSet, type SetPatch, setStatistics } from '../patches/setStatistics'
import type { BandStatistics } from '../patches/statistics'
import type { FileNote } from '../raster/fileNote'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import type { NetworkFamily } from '../rounds/networks'
import type { ProbabilityTally } from '../rounds/probabilityTally'
import type { RoundNetworkRecord } from '../rounds/round'
import type { RoundConfig } from '../rounds/roundConfig'
import type { CellPlace, SceneRecord } from '../scenes/sceneRecord'
import type { MaskBase, PredictionOrigin } from './predictionOrigin'
import type { PatchScores } from './uncertainty'
import type { Verdict } from './verdict'

/** How far the network in training was when it was last saved. */
export interface SavedProgress {
  family: NetworkFamily
  /** Optimiser steps taken. */
  step: number
  /** ISO 8601. */
  at: string
}

/** What was drawn of one network until the last save. */
export interface SavedCurve {
  steps: number
  /** [step, loss], thinned. */
  losses: [number, number][]
  /** [step, landslide F1 on the held-out block; null where 0/0]. */
  heldOut: [number, number | null][]
}

/**
 * A round that has begun and is not on record yet: everything that was settled at its start, so that it ends with the
 * same weights whatever happens to the project meanwhile, and how far it has come.
 */
export interface UnfinishedRound {
  id: string
  /** 1 for the first. */
  index: number
  parentRoundId: string | null
  /** ISO 8601. */
  at: string
  config: RoundConfig
  statistics: { source: BandStatistics; target: BandStatistics | null }
  /** Current when it began; the masks and probabilities that labels are made of are frozen with them. */
  verdicts: Verdict[]
  sourcePatchIds: string[]
  heldOutPatchIds: string[]
  targetPatchIds: string[]
  /** Model that each network continues from; absent: its seeded initialisation. */
  parents: Partial<Record<NetworkFamily, string>>
  /** Models of other families that stay in the ensemble; absent in rounds that an earlier version began. */
  kept?: string[]
  /** How the maps before it scored on what is held out; null: there were none. Absent until it is worked out. */
  heldOutBefore?: ProbabilityTally | null
  /** [14] raw units, for bands that a scene's product does not have; absent: they stay as stored. */
  means?: readonly number[]
  /** Networks that are done, their models and probabilities stored. */
  finished: RoundNetworkRecord[]
  saved: SavedProgress | null
  curves: Partial<Record<NetworkFamily, SavedCurve>>
  /** How often it was resumed. */
  resumed: number
  /** Why it stopped, in words; null: nobody could say, as after a closed tab. */
  stopped: string | null
}

/** What the statistics of a domain are made of; of a scene with cells in it, its samples in place of the cells. */
function setOf(records: readonly PatchRecord[], domain: Domain, scenes: readonly KnownScene[]): SetPatch[] {
  const patches = records.filter(record => record.domain === domain)
  const withCells = new Set(patches.map(({ cell }) => cell?.sceneId))
  // One whose adding was stopped before it was sampled is known by its cells.
  const sampled = scenes.filter(({ id, samples }) => withCells.has(id) && samples.length > 0)
  const ids = new Set(sampled.map(({ id }) => id))
  return eventSet(
    patches.filter(({ cell }) => !cell || !ids.has(cell.sceneId)),
    sampled,
  )
}

type KnownScene = Pick<SceneRecord, 'id' | 'name' | 'samples'>

/**
 * Statistics of all patches and scenes of a domain, held-out ones counted in: those that `scarp predict` finds for the
 * same files. null where there is no valid pixel.
 *
 * @param scenes of the project
 */
export function domainStatistics(
  records: readonly PatchRecord[],
  domain: Domain,
  scenes: readonly KnownScene[],
): BandStatistics | null {
  const statistics = setStatistics(setOf(records, domain, scenes))
  return statistics.count > 0 ? statistics : null
}

/** Names of a domain's patches, or parts of its scenes, that its statistics leave out, since they are unlike every other. */
export function leftOutPatches(
  records: readonly PatchRecord[],
  domain: Domain,
  scenes: readonly KnownScene[],
): string[] {
  return leftOutOf(setOf(records, domain, scenes))
}

/** Names of what the statistics of a set leave out. */
export function leftOutOf(set: readonly SetPatch[]): string[] {
  return farPatches(set).map(index => set[index]!.name)
}

/** "Left out of the statistics, unlike every other patch: image_3." */
export function describeLeftOut(names: readonly string[]): string {
  return `Left out of the statistics, unlike every other patch: ${names.join(', ')}.`
}

/** A piece of a result of `scarp predict --run`. */
export interface DrawnFrom {
  /** SHA-256 (hex) of what the run maps, the same in all its rounds. */
  event: string
  /** Of the plan. */
  input: string
  /** Which of the input's results. */
  index: number
  /** Of the result's raster. */
  window: PixelWindow
}

/** What the project knows of a patch; its pixels are in OPFS under its id. */
export interface PatchRecord {
  id: string
  /** Order in the project, ascending. */
  order: number
  name: string
  path: string
  domain: Domain
  width: number
  height: number
  hasLabel: boolean
  /** Never trained on; scored every round. */
  heldOut: boolean
  scale: ValueScale
  georeference: Georeference | null
  /** What was said of its file on import. */
  problems: FileNote[]
  statistics: BandStatistics
  /** Models whose mean the stored "ensemble" probability is; absent until the first prediction. */
  predictedBy?: string[]
  /** What made that probability; absent until the first prediction, and in projects of older versions. */
  prediction?: PredictionOrigin
  /** How unsure those models are of it; absent until the first prediction, and in projects of older versions. */
  scores?: PatchScores
  /** True once it was removed: it is kept, unseen, so that the removal can be undone. */
  removed?: boolean
  /** The analyst's note; a verdict keeps a copy of it as it was then. */
  note?: string
  /** `maskVersion` of the mask that left last in an export; absent: none did. */
  exported?: string
  /** Its place in its scene; absent: a patch by itself. */
  cell?: CellPlace
  /** The piece of a run's results (docs/cluster.md) that it was made of; absent: it came from files. */
  drawn?: DrawnFrom
}

/** Fields of a patch's record that a step may change, and undo changes back. */
export type PatchChange = Partial<Pick<PatchRecord, 'heldOut' | 'hasLabel' | 'domain'>>

/**
 * One stroke, verdict, removal or holding out of a patch as an undoable step, or the addition of the one that takes the
 * place of a removed one; appended the moment it happens.
 */
export interface HistoryRecord {
  /** Ascending. */
  sequence: number
  kind: 'stroke' | 'verdict' | 'removal' | 'addition' | 'hold-out'
  patchId: string
  /** Run-length diff of the mask (`core/masks/maskDiff`), for a stroke. */
  diff?: { start: Uint32Array; length: Uint32Array; before: Uint8Array; after: Uint8Array }
  verdictBefore?: Verdict | null
  verdictAfter?: Verdict | null
  /** Steps that were one action, such as a bulk accept: undone and redone as one. */
  group?: string
  /** True for a verdict that put another mask on screen too: `diff` says how. */
  remask?: boolean
  /** True for a stroke that put back what the patch came with: the mask is no longer the analyst's. */
  restores?: boolean
  /** What the step changed of the patch's record. */
  change?: { before: PatchChange; after: PatchChange }
  /** ISO 8601, when it was done; absent in steps of older versions. */
  at?: string
  /** What the patch's mask began as, on the step that made it the analyst's; later steps build on it. */
  base?: MaskBase
  /** True once undone (it can be redone until the next new step removes it). */
  undone: boolean
}
