import { AppError } from '../../core/foundation/appError'
import { STATISTICS_RULES, type StatisticsRule } from '../../core/patches/targetStatistics'
import type { BackendName } from '../../core/rounds/engineInfo'
import { declareCommand, EXIT } from '../command'
import type { CommandIo } from '../node/commandIo'
import { withOutFolder } from '../node/outFolder'
import { describePeakMemory } from '../node/reporting'
import { flag, text, value } from '../optionSpec'
import { RUN_FOLDER, SHARD, SHARD_EXITS } from '../runs/options'
import { SCENE_OPTIONS, sceneChoices } from '../sceneOptions'
import { BACKEND, FLIPS, FORCE, MASK_THRESHOLD, SCALE, VALUE_SCALE } from '../sharedOptions'

export const predictCommand = declareCommand({
  name: 'predict',
  summary: 'Map landslides in rasters with an ensemble of models',
  details:
    'Takes 14-band rasters (Landslide4Sense HDF5, GeoTIFF, zips and folders of them), and Sentinel-2 scenes with their ' +
    'elevation as scarp stack does; of any size. Writes for each <name>_mask.tif (Byte, 255 no data) and <name>_prob.tif, ' +
    'of scenes <name>_disagreement.tif too, and one report.json. Probabilities are Float32, of scenes bytes of 1/250.',
  words: ['[paths...]', 'files and folders to predict'],
  options: {
    models: text('<dir>', 'folder of model folders; their probabilities are averaged'),
    out: text('<dir>', 'output folder'),
    force: FORCE,
    threshold: MASK_THRESHOLD,
    valueScale: VALUE_SCALE,
    scale: SCALE.otherwise('as each model was trained'),
    flips: FLIPS,
    submission: flag("also write <out>/submission.zip, the competition's format"),
    mosaic: flag(
      'also write event_mask.tif, event_prob.tif and event_disagreement.tif of all scenes on one grid; where scenes ' +
        'overlap, the later one counts',
    ),
    vectors: flag(
      'also write <name>_landslides.gpkg: polygons with their attributes in layer landslides; scarp export has more options',
    ),
    stats: value<StatisticsRule | { file: string }>(
      '<auto|self|model|file>',
      'by what the images are z-scored. auto: by their own mean as far as it is known, else that which the models ' +
        'learned from, and their own spread about it; self: by their own statistics whole, as in the paper, for hundreds ' +
        'of patches; model: by those that the models learned from; or by a JSON file {count, mean, m2}',
      {
        allowed: 'a rule or a file',
        read: given => STATISTICS_RULES.find(rule => rule === given) ?? (given ? { file: given } : undefined),
      },
    ).default('auto'),
    backend: BACKEND,
    run: RUN_FOLDER.describe(
      'predict a shard of a run that scarp plan made, by the settings of its plan: only --shard and --backend go with it',
    ).under('Runs:'),
    shard: SHARD.under('Runs:'),
    ...SCENE_OPTIONS,
  },
  remarks: 'Give paths, --models and --out; or --run.',
  exits: { failed: 'some inputs were refused, or the work failed', ...SHARD_EXITS },
  async run({ words, options, fingerprint }, io) {
    if (options.run !== undefined) {
      refuseBesideRun(words, options)
      return predictPart(options.run, options.shard, options.backend, io)
    }
    if (options.shard !== undefined) throw new AppError('bad-argument', '--shard needs --run.')
    const { models, out: folder } = options
    if (models === undefined || folder === undefined || words.length === 0) {
      throw new AppError('bad-argument', 'Give files or folders to predict, --models and --out; or --run.')
    }
    const { predictRasters } = await import('../predictRasters')
    const request = {
      paths: words,
      models,
      threshold: options.threshold ?? null,
      valueScale: options.valueScale,
      scale: options.scale ?? null,
      flips: options.flips,
      submission: options.submission,
      mosaic: options.mosaic,
      vectors: options.vectors,
      statistics: options.stats,
      backend: options.backend,
      ...sceneChoices(options),
    }
    const place = {
      path: folder,
      command: 'scarp predict',
      fingerprint,
      force: options.force,
      resume: null,
    }
    const report = await withOutFolder(place, io, out => predictRasters(request, out, io))
    if (report.submission) io.note(`Submission: ${report.submission}`)
    io.note(describePeakMemory())
    io.out(`${report.outputs.length} predicted, ${report.refused.length} refused: ${folder}`)
    return report.refused.length > 0 || report.outputs.length === 0 ? EXIT.failed : EXIT.ok
  },
})

/** What an option that was not given is. */
const UNTOUCHED: ReadonlySet<unknown> = new Set([undefined, false, 'auto', 'nearest'])

/** A plan never changes, so nothing that it says may be said again. */
function refuseBesideRun(words: readonly string[], options: Readonly<Record<string, unknown>>): void {
  if (words.length > 0)
    throw new AppError('bad-argument', 'The inputs of a run are in its plan: give no paths.')
  const { run: _, shard: __, backend: ___, ...others } = options
  const given = Object.keys(others).filter(name => !UNTOUCHED.has(others[name]))
  if (given.length === 0) return
  const flags = given.map(name => `--${name.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}`)
  throw new AppError(
    'bad-argument',
    `${flags.join(', ')} cannot go with --run: its plan says how it is predicted.`,
  )
}

async function predictPart(
  folder: string,
  given: number | undefined,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<number> {
  const { readRun, shardOf } = await import('../runs/manifest')
  const { predictShard } = await import('../runs/predictShard')
  const { jsonLines } = await import('../runs/jsonLines')
  const run = await readRun(folder)
  const shard = shardOf(given, run)
  return predictShard(
    run,
    shard,
    backend,
    jsonLines(io, { run: folder, shard }, () => new Date().toISOString()),
  )
}
