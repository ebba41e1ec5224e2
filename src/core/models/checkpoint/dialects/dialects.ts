import { AppError } from '../../../foundation/appError'
import type { NetworkFamily } from '../../network'
import type { Dialect, DialectName } from '../dialect'
import { hrnet, smpEfficientNetV2, smpResnet, timmEfficientNetV2, torchvisionResnet } from './convolutional'
import { nvlabsSegformer, smpSegformer, transformersSegformer } from './segformer'
import { mmsegSwin, originalSwin, smpSwin, timmFeaturesSwin, timmSwin } from './swin'

/** Every family's dialects; the first is ours, whose names are the network's own. */
const DIALECTS: Record<NetworkFamily, readonly [Dialect, ...Dialect[]]> = {
  segformer: [transformersSegformer, nvlabsSegformer, smpSegformer],
  'swin-unet': [smpSwin, timmFeaturesSwin, timmSwin, originalSwin, mmsegSwin],
  'efficientnetv2-unet': [smpEfficientNetV2, timmEfficientNetV2],
  'resnet-unet': [smpResnet, torchvisionResnet],
  'hrnet-ocr': [hrnet],
}

export function dialectsOf(family: NetworkFamily): readonly [Dialect, ...Dialect[]] {
  return DIALECTS[family]
}

/** @throws AppError `bad-argument` naming the family's dialects. */
export function dialectNamed(family: NetworkFamily, name: DialectName): Dialect {
  const found = DIALECTS[family].find(dialect => dialect.name === name)
  if (found) return found
  const known = DIALECTS[family].map(dialect => dialect.name).join(', ')
  throw new AppError('bad-argument', `${family} has no key names "${name}". Choose one of: ${known}.`)
}
