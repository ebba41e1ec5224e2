/** Dawn's instance must outlive the devices made from it: a collected instance takes the process down. */
let instance: GPU | null = null

/**
 * Gives Node a `navigator.gpu` from the `webgpu` package (Dawn on any Vulkan driver). Idempotent.
 * Not imported by the browser bundle. Dawn keeps Node alive: end the process with `process.exit`.
 */
export async function provideWebGpu(): Promise<void> {
  if (instance) return
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  instance = create([])
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: instance, userAgent: 'node', hardwareConcurrency: 2 },
    configurable: true,
  })
}
