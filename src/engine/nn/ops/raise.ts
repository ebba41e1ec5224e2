import * as tf from '@tensorflow/tfjs-core'
import { raiseBackward, raiseForward } from '../../gpu/kernels/raiseKernels'
import { repeatAndJoin } from '../../gpu/wasm/copies'
import { wasmBackend } from '../../gpu/wasm/liveBackend'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'
import { nearestAxis, resizeNearest } from './resize'

/**
 * `resizeNearest`, and the channels of a map of that size behind it: what a U-Net's decoder begins a block with. One
 * dispatch on WebGPU each way, and the enlarged map alone is never held.
 *
 * @param below [B, H, W, C] float32.
 * @param beside [B, h, w, D], or null to join nothing.
 * @param size [h, w].
 * @returns [B, h, w, C + D]
 */
export function raiseAndJoin(
  below: tf.Tensor4D,
  beside: tf.Tensor4D | null,
  size: readonly [number, number],
): tf.Tensor4D {
  const [batch, height, width, channels] = below.shape
  const backend = webGpuBackend()
  const same = height === size[0] && width === size[1]
  const wasm = wasmBackend()
  const areExact = nearestAxis(height, size[0]).offset === 0 && nearestAxis(width, size[1]).offset === 0
  const times = [size[0] / height, size[1] / width] as const
  if (wasm && times.every(Number.isInteger) && areExact) {
    const made = repeatAndJoin(wasm, below, beside, times)
    if (made) return tf.engine().makeTensorFromTensorInfo(made) as tf.Tensor4D
  }
  if (!backend || same) {
    const raised = resizeNearest(below, size)
    return beside ? tf.concat([raised, beside], 3) : raised
  }
  const raise = {
    from: [height, width] as const,
    to: size,
    rows: nearestAxis(height, size[0]),
    columns: nearestAxis(width, size[1]),
    batch,
    channels,
    besideChannels: beside?.shape[3] ?? 0,
  }
  const maps = beside ? [below, beside] : [below]
  return differentiable<tf.Tensor4D>(
    maps,
    () => raiseForward(backend, maps, raise),
    dy => raiseBackward(backend, dy, raise),
  )
}
