import type { NetworkFamily } from '../../core/models/network'
import { type CommandIo, EXIT } from '../command'
import type { ParsedOptions } from '../parseOptions'

/** `models sizes`: every preset with its trainable parameters, 14 bands and 2 classes. */
export async function listSizes(options: ParsedOptions, io: CommandIo): Promise<number> {
  const { declareNetwork, PRESETS } = await import('../../core/models/createNetwork')
  const { countParameters } = await import('../../core/nn/parameterRegistry')
  const families = Object.entries(PRESETS) as [NetworkFamily, readonly string[]][]
  const rows = families.flatMap(([family, presets]) =>
    presets.map(preset => ({
      family,
      preset,
      parameters: countParameters(declareNetwork(family, preset, { seed: null }).registry).trainable,
    })),
  )
  if (options.values.json) io.out(JSON.stringify(rows, null, 2))
  else {
    for (const { family, preset, parameters } of rows) {
      io.out(
        `${family.padEnd(22)}${preset.padEnd(20)}${parameters.toLocaleString('en').padStart(12)} parameters`,
      )
    }
  }
  return EXIT.ok
}
