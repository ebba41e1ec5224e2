import { sha256 } from '../foundation/sha256'
import type { SegmentationNetwork } from '../models/network'
import { defaultTrainingConfig, type TrainingConfig } from './trainingConfig'
import type { TrainingData } from './trainNetwork'

/** SHA-256 (hex) of what a run's results follow from: two runs of one digest may share a checkpoint. */
export function runDigest(
  network: Pick<SegmentationNetwork, 'family' | 'preset' | 'bands' | 'classes' | 'options'>,
  data: Pick<TrainingData, 'source' | 'target' | 'sourceOnlySteps' | 'identity'>,
  config: TrainingConfig,
): Promise<string> {
  const { family, preset, bands, classes, options = {} } = network
  // A caller's object may hold more than training looks at.
  const keys = Object.keys(defaultTrainingConfig).sort() as (keyof TrainingConfig)[]
  const facts = {
    network: { family, preset, bands, classes, options: Object.entries(options).sort() },
    config: keys.map(key => [key, config[key]]),
    source: data.source.ids,
    target: data.target?.ids ?? [],
    sourceOnlySteps: data.sourceOnlySteps,
    identity: data.identity ?? '',
  }
  return sha256(new TextEncoder().encode(JSON.stringify(facts)))
}
