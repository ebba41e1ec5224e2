import { AppError } from '../core/foundation/appError'
import type { NetworkFamily } from '../core/models/network'
import type { ParsedOptions } from './parseOptions'

/** The method's ensemble. */
const DEFAULT_FAMILIES: readonly NetworkFamily[] = ['segformer', 'swin-unet', 'efficientnetv2-unet']
const FAMILIES: readonly NetworkFamily[] = [...DEFAULT_FAMILIES, 'resnet-unet', 'hrnet-ocr']

/** `--families a,b` in the order given; the method's three by default. */
export function parseFamilies(options: ParsedOptions): NetworkFamily[] {
  const given = options.values.families
  if (given === undefined) return [...DEFAULT_FAMILIES]
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
