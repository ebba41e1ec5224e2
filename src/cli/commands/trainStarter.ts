import { AppError } from '../../core/foundation/appError'
import { declareCommand, EXIT } from '../command'
import { withOutFolder } from '../node/outFolder'
import { flag, list, text } from '../optionSpec'
import { BACKEND, FORCE, OUT_FOLDER, THRESHOLD } from '../sharedOptions'
import { STARTER_OPTIONS, starterRecipeOf } from '../starterOptions'

export const trainStarterCommand = declareCommand({
  name: 'train-starter',
  summary: 'Train the starter ensemble that ships with Scarp',
  details:
    'Trains one network per family from its seeded initialisation on real patches, generated ones, or both, and writes ' +
    '<out>/starter-<family>/ (manifest, weights, golden outputs, model card). Families can be trained one ' +
    'by one. At the end it prints the scores of these families, and of their mean, on patches that none learned from. ' +
    'What a recipe is worth on real ground, scarp crossvalidate says.',
  options: {
    out: OUT_FOLDER.describe('folder of model folders ("models" in the checkout)'),
    force: FORCE.describe('overwrite starters that are there'),
    l4s: text('<dir>', 'learn from these labelled Landslide4Sense patches too'),
    holdOut: list(
      '<names>',
      'those never to train on, separated by commas; none: all are trained on',
    ).otherwise('a sixth, by blocks of ids'),
    scoreOnly: flag(
      'train nothing: put --mask-threshold and --note in the cards of the starters in <out>, and print their scores',
    ),
    maskThreshold: THRESHOLD.describe(
      'threshold for masks of their mean, as scarp crossvalidate chose it',
    ).otherwise('unknown'),
    note: text('<text>', 'a sentence for the model cards').otherwise('none'),
    ...STARTER_OPTIONS,
    backend: BACKEND,
  },
  async run({ options, fingerprint }, io) {
    if (!options.l4s && options.patches === 0 && !options.scoreOnly)
      throw new AppError('bad-argument', 'There is nothing to learn from: give --l4s, --patches, or both.')
    const { starterScoreLines } = await import('../../lab/starter/scoreStarters')
    const { trainStarter } = await import('../../lab/starter/trainStarter')
    const holdOut = options.holdOut?.join() === 'none' ? [] : (options.holdOut ?? null)
    // Other models lie beside them, which are none of this command's.
    const place = {
      path: options.out,
      command: 'scarp train-starter',
      fingerprint,
      force: options.force,
      resume: null,
    }
    const scores = await withOutFolder(place, io, out =>
      trainStarter(
        {
          out,
          real: options.l4s ? { folder: options.l4s, valueScale: options.valueScale, holdOut } : null,
          scoreOnly: options.scoreOnly,
          recipe: starterRecipeOf(options),
          notes: options.note ? [options.note] : [],
          maskThreshold: options.maskThreshold ?? null,
        },
        options.backend,
        io,
      ),
    )
    for (const line of starterScoreLines(scores)) io.out(line)
    return EXIT.ok
  },
})
