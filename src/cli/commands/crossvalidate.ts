import { declareCommand, EXIT } from '../command'
import { withOutFolder } from '../node/outFolder'
import { flag, text, whole, wholes } from '../optionSpec'
import { BACKEND, FORCE, OUT_FOLDER, REPLACE_OTHER } from '../sharedOptions'
import { STARTER_OPTIONS, starterRecipeOf } from '../starterOptions'

export const crossValidateCommand = declareCommand({
  name: 'crossvalidate',
  summary: 'Measure a recipe for starters on blocks of real patches left out',
  details:
    'Cuts labelled Landslide4Sense patches into folds of neighbouring ids, trains the recipe without each fold in turn, ' +
    'and scores it there, normalised by each rule (auto, self, model), at several thresholds, in targets of several ' +
    'sizes, with a table of how far the probabilities are true. With --target, rounds of refinement on those patches follow ' +
    'the recipe, scored on the same folds. Writes <out>/results.md and runs.json after every fold. ' +
    'Networks that are trained are kept: the same command continues an interrupted one.',
  options: {
    out: OUT_FOLDER,
    force: FORCE.describe(REPLACE_OTHER),
    l4s: text('<dir>', 'labelled Landslide4Sense patches').required(),
    folds: whole('<n>', 'folds', 2, 1000).default(4),
    seeds: whole('<n>', 'seeds from --seed on', 1, 1000).default(3),
    groups: wholes('<list>', 'score targets of so many patches, too').default([2, 1]),
    keepLast: flag(
      'train on every patch that is not left out and keep the last weights; else a sixth chooses the step',
    ),
    target: text('<dir>', 'unlabelled patches to refine on behind the recipe').otherwise('no refinement'),
    rounds: whole('<n>', 'rounds with --target, the recipe counted in', 2, 100).default(3),
    roundSteps: whole('<n>', 'optimiser steps per network in each of those rounds', 1, 1_000_000).default(
      200,
    ),
    ...STARTER_OPTIONS,
    backend: BACKEND,
  },
  exits: { interrupted: 'interrupted (the same command continues)' },
  async run({ options, argv, fingerprint }, io) {
    const { crossValidate } = await import('../../lab/starter/crossValidate')
    const place = {
      path: options.out,
      command: 'scarp crossvalidate',
      fingerprint,
      force: options.force,
      resume: 'by the same command' as const,
    }
    const report = await withOutFolder(place, io, out =>
      crossValidate(
        {
          out,
          real: {
            folder: options.l4s,
            valueScale: options.valueScale,
            holdOut: options.keepLast ? [] : null,
          },
          folds: options.folds,
          seeds: Array.from({ length: options.seeds }, (_, i) => options.seed + i),
          groups: options.groups,
          recipe: starterRecipeOf(options),
          refine: options.target
            ? {
                target: options.target,
                valueScale: options.valueScale,
                rounds: options.rounds,
                steps: options.roundSteps,
              }
            : null,
          command: `scarp ${argv.join(' ')}`,
        },
        options.backend,
        io,
      ),
    )
    io.out(report)
    return EXIT.ok
  },
})
