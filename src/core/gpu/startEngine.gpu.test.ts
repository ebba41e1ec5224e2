import { beforeAll, describe, expect, test } from 'vitest'
import { valueAndGradients } from '../nn/valueAndGradients'
import type { EngineInfo } from './engine'
import { startEngine } from './startEngine'
import { tf } from './tensorflow'
import { webGpuBackend } from './webgpuBackend'

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
    const parameter = { name: 'w', layout: 'plain', variable, trainable: true, decay: true } as const
    const { value, gradients } = valueAndGradients(
      () => tf.sum(tf.square(variable)) as tf.Scalar,
      [parameter],
    )
    expect((await value.data())[0]).toBe(5)
    expect(Array.from(await gradients[0]!.data())).toEqual([2, 4])
  })

  test('says what to do where no backend of that name exists', async () => {
    await expect(startEngine({ prefer: 'webgl', purpose: 'inference' })).rejects.toMatchObject({
      code: 'gpu-unavailable',
    })
    await expect(startEngine({ prefer: 'wasm', purpose: 'training' })).rejects.toMatchObject({
      code: 'training-impossible',
    })
  })
})
