import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { loadFour } from './loadFour'
import { storeFour } from './storeFour'

/** Each invocation gathers four channels of one input pixel from the output pixels that read it. */
const code = (vector: boolean): string => `
fn main(index : i32) {
  let quads = (uniforms.channels + 3) / 4;
  if (index >= quads * uniforms.pixels) { return; }
  let channel = (index % quads) * 4;
  let pixel = index / quads;
  let x = pixel % uniforms.width;
  let y = (pixel / uniforms.width) % uniforms.height;
  let image = pixel / (uniforms.width * uniforms.height);
  var sum = vec4<f32>(0.0);
  for (var ky = 0; ky < uniforms.kernelHeight; ky++) {
    let reachY = y + uniforms.padTop - ky * uniforms.dilation;
    if (reachY < 0 || reachY % uniforms.stride != 0 || reachY / uniforms.stride >= uniforms.outHeight) { continue; }
    let line = (image * uniforms.outHeight + reachY / uniforms.stride) * uniforms.outWidth;
    for (var kx = 0; kx < uniforms.kernelWidth; kx++) {
      let reachX = x + uniforms.padLeft - kx * uniforms.dilation;
      if (reachX < 0 || reachX % uniforms.stride != 0 || reachX / uniforms.stride >= uniforms.outWidth) { continue; }
      let source = (line + reachX / uniforms.stride) * uniforms.channels;
      let tap = (ky * uniforms.kernelWidth + kx) * uniforms.channels;
      sum += ${loadFour('dy', 'source', 'channel', 'uniforms.channels', vector)}
        * ${loadFour('kernel', 'tap', 'channel', 'uniforms.channels', vector)};
    }
  }
  ${storeFour('pixel * uniforms.channels', 'channel', 'uniforms.channels', 'sum', vector)}
}`

/**
 * Gradient of a depthwise convolution with respect to its input, of any stride and dilation (the stock kernel takes
 * every dilation for 1).
 *
 * @param dy [B, h, w, C]
 * @param kernel [kh, kw, C, 1]
 * @returns [B, H, W, C]
 */
export function depthwiseInputGradient(
  backend: WebGPUBackend,
  dy: tf.TensorInfo,
  kernel: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inChannels: channels, inHeight: height, inWidth: width } = info
  const vector = channels % 4 === 0
  const pixels = info.batchSize * height * width
  return dispatchKernel(
    backend,
    {
      name: 'depthwiseInputGradient',
      variables: ['dy', 'kernel'],
      components: vector ? [4, 4] : [1, 1],
      resultComponents: vector ? 4 : 1,
      code: code(vector),
      outputShape: [info.batchSize, height, width, channels],
      groups: Math.ceil((pixels * Math.ceil(channels / 4)) / 64),
      uniforms: {
        channels,
        pixels,
        height,
        width,
        outHeight: info.outHeight,
        outWidth: info.outWidth,
        kernelHeight: info.filterHeight,
        kernelWidth: info.filterWidth,
        stride: info.strideHeight,
        dilation: info.dilationHeight,
        padTop: info.padInfo.top,
        padLeft: info.padInfo.left,
      },
    },
    [dy, kernel],
  )
}
