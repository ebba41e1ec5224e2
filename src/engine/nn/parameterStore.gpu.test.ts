import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { expectNoLeak, withLimits } from '../gpu/testing/memoryAndLimits'
import { type Initialiser, ones } from './initialisers'
import { createParameterRegistry, type ParameterRegistry } from './parameterRegistry'
import { createParameterStore } from './parameterStore'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** Two parameters of 400 and 8,000 bytes and a table of as many. */
function registry(initialise: Initialiser = ones): ParameterRegistry {
  const made = createParameterRegistry()
  const common = { layout: 'plain', trainable: true, decay: true } as const
  made.declare({ name: 'first', shape: [100], initialise: ones, ...common })
  made.declare({ name: 'second', shape: [20, 100], initialise, ...common })
  return made
}

const failing: Initialiser = () => {
  throw new Error('no values')
}

test('a parameter above the device’s limits is refused before anything is allocated', () =>
  expectNoLeak(async () => {
    withLimits({ maxStorageBufferBindingSize: 7999 }, () => {
      expect(() => createParameterStore(registry(), 1)).toThrow(
        expect.objectContaining({ code: 'gpu-limit' }),
      )
    })
    withLimits({ maxStorageBufferBindingSize: 8000 }, () => createParameterStore(registry(), 1).dispose())
  }))

test('a store that fails half way keeps none of what it had', () =>
  expectNoLeak(async () => {
    expect(() => createParameterStore(registry(failing), 1)).toThrow('no values')
  }))

test('disposing frees parameters, used on the GPU or not', () =>
  expectNoLeak(async () => {
    const store = createParameterStore(registry(), 1)
    tf.tidy(() => void tf.square(store.get('second').variable))
    store.dispose()
  }))
