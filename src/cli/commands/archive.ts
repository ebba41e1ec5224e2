import { plural } from '../../core/foundation/text'
import { declareCommand, EXIT } from '../command'
import { text, whole } from '../optionSpec'
import { RUN_FOLDER } from '../runs/options'
import { FORCE } from '../sharedOptions'

export const archiveCommand = declareCommand({
  name: 'archive',
  summary: 'Draw pieces of a run as a project that the studio opens for review',
  details:
    'Writes a project archive with pieces of the results of a run, half of them with a landslide in the mask: pixels, ' +
    'probabilities, and how unsure the networks are. Open it in the studio, judge the pieces, save the archive, and give it ' +
    'to the next round: scarp refine --run <dir> --verdicts <file>. The same seed draws the same pieces as that round.',
  options: {
    run: RUN_FOLDER.required(),
    out: text('<file>', 'the archive, ending in .scarp.zip').required(),
    force: FORCE.describe('overwrite a file that is there'),
    cells: whole('<n>', 'pieces, of 512 x 512 pixels at most', 1, 10_000).default(128),
    seed: whole('<n>', 'of the draw', 0, 0x7fffffff).default(1),
  },
  exits: { failed: 'the work failed' },
  async run({ options }, io) {
    const { readRun } = await import('../runs/manifest')
    const { archiveRun } = await import('../runs/archiveRun')
    const { refuseExisting } = await import('../node/outFolder')
    const { out, cells: count, seed } = options
    await refuseExisting(out, options.force)
    const run = await readRun(options.run)
    const drawn = await archiveRun(run, { out, count, seed, at: new Date().toISOString() }, io)
    io.out(`${plural(drawn, 'piece')}: ${out}`)
    return EXIT.ok
  },
})
