import { declareCommand, EXIT } from '../command'
import { nodeInput } from '../node/nodeFiles'
import { text } from '../optionSpec'
import { JSON_OUTPUT } from '../sharedOptions'

export const validateSubmissionCommand = declareCommand({
  name: 'validate-submission',
  summary: 'Check a competition zip before it is submitted',
  details:
    'Reads any competition zip, ours or not: mask_N.h5 at its root and nothing else, each with a dataset "mask" of ' +
    'uint8, 128 x 128, holding 0 and 1 only.',
  words: ['<zip>', 'the zip to check'],
  options: {
    numbers: text(
      '<list>',
      'numbers that have to be there, and no others: "1-800", or "1-245,300"',
    ).otherwise('any'),
    json: JSON_OUTPUT,
  },
  exits: { ok: 'it may be submitted', failed: 'something is wrong' },
  async run({ words, options }, io) {
    const { parseNumbers, validateSubmission } = await import('../../core/export/competitionZip')
    const report = await validateSubmission(
      await nodeInput(words[0]!),
      options.numbers === undefined ? {} : { numbers: parseNumbers(options.numbers) },
      { signal: io.signal, onProgress: progress => io.progress.update(progress) },
    )
    io.progress.clear()
    if (options.json) io.out(JSON.stringify(report, null, 2))
    else {
      for (const problem of report.problems) io.out(problem)
      const { masks, landslidePixels, problems } = report
      const verdict = problems.length === 0 ? 'it may be submitted' : `${problems.length} problems`
      io.out(`${masks} sound masks, ${landslidePixels} landslide pixels: ${verdict}`)
    }
    return report.problems.length === 0 ? EXIT.ok : EXIT.failed
  },
})
