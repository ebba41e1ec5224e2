import { BACKEND_HELP } from '../backendOption'
import { type Command, EXIT, numberOption, parseOptions, textOption } from '../command'
import { describePeakMemory } from '../node/startCliEngine'

export const predictCommand: Command = {
  name: 'predict',
  summary: 'Map landslides in rasters with an ensemble of models',
  help: [
    'Usage: scarp predict <paths...> --models <dir> --out <dir> [options]',
    '',
    'Takes 14-band rasters (Landslide4Sense HDF5, GeoTIFF, zips and folders of them) of any size, and writes for each',
    '<name>_mask.tif (Byte, 255 no data) and <name>_prob.tif (Float32), and one report.json.',
    '',
    '  --models <dir>      folder of model folders; their probabilities are averaged',
    '  --out <dir>         output folder, made if it is absent',
    '  --threshold <p>     probability from which a pixel is landslide, 0 to 1 (default 0.7)',
    '  --scale <s>         scale promotion: enlarge the input by this factor first, 1 to 8 (default: as trained)',
    '  --flips             average over the 8 flips and quarter turns, for eight times the work',
    "  --submission        also write <out>/submission.zip, the competition's format",
    '  --stats self|<file> normalise by the statistics of these inputs (default), or by a JSON file {count, mean, m2}',
    BACKEND_HELP,
    '',
    'Exit codes: 0 done; 1 some inputs were refused, or the work failed; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const options = parseOptions(argv, {
      models: { type: 'string' },
      out: { type: 'string' },
      threshold: { type: 'string' },
      scale: { type: 'string' },
      flips: { type: 'boolean' },
      submission: { type: 'boolean' },
      stats: { type: 'string' },
      backend: { type: 'string' },
    })
    const request = {
      paths: options.words,
      models: textOption(options, 'models'),
      out: textOption(options, 'out'),
      threshold: numberOption(options, 'threshold', { fallback: 0.7, low: 0, high: 1 }),
      scale:
        options.values.scale === undefined
          ? null
          : numberOption(options, 'scale', { fallback: 1, low: 1, high: 8 }),
      flips: options.values.flips === true,
      submission: options.values.submission === true,
      statistics: textOption(options, 'stats', 'self'),
    }
    const { predictRasters } = await import('../predictRasters')
    const report = await predictRasters(request, options, io)
    if (report.submission) io.note(`Submission: ${report.submission}`)
    io.note(describePeakMemory())
    io.out(`${report.outputs.length} predicted, ${report.refused.length} refused: ${request.out}`)
    return report.refused.length > 0 || report.outputs.length === 0 ? EXIT.failed : EXIT.ok
  },
}
