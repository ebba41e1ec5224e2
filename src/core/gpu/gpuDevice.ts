import { AppError } from '../foundation/appError'

/** A device with everything its adapter offers, and what became of it. */
export interface GpuDevice {
  device: GPUDevice
  info: GPUAdapterInfo
  /** "NVIDIA GeForce RTX 4070 (vulkan)": for people. */
  description: string
  /** True for a CPU pretending to be a GPU (SwiftShader, lavapipe, WARP). */
  software: boolean
}

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const

/** Asks for an adapter and takes all its limits and the features we use; null where there is no adapter. */
export async function openGpuDevice(): Promise<GpuDevice | null> {
  const gpu = globalThis.navigator?.gpu
  const adapter = (await gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null
  if (!adapter) return null
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: WANTED_FEATURES.filter(feature => adapter.features.has(feature)),
      requiredLimits: limitsOf(adapter),
    })
    const { info } = adapter
    return { device, info, description: describe(info), software: isSoftware(info) }
  } catch (cause) {
    throw new AppError(
      'gpu-unavailable',
      'The GPU refused a device. Close other GPU programs or restart the browser, then try again.',
      { cause },
    )
  }
}

/** Every limit the adapter names: WebGPU's defaults are far below what hardware does. */
function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {}
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits]
    if (typeof value === 'number') limits[name] = value
  }
  return limits
}

function describe(info: GPUAdapterInfo): string {
  const name = info.description || [info.vendor, info.device || info.architecture].filter(Boolean).join(' ')
  return isSoftware(info) ? `${name || 'unnamed'} (software)` : name || 'unnamed GPU'
}

function isSoftware(info: GPUAdapterInfo): boolean {
  const words = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase()
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render|warp/.test(words)
}
