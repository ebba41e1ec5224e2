import { AppError } from '../../core/foundation/appError'
import { declareCommand, EXIT } from '../command'
import { flag } from '../optionSpec'
import { RUN_FOLDER, SHARD, SHARD_EXITS } from '../runs/options'

export const statisticsCommand = declareCommand({
  name: 'statistics',
  summary: 'Sample a shard of a run, or merge what all shards sampled',
  details:
    'Separated normalisation needs the statistics of the whole event before anything is predicted. --shard samples the ' +
    'inputs of one shard; --merge, when all are sampled, writes <run>/statistics.json, the same whatever the shards.',
  options: {
    run: RUN_FOLDER.required(),
    shard: SHARD,
    merge: flag('make the statistics of the event of what was sampled'),
  },
  exits: SHARD_EXITS,
  async run({ options }, io) {
    const { readRun, shardOf } = await import('../runs/manifest')
    const { mergeStatisticsOfRun, sampleShard } = await import('../runs/statistics')
    const { jsonLines } = await import('../runs/jsonLines')
    const run = await readRun(options.run)
    if (options.merge) {
      if (options.shard !== undefined)
        throw new AppError('bad-argument', 'Give --shard or --merge, not both.')
      const { statistics, leftOut, without } = await mergeStatisticsOfRun(run, io)
      io.out(`${statistics.count} pixels sampled; left out ${leftOut.length}, failed ${without.length}`)
      return EXIT.ok
    }
    const shard = shardOf(options.shard, run)
    const clock = () => new Date().toISOString()
    return sampleShard(run, shard, jsonLines(io, { run: options.run, shard }, clock))
  },
})
