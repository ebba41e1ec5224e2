import type { RoundConfig } from '../../core/rounds/roundConfig'
import { roundConfigFor } from '../../core/rounds/roundConfig'
import { BACKEND_HELP, backendOption } from '../backendOption'
import { type Command, EXIT, numberOption, parseOptions, textOption } from '../command'

const NO_COLOURS: Partial<RoundConfig> = {
  contrast: 0,
  brightness: 0,
  bandJitter: 0,
  gamma: 0,
  bandDropout: 0,
}

export const ablateCommand: Command = {
  name: 'ablate',
  summary: 'Measure what each part of the method is worth, row by row',
  help: [
    'Usage: scarp ablate --out <dir> [options]',
    '',
    "Trains the rows of the paper's Tables 1 and 2 in order, each the row before it and one thing more, on a benchmark",
    'whose target labels are known to the scoring alone: baseline, separated normalisation, cross-sensor normalisation,',
    'OHEM, Lovász, soft cross-entropy, scale promotion (one ResNet each), then rounds 1 to 3 of three networks and their',
    'ensemble. Writes <out>/results.md, results.csv, plot.svg and runs/**/run.json after every run. Runs that are',
    'finished are kept: the same command goes on where it was interrupted.',
    '',
    '  --out <dir>           output folder',
    '  --seed <n>            first seed: of patches, weights and sampling (default 1)',
    '  --seeds <n>           seeds from there on (default 3, with --quick 1)',
    '  --steps <n>           optimiser steps per network (default 400, with --quick 12)',
    '  --patches <n>         labelled source patches, and half as many of the target (default 48, with --quick 8)',
    '  --size <pixels>       side of a generated patch (default 128, with --quick 64)',
    '  --shift <x>           strength of the shift, 1 as between the real sets (default 1)',
    '  --sensor-shift <x>    strength of a gain and an offset on each spectral band of the target (default 0); with',
    '                        --shift 0 that is all that differs, 1 as strong as between the real sets',
    '  --scale <s>           scale promotion of its row and of round 1 (the paper: 2.5; default 2)',
    '  --round-scale <s>     scale promotion of rounds 2 and 3 (the paper: 4; default as --scale)',
    '  --l4s <dir>           also leave blocks of these labelled Landslide4Sense patches out, one fold after the other',
    '  --l4s-folds <n>       (default 3)',
    '  --l4s-only            leave the generated benchmark out',
    '  --rows <list>         only these rows and those they go on from: baseline, sn, csn, ohem, lovasz, soft-ce, scale,',
    '                        round-1, round-2, round-3, round-2-source-only (run only where it is named)',
    '  --preset <name>       size of the networks (default tiny)',
    '  --micro-batch <n>     crops per pass (default 8 for tiny, else 4)',
    '  --accumulate <n>      passes per step and domain (default 1 for tiny, else 4)',
    '  --crop <pixels>       side of the training crop (default 64 for tiny, else 128)',
    '  --learning-rate <x>   (default 0.003 for tiny, else 0.001)',
    '  --no-colours          train every row without colour perturbation; flips and turns stay',
    '  --threshold <p>       probability from which a pixel counts as landslide (default 0.5)',
    '  --quick               a few steps of everything, to see that it works: its numbers mean nothing',
    BACKEND_HELP,
    '',
    'Exit codes: 0 done; 1 the work failed; 2 bad usage; 130 interrupted (the same command goes on).',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, {
      out: text,
      seed: text,
      seeds: text,
      steps: text,
      patches: text,
      size: text,
      shift: text,
      'sensor-shift': text,
      scale: text,
      'round-scale': text,
      l4s: text,
      'l4s-folds': text,
      'l4s-only': { type: 'boolean' },
      rows: text,
      preset: text,
      'micro-batch': text,
      accumulate: text,
      crop: text,
      'learning-rate': text,
      'no-colours': { type: 'boolean' },
      threshold: text,
      backend: text,
      quick: { type: 'boolean' },
    })
    const whole = (name: string, fallback: number, low = 1, high = 1_000_000) =>
      numberOption(options, name, { fallback, low, high, whole: true })
    const quick = options.values.quick === true
    const seed = whole('seed', 1, 0, 0x7fff0000)
    const steps = whole('steps', quick ? 12 : 400)
    const patches = whole('patches', quick ? 8 : 48, 4, 100_000)
    const preset = textOption(options, 'preset', 'tiny')
    const l4s = typeof options.values.l4s === 'string' ? options.values.l4s : null
    const promoted = numberOption(options, 'scale', { fallback: 2, low: 1, high: 8 })
    const defaults = roundConfigFor(preset)
    const tiny = preset === 'tiny'
    const { runAblation } = await import('../../lab/ablation/runAblation')
    const sections = await runAblation(
      {
        out: textOption(options, 'out'),
        seeds: Array.from({ length: whole('seeds', quick ? 1 : 3, 1, 1000) }, (_, i) => seed + i),
        rows: typeof options.values.rows === 'string' ? options.values.rows.split(',') : null,
        scales: {
          promoted,
          rounds: numberOption(options, 'round-scale', { fallback: promoted, low: 1, high: 8 }),
        },
        generated:
          options.values['l4s-only'] === true && l4s !== null
            ? null
            : {
                patches,
                targets: Math.ceil(patches / 2),
                size: whole('size', quick ? 64 : 128, 32, 1024),
                shift: numberOption(options, 'shift', { fallback: 1, low: 0, high: 3 }),
                sensorShift: numberOption(options, 'sensor-shift', { fallback: 0, low: 0, high: 3 }),
              },
        l4s,
        l4sFolds: whole('l4s-folds', 3, 2, 1000),
        threshold: numberOption(options, 'threshold', { fallback: 0.5, low: 0, high: 1 }),
        config: {
          preset,
          steps,
          microBatch: whole('micro-batch', quick ? 4 : defaults.microBatch, 1, 256),
          accumulate: whole('accumulate', defaults.accumulate, 1, 256),
          cropSize: whole('crop', quick ? 32 : defaults.cropSize, 32, 1024),
          learningRate: numberOption(options, 'learning-rate', {
            fallback: tiny ? 3e-3 : defaults.learningRate,
            low: 1e-8,
            high: 1,
          }),
          ...(options.values['no-colours'] === true && NO_COLOURS),
          warmupSteps: Math.max(1, Math.round(steps / 10)),
          evaluateEvery: Math.max(1, Math.round(steps / 4)),
        },
        command: `scarp ablate ${argv.join(' ')}`,
      },
      backendOption(options),
      io,
    )
    for (const { benchmark, lines } of sections) {
      io.out(benchmark.title)
      for (const { row, network, f1 } of lines) {
        const figure = f1 ? (100 * f1.mean).toFixed(1) : 'undefined'
        const ends = f1 ? `${(100 * f1.low).toFixed(1)} to ${(100 * f1.high).toFixed(1)}` : ''
        io.out(`${row.id.padEnd(20)} ${network.padEnd(20)} F1 ${figure.padStart(5)}  ${ends}`)
      }
    }
    io.out(`Results: ${textOption(options, 'out')}/results.md, results.csv, plot.svg`)
    return EXIT.ok
  },
}
