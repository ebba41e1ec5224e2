import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'

/** Backends on adapters without a GPU, where workgroup memory and barriers cost most. */
const softwareBackends = new WeakSet<object>()

/**
 * Says that a backend computes on the CPU: products and convolutions then run without workgroup memory. Tests say false
 * for a moment, to see the kernels that run on hardware.
 */
export function preferTiles(backend: WebGPUBackend, prefer = true): void {
  if (prefer) softwareBackends.add(backend)
  else softwareBackends.delete(backend)
}

/** Whether kernels should keep their tiles in registers instead of workgroup memory. */
export function prefersTiles(backend: WebGPUBackend): boolean {
  return softwareBackends.has(backend)
}

/**
 * Whether a backend takes tiles in registers: where a CPU computes, unless SCARP_HARDWARE_BRANCH is set in Node's
 * environment, for tests on a software adapter to see what GPUs compute.
 */
export function tilesByRule(software: boolean): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return software && !process?.env?.SCARP_HARDWARE_BRANCH
}
