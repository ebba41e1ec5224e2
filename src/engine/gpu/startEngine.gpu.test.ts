import { beforeAll, describe, expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import { startEngine } from './startEngine'
import { tf } from './tensorflow'
import { breakDevice } from './testing/memoryAndLimits'
import { engineMemory, finiteOrThrow, throwIfGpuFailed, webGpuBackend } from './webgpuBackend'

const refusal = new AppError('training-diverged', 'Not finite.')

const checked = async (scalar: tf.Tensor) => finiteOrThrow((await scalar.data())[0], () => refusal)

describe('startEngine', () => {
  let info: EngineInfo
  beforeAll(async () => {
    info = await startEngine({ prefer: 'auto', purpose: 'training' })
  })

  test('trains on WebGPU with a device that has the adapter’s limits', () => {
    expect(tf.getBackend()).toBe('webgpu')
    expect(info).toMatchObject({ backend: 'webgpu', canTrain: true })
    expect(info.reason).toMatch(/\.$/)
    expect(info.adapter).not.toBe('')
    expect(webGpuBackend()!.device.limits.maxBufferSize).toBe(info.limits!.maxBufferSize)
    expect(info.limits!.maxBufferSize).toBeGreaterThan(256 * 1024 * 1024)
  })

  test('differentiates', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]))
    const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(variable)) as tf.Scalar)
    expect((await value.data())[0]).toBe(5)
    expect(Array.from(await grads[variable.name]!.data())).toEqual([2, 4])
  })

  test('says what to do where no backend of that name exists', async () => {
    await expect(startEngine({ prefer: 'webgl', purpose: 'inference' })).rejects.toMatchObject({
      code: 'gpu-unavailable',
    })
    await expect(startEngine({ prefer: 'wasm', purpose: 'training' })).rejects.toMatchObject({
      code: 'training-impossible',
    })
  })

  test('refuses a tensor above the device’s limits before anything is allocated', () => {
    const { maxBufferSize, maxStorageBufferBindingSize } = info.limits!
    const tooLarge = Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4 + 1
    const before = engineMemory().gpuBytes
    expect(() => tf.tidy(() => tf.fill([tooLarge], 1))).toThrow(
      expect.objectContaining({ code: 'gpu-limit' }),
    )
    expect(engineMemory().gpuBytes).toBe(before)
  })

  test('an error of the device surfaces once, when a result is read', async () => {
    breakDevice()
    await expect(checked(tf.square(tf.scalar(1)))).rejects.toMatchObject({ code: 'gpu-failed' })
    expect(await checked(tf.scalar(2))).toBe(2)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'one %d among many numbers reaches the processor in their sum, and is refused there',
    async bad => {
      const numbers = tf.mul(tf.concat([tf.ones([5000]), tf.tensor1d([bad]), tf.ones([5000])]), 2)
      await expect(checked(tf.sum(numbers))).rejects.toBe(refusal)
    },
  )

  test('coming back from another backend finds the same device, its shaders compiled', async () => {
    const { device } = webGpuBackend()!
    await startEngine({ prefer: 'cpu', purpose: 'inference' })
    expect(webGpuBackend()).toBeNull()
    await startEngine({ prefer: 'auto', purpose: 'training' })
    expect(webGpuBackend()!.device).toBe(device)
  })

  test('a lost device is reported, and a new engine starts after it', async () => {
    const { device } = webGpuBackend()!
    device.destroy()
    await device.lost
    expect(throwIfGpuFailed).toThrow(expect.objectContaining({ code: 'gpu-lost' }))
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(await checked(tf.square(tf.scalar(3)))).toBe(9)
  })
})
