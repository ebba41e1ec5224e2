import { AppError } from '../foundation/appError'
import type { StatisticsRule } from '../patches/targetStatistics'
import { defaultPseudoLabelRule, type PseudoLabelRule } from './ensemble'
import { COMMON_PRESET, ENSEMBLE_FAMILIES, type NetworkFamily, PRESETS } from './networks'

/** How augmentations are drawn. */
export interface AugmentationSettings {
  /** Side of the square training crop, pixels; patches are 128. */
  cropSize: number
  /** Flips, turns, rotations and colour perturbation; false leaves the crops alone, which are still drawn. */
  augment: boolean
  /**
   * Share of crops placed over a landslide pixel, where the patch holds one. A rotation may turn one in a corner out
   * of the crop again.
   */
  landslideShare: number
  /** Largest rotation beside the quarter turns, degrees either way, 0 to 45. */
  rotationDegrees: number
  /** Share of draws that are rotated, and so interpolated; the others stay bit-exact copies. */
  rotationShare: number
  /** Largest contrast change common to the spectral bands (gain 1 +- this), 0 to 1. */
  contrast: number
  /** Largest brightness change common to the spectral bands, in standard deviations. */
  brightness: number
  /** Largest change of one band alone, in gain and in standard deviations. */
  bandJitter: number
  /** Largest bend of the spectral bands' curve (`bendColour`): its slope far from the mean is e^-this to e^this. */
  gamma: number
  /** Probability that a spectral band is dropped: set to 0, its mean. */
  bandDropout: number
}

/**
 * Half of the crops are placed over a landslide: patches hold 49 background pixels per landslide pixel. Half stay
 * unrotated, so that networks keep seeing pixels as sharp as those they will label.
 */
export const defaultAugmentation: AugmentationSettings = {
  cropSize: 128,
  augment: true,
  landslideShare: 0.5,
  rotationDegrees: 15,
  rotationShare: 0.5,
  contrast: 0.2,
  brightness: 0.2,
  bandJitter: 0.05,
  gamma: 0.2,
  bandDropout: 0,
}

/** Which pixels the cross-entropy takes: those whose true class has less than `threshold`. */
export interface HardExamples {
  threshold: number
  /** Share of a pass's valid pixels that is taken at least, 0 to 1. */
  minKeptShare: number
}

export const defaultHardExamples: HardExamples = { threshold: 0.7, minKeptShare: 0.1 }

/** Every knob of one network's training; defaults in `defaultTrainingConfig`, rulings in docs/method.md. */
export interface TrainingConfig extends AugmentationSettings {
  /** Optimiser steps. */
  steps: number
  /** Patches per forward pass. */
  microBatch: number
  /** Forward passes accumulated into one optimiser step, for each domain. */
  accumulate: number
  /**
   * Gradient checkpointing: a pass keeps the inputs of each block of the network alone and computes the block again in
   * the backward pass. Less memory for up to a third more arithmetic, to the same bits. Absent: off.
   */
  checkpointing?: boolean
  /** Learning rate at the end of the warm-up. */
  learningRate: number
  weightDecay: number
  /** Linear warm-up of the learning rate; a fresh network that adapts also spends it on the source alone. */
  warmupSteps: number
  /** Exponent of the learning rate's decay after the warm-up: 1 is linear. */
  decayPower: number
  /** Largest common norm of the gradients; 0 switches clipping off. */
  gradientClip: number
  labelSmoothing: number
  lovaszWeight: number
  crossEntropyWeight: number
  /** Weight of the loss of a network's coarser head, where it has one (HRNet-OCR's authors: 0.4); 0 leaves it out. */
  auxiliaryWeight: number
  /**
   * Scale promotion (the paper: 1, 2, 2.5 or 4): the crop is enlarged by this before the network, and its logits come
   * back to the crop's own grid before the loss.
   */
  scale: number
  /** Online hard example mining in the cross-entropy; null: every valid pixel counts. */
  ohem: HardExamples | null
  /**
   * Decay of the exponential moving average of the weights, per step; the average is then what is scored and kept. 0:
   * none. It looks back over about 1 / (1 - decay) steps: 0.99 for short runs, 0.999 for the paper's 20,000.
   */
  emaDecay: number
  /**
   * Cross-sensor normalisation: each domain moves and uses its own running statistics; false: both use the source's,
   * the plain batch normalisation that the method is compared with.
   */
  crossSensor: boolean
  /** Weight of the target domain's loss (LoveCS: 0.5). */
  targetWeight: number
  /** Evaluate on the held-out split every so many steps. */
  evaluateEvery: number
  seed: number
}

/** Sized for a weak GPU: effective batch 16 as in the paper, steps for a first impression (the paper takes 20,000). */
export const defaultTrainingConfig: TrainingConfig = {
  ...defaultAugmentation,
  steps: 200,
  microBatch: 4,
  accumulate: 4,
  learningRate: 1e-3,
  weightDecay: 0.01,
  warmupSteps: 20,
  decayPower: 1,
  gradientClip: 1,
  labelSmoothing: 0.1,
  lovaszWeight: 1,
  crossEntropyWeight: 1,
  auxiliaryWeight: 0.4,
  scale: 1,
  ohem: defaultHardExamples,
  emaDecay: 0,
  crossSensor: true,
  targetWeight: 0.5,
  evaluateEvery: 50,
  seed: 1,
}

/** A round of three networks; the method's defaults (docs/method.md), an effective batch of 16. */
export const defaultRoundConfig: RoundConfig = {
  ...defaultTrainingConfig,
  families: [...ENSEMBLE_FAMILIES],
  preset: COMMON_PRESET,
  pseudoLabel: defaultPseudoLabelRule,
  softPseudoLabels: true,
  targetStatistics: 'auto',
  testTimeFlips: false,
  stopWhenChangedBelow: 0.001,
  decisionThreshold: 0.5,
}

/**
 * Defaults of a round with networks of that size. The tiny ones are there for weak machines and software adapters:
 * eight crops of 64 pixels a step, an eighth of the pixels of the published sizes' sixteen patches.
 */
export function roundConfigFor(preset: string): RoundConfig {
  if (preset !== COMMON_PRESET) return { ...defaultRoundConfig, preset }
  return { ...defaultRoundConfig, preset, microBatch: 8, accumulate: 1, cropSize: 64 }
}

/**
 * A whole configuration from a part of one: fields that are absent or undefined, as in a configuration stored before
 * they existed, get the defaults of the networks' size.
 */
export function completeRoundConfig(part: Partial<RoundConfig>): RoundConfig {
  const defined = Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined))
  return { ...roundConfigFor(part.preset ?? defaultRoundConfig.preset), ...defined }
}

/** Every knob of a round; defaults in `defaultRoundConfig`, rulings in docs/method.md. */
export interface RoundConfig extends TrainingConfig {
  /** Any of the five, each at most once, in the order in which they are trained. */
  families: NetworkFamily[]
  /** Size of the networks that `presets` does not name. */
  preset: string
  /** Size of a network that is new in this round; one that continues from a model keeps that model's. */
  presets?: Partial<Record<NetworkFamily, string>>
  pseudoLabel: PseudoLabelRule
  /** Pseudo-labels carry the probability into the cross-entropy as a soft target; reviewed masks stay hard. */
  softPseudoLabels: boolean
  /**
   * By what the target is z-scored: `self`, the paper's separated normalisation; `model`, the source's statistics, its
   * baseline; `auto`, its own as far as they are known (`targetStatistics`).
   */
  targetStatistics: StatisticsRule
  /** Predictions are means over the 8 flips and quarter turns, for eight times the work. */
  testTimeFlips: boolean
  /** Refinement stops when a smaller share of the target's pixels changed sides in a round; 0: it never does. */
  stopWhenChangedBelow: number
  /** Probability from which a pixel counts as landslide in the held-out scores. */
  decisionThreshold: number
}

/** Size of a family's network where it is new. */
export function presetOf({ preset, presets }: RoundConfig, family: NetworkFamily): string {
  return presets?.[family] ?? preset
}

/**
 * @param parents models that families continue from, which bring their own size.
 * @throws AppError `bad-argument` unless a round names networks that exist, each once, with sizes that exist where they
 *   are new, and a scale that does not make smaller.
 */
export function checkRoundConfig(
  config: RoundConfig,
  parents: Partial<Record<NetworkFamily, unknown>> = {},
): void {
  const { families, scale } = config
  if (families.length === 0) throw new AppError('bad-argument', 'A round needs at least one network.')
  for (const [i, family] of families.entries()) {
    const known: readonly string[] | undefined = PRESETS[family]
    if (!known) throw new AppError('bad-argument', `There is no network family "${family}".`)
    if (families.indexOf(family) < i) {
      throw new AppError('bad-argument', `A round takes each network once; ${family} is named twice.`)
    }
    const preset = presetOf(config, family)
    if (!parents[family] && !known.includes(preset)) {
      const choice = known.join(', ')
      throw new AppError('bad-argument', `${family} has no preset "${preset}". Choose one of: ${choice}.`)
    }
  }
  if (!(scale >= 1 && Number.isFinite(scale))) {
    throw new AppError('bad-argument', `A scale promotion of ${scale} makes smaller: take 1, 2, 2.5 or 4.`)
  }
}
