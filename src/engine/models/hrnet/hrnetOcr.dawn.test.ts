import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { parityCase, parityCaseExists } from '../../../lab/parity/parityFixture.testing'
import { largestError, toNhwc } from '../../../lab/parity/peerTensors'
import { startEngine } from '../../gpu/startEngine'
import { createParameterRegistry, createParameterScope } from '../../nn/parameterRegistry'
import { createParameterStore } from '../../nn/parameterStore'
import { loadCheckpoint } from '../checkpoint/networkCheckpoint'
import { HRNET_PRESETS } from './config'
import { hrnetOcr } from './hrnetOcr'

describe.runIf(parityCaseExists('hrnet-tiny-ocr'))('the authors’ tiny fixture', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'inference' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  test('keys come in state-dict order, and every map and module agrees within its tolerance', async () => {
    const parity = await parityCase('hrnet-tiny-ocr')
    const registry = createParameterRegistry()
    const settings = { bands: 14, classes: 2, seed: 1, options: {} }
    const network = hrnetOcr(createParameterScope(registry), HRNET_PRESETS.tiny, settings)
    const names = registry.parameters.map(({ spec }) => spec.name).filter(name => !name.endsWith('_target'))
    expect(names).toEqual([...parity.weights.keys()])
    const store = createParameterStore(registry, null)
    loadCheckpoint(store, parity.weights)
    const x = toNhwc(parity.inputs.get('input')!)
    const maps = new Map<string, Tensor4D>()
    registry.observer = (name, map) => maps.set(name, tf.keep(map.clone()) as Tensor4D)
    const outputs = tf.tidy(() => network.outputs(x, { training: false, domain: 'source' }))
    for (const [name, map] of Object.entries(outputs)) {
      maps.get(name)?.dispose()
      maps.set(name, map)
    }
    expect(parity.outputs.length).toBe(14)
    for (const { name, file, atol } of parity.outputs) {
      const error = await largestError(maps.get(name)!, parity.stored(file).get(name)!)
      expect(error, name).toBeLessThanOrEqual(atol)
    }
    tf.dispose([...maps.values(), x])
    store.dispose()
  })
})
