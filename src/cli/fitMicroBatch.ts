import type { EngineInfo } from '../core/gpu/engine'
import type { RoundConfig } from '../core/refinement/round'
import { presetOf } from '../core/refinement/roundConfig'
import { chooseMicroBatch } from '../core/training/memory/chooseMicroBatch'
import type { CommandIo } from './command'
import { numberOption, type ParsedOptions } from './parseOptions'

/**
 * The configuration with the micro-batch that `--memory` allows; as it is where that is not given. Needs the engine.
 *
 * @throws AppError `gpu-limit` where not one crop fits, `gpu-unavailable` without WebGPU, `bad-argument`.
 */
export function fitMicroBatch(
  config: RoundConfig,
  options: ParsedOptions,
  { limits }: Pick<EngineInfo, 'limits'>,
  io: CommandIo,
): RoundConfig {
  if (options.values.memory === undefined) return config
  const bytes = numberOption(options, 'memory', { low: 1 }) * 1e6
  const { families, cropSize: side, scale } = config
  const largest = limits ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) : undefined
  const choices = families.map(family => {
    const request = { family, preset: presetOf(config, family), side, scale, config }
    const choice = chooseMicroBatch(bytes, request, largest)
    io.note(
      `${family}: ${choice.microBatch} crops a pass would take ${Math.round(choice.peakBytes / 1e6)} MB of GPU memory.`,
    )
    return choice
  })
  const { microBatch, accumulate } = choices.reduce((a, b) => (b.microBatch < a.microBatch ? b : a))
  return { ...config, microBatch, accumulate }
}
