import { FAMILIES, type NetworkFamily, PRESETS, PUBLISHED_PRESETS } from '../../core/rounds/networks'
import { defaultRoundConfig } from '../../core/rounds/roundConfig'
import { declareCommand, EXIT } from '../command'
import { flag, list, noFlag, number, text, value, whole } from '../optionSpec'
import { BACKEND, FORCE, OUT_FOLDER, SCALE, SEED, THRESHOLD } from '../sharedOptions'
import { FAMILIES_OPTION, scheduleOf, TINY_LEARNING_RATE, TRAINING_OPTIONS } from '../trainingOptions'

/** Patches of a step and domain. */
const BATCH = 16

/** "tiny" for every family, or names of sizes, each of which belongs to one family. */
const SIZES = value<Record<NetworkFamily, string>>(
  '<list>',
  'sizes of the networks: tiny, or others by name',
  {
    accepts: 'scarp models sizes lists them',
    allowed: 'tiny, or names that scarp models sizes lists, at most one of a network',
    read(given) {
      if (given === 'tiny') return sizesOf(() => 'tiny')
      const names = given.split(',').map(name => name.trim())
      const named = sizesOf(family => names.find(name => isSizeOf(family, name)) ?? PUBLISHED_PRESETS[family])
      return names.every(name => Object.values(named).includes(name)) ? named : undefined
    },
  },
).otherwise(Object.values(PUBLISHED_PRESETS).join(', '))

function sizesOf(size: (family: NetworkFamily) => string): Record<NetworkFamily, string> {
  return Object.fromEntries(FAMILIES.map(family => [family, size(family)])) as Record<NetworkFamily, string>
}

function isSizeOf(family: NetworkFamily, name: string): boolean {
  const sizes: readonly string[] = PRESETS[family]
  return name !== 'tiny' && sizes.includes(name)
}

const PAPER = 'Training (the defaults are explained in docs/reproduce.md):'
const MACHINE = 'This machine:'

export const reproduceCommand = declareCommand({
  name: 'reproduce',
  summary: "Reproduce the paper's tables from the competition's folder",
  details:
    "Trains the networks of the paper's Tables 1 and 2 on the official split and writes <out>/results.md, our figures " +
    'beside the paper’s: scores where the folder has the masks, <out>/submission-*.zip where it has not. Prints first ' +
    'what each network takes of this adapter in memory and hours. Every machine that shares --out may run the same ' +
    'command: each takes one network at a time. Decisions where the paper is silent: docs/reproduce.md.',
  options: {
    data: text(
      '<dir>',
      "the competition's folder: TrainData, ValidData, TestData with img and mask, or images and annotations with train, validation, test",
    ).required(),
    force: FORCE.describe('write to a folder that holds other files'),
    out: OUT_FOLDER.describe('output folder, which machines may share'),
    plan: flag('print the plan with its memory and hours, and end'),
    steps: whole('<n>', 'optimiser steps per network', 1, 1_000_000).default(20_000).under(PAPER),
    rounds: whole('<n>', 'rounds on the validation set', 0, 4).default(4).under(PAPER),
    testRounds: whole('<n>', 'rounds on the test set', 0, 4).default(3).under(PAPER),
    scale: SCALE.describe('scale promotion of its row and of round 1').default(2.5).under(PAPER),
    roundScale: SCALE.describe('scale promotion of later rounds').default(4).under(PAPER),
    preset: SIZES.under(PAPER),
    families: FAMILIES_OPTION.describe('train these only; rows without any of them are left out')
      .default([...FAMILIES])
      .under(PAPER),
    heldOut: number(
      '<share>',
      'share of the training patches, by blocks of ids, on which the best step is chosen; 0: the last step is kept',
      0,
      0.9,
    )
      .default(0.1)
      .under(PAPER),
    softLabels: flag(
      'pseudo-labels as refine has them: background up to 0.3, ignored up to 0.7, probabilities as soft targets',
    ).under(PAPER),
    models: text('<dir>', 'start from these models instead of seeded initialisations').under(PAPER),
    learningRate: TRAINING_OPTIONS.learningRate
      .otherwise(`${TINY_LEARNING_RATE} for tiny, else ${defaultRoundConfig.learningRate}`)
      .under(PAPER),
    ema: TRAINING_OPTIONS.ema.under(PAPER),
    crop: whole('<pixels>', 'side of the training crop', 32, 128).default(128).under(PAPER),
    threshold: THRESHOLD.default(0.5).under(PAPER),
    seed: SEED.under(PAPER),
    only: list(
      '<list>',
      'units that this machine takes: tracks (test), rows (round-2), networks (segformer) or single units (test/round-2/segformer)',
    )
      .otherwise('all')
      .under(MACHINE),
    memory: number(
      '<MB>',
      `GPU memory for training: the largest micro-batch that fits, accumulated to ${BATCH}`,
      1,
      Number.POSITIVE_INFINITY,
    )
      .default(8000)
      .under(MACHINE),
    microBatch: whole(
      '<n>',
      `patches per forward pass, accumulated to ${BATCH} unless --accumulate is given`,
      1,
      256,
    )
      .otherwise('by --memory')
      .under(MACHINE),
    accumulate: whole('<n>', 'forward passes per step and domain', 1, 256).under(MACHINE),
    timing: noFlag('do not time the networks first: no hours').under(MACHINE),
    checkpointEvery: number('<s>', 'seconds between checkpoints; 0: after every step', 0, 86_400)
      .default(300)
      .under(MACHINE),
    staleAfter: number(
      '<s>',
      "take over another machine's unit after as long without a sign of life",
      0.1,
      86_400,
    )
      .default(600)
      .under(MACHINE),
    scratch: text('<dir>', 'where decoded patches go, 0.5 MB each, removed at the end')
      .otherwise("the system's folder for temporary files")
      .under(MACHINE),
    backend: BACKEND.under(MACHINE),
  },
  remarks: 'Ctrl-C writes a checkpoint and ends. The same command continues.',
  exits: {
    ok: 'every unit, or every one of --only, is done',
    interrupted: 'interrupted (the same command continues)',
  },
  async run({ options, argv }, io) {
    const { steps, microBatch, accumulate } = options
    const { runReproduction } = await import('../../lab/reproduction/runReproduction')
    const presets = options.preset ?? PUBLISHED_PRESETS
    const preset = Object.values(presets).every(name => name === 'tiny')
      ? 'tiny'
      : PUBLISHED_PRESETS.segformer
    const request = {
      data: options.data,
      out: options.out,
      force: options.force,
      settings: {
        scales: { promoted: options.scale, rounds: options.roundScale },
        rounds: { validation: options.rounds, test: options.testRounds },
        families: options.families,
        config: {
          preset,
          presets,
          steps,
          ...scheduleOf(steps),
          seed: options.seed,
          cropSize: options.crop,
          learningRate: options.learningRate ?? (preset === 'tiny' ? TINY_LEARNING_RATE : undefined),
          emaDecay: options.ema,
          decisionThreshold: options.threshold,
          pseudoLabel: { ...defaultRoundConfig.pseudoLabel, binary: !options.softLabels },
          softPseudoLabels: options.softLabels,
        },
      },
      models: options.models ?? null,
      heldOutShare: options.heldOut,
      memory: options.memory * 1e6,
      passes: microBatch === undefined ? null : passesOf(microBatch, accumulate),
      timing: options.timing,
      planOnly: options.plan,
      only: options.only ?? null,
      staleAfter: options.staleAfter,
      checkpointEvery: options.checkpointEvery,
      scratch: options.scratch ?? null,
      backend: options.backend,
      command: `scarp ${argv.join(' ')}`,
    }
    await runReproduction(request, io)
    return EXIT.ok
  },
})

function passesOf(microBatch: number, accumulate?: number) {
  return { microBatch, accumulate: accumulate ?? Math.max(1, Math.round(BATCH / microBatch)) }
}
