import { webGpuBackend } from '../webgpuBackend'

export type SmallerLimits = Partial<
  Record<'maxBufferSize' | 'maxStorageBufferBindingSize' | 'maxComputeWorkgroupsPerDimension', number>
>

/** Lets the device seem to have smaller limits than it has, until the function that comes back is called. */
export function shrinkLimits(smaller: SmallerLimits): () => void {
  const { device } = webGpuBackend()!
  const { limits } = device
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = limits
  Object.defineProperty(device, 'limits', {
    value: { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension, ...smaller },
    configurable: true,
  })
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
