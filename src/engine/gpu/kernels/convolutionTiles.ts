import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchInParts } from './dispatchInParts'
import { dispatchKernel, loadFour, registerNames, repeat, storeFour } from './kernel'

/** Output pixels of a row and quads of output channels that one invocation holds in registers. */
const PIXELS = 4

const QUADS = 2

/**
 * A direct convolution that keeps PIXELS x 4 QUADS sums in registers and uses no workgroup memory: several times
 * faster than the stock tiles where a barrier is expensive, as on software adapters.
 *
 * `backward` false: y = conv(x, kernel). True: the gradient with respect to the input; then `x` is dy, `kernel` is
 * [kh, kw, out, in] (the last two axes swapped), and the invocation's pixels lie `stride` apart, so that a tap meets
 * all of them or none.
 */
const conv2dTilesCode = (
  vectorIn: boolean,
  vectorOut: boolean,
  backward: boolean,
  added: 'bias' | 'addend' | null,
): string => `
fn main(local : i32) {
  let index = local + 64 * uniforms.firstGroup;
  let quads = (uniforms.outChannels + ${4 * QUADS - 1}) / ${4 * QUADS};
  let tilesX = uniforms.phases * ((uniforms.outWidth + uniforms.phases * ${PIXELS} - 1) / (uniforms.phases * ${PIXELS}));
  let rows = uniforms.batch * uniforms.outHeight;
  if (index >= quads * tilesX * rows) { return; }
  let co = (index % quads) * ${4 * QUADS};
  let tile = (index / quads) % tilesX;
  let row = index / (quads * tilesX);
  let outY = row % uniforms.outHeight;
  let image = row / uniforms.outHeight;
  let outX = (tile / uniforms.phases) * uniforms.phases * ${PIXELS} + tile % uniforms.phases;
  ${repeat(PIXELS * QUADS, i => `var sum${i} = vec4<f32>(0.0);`)}
  for (var ky = 0; ky < uniforms.kernelHeight; ky++) {
    ${
      backward
        ? `let reachY = outY + uniforms.padTop - ky * uniforms.dilation;
    if (reachY < 0 || reachY % uniforms.stride != 0) { continue; }
    let y = reachY / uniforms.stride;`
        : 'let y = outY * uniforms.stride - uniforms.padTop + ky * uniforms.dilation;'
    }
    if (y < 0 || y >= uniforms.height) { continue; }
    let line = (image * uniforms.height + y) * uniforms.width;
    for (var kx = 0; kx < uniforms.kernelWidth; kx++) {
      ${
        backward
          ? `let reachX = outX + uniforms.padLeft - kx * uniforms.dilation;
      // Adding a multiple of the stride keeps the remainder non-negative left of the image.
      let span = uniforms.kernelWidth * uniforms.dilation;
      if ((reachX + span * uniforms.stride) % uniforms.stride != 0) { continue; }
      let x0 = (reachX + span * uniforms.stride) / uniforms.stride - span;`
          : 'let x0 = outX * uniforms.stride - uniforms.padLeft + kx * uniforms.dilation;'
      }
      ${repeat(
        PIXELS,
        p => `let x${p + 1} = x0 + ${backward ? p : `${p} * uniforms.stride`};
      let inside${p} = x${p + 1} >= 0 && x${p + 1} < uniforms.width;
      let mask${p} = select(0.0, 1.0, inside${p});
      let pixel${p} = (line + select(0, x${p + 1}, inside${p})) * uniforms.inChannels;`,
      )}
      let tap = (ky * uniforms.kernelWidth + kx) * uniforms.inChannels;
      for (var ci = 0; ci < uniforms.inChannels; ci += 4) {
        ${vectorIn ? '' : 'let inside = vec4<f32>(vec4<i32>(ci, ci + 1, ci + 2, ci + 3) < vec4<i32>(uniforms.inChannels));'}
        ${repeat(
          PIXELS,
          p =>
            `let value${p} = ${loadFour('x', `pixel${p}`, 'ci', 'uniforms.inChannels', vectorIn)} * mask${p}${vectorIn ? '' : ' * inside'};`,
        )}
        ${repeat(
          4,
          c => `
          let weights${c} = (tap + ${vectorIn ? `ci + ${c}` : `min(ci + ${c}, uniforms.inChannels - 1)`}) * uniforms.outChannels;
          ${repeat(
            QUADS,
            q => `let weight${c}q${q} = ${loadFour('kernel', `weights${c}`, `co + ${4 * q}`, 'uniforms.outChannels', vectorOut)};
          ${repeat(PIXELS, p => `sum${p * QUADS + q} += value${p}[${c}] * weight${c}q${q};`)}`,
          )}
`,
        )}
      }
    }
  }
  var sums = array<vec4<f32>, ${PIXELS * QUADS}>(${registerNames('sum', PIXELS * QUADS)});
  for (var i = 0; i < ${PIXELS * QUADS}; i++) {
    let goalX = outX + (i / ${QUADS}) * uniforms.phases;
    let channel = co + (i % ${QUADS}) * 4;
    if (goalX >= uniforms.outWidth) { break; }
    let place = ${added === 'addend' ? '(row * uniforms.outWidth + goalX) * uniforms.outChannels' : '0'};
    let value = sums[i]${added ? ` + ${loadFour(added, 'place', vectorOut ? 'min(channel, uniforms.outChannels - 4)' : 'channel', 'uniforms.outChannels', vectorOut)}` : ''};
    ${storeFour('(row * uniforms.outWidth + goalX) * uniforms.outChannels', 'channel', 'uniforms.outChannels', 'value', vectorOut)}
  }
}`

/**
 * Convolution without workgroup memory.
 *
 * @param given x [B, H, W, in]; filter [kh, kw, in, out]; and, if there is one, bias [out], added to every pixel.
 * @returns [B, h, w, out]
 */
export function conv2dTiles(
  backend: WebGPUBackend,
  { x, filter, bias }: { x: tf.TensorInfo; filter: tf.TensorInfo; bias?: tf.TensorInfo },
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  return runConv2dTiles(backend, bias ? [x, filter, bias] : [x, filter], info, {
    backward: false,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    height: info.inHeight,
    width: info.inWidth,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
  })
}

/**
 * Gradient of a convolution with respect to its input.
 *
 * @param dy [B, h, w, out]
 * @param swapped [kh, kw, out, in]: the kernel with its last two axes swapped.
 * @param addend [B, H, W, in], added.
 * @returns [B, H, W, in]
 */
export function conv2dInputGradientTiles(
  backend: WebGPUBackend,
  dy: tf.TensorInfo,
  swapped: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
  addend?: tf.TensorInfo,
): tf.TensorInfo {
  return runConv2dTiles(backend, addend ? [dy, swapped, addend] : [dy, swapped], info, {
    backward: true,
    inChannels: info.outChannels,
    outChannels: info.inChannels,
    height: info.outHeight,
    width: info.outWidth,
    outHeight: info.inHeight,
    outWidth: info.inWidth,
  })
}

interface Direction {
  backward: boolean
  inChannels: number
  outChannels: number
  height: number
  width: number
  outHeight: number
  outWidth: number
}

/** Of a convolution, and of its gradient with respect to the input. */
export function convolutionMultiplyAdds(info: tf.backend_util.Conv2DInfo): number {
  const pixels = info.batchSize * info.outHeight * info.outWidth
  return pixels * info.filterHeight * info.filterWidth * info.inChannels * info.outChannels
}

function runConv2dTiles(
  backend: WebGPUBackend,
  inputs: readonly tf.TensorInfo[],
  info: tf.backend_util.Conv2DInfo,
  { backward, ...sizes }: Direction,
): tf.TensorInfo {
  const { inChannels, outChannels, outHeight, outWidth } = sizes
  const vectorIn = inChannels % 4 === 0
  const vectorOut = outChannels % 4 === 0
  const phases = backward ? info.strideWidth : 1
  const tilesX = phases * Math.ceil(outWidth / (phases * PIXELS))
  const invocations = Math.ceil(outChannels / (4 * QUADS)) * tilesX * info.batchSize * outHeight
  const added = inputs.length === 2 ? null : backward ? 'addend' : 'bias'
  const [result] = dispatchInParts(
    backend,
    {
      name: backward ? 'conv2dInputGradientTiles' : 'conv2dTiles',
      variables: ['x', 'kernel', ...(added ? [added] : [])],
      components: inputs.map((_, i) => ((i === 0 ? vectorIn : vectorOut) ? 4 : 1)),
      resultComponents: vectorOut ? 4 : 1,
      code: conv2dTilesCode(vectorIn, vectorOut, backward, added),
      outputShape: [info.batchSize, outHeight, outWidth, outChannels],
      groups: Math.ceil(invocations / 64),
      uniforms: {
        ...sizes,
        batch: info.batchSize,
        phases,
        kernelHeight: info.filterHeight,
        kernelWidth: info.filterWidth,
        stride: info.strideHeight,
        dilation: info.dilationHeight,
        padTop: info.padInfo.top,
        padLeft: info.padInfo.left,
      },
      multiplyAdds: convolutionMultiplyAdds(info),
    },
    inputs,
  )
  return result!
}

/** Each invocation gathers four channels of one input pixel from the output pixels that read it. */
const depthwiseInputCode = (vector: boolean): string => `
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
      code: depthwiseInputCode(vector),
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
      multiplyAdds:
        info.batchSize * info.outHeight * info.outWidth * info.filterHeight * info.filterWidth * channels,
    },
    [dy, kernel],
  )
}
