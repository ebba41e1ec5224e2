import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { activationCode } from '../../gpu/kernels/activation'
import { elementwise } from '../../gpu/kernels/elementwise'
import { activate } from '../../gpu/wasm/activations'
import { wasmBackend } from '../../gpu/wasm/liveBackend'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

/** Gaussian error linear unit, the exact form: x Phi(x) = x / 2 (1 + erf(x / sqrt 2)) (Hendrycks and Gimpel 2016). */
export function gelu<In extends tf.Tensor>(x: In): In {
  const plain = () => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)) as In
  return activated(x, 'gelu') ?? plain()
}

/** Sigmoid linear unit ("swish"): x sigmoid(x). */
export function silu<In extends tf.Tensor>(x: In): In {
  return activated(x, 'silu') ?? (tf.mul(x, tf.sigmoid(x)) as In)
}

/** One dispatch each way on WebGPU, one pass on WASM, where nothing is trained; null elsewhere. */
function activated<In extends tf.Tensor>(x: In, activation: 'gelu' | 'silu'): In | null {
  const backend = webGpuBackend()
  if (!backend) return activatedOnWasm(x, activation)
  const functions = activationCode(activation)
  return differentiable<In>(
    [x],
    save => {
      save([x])
      return elementwise<In>(
        backend,
        { name: activation, variables: ['x'], functions, expression: 'activate(x)' },
        [x],
      )
    },
    (dy, saved) => {
      const expression = 'activationGradient(x, dy)'
      const kernel = { name: `${activation}Gradient`, variables: ['x', 'dy'], functions, expression }
      return [elementwise(backend, kernel, [saved[0]!, dy])]
    },
  )
}

function activatedOnWasm<In extends tf.Tensor>(x: In, activation: 'gelu' | 'silu'): In | null {
  const backend = wasmBackend()
  const made = backend && activate(backend, x, activation)
  return made && (tf.engine().makeTensorFromTensorInfo(made) as In)
}

/** dy where the result y of a ReLU is positive, else 0: its gradient, in one dispatch. */
export function reluGradient<T extends tf.Tensor>(backend: WebGPUBackend, y: T, dy: T): T {
  const kernel = { name: 'reluGradient', variables: ['y', 'dy'], functions: activationCode('relu') }
  return elementwise<T>(backend, { ...kernel, expression: 'activationGradient(y, dy)' }, [y, dy])
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
