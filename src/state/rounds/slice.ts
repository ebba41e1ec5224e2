import { z } from '../../core/foundation/schema'
import { STATISTICS_RULES, type StatisticsRule } from '../../core/patches/targetStatistics'
import type { SavedProgress, UnfinishedRound } from '../../core/review/records'
import { COMMON_PRESET, FAMILIES, type NetworkFamily } from '../../core/rounds/networks'
import type { RoundRecord } from '../../core/rounds/round'
import { roundConfigFor } from '../../core/rounds/roundConfig'
import type { RoundNeed } from '../../worker/protocol'
import { fieldByField, preferences } from '../preferences'

/** One network of the round that is running. */
export interface LiveNetwork {
  step: number
  steps: number
  /** [step, loss], ascending. */
  losses: [number, number][]
  /** [step, landslide F1 on the held-out block or null where 0/0]. */
  heldOut: [number, number | null][]
}

/** What an analyst may set before a round; the rest are the method's defaults. */
export interface RoundSettings {
  steps: number
  families: NetworkFamily[]
  /** Size of a network, where it is not the common one. */
  presets: Partial<Record<NetworkFamily, string>>
  learningRate: number
  /** Side of the crops that networks learn from, pixels before scale promotion. */
  cropSize: number
  /** Scale promotion: 1, 2, 2.5 or 4; 0: as the models that the round continues from learned. */
  scale: number
  /** Decay of the average of weights; 0: none. */
  emaDecay: number
  testTimeFlips: boolean
  softPseudoLabels: boolean
  /** By what the target is z-scored, in rounds and in predictions. */
  targetStatistics: StatisticsRule
  /** Probability from which a pixel becomes landslide without review; below 1 - this, background; between, ignored. */
  pseudoLabelHigh: number
  /** Chooses patches and passes by `memoryBudget` before the start. */
  batchByMemory: boolean
  /** GPU memory for training, MiB. */
  memoryBudget: number
  /** Patches in one forward pass. */
  microBatch: number
  /** Forward passes in one optimiser step. */
  accumulate: number
  /** Gradient checkpointing, where the memory decides; else it is off. */
  checkpointing: boolean
  seed: number
}

export interface RoundsSlice {
  /** Ascending by index; immutable. */
  list: readonly RoundRecord[]
  /** Curves of the running round, or of the last one that ran in this tab. */
  live: Readonly<Partial<Record<NetworkFamily, LiveNetwork>>> | null
  settings: RoundSettings
  /** A round that began and is neither finished nor running here. */
  unfinished: UnfinishedRound | null
  /** True once "Later" was said to the offer to resume it: the Rounds panel and the top bar still have it. */
  offerClosed: boolean
  /** True from "Pause" until the worker confirms. */
  pausing: boolean
  /** Last saved state of the running round; null: none yet. */
  saved: SavedProgress | null
  pace: TrainingPace | null
  estimate: MemoryEstimate
  /** The restored round, which the next continues from; null: the latest. */
  baseId: string | null
  /** Rounds that the comparison is of, by id; null: the latest two. */
  compared: readonly [string, string] | null
}

/** How the running round trains, as the engine last said. */
export interface TrainingPace {
  secondsPerStep: number
  tensorBytes: number
  gpuBytes: number
}

/** What the next round would take of the GPU; `none` once a setting that matters changed. */
export type MemoryEstimate =
  | { status: 'none' }
  | { status: 'running' }
  | { status: 'known'; need: RoundNeed }
  | { status: 'failed'; message: string }

export const SCALES: readonly number[] = [1, 2, 2.5, 4]
export const CROP_SIZES: readonly number[] = [32, 64, 96, 128]

/** The method's defaults, for networks of the size that is chosen first. */
const defaults = roundConfigFor(COMMON_PRESET)

export const initialRoundsSlice: RoundsSlice = {
  list: [],
  live: null,
  settings: {
    steps: 60,
    families: [...defaults.families],
    presets: {},
    learningRate: defaults.learningRate,
    cropSize: defaults.cropSize,
    scale: 0,
    emaDecay: defaults.emaDecay,
    testTimeFlips: defaults.testTimeFlips,
    softPseudoLabels: defaults.softPseudoLabels,
    targetStatistics: defaults.targetStatistics,
    pseudoLabelHigh: defaults.pseudoLabel.high,
    batchByMemory: false,
    memoryBudget: 2048,
    microBatch: defaults.microBatch,
    accumulate: defaults.accumulate,
    checkpointing: false,
    seed: defaults.seed,
  },
  unfinished: null,
  offerClosed: false,
  pausing: false,
  saved: null,
  pace: null,
  estimate: { status: 'none' },
  baseId: null,
  compared: null,
}

const family = z.enum(FAMILIES)

/** What each setting may be. */
export const SETTING_SCHEMAS: { [Name in keyof RoundSettings]: z.ZodType<RoundSettings[Name]> } = {
  steps: z.int().min(1),
  families: z.array(family),
  presets: z.partialRecord(family, z.string()),
  learningRate: z.number().positive(),
  cropSize: z.number().refine(size => CROP_SIZES.includes(size)),
  scale: z.number().refine(scale => scale === 0 || SCALES.includes(scale)),
  emaDecay: z.number().min(0).max(1),
  testTimeFlips: z.boolean(),
  softPseudoLabels: z.boolean(),
  targetStatistics: z.enum(STATISTICS_RULES),
  pseudoLabelHigh: z.number().min(0).max(1),
  batchByMemory: z.boolean(),
  memoryBudget: z.number().positive(),
  microBatch: z.int().min(1),
  accumulate: z.int().min(1),
  checkpointing: z.boolean(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
}

const { settings } = initialRoundsSlice

const savedSettings = fieldByField(SETTING_SCHEMAS, settings).transform(saved =>
  saved.families.length > 0 ? saved : { ...saved, families: settings.families },
)

export const roundsPreferences = preferences<RoundsSlice>(
  'scarp.rounds',
  initialRoundsSlice,
  {
    list: null,
    live: null,
    settings: savedSettings,
    unfinished: null,
    offerClosed: null,
    pausing: null,
    saved: null,
    pace: null,
    estimate: null,
    baseId: null,
    compared: null,
  },
  ['scarp.view'],
)
