import type { ProjectStore } from '../../storage/projectStore'

type Pixels = Awaited<ReturnType<ProjectStore['readPixels']>>

export interface PixelCache {
  /** Pixels of a patch; read from the store unless they were used a short while ago. Not to be changed. */
  read(patchId: string): Promise<Pixels>
}

/** 64 MB: some seventy competition patches, so that switching layers costs no reading. */
const DEFAULT_BUDGET = 64 * 2 ** 20

/**
 * Keeps the pixels used last, up to a number of bytes; the one read last stays whatever its size. An id stands for
 * its content (`patchIdentity`), so that nothing kept can be out of date.
 */
export function createPixelCache(
  load: (patchId: string) => Promise<Pixels>,
  budget: number = DEFAULT_BUDGET,
): PixelCache {
  const kept = new Map<string, { pixels: Promise<Pixels>; bytes: number }>()
  let total = 0

  const forget = (patchId: string) => {
    total -= kept.get(patchId)?.bytes ?? 0
    kept.delete(patchId)
  }
  return {
    read(patchId) {
      const known = kept.get(patchId)
      if (known) {
        kept.delete(patchId)
        kept.set(patchId, known) // newest last
        return known.pixels
      }
      const entry = { pixels: load(patchId), bytes: 0 }
      kept.set(patchId, entry)
      entry.pixels.then(
        ({ data, valid, label }) => {
          if (kept.get(patchId) !== entry) return
          entry.bytes = data.byteLength + (valid?.byteLength ?? 0) + (label?.byteLength ?? 0)
          total += entry.bytes
          for (const oldest of kept.keys()) {
            if (total <= budget || oldest === patchId) break
            forget(oldest)
          }
        },
        () => forget(patchId),
      )
      return entry.pixels
    },
  }
}
