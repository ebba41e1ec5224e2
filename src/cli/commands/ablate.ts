import { defaultRoundConfig, type RoundConfig, roundConfigFor } from '../../core/rounds/roundConfig'
import { ablationRows } from '../../lab/ablation/ablationRows'
import { declareCommand, EXIT } from '../command'
import { withOutFolder } from '../node/outFolder'
import { flag, list, noFlag, number, text, whole } from '../optionSpec'
import {
  BACKEND,
  FORCE,
  OUT_FOLDER,
  PRESET,
  REPLACE_OTHER,
  SCALE,
  THRESHOLD,
  VALUE_SCALE,
} from '../sharedOptions'
import { bySizeOfNetworks, scheduleOf, TINY_LEARNING_RATE, TRAINING_OPTIONS } from '../trainingOptions'

/** For their names: the factors of scale promotion do not matter. */
const ROWS = ablationRows({ promoted: 1, rounds: 1 })

const NO_COLOURS: Partial<RoundConfig> = {
  contrast: 0,
  brightness: 0,
  bandJitter: 0,
  gamma: 0,
  bandDropout: 0,
}

/** What `--quick` makes smaller. */
const FULL = { seeds: 3, steps: 400, patches: 48, size: 128 }
const QUICK = { seeds: 1, steps: 12, patches: 8, size: 64, microBatch: 4, cropSize: 32 }

const byPreset = (key: 'microBatch' | 'cropSize') => `${bySizeOfNetworks(key)}; with --quick ${QUICK[key]}`

const bySize = (key: keyof typeof FULL) => `${FULL[key]}, with --quick ${QUICK[key]}`

export const ablateCommand = declareCommand({
  name: 'ablate',
  summary: 'Measure what each part of the method is worth, row by row',
  details:
    "Trains the rows of the paper's Tables 1 and 2 in order, each adding one thing to the row before it, on a benchmark " +
    'whose target labels only the scoring sees: baseline, separated normalisation, cross-sensor normalisation, OHEM, ' +
    'Lovász, soft cross-entropy, scale promotion (one ResNet each), then rounds 1 to 3 of three networks and their ' +
    'ensemble. Writes <out>/results.md, results.csv, plot.svg and runs/**/run.json after every run. Finished runs are ' +
    'kept: the same command continues an interrupted table.',
  options: {
    out: OUT_FOLDER,
    force: FORCE.describe(REPLACE_OTHER),
    seed: whole('<n>', 'first seed: of patches, weights and sampling', 0, 0x7fff0000).default(1),
    seeds: whole('<n>', 'seeds from there on', 1, 1000).otherwise(bySize('seeds')),
    steps: TRAINING_OPTIONS.steps.describe('optimiser steps per network').otherwise(bySize('steps')),
    patches: whole('<n>', 'labelled source patches, and half as many of the target', 4, 100_000).otherwise(
      bySize('patches'),
    ),
    size: whole('<pixels>', 'side of a generated patch', 32, 1024).otherwise(bySize('size')),
    shift: number('<x>', 'strength of the shift, 1 as between the real sets', 0, 3).default(1),
    sensorShift: number(
      '<x>',
      'strength of a gain and an offset on each spectral band of the target, 1 as between the real sets; with ' +
        '--shift 0 nothing else differs',
      0,
      3,
    ).default(0),
    scale: SCALE.describe('scale promotion of its row and of round 1; the paper: 2.5').default(2),
    roundScale: SCALE.describe('scale promotion of rounds 2 and 3; the paper: 4').otherwise('as --scale'),
    l4s: text('<dir>', 'also leave blocks of these labelled Landslide4Sense patches out, fold by fold'),
    valueScale: VALUE_SCALE.describe('how these patches store their values'),
    l4sFolds: whole('<n>', 'folds of these patches', 2, 1000).default(3),
    l4sOnly: flag('leave the generated benchmark out'),
    rows: list(
      '<list>',
      `only these rows and those they build on: ${ROWS.map(({ id, optional }) => (optional ? `${id} (only if named)` : id)).join(', ')}`,
    ),
    preset: PRESET,
    microBatch: TRAINING_OPTIONS.microBatch.otherwise(byPreset('microBatch')),
    accumulate: TRAINING_OPTIONS.accumulate,
    crop: TRAINING_OPTIONS.crop.otherwise(byPreset('cropSize')),
    learningRate: TRAINING_OPTIONS.learningRate.otherwise(
      `${TINY_LEARNING_RATE} for tiny, else ${defaultRoundConfig.learningRate}`,
    ),
    colours: noFlag('train every row without colour perturbation; flips and turns stay'),
    threshold: THRESHOLD.default(0.5),
    quick: flag('a few steps of everything, to see that it works: its numbers mean nothing'),
    backend: BACKEND,
  },
  exits: { interrupted: 'interrupted (the same command continues)' },
  async run({ options, argv, fingerprint }, io) {
    const { quick, seed, preset } = options
    const size = quick ? QUICK : FULL
    const steps = options.steps ?? size.steps
    const patches = options.patches ?? size.patches
    const l4s = options.l4s ?? null
    const defaults = roundConfigFor(preset)
    const { runAblation } = await import('../../lab/ablation/runAblation')
    const place = {
      path: options.out,
      command: 'scarp ablate',
      fingerprint,
      force: options.force,
      resume: 'by the same command' as const,
    }
    const sections = await withOutFolder(place, io, out =>
      runAblation(
        {
          out,
          seeds: Array.from({ length: options.seeds ?? size.seeds }, (_, i) => seed + i),
          rows: options.rows ?? null,
          scales: { promoted: options.scale, rounds: options.roundScale ?? options.scale },
          generated:
            options.l4sOnly && l4s !== null
              ? null
              : {
                  patches,
                  targets: Math.ceil(patches / 2),
                  size: options.size ?? size.size,
                  shift: options.shift,
                  sensorShift: options.sensorShift,
                },
          l4s,
          valueScale: options.valueScale,
          l4sFolds: options.l4sFolds,
          threshold: options.threshold,
          config: {
            preset,
            steps,
            microBatch: options.microBatch ?? (quick ? QUICK.microBatch : defaults.microBatch),
            accumulate: options.accumulate ?? defaults.accumulate,
            cropSize: options.crop ?? (quick ? QUICK.cropSize : defaults.cropSize),
            learningRate:
              options.learningRate ?? (preset === 'tiny' ? TINY_LEARNING_RATE : defaults.learningRate),
            ...(!options.colours && NO_COLOURS),
            ...scheduleOf(steps),
          },
          command: `scarp ${argv.join(' ')}`,
        },
        options.backend,
        io,
      ),
    )
    for (const { benchmark, lines } of sections) {
      io.out(benchmark.title)
      for (const { row, network, f1 } of lines) {
        const figure = f1 ? (100 * f1.mean).toFixed(1) : 'undefined'
        const ends = f1 ? `${(100 * f1.low).toFixed(1)} to ${(100 * f1.high).toFixed(1)}` : ''
        io.out(`${row.id.padEnd(20)} ${network.padEnd(20)} F1 ${figure.padStart(5)}  ${ends}`)
      }
    }
    io.out(`Results: ${options.out}/results.md, results.csv, plot.svg`)
    return EXIT.ok
  },
})
