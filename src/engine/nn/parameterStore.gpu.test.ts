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
function registry({
  initialise = ones,
  compute = () => new Float32Array(2000),
}: {
  initialise?: Initialiser
  compute?: () => Float32Array
} = {}): ParameterRegistry {
  const made = createParameterRegistry()
  const common = { layout: 'plain', trainable: true, decay: true } as const
  made.declare({ name: 'first', shape: [100], initialise: ones, ...common })
  made.declare({ name: 'second', shape: [20, 100], initialise, ...common })
  made.constant({ key: 'table', shape: [2000], compute })
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
    expect(() => createParameterStore(registry({ initialise: failing }), 1)).toThrow('no values')
    const compute = () => failing({ seed: 1, name: '', shape: [] })
    expect(() => createParameterStore(registry({ compute }), 1)).toThrow('no values')
  }))

test('disposing frees parameters and tables, used on the GPU or not', () =>
  expectNoLeak(async () => {
    const made = registry()
    const store = createParameterStore(made, 1)
    tf.tidy(() => void tf.mul(store.get('second').variable, tf.sum(made.constants[0]!.value())))
    store.dispose()
  }))
