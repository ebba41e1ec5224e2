import { AppError } from '../../core/foundation/appError'
import { type Command, EXIT, parseOptions } from '../command'
import { nodeInput } from '../node/nodeFiles'

export const validateSubmissionCommand: Command = {
  name: 'validate-submission',
  summary: 'Check a competition zip before it is submitted',
  help: [
    'Usage: scarp validate-submission <zip> [--numbers 1-800] [--json]',
    '',
    'Reads any competition zip, ours or not: mask_N.h5 at its root and nothing else, each with a dataset "mask" of',
    'uint8, 128 x 128, holding 0 and 1 only.',
    '',
    '  --numbers <list>  numbers that have to be there, and no others: "1-800", or "1-245,300" (default: any)',
    '  --json            one JSON document',
    '',
    'Exit codes: 0 it may be submitted; 1 something is wrong; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const options = parseOptions(argv, { numbers: { type: 'string' }, json: { type: 'boolean' } })
    const [path, ...others] = options.words
    if (path === undefined || others.length > 0) {
      throw new AppError('bad-argument', 'Name one zip: scarp validate-submission submission.zip.')
    }
    const { parseNumbers, validateSubmission } = await import('../../core/export/competitionZip')
    const wanted = options.values.numbers
    const report = await validateSubmission(
      await nodeInput(path),
      typeof wanted === 'string' ? { numbers: parseNumbers(wanted) } : {},
      { signal: io.signal, onProgress: progress => io.progress.update(progress) },
    )
    io.progress.clear()
    if (options.values.json) io.out(JSON.stringify(report, null, 2))
    else {
      for (const problem of report.problems) io.out(problem)
      const { masks, landslidePixels, problems } = report
      const verdict = problems.length === 0 ? 'it may be submitted' : `${problems.length} problems`
      io.out(`${masks} sound masks, ${landslidePixels} landslide pixels: ${verdict}`)
    }
    return report.problems.length === 0 ? EXIT.ok : EXIT.failed
  },
}
