import { declareCommand, EXIT } from '../command'
import { withOutFolder } from '../node/outFolder'
import { whole, wholes } from '../optionSpec'
import { BACKEND, FORCE, OUT_FOLDER } from '../sharedOptions'
import { STARTER_OPTIONS, starterRecipeOf } from '../starterOptions'

/** Real patches are for `crossvalidate`; here the recipe learns from the benchmark's source alone. */
const { valueScale: _, realShare: __, patches, ...recipe } = STARTER_OPTIONS

export const statisticsCurveCommand = declareCommand({
  name: 'statistics-curve',
  summary: 'Compare the rules for the statistics of a target, by the number of its patches',
  details:
    "Trains the recipe on the generated benchmark's source once a seed, and scores it on targets of several sizes, each " +
    'normalised by every rule (auto, self, model): with the shift of the benchmark, and with a shift of the sensor alone ' +
    'of strength 2. Writes <out>/results.md and points.json.',
  options: {
    out: OUT_FOLDER,
    force: FORCE,
    seeds: whole('<n>', 'seeds from --seed on', 1, 1000).default(3),
    patches: patches.describe('labelled source patches').default(48),
    targets: whole('<n>', 'target patches of each shift', 2, 100_000).default(200),
    sizes: wholes('<list>', 'patches in a target').default([2, 4, 8, 16, 48, 200]),
    groups: whole('<n>', 'targets of a size at most', 1, 1000).default(8),
    ...recipe,
    backend: BACKEND,
  },
  async run({ options, argv, fingerprint }, io) {
    const { statisticsCurve } = await import('../../lab/starter/statisticsCurve')
    const place = {
      path: options.out,
      command: 'scarp statistics-curve',
      fingerprint,
      force: options.force,
      resume: null,
    }
    const report = await withOutFolder(place, io, async out => {
      await out.begin(['results.md', 'points.json'])
      return statisticsCurve(
        {
          out: options.out,
          seeds: Array.from({ length: options.seeds }, (_, i) => options.seed + i),
          patches: options.patches,
          targets: options.targets,
          sizes: options.sizes,
          groups: options.groups,
          shifts: [
            { title: "The benchmark's own shift", options: { shift: 1 } },
            { title: 'A shift of the sensor alone, strength 2', options: { shift: 0, sensorShift: 2 } },
          ],
          recipe: starterRecipeOf({ ...options, valueScale: 'auto', realShare: 1 }),
          command: `scarp ${argv.join(' ')}`,
        },
        options.backend,
        io,
      )
    })
    io.out(report)
    return EXIT.ok
  },
})
