import type { SetPatch } from '../patches/setStatistics'
import type { SceneRecord } from './sceneRecord'
import { isAbsent } from './stack'

/** Places of the bands that a scene's product does not have, of 14. */
export function absentBands({ recipe: { bands } }: Pick<SceneRecord, 'recipe'>): number[] {
  return bands.flatMap((band, index) => (isAbsent(band) ? [index] : []))
}

/**
 * What the statistics know a scene by, with other means for the bands that it does not have than those that it was stored
 * with: the models that predict it may have learned from other data than those at hand when it was added.
 *
 * @param means [14] raw units
 */
export function samplesWithMeans(
  scene: Pick<SceneRecord, 'recipe' | 'samples'>,
  means: readonly number[],
): SetPatch[] {
  const absent = new Set(absentBands(scene))
  if (absent.size === 0) return scene.samples
  return scene.samples.map(sample => {
    const { statistics } = sample
    const mean = statistics.mean.map((own, band) =>
      absent.has(band) && statistics.count > 0 ? means[band]! : own,
    )
    return { ...sample, statistics: { ...statistics, mean } }
  })
}
