import type { Random } from '../../foundation/random'
import { SPECTRAL_BAND_COUNT } from '../../patches/bands'
import type { TrainingSample } from '../trainingSample'
import type { Augmentation, AugmentationSettings } from './augmentation'
import { drawCrop } from './drawCrop'

/**
 * Draws one augmentation. Colour perturbation touches the 12 spectral bands only: slope and elevation are
 * measurements of the ground, which haze and sun do not change (the paper).
 *
 * Every draw is made whatever its range is and whatever the patch holds: switching one kind of perturbation off
 * leaves the others as they were.
 */
export function drawAugmentation(
  sample: TrainingSample,
  settings: AugmentationSettings,
  random: Random,
): Augmentation {
  const bands = sample.pixels.length / (sample.width * sample.height)
  const gain = new Float32Array(bands).fill(1)
  const offset = new Float32Array(bands)
  const place = drawCrop(sample, settings, random)
  if (!settings.augment) return { ...place, angle: 0, flip: false, turns: 0, bend: 1, gain, offset }
  const symmetric = (range: number) => (2 * random.uniform() - 1) * range
  const contrast = 1 + symmetric(settings.contrast)
  const brightness = symmetric(settings.brightness)
  const spectral = Math.min(SPECTRAL_BAND_COUNT, bands)
  for (let band = 0; band < spectral; band++) {
    gain[band] = contrast * (1 + symmetric(settings.bandJitter))
    offset[band] = brightness + symmetric(settings.bandJitter)
  }
  const flip = random.chance(0.5)
  const turns = random.integer(0, 3)
  const rotated = random.chance(settings.rotationShare)
  const angle = symmetric(settings.rotationDegrees)
  const bend = Math.exp(symmetric(settings.gamma))
  for (let band = 0; band < spectral; band++) {
    if (!random.chance(settings.bandDropout)) continue
    gain[band] = 0
    offset[band] = 0
  }
  return { ...place, angle: rotated ? angle : 0, flip, turns, bend, gain, offset }
}
