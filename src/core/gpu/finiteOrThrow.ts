import type { Tensor } from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'
import { throwIfGpuFailed } from './webgpuBackend'

/**
 * Reads a scalar and refuses NaN and infinity (checked here since WGSL may assume there are none), and a device that
 * failed meanwhile.
 *
 * @throws AppError `training-diverged`, `gpu-failed` or `gpu-lost`.
 */
export async function finiteOrThrow(scalar: Tensor, what = 'The loss'): Promise<number> {
  const value = (await scalar.data())[0]
  throwIfGpuFailed()
  if (value === undefined || !Number.isFinite(value)) {
    throw new AppError(
      'training-diverged',
      `${what} is no longer a finite number. Lower the learning rate, or check the input for extreme values.`,
    )
  }
  return value
}
