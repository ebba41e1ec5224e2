import { AppError } from '../foundation/appError'
import { PRESETS } from '../models/createNetwork'
import type { NetworkFamily } from '../models/network'
import type { RoundConfig } from './round'
import type { RoundInput } from './roundInput'

/** Size of a family's network where it is made anew. */
export function presetOf({ preset, presets }: RoundConfig, family: NetworkFamily): string {
  return presets?.[family] ?? preset
}

/**
 * @throws AppError `bad-argument` unless a round names networks that exist, each once, with sizes that exist where they
 *   are made anew, and a scale that does not make smaller.
 */
export function checkRoundConfig({ config, parents }: Pick<RoundInput, 'config' | 'parents'>): void {
  const { families, scale } = config
  if (families.length === 0) throw new AppError('bad-argument', 'A round needs at least one network.')
  for (const [i, family] of families.entries()) {
    const known: readonly string[] | undefined = PRESETS[family]
    if (!known) throw new AppError('bad-argument', `There is no network family "${family}".`)
    if (families.indexOf(family) < i) {
      throw new AppError('bad-argument', `A round takes each network once; ${family} is named twice.`)
    }
    const preset = presetOf(config, family)
    if (!parents[family] && !known.includes(preset)) {
      const choice = known.join(', ')
      throw new AppError('bad-argument', `${family} has no preset "${preset}". Choose one of: ${choice}.`)
    }
  }
  if (!(scale >= 1 && Number.isFinite(scale))) {
    throw new AppError('bad-argument', `A scale promotion of ${scale} makes smaller: take 1, 2, 2.5 or 4.`)
  }
}
