import { plural } from '../../core/foundation/text'
import { declareCommand, EXIT } from '../command'
import { flag } from '../optionSpec'
import { RUN_FOLDER } from '../runs/options'
import { JSON_OUTPUT } from '../sharedOptions'

export const mergeCommand = declareCommand({
  name: 'merge',
  summary: 'Check the results of a run and make one of all',
  details:
    'Checks every result against its hashes and writes <run>/merged: landslides.gpkg, in which what several scenes show is ' +
    'once, a VRT of the scenes on each grid, failures.jsonl, report.json, and throughput.json. All but the last is the same, byte for byte, however the work was shared out.',
  options: {
    run: RUN_FOLDER.required(),
    allowGaps: flag('merge a run that is not at its end: inputs without a result are listed as missing'),
    json: JSON_OUTPUT,
  },
  exits: { failed: 'results are missing or damaged' },
  async run({ options }, io) {
    const { readRun } = await import('../runs/manifest')
    const { mergeRun } = await import('../runs/merge')
    const report = await mergeRun(await readRun(options.run), options.allowGaps, io)
    if (options.json) io.out(JSON.stringify(report, null, 2))
    else {
      const { done, failed, missing } = report
      io.out(`${done.length} of ${report.inputs} merged, ${failed.length} failed, ${missing.length} missing`)
      const { found, kept } = report.landslides
      io.out(`${plural(kept, 'landslide')}; ${found - kept} more are the same ones in overlapping scenes`)
      for (const { input, message } of failed) io.note(`Failed ${input}: ${message}`)
    }
    return EXIT.ok
  },
})
