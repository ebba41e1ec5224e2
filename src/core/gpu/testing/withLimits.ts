import { webGpuBackend } from '../webgpuBackend'

const NAMES = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const

export type SmallerLimits = Partial<Record<(typeof NAMES)[number], number>>

/** Lets the device seem to have smaller limits than it has, until the function that comes back is called. */
export function shrinkLimits(smaller: SmallerLimits): () => void {
  const { device } = webGpuBackend()!
  const { limits } = device
  const own = Object.fromEntries(NAMES.map(name => [name, limits[name]]))
  Object.defineProperty(device, 'limits', { value: { ...own, ...smaller }, configurable: true })
  return () => void Object.defineProperty(device, 'limits', { value: limits, configurable: true })
}

/** The same while something runs. */
export function withLimits<T>(smaller: SmallerLimits, run: () => T): T {
  const restore = shrinkLimits(smaller)
  try {
    return run()
  } finally {
    restore()
  }
}
