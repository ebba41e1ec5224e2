import * as tf from '@tensorflow/tfjs-core'
import { elementwise } from '../../gpu/kernels/elementwise'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

const SIGMOID = 'fn sigmoid(x : T) -> T { return T(1.0) / (T(1.0) + exp(-x)); }'

/** Sigmoid linear unit ("swish"): x sigmoid(x). */
export function silu<In extends tf.Tensor>(x: In): In {
  const backend = webGpuBackend()
  if (!backend) return tf.mul(x, tf.sigmoid(x)) as In
  return differentiable<In>(
    [x],
    save => {
      save([x])
      const kernel = { name: 'silu', variables: ['x'], functions: SIGMOID, expression: 'x * sigmoid(x)' }
      return elementwise<In>(backend, kernel, [x])
    },
    (dy, saved) => [elementwise(backend, GRADIENT, [saved[0]!, dy])],
  )
}

const GRADIENT = {
  name: 'siluGradient',
  variables: ['x', 'dy'],
  functions: SIGMOID,
  expression: 'dy * sigmoid(x) * (T(1.0) + x * (T(1.0) - sigmoid(x)))',
}
