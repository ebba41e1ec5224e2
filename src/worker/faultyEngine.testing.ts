import './engine.worker'
import { liveGpuDevice } from '../engine/gpu/webgpuBackend'

/** For tests alone, which make their own client of it: the engine worker with ways to break it. */
export type Fault = 'throw' | 'close' | 'lose-device'

self.addEventListener('message', event => {
  const { fault } = event.data as { fault?: Fault }
  if (fault === 'throw') {
    setTimeout(() => {
      throw new Error('A fault that a test asked for.')
    })
  }
  if (fault === 'close') self.close()
  if (fault === 'lose-device') liveGpuDevice()?.device.destroy()
})
