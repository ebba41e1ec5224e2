import { webGpuBackend } from '../webgpuBackend'

/** Runs something while the device seems to have smaller limits than it has. */
export function withLimits<T>(
  smaller: Partial<
    Record<'maxBufferSize' | 'maxStorageBufferBindingSize' | 'maxComputeWorkgroupsPerDimension', number>
  >,
  run: () => T,
): T {
  const { device } = webGpuBackend()!
  const { limits } = device
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = limits
  Object.defineProperty(device, 'limits', {
    value: { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension, ...smaller },
    configurable: true,
  })
  try {
    return run()
  } finally {
    Object.defineProperty(device, 'limits', { value: limits, configurable: true })
  }
}
