import { plural } from '../../core/foundation/text'
import { declareCommand, EXIT } from '../command'
import { text, whole } from '../optionSpec'
import { SCENE_OPTIONS, sceneChoices } from '../sceneOptions'
import { FLIPS, JSON_OUTPUT, MASK_THRESHOLD, SCALE, STATISTICS, VALUE_SCALE } from '../sharedOptions'

export const planCommand = declareCommand({
  name: 'plan',
  summary: 'Plan the prediction of many scenes as shards for a scheduler',
  details:
    'Finds scenes and patches as predict does and writes <out>/manifest.json: every input with the hashes of its files, ' +
    'the models with theirs, the settings, and which shard does what, balanced by the passes of the networks. Nothing ' +
    'changes a plan. The inputs are one event: they share statistics. Then run, as jobs of a scheduler: ' +
    'scarp statistics --shard, statistics --merge, predict --run --shard, merge (docs/cluster.md).',
  words: [
    '<inputs...>',
    'files, folders, lists of paths (.txt) and STAC items (.json) whose assets lie on disk',
  ],
  options: {
    models: text('<dir>', 'folder of model folders; their probabilities are averaged').required(),
    shards: whole('<n>', 'parts that may run side by side', 1, 10_000).required(),
    out: text('<dir>', 'folder of the run, where all workers find it').required(),
    threshold: MASK_THRESHOLD,
    valueScale: VALUE_SCALE,
    scale: SCALE.otherwise('as each model was trained'),
    flips: FLIPS,
    stats: STATISTICS,
    json: JSON_OUTPUT,
    ...SCENE_OPTIONS,
  },
  async run({ words, options }, io) {
    const { planRun } = await import('../runs/plan')
    const { threshold = null, scale = null, valueScale, flips, stats, models, shards, out } = options
    const manifest = await planRun(
      {
        paths: words,
        models,
        shards,
        out,
        threshold,
        scale,
        valueScale,
        flips,
        statistics: stats,
        ...sceneChoices(options),
      },
      io,
    )
    if (options.json) {
      io.out(JSON.stringify(manifest, null, 2))
      return EXIT.ok
    }
    for (let shard = 0; shard < shards; shard++) {
      const inputs = manifest.inputs.filter(input => input.shard === shard)
      const sum = (of: 'pixels' | 'passes') => inputs.reduce((total, input) => total + input[of], 0)
      io.out(
        `shard ${shard}: ${plural(inputs.length, 'input')}, ${(sum('pixels') / 1e6).toFixed(1)} megapixels, ` +
          `${plural(sum('passes'), 'pass', 'passes')} of a network`,
      )
    }
    if (manifest.refused.length > 0) io.out(`refused: ${manifest.refused.length}`)
    return EXIT.ok
  },
})
