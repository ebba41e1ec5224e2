import { liveGpuDevice } from '../webgpuBackend'

/** Notes the labels of shaders that a device compiles while the thread stands still, until `restore`. */
export function watchShaders(): { compiled: string[]; restore(): void } {
  const { device } = liveGpuDevice()!
  const compiled: string[] = []
  const create = device.createComputePipeline
  device.createComputePipeline = descriptor => {
    compiled.push(descriptor.label ?? '')
    return create.call(device, descriptor)
  }
  return {
    compiled,
    restore() {
      device.createComputePipeline = create
    },
  }
}
