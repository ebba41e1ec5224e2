import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { attention } from '../../nn/attention'
import { kaimingNormalFanOut, zeros } from '../../nn/initialiser'
import { convolution } from '../../nn/layers/convolution'
import { layerNormalisation } from '../../nn/layers/layerNormalisation'
import { linearMap } from '../../nn/layers/linearMap'
import type { ParameterScope } from '../../nn/parameterScope'

/**
 * Self-attention whose keys and values come from a map shrunk by a strided convolution (paper, section 3.1).
 *
 * Keys of transformers: `self.query`, `self.key`, `self.value`, `self.sr`, `self.layer_norm`, `output.dense`.
 */
export function efficientSelfAttention(
  scope: ParameterScope,
  { width, heads, reduction }: { width: number; heads: number; reduction: number },
): (x: Tensor4D) => Tensor4D {
  const self = scope.at('self')
  const square = { in: width, out: width }
  const query = linearMap(self.at('query'), square)
  const key = linearMap(self.at('key'), square)
  const value = linearMap(self.at('value'), square)
  const reduce = reduction > 1 ? reducer(self, width, reduction) : (x: Tensor4D) => x
  const project = linearMap(scope.at('output').at('dense'), square)

  return x => {
    const reduced = reduce(x)
    const context = attention(
      splitHeads(query(x), heads),
      splitHeads(key(reduced), heads),
      splitHeads(value(reduced), heads),
    )
    return scope.observed(project(self.observed(mergeHeads(context, x.shape))))
  }
}

/** The strided convolution, which drops what does not fill its window, and its norm (epsilon 1e-5 in every peer). */
function reducer(scope: ParameterScope, width: number, reduction: number): (x: Tensor4D) => Tensor4D {
  const shrink = convolution(scope.at('sr'), {
    in: width,
    out: width,
    kernel: reduction,
    stride: reduction,
    bias: true,
    initialise: kaimingNormalFanOut(),
    initialiseBias: zeros,
  })
  const norm = layerNormalisation(scope.at('layer_norm'), width)
  return x => norm(shrink(x))
}

/** [B, H, W, C] -> [B, heads, H W, C / heads]; one head needs no transpose: [B, H W, C]. */
function splitHeads(x: Tensor4D, heads: number): Tensor {
  const [batch, height, width, channels] = x.shape
  if (heads === 1) return tf.reshape(x, [batch, height * width, channels])
  return tf.transpose(tf.reshape(x, [batch, height * width, heads, channels / heads]), [0, 2, 1, 3])
}

function mergeHeads(context: Tensor, shape: Tensor4D['shape']): Tensor4D {
  return tf.reshape(context.rank === 3 ? context : tf.transpose(context, [0, 2, 1, 3]), shape)
}
