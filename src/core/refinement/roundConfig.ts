import { AppError } from '../foundation/appError'
import { PRESETS } from '../models/createNetwork'
import type { NetworkFamily } from '../models/network'
import type { RoundConfig } from './round'

/** Size of a family's network where it is made anew. */
export function presetOf({ preset, presets }: RoundConfig, family: NetworkFamily): string {
  return presets?.[family] ?? preset
}

/** @throws AppError `bad-argument` unless it names networks that exist, each once, and a scale that enlarges. */
export function checkRoundConfig(config: RoundConfig): void {
  const { families, scale } = config
  if (families.length === 0) throw new AppError('bad-argument', 'A round needs at least one network.')
  for (const [i, family] of families.entries()) {
    const known: readonly string[] | undefined = PRESETS[family]
    if (!known) throw new AppError('bad-argument', `There is no network family "${family}".`)
    if (families.indexOf(family) < i) {
      throw new AppError('bad-argument', `A round takes each network once; ${family} is named twice.`)
    }
    const preset = presetOf(config, family)
    if (!known.includes(preset)) {
      const choice = known.join(', ')
      throw new AppError('bad-argument', `${family} has no preset "${preset}". Choose one of: ${choice}.`)
    }
  }
  if (!(scale >= 1 && Number.isFinite(scale))) {
    throw new AppError('bad-argument', `A scale promotion of ${scale} does not enlarge: take 1, 2, 2.5 or 4.`)
  }
}
