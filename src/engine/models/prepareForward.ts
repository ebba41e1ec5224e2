import * as tf from '@tensorflow/tfjs-core'
import type { JobContext } from '../../core/foundation/job'
import { compileAhead } from '../gpu/compileAhead'
import { onOneDevice } from '../gpu/webgpuBackend'
import { bindZeros } from '../nn/parameterStore'
import type { NetworkDefinition, SegmentationNetwork } from './network'

/**
 * Compiles the shaders of a pass over images of one size before it runs; see `compileAhead`, of which it has the errors.
 *
 * @param name of the pass: two passes that differ in more than the network and the shape are called differently.
 * @param shape of the images, [B, H, W].
 * @param pass from x [B, H, W, bands] to what is read.
 */
export async function prepareForward(
  network: SegmentationNetwork,
  name: string,
  shape: readonly [number, number, number],
  pass: (definition: NetworkDefinition, x: tf.Tensor4D) => tf.TensorContainer,
  context?: JobContext,
): Promise<void> {
  if (!network.declare) return
  const computation = `${name} ${shape.join(' x ')} ${describeNetwork(network)}`
  await compileAhead(
    computation,
    () => {
      const { registry, definition } = network.declare!()
      const parameters = bindZeros(registry)
      const size: [number, number, number, number] = [...shape, network.bands]
      onOneDevice(() => pass(definition, tf.zeros(size)))
      for (const { variable } of parameters) variable.dispose()
    },
    context,
  )
}

/** What a network's computation follows from, values apart. */
export function describeNetwork({
  family,
  preset,
  bands,
  classes,
  options = {},
}: SegmentationNetwork): string {
  return JSON.stringify([family, preset, bands, classes, Object.entries(options).sort()])
}
