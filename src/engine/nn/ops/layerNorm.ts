import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { rowMap } from '../../gpu/kernels/elementwise'
import { columnSums, rowReduction } from '../../gpu/kernels/reductions'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

/**
 * Layer normalisation over the last axis (Ba et al. 2016), biased variance.
 *
 * On WebGPU two dispatches forward and four backward, where plain operations take ten and more.
 *
 * @param x [..., C] float32.
 * @param scale [C]
 * @param shift [C]
 * @param epsilon added to the variance; PyTorch's default is 1e-5, many transformers use 1e-6.
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon = 1e-5,
): T {
  const backend = webGpuBackend()
  return backend ? fused(backend, x, scale, shift, epsilon) : plain(x, scale, shift, epsilon)
}

function plain<T extends tf.Tensor>(x: T, scale: tf.Tensor1D, shift: tf.Tensor1D, epsilon: number): T {
  const mean = tf.mean(x, -1, true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), scale), shift) as T
}

/** Mean and reciprocal standard deviation of every row, the variance around the mean (not by squares). */
const statistics = (epsilon: number) => `
  var mean = 0.0;
  for (var c = 0; c < channels; c++) { mean += x[begin + c]; }
  mean /= f32(channels);
  var variance = 0.0;
  for (var c = 0; c < channels; c++) {
    let centred = x[begin + c] - mean;
    variance += centred * centred;
  }
  first = mean;
  second = inverseSqrt(variance / f32(channels) + ${epsilon});`

/** Of the slopes in the normalised values, g = dy scale: their mean, and their mean against those values. */
const SLOPES = `
  for (var c = 0; c < channels; c++) {
    let g = dy[begin + c] * scale[c];
    first += g;
    second += g * (x[begin + c] - rows[2 * row]) * rows[2 * row + 1];
  }
  first /= f32(channels);
  second /= f32(channels);`

const NORMALISED = '(x[index] - rows[2 * row]) * rows[2 * row + 1]'

function fused<T extends tf.Tensor>(
  backend: WebGPUBackend,
  x: T,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon: number,
): T {
  const channels = scale.size
  const rowCount = x.size / channels
  return differentiable<T>(
    [x, scale, shift],
    save => {
      const code = statistics(epsilon)
      const kernel = { name: 'layerNormRows', variables: ['x'], code, rows: rowCount }
      const rows = rowReduction(backend, kernel, [x])
      save([x, scale, rows])
      const expression = `${NORMALISED} * scale[channel] + shift[channel]`
      const variables = ['x', 'rows', 'scale', 'shift']
      return rowMap<T>(backend, { name: 'layerNorm', variables, expression, channels }, [
        x,
        rows,
        scale,
        shift,
      ])
    },
    (dy, saved) => {
      const [input, factor, rows] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
      const slopes = rowReduction(
        backend,
        { name: 'layerNormSlopes', variables: ['x', 'dy', 'scale', 'rows'], code: SLOPES, rows: rowCount },
        [input, dy, factor, rows],
      )
      const dx = rowMap(
        backend,
        {
          name: 'layerNormGradient',
          variables: ['x', 'dy', 'scale', 'rows', 'slopes'],
          expression: `rows[2 * row + 1]
    * (dy[index] * scale[channel] - slopes[2 * row] - ${NORMALISED} * slopes[2 * row + 1])`,
          channels,
        },
        [input, dy, factor, rows, slopes],
      )
      const terms = [`dy[index] * ${NORMALISED}`, 'dy[index]']
      const sums = columnSums(
        backend,
        { name: 'layerNormAffine', variables: ['x', 'dy', 'rows'], terms, channels },
        [input, dy, rows],
      )
      const [dScale, dShift] = tf.unstack(sums)
      return [dx, dScale!, dShift!]
    },
  )
}
