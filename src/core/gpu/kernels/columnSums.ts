import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { splitCount } from './splitCount'
import { sumPartials } from './sumPartials'

/**
 * Sums over the rows of [rows, channels], one for every channel and expression, in two deterministic passes.
 *
 * @param terms WGSL expressions of what is added; they see `index` (flat), `row`, `channel` and `channels`.
 * @returns [terms, channels]
 */
export function columnSums(
  backend: WebGPUBackend,
  {
    name,
    variables,
    terms,
    channels,
  }: { name: string; variables: readonly string[]; terms: string[]; channels: number },
  inputs: readonly tf.Tensor[],
): tf.Tensor2D {
  const rows = inputs[0]!.size / channels
  const wanted = splitCount(channels, Math.ceil(rows / 8))
  const share = Math.ceil(rows / wanted)
  const splits = Math.ceil(rows / share)
  const partials = dispatchKernel(
    backend,
    {
      name,
      variables,
      code: `
fn main(invocation : i32) {
  let channels = uniforms.channels;
  if (invocation >= channels * uniforms.splits) { return; }
  let channel = invocation % channels;
  let split = invocation / channels;
  ${terms.map((_, t) => `var sum${t} = 0.0;`).join('\n  ')}
  for (var row = split * uniforms.share; row < min(uniforms.rows, (split + 1) * uniforms.share); row++) {
    let index = row * channels + channel;
    ${terms.map((term, t) => `sum${t} += ${term};`).join('\n    ')}
  }
  ${terms.map((_, t) => `result[(split * ${terms.length} + ${t}) * channels + channel] = sum${t};`).join('\n  ')}
}`,
      outputShape: [splits, terms.length * channels],
      groups: Math.ceil((channels * splits) / 64),
      uniforms: { rows, channels, share, splits },
    },
    inputs,
  )
  const sums = sumPartials(backend, partials, splits, [terms.length, channels])
  return tf.engine().makeTensorFromTensorInfo(sums) as tf.Tensor2D
}
