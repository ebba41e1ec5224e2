import { join } from 'node:path'
import { toAppError } from '../../core/foundation/appError'
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
    'changes a plan. <out>/estimate.json, beside it, says what every input and shard is likely to cost: work, memory, disk. The inputs are one event: they share statistics. Then run, as jobs of a scheduler: ' +
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
    rate: text(
      '<file>',
      'merged/throughput.json of an earlier run on such machines, by which hours are estimated',
    ),
    json: JSON_OUTPUT,
    ...SCENE_OPTIONS,
  },
  async run({ words, options }, io) {
    const { planRun } = await import('../runs/plan')
    const { writeJson } = await import('../node/nodeFiles')
    const { describeCost, estimateRun, readRate } = await import('../runs/estimate')
    const { networkMemory } = await import('../runs/workerMemory')
    const { readModelFolders } = await import('../node/modelFolders')
    const rate = options.rate === undefined ? null : await readRate(options.rate)
    const { threshold = null, scale = null, valueScale, flips, stats, models, shards, out } = options
    const planned = await planRun(
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
    const { manifest } = planned
    const networks = await networkMemory(await readModelFolders(models), scale, io).catch(thrown => {
      io.note(`${toAppError(thrown).message} The estimate is without it.`)
      return null
    })
    const estimate = estimateRun(planned, networks, rate)
    await writeJson(join(out, 'estimate.json'), estimate)
    if (options.json) {
      io.out(JSON.stringify(manifest, null, 2))
      return EXIT.ok
    }
    for (const [shard, { inputs, ...cost }] of estimate.shards.entries())
      io.out(
        `shard ${shard}: ${inputs === 0 ? 'no input' : `${plural(inputs, 'input')}, ${describeCost(cost)}`}`,
      )
    io.out(`all: ${describeCost(estimate.total)}`)
    io.out(estimate.basedOn)
    if (manifest.refused.length > 0) io.out(`refused: ${manifest.refused.length}`)
    return EXIT.ok
  },
})
