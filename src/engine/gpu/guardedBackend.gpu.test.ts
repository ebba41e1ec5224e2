import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GuardedBackend } from './guardedBackend'
import { dispatchKernel } from './kernels/kernel'
import { orderDescending } from './kernels/radixSort'
import { scan } from './kernels/scan'
import { preferTiles } from './kernels/softwareAdapters'
import { startEngine } from './startEngine'
import { tf } from './tensorflow'
import { largestDifference, pseudoRandom } from './testing/compareTensors'
import { settledMemory, withLimits } from './testing/memoryAndLimits'
import { webGpuBackend } from './webgpuBackend'

describe('memory that is freed', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  test('serves the next result, before any submit, and every number stays right', async () => {
    const backend = webGpuBackend()!
    // What one command writes, the next but one overwrites.
    const steps = 12
    const x = tf.tensor1d(pseudoRandom(5003))
    let y = tf.square(x)
    const expected = Array.from(await y.data())
    const seen = new Set<unknown>()
    for (let i = 0; i < steps; i++) {
      const before = y
      y = tf.tidy(() => tf.sub(tf.mul(before, 2), tf.square(x)))
      before.dispose()
      seen.add(backend.tensorMap.get(y.dataId).resource)
    }
    expect(seen.size).toBeLessThan(steps / 2)
    // 2 x^2 - x^2 is exactly x^2.
    expect(await largestDifference(y, expected)).toBe(0)
    tf.dispose([x, y])
  })

  test('what lives stays right when freed buffers are destroyed', async () => {
    const backend = webGpuBackend() as GuardedBackend
    const living = tf.square(tf.fill([1000], 3))
    for (let i = 1; i <= 3; i++) {
      const freed = tf.square(tf.fill([64 * 1024 + i], i))
      expect(await largestDifference(tf.max(freed), [i * i])).toBe(0)
      freed.dispose()
    }
    await settledMemory()
    backend.releaseIdleMemory()
    const { gpuBytes, gpuAllocatedBytes } = await settledMemory()
    // What the last read brought back was freed after its submit.
    expect(gpuAllocatedBytes - gpuBytes).toBeLessThanOrEqual(3 * 16 * 1024)
    expect(await largestDifference(tf.add(living, 1), Array(1000).fill(10))).toBe(0)
  })
})

describe('limits', () => {
  const KIBIBYTE = 1024
  const gpuLimit = expect.objectContaining({ code: 'gpu-limit' })

  let software = false
  beforeAll(async () => {
    software = (await startEngine({ prefer: 'webgpu', purpose: 'training' })).software
    expect(tf.getBackend()).toBe('webgpu')
  })

  /** [rows, columns] that lie on the GPU. */
  function matrix(rows: number, columns: number): tf.Tensor2D {
    return tf.tidy(() => tf.square(tf.tensor2d(pseudoRandom(rows * columns), [rows, columns])))
  }

  /** An image that lies on the GPU. */
  function image(size: number, channels: number): tf.Tensor4D {
    const shape: [number, number, number, number] = [1, size, size, channels]
    return tf.tidy(() => tf.square(tf.tensor4d(pseudoRandom(size * size * channels), shape)))
  }

  /** What asks for a buffer of more than 16 KiB from inputs of less, some only after a few dispatches. */
  const OPERATIONS: Record<string, (inputs: { a: tf.Tensor2D; x: tf.Tensor4D }) => unknown> = {
    'an upload': () => tf.square(tf.ones([65, 64])),
    'an upload beside a small one': ({ a }) =>
      tf.add(tf.tensor3d(pseudoRandom(100 * 100), [100, 1, 100]), tf.slice(a, 0, 1)),
    'an outer product': ({ a }) => tf.matMul(a, a, true),
    broadcasting: ({ a }) => tf.add(tf.reshape(a, [1, -1]), tf.reshape(a, [-1, 1])),
    'a convolution': ({ x }) => tf.conv2d(x, tf.ones([3, 3, 4, 16]), 1, 'same'),
    'an average of copies': ({ x }) => tf.mean(tf.tile(x, [1, 3, 3, 1]), [1, 2]),
    'an upsampling': ({ x }) => tf.image.resizeBilinear(x, [64, 64]),
    'the partial sums of a filter gradient': ({ x }) =>
      tf
        .engine()
        .runKernel(
          tf.Conv2DBackpropFilter,
          { x, dy: x },
          { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 4, 4] },
        ),
    'an input gradient, after its kernel was turned': ({ x }) =>
      tf
        .engine()
        .runKernel(
          tf.Conv2DBackpropInput,
          { dy: tf.slice(x, 0, [1, 10, 10, 4]), filter: tf.ones([3, 3, 4, 4]) },
          { strides: 4, pad: 'valid', dataFormat: 'NHWC', inputShape: [1, 40, 40, 4] },
        ),
    'a product as on hardware, which refers to its factors': ({ a }) => {
      preferTiles(gpu(), false)
      try {
        return tf.matMul(a, a, true)
      } finally {
        preferTiles(gpu(), software)
      }
    },
    'a sort, whose digits are counted': ({ a }) => orderDescending(gpu(), twice(a)),
    'a kernel of ours on a cast of integers': () =>
      scan(gpu(), tf.cast(tf.tensor1d(new Int32Array(8 * KIBIBYTE), 'int32'), 'float32'), true),
  }

  const gpu = () => webGpuBackend()!
  const twice = (a: tf.Tensor) => tf.tile(tf.reshape(a, [-1]), [2]) as tf.Tensor1D

  describe('nothing is allocated above the device’s limits, and a refusal leaves nothing behind', () => {
    test.each(Object.keys(OPERATIONS))('%s', async name => {
      const inputs = { a: matrix(20, 100), x: image(30, 4) }
      const before = await settledMemory()
      withLimits({ maxStorageBufferBindingSize: 16 * KIBIBYTE }, () => {
        expect(() => tf.tidy(() => void OPERATIONS[name]!(inputs))).toThrow(gpuLimit)
      })
      const after = await settledMemory()
      expect(after).toMatchObject({ tensors: before.tensors, data: before.data, gpuBytes: before.gpuBytes })
      tf.dispose([inputs.a, inputs.x])
      // References that a failed kernel took and kept would keep its inputs alive now.
      expect((await settledMemory()).gpuBuffers).toBe(before.gpuBuffers - 2)
    })
  })

  describe('workgroups', () => {
    const start = (groups: number, length: number) =>
      dispatchKernel(
        gpu(),
        {
          name: 'positions',
          variables: [],
          code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = index; }
}`,
          outputShape: [length],
          outputType: 'int32',
          groups,
          uniforms: { length },
        },
        [],
      )

    test('more than one dimension holds are folded into three, every one run once', async () => {
      const length = 64 * 70_000 - 3
      const positions = tf.engine().makeTensorFromTensorInfo(start(70_000, length))
      const values = await positions.data()
      expect(values.every((value, i) => value === i)).toBe(true)
      positions.dispose()
    })

    test('more than three dimensions hold are refused', async () => {
      const before = await settledMemory()
      withLimits({ maxComputeWorkgroupsPerDimension: 4 }, () => {
        expect(start(64, 10)).toBeDefined()
        expect(() => start(65, 10)).toThrow(gpuLimit)
      })
      expect((await settledMemory()).data).toBe(before.data + 1)
    })

    test('a stock kernel that fills two dimensions itself is refused too, and gives its references back', async () => {
      const x = matrix(100, 100)
      const before = await settledMemory()
      withLimits({ maxComputeWorkgroupsPerDimension: 2 }, () => {
        expect(() => tf.transpose(x)).toThrow(gpuLimit)
      })
      x.dispose()
      expect((await settledMemory()).gpuBuffers).toBe(before.gpuBuffers - 1)
    })
  })

  test('more buffers than a shader sees are refused', async () => {
    const [a, b] = [matrix(40, 40), matrix(40, 40)]
    const before = await settledMemory()
    withLimits({ maxStorageBuffersPerShaderStage: 2 }, () => {
      expect(() => tf.add(a, b)).toThrow(gpuLimit)
    })
    expect(await settledMemory()).toEqual(before)
  })

  describe('memory that the machine refuses', () => {
    let createBuffer: GPUDevice['createBuffer']
    beforeEach(() => {
      createBuffer = gpu().device.createBuffer
      gpu().device.createBuffer = () => {
        throw new RangeError('createBuffer failed, size is too large for the implementation')
      }
    })
    afterEach(() => {
      gpu().device.createBuffer = createBuffer
    })

    test('is reported as a limit', () => {
      expect(() => tf.tidy(() => void tf.square(tf.ones([12_347])))).toThrow(gpuLimit)
    })
  })
})
