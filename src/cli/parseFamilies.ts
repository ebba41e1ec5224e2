import { AppError } from '../core/foundation/appError'
import type { NetworkFamily } from '../core/models/network'
import type { ParsedOptions } from './parseOptions'

const FAMILIES: readonly NetworkFamily[] = ['segformer', 'swin-unet', 'efficientnetv2-unet']

/** `--families a,b` in the order given; all three by default. */
export function parseFamilies(options: ParsedOptions): NetworkFamily[] {
  const given = options.values.families
  if (given === undefined) return [...FAMILIES]
  const names = String(given)
    .split(',')
    .map(name => name.trim())
  return names.map(name => {
    const family = FAMILIES.find(known => known === name)
    if (!family || names.filter(other => other === name).length > 1) {
      throw new AppError(
        'bad-argument',
        `--families takes ${FAMILIES.join(', ')}, each once; not "${given}".`,
      )
    }
    return family
  })
}
