import { AppError } from '../core/foundation/appError'
import { ENSEMBLE_FAMILIES, FAMILIES, type NetworkFamily } from '../core/rounds/networks'
import { defaultHardExamples, roundConfigFor, type TrainingConfig } from '../core/rounds/roundConfig'
import { numberOption, type ParsedOptions } from './command'

const text = { type: 'string' } as const

const flag = { type: 'boolean' } as const

/** Options of a network's training, for `parseOptions`. */
export const TRAINING_OPTIONS = {
  steps: text,
  seed: text,
  'micro-batch': text,
  accumulate: text,
  crop: text,
  scale: text,
  'learning-rate': text,
  'weight-decay': text,
  warmup: text,
  'gradient-clip': text,
  ema: text,
  'evaluate-every': text,
  'ohem-threshold': text,
  'ohem-keep': text,
  'no-ohem': flag,
  'ce-weight': text,
  'lovasz-weight': text,
  'label-smoothing': text,
  'auxiliary-weight': text,
  'no-augment': flag,
  'landslide-share': text,
  'rotation-degrees': text,
  'rotation-share': text,
  contrast: text,
  brightness: text,
  'band-jitter': text,
  gamma: text,
  'band-dropout': text,
} as const

/** Their lines in a command's help. */
export const TRAINING_HELP = [
  '  --steps <n>            optimiser steps per network (default 200; the paper: 20000)',
  '  --seed <n>             of everything random (default 1)',
  '  --micro-batch <n>      crops per pass (default 8 for tiny, else 4)',
  '  --accumulate <n>       passes per step and domain (default 1 for tiny, else 4)',
  '  --crop <pixels>        side of the training crop (default 64 for tiny, else 128)',
  '  --scale <s>            scale promotion of training and prediction: 1, 2, 2.5, 4 (default: that of the',
  '                         models begun from, else 1)',
  '  --learning-rate <x>    (default 0.003 for tiny from its initialisation, else 0.001)',
  '  --weight-decay <x>, --gradient-clip <x>, --warmup <steps>',
  '                         (default 0.01; 1, 0 for none; a tenth of the steps)',
  '  --ema <decay>          average the weights over steps, 0.99 for short runs, 0.999 for long ones (default 0: off)',
  '  --evaluate-every <n>   steps between scorings of the held-out patches (default: a quarter of the steps)',
  '  --no-ohem              every valid pixel counts in the cross-entropy',
  '  --ohem-threshold <p>, --ohem-keep <share>',
  '                         which pixels are hard, and how many are kept at least (default 0.7, 0.1)',
  '  --ce-weight <x>, --lovasz-weight <x>, --label-smoothing <x>, --auxiliary-weight <x>',
  "                         of the loss (default 1, 1, 0.1; HRNet's coarser head 0.4)",
  '  --no-augment           crops as they are: no flips, turns, rotations, colours',
  '  --landslide-share <x>  share of crops placed over a landslide (default 0.5)',
  '  --rotation-degrees <x>, --rotation-share <x>, --contrast <x>, --brightness <x>, --band-jitter <x>, --gamma <x>,',
  '  --band-dropout <x>     ranges of the augmentation (default 15, 0.5, 0.2, 0.2, 0.05, 0.2, 0); see scarp gallery',
] as const

/**
 * The training configuration that the options give, every field set.
 *
 * @param fresh whether networks begin at their seeded initialisation, which takes a higher learning rate.
 * @throws AppError `bad-argument` naming the option.
 */
export function trainingConfigOf(options: ParsedOptions, preset: string, fresh: boolean): TrainingConfig {
  const defaults = roundConfigFor(preset)
  const whole = (name: string, fallback: number, low = 1, high = 1_000_000) =>
    numberOption(options, name, { fallback, low, high, whole: true })
  const real = (name: string, fallback: number, low: number, high: number) =>
    numberOption(options, name, { fallback, low, high })
  const steps = whole('steps', defaults.steps)
  const ohem = defaults.ohem ?? defaultHardExamples
  return {
    steps,
    seed: whole('seed', 1, 0, 0x7fffffff),
    microBatch: whole('micro-batch', defaults.microBatch, 1, 256),
    accumulate: whole('accumulate', defaults.accumulate, 1, 256),
    cropSize: whole('crop', defaults.cropSize, 32, 1024),
    scale: real('scale', defaults.scale, 1, 8),
    learningRate: real('learning-rate', preset === 'tiny' && fresh ? 3e-3 : defaults.learningRate, 1e-8, 1),
    weightDecay: real('weight-decay', defaults.weightDecay, 0, 1),
    warmupSteps: whole('warmup', Math.max(1, Math.round(steps / 10)), 0),
    decayPower: defaults.decayPower,
    gradientClip: real('gradient-clip', defaults.gradientClip, 0, 1e6),
    emaDecay: real('ema', defaults.emaDecay, 0, 0.999999),
    evaluateEvery: whole('evaluate-every', Math.max(1, Math.round(steps / 4))),
    ohem:
      options.values['no-ohem'] === true
        ? null
        : {
            threshold: real('ohem-threshold', ohem.threshold, 0, 1),
            minKeptShare: real('ohem-keep', ohem.minKeptShare, 0, 1),
          },
    crossEntropyWeight: real('ce-weight', defaults.crossEntropyWeight, 0, 1000),
    lovaszWeight: real('lovasz-weight', defaults.lovaszWeight, 0, 1000),
    labelSmoothing: real('label-smoothing', defaults.labelSmoothing, 0, 1),
    auxiliaryWeight: real('auxiliary-weight', defaults.auxiliaryWeight, 0, 1000),
    targetWeight: defaults.targetWeight,
    crossSensor: defaults.crossSensor,
    augment: options.values['no-augment'] !== true && defaults.augment,
    landslideShare: real('landslide-share', defaults.landslideShare, 0, 1),
    rotationDegrees: real('rotation-degrees', defaults.rotationDegrees, 0, 45),
    rotationShare: real('rotation-share', defaults.rotationShare, 0, 1),
    contrast: real('contrast', defaults.contrast, 0, 1),
    brightness: real('brightness', defaults.brightness, 0, 10),
    bandJitter: real('band-jitter', defaults.bandJitter, 0, 1),
    gamma: real('gamma', defaults.gamma, 0, 3),
    bandDropout: real('band-dropout', defaults.bandDropout, 0, 1),
  }
}

/** `--families a,b` in the order given; the method's three by default. */
export function parseFamilies(options: ParsedOptions): NetworkFamily[] {
  const given = options.values.families
  if (given === undefined) return [...ENSEMBLE_FAMILIES]
  const names = String(given)
    .split(',')
    .map(name => name.trim())
  return names.map(name => {
    const family = FAMILIES.find(known => known === name)
    if (!family || names.filter(other => other === name).length > 1) {
      throw new AppError(
        'bad-argument',
        `--families takes ${FAMILIES.join(', ')}, each once; not "${given}".`,
      )
    }
    return family
  })
}
/** Text of `--memory` for a command's help. */
export const MEMORY_HELP = [
  '  --memory <MB>          GPU memory for training: the largest micro-batch that fits every network, accumulated to an',
  '                         effective batch of 16 (in the place of --micro-batch and --accumulate)',
] as const
