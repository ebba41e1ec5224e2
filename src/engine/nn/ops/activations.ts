import * as tf from '@tensorflow/tfjs-core'
import { SIGMOID } from '../../gpu/kernels/activation'
import { elementwise } from '../../gpu/kernels/elementwise'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

/** Twice the normal distribution function, 1 + erf(x / sqrt 2); erf after Abramowitz and Stegun 7.1.26 (1.5e-7). */
const TWICE_PHI = `
fn twicePhi(x : T) -> T {
  let a = abs(x) * ${Math.SQRT1_2};
  let t = T(1.0) / (T(1.0) + 0.3275911 * a);
  let tail = t * (T(0.254829592) + t * (T(-0.284496736) + t * (T(1.421413741) + t * (T(-1.453152027) + t * 1.061405429))));
  let erf = T(1.0) - tail * exp(-a * a);
  return T(1.0) + sign(x) * erf;
}`

/** Gaussian error linear unit, the exact form: x Phi(x) = x / 2 (1 + erf(x / sqrt 2)) (Hendrycks and Gimpel 2016). */
export function gelu<In extends tf.Tensor>(x: In): In {
  const backend = webGpuBackend()
  if (!backend) return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)) as In
  return differentiable<In>(
    [x],
    save => {
      save([x])
      const kernel = {
        name: 'gelu',
        variables: ['x'],
        functions: TWICE_PHI,
        expression: '0.5 * x * twicePhi(x)',
      }
      return elementwise<In>(backend, kernel, [x])
    },
    (dy, saved) => [elementwise(backend, GELU_GRADIENT, [saved[0]!, dy])],
  )
}

/** d/dx x Phi(x) = Phi(x) + x phi(x). */
const GELU_GRADIENT = {
  name: 'geluGradient',
  variables: ['x', 'dy'],
  functions: TWICE_PHI,
  expression: `dy * (0.5 * twicePhi(x) + x * exp(-0.5 * x * x) * ${1 / Math.sqrt(2 * Math.PI)})`,
}

/**
 * The tanh approximation of GELU: x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel 2016). Up to
 * 5e-4 away from `gelu`, which is what our networks use; for peers that were trained with this one.
 */
export function geluTanh<In extends tf.Tensor>(x: In): In {
  const inner = tf.mul(
    x,
    tf.add(tf.mul(tf.square(x), 0.044715 * Math.sqrt(2 / Math.PI)), Math.sqrt(2 / Math.PI)),
  )
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)) as In
}

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
    (dy, saved) => [elementwise(backend, SILU_GRADIENT, [saved[0]!, dy])],
  )
}

const SILU_GRADIENT = {
  name: 'siluGradient',
  variables: ['x', 'dy'],
  functions: SIGMOID,
  expression: 'dy * sigmoid(x) * (T(1.0) + x * (T(1.0) - sigmoid(x)))',
}
