import type { Contours } from '../../core/patches/contours'
import type { Studio } from '../studio'

/** @param interval metres; 0: chosen by the relief. */
export function contoursKey(patchId: string, interval: number): string {
  return `${patchId}/${interval}`
}

export async function loadContours(studio: Studio, patchId: string, interval: number): Promise<Contours> {
  const key = contoursKey(patchId, interval)
  const cached = studio.pixels.contours.get(key)
  if (cached) return cached
  const lines = await studio.files.call('contours', { patchId, interval: interval > 0 ? interval : null })
  studio.pixels.contours.set(key, lines)
  return lines
}
