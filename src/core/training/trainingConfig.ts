import { type AugmentationSettings, defaultAugmentation } from './augmentation/augmentation'

/** Every knob of one network's training; defaults in `defaultTrainingConfig`, rulings in docs/method.md. */
export interface TrainingConfig extends AugmentationSettings {
  /** Optimiser steps. */
  steps: number
  /** Patches per forward pass. */
  microBatch: number
  /** Forward passes accumulated into one optimiser step, for each domain. */
  accumulate: number
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
  /**
   * Online hard example mining in the cross-entropy: pixels whose true class has less than `threshold` are kept, and
   * at least `minKeptShare` (0 to 1) of a pass's valid pixels; null: every valid pixel counts.
   */
  ohem: { threshold: number; minKeptShare: number } | null
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
  ohem: { threshold: 0.7, minKeptShare: 0.1 },
  emaDecay: 0,
  crossSensor: true,
  targetWeight: 0.5,
  evaluateEvery: 50,
  seed: 1,
}
