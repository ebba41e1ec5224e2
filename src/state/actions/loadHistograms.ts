import type { ChannelHistogram } from '../../core/patches/channelHistogram'
import type { Studio } from '../studio'

/** Histograms of band expressions over a patch, in their order. */
export async function loadHistograms(
  studio: Studio,
  patchId: string,
  channels: readonly string[],
): Promise<ChannelHistogram[]> {
  const key = `${patchId}/${JSON.stringify(channels)}`
  const cached = studio.pixels.histograms.get(key)
  if (cached) return cached
  const histograms = await studio.files.call('histograms', { patchId, channels })
  studio.pixels.histograms.set(key, histograms)
  return histograms
}
