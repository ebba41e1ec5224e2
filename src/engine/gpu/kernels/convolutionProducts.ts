import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { convolutionMultiplyAdds } from './convolutionTiles'
import { dispatchInParts } from './dispatchInParts'
import { type Kernel, loadFour, storeFour } from './kernel'
import { chooseTile, INNER_TILE, tileExtent, workgroupProductCode } from './matMulWorkgroups'
import { finishInputs, functionsCode, type ProductFinish } from './productFinish'

type Geometry = tf.backend_util.Conv2DInfo

/** Four neighbouring channels, of which only those below `count` exist, the others 0. */
const maskOf = (channel: string, count: string) =>
  `vec4<f32>(vec4<i32>(${channel}, ${channel} + 1, ${channel} + 2, ${channel} + 3) < vec4<i32>(${count}))`

/**
 * WGSL of the operands of a convolution: a row of the product is an output pixel, the inner axis runs over taps and, within
 * each, over input channels, in whole quads (`line`); columns are output channels.
 */
const forwardOperands = (vectorIn: boolean, vectorOut: boolean): string => `
fn loadA(batch : i32, outer : i32, inner : i32) -> vec4<f32> {
  if (outer >= uniforms.rows || inner >= uniforms.inner || batch > 0) { return vec4<f32>(0.0); }
  let tap = inner / uniforms.line;
  let channel = inner % uniforms.line;
  let above = outer / uniforms.outWidth;
  let y = (above % uniforms.outHeight) * uniforms.stride - uniforms.padTop + tap / uniforms.kernelWidth;
  let x = (outer % uniforms.outWidth) * uniforms.stride - uniforms.padLeft + tap % uniforms.kernelWidth;
  if (y < 0 || y >= uniforms.height || x < 0 || x >= uniforms.width) { return vec4<f32>(0.0); }
  let start = (((above / uniforms.outHeight) * uniforms.height + y) * uniforms.width + x) * uniforms.channels;
  return ${loadFour('source', 'start', 'channel', 'uniforms.channels', vectorIn)}${vectorIn ? '' : ` * ${maskOf('channel', 'uniforms.channels')}`};
}
fn loadB(batch : i32, outer : i32, inner : i32) -> vec4<f32> {
  let channel = inner % uniforms.line;
  if (outer >= uniforms.columns || inner >= uniforms.inner || channel >= uniforms.channels) { return vec4<f32>(0.0); }
  let start = ((inner / uniforms.line) * uniforms.channels + channel) * uniforms.columns;
  return ${loadFour('kernel', 'start', 'outer', 'uniforms.columns', vectorOut)};
}
fn store(split : i32, batch : i32, row : i32, column : i32, sum : vec4<f32>) {
  let value = finish(row, column, sum);
  ${storeFour('row * uniforms.columns', 'column', 'uniforms.columns', 'value', vectorOut)}
}`

/**
 * WGSL of the operands of the gradient with respect to the input. Pixels `stride` apart are reached by the same taps: each
 * of the stride² phases is a matrix of the product's batch, whose rows are its pixels and whose inner axis runs over its
 * taps and, within each, over output channels in whole quads. Columns are input channels.
 */
const backwardOperands = (vectorIn: boolean, vectorOut: boolean): string => `
fn tapY(batch : i32, inner : i32) -> i32 {
  let first = (batch / uniforms.stride + uniforms.padTop) % uniforms.stride;
  return first + (inner / uniforms.line / uniforms.tapsAcross) * uniforms.stride;
}
fn tapX(batch : i32, inner : i32) -> i32 {
  let first = (batch % uniforms.stride + uniforms.padLeft) % uniforms.stride;
  return first + (inner / uniforms.line % uniforms.tapsAcross) * uniforms.stride;
}
fn pixelY(batch : i32, row : i32) -> i32 {
  return (row / uniforms.phaseWidth % uniforms.phaseHeight) * uniforms.stride + batch / uniforms.stride;
}
fn pixelX(batch : i32, row : i32) -> i32 {
  return (row % uniforms.phaseWidth) * uniforms.stride + batch % uniforms.stride;
}
fn loadA(batch : i32, outer : i32, inner : i32) -> vec4<f32> {
  if (outer >= uniforms.rows || inner >= uniforms.inner || batch >= uniforms.batch) { return vec4<f32>(0.0); }
  let ky = tapY(batch, inner);
  let kx = tapX(batch, inner);
  let reachY = pixelY(batch, outer) + uniforms.padTop - ky;
  let reachX = pixelX(batch, outer) + uniforms.padLeft - kx;
  let y = reachY / uniforms.stride;
  let x = reachX / uniforms.stride;
  if (ky >= uniforms.kernelHeight || kx >= uniforms.kernelWidth || reachY < 0 || reachX < 0
    || y >= uniforms.outHeight || x >= uniforms.outWidth) { return vec4<f32>(0.0); }
  let channel = inner % uniforms.line;
  let image = outer / (uniforms.phaseWidth * uniforms.phaseHeight);
  let start = ((image * uniforms.outHeight + y) * uniforms.outWidth + x) * uniforms.channels;
  return ${loadFour('dy', 'start', 'channel', 'uniforms.channels', vectorIn)}${vectorIn ? '' : ` * ${maskOf('channel', 'uniforms.channels')}`};
}
fn loadB(batch : i32, outer : i32, inner : i32) -> vec4<f32> {
  let ky = tapY(batch, inner);
  let kx = tapX(batch, inner);
  if (outer >= uniforms.columns || inner >= uniforms.inner || ky >= uniforms.kernelHeight || kx >= uniforms.kernelWidth) {
    return vec4<f32>(0.0);
  }
  let channel = inner % uniforms.line;
  let start = ((ky * uniforms.kernelWidth + kx) * uniforms.columns + outer) * uniforms.channels;
  return ${loadFour('kernel', 'start', 'channel', 'uniforms.channels', vectorIn)};
}
fn store(split : i32, batch : i32, row : i32, column : i32, sum : vec4<f32>) {
  let y = pixelY(batch, row);
  let x = pixelX(batch, row);
  if (y >= uniforms.height || x >= uniforms.width) { return; }
  let pixel = ((row / (uniforms.phaseWidth * uniforms.phaseHeight)) * uniforms.height + y) * uniforms.width + x;
  let value = finish(pixel, column, sum);
  ${storeFour('pixel * uniforms.columns', 'column', 'uniforms.columns', 'value', vectorOut)}
}`

interface ConvolutionProduct {
  name: string
  operands: readonly ['source' | 'dy', 'kernel']
  batch: number
  rows: number
  /** Taps that a pixel meets at most, and the channels of each. */
  taps: number
  channels: number
  columns: number
  outputShape: number[]
  uniforms: Readonly<Record<string, number>>
}

function run(
  backend: WebGPUBackend,
  product: ConvolutionProduct,
  inputs: readonly tf.TensorInfo[],
  info: Geometry,
  finish: ProductFinish,
  mostMultiplyAdds: number | undefined,
): tf.TensorInfo {
  const { name, operands, batch, rows, taps, channels, columns, outputShape } = product
  const backward = operands[0] === 'dy'
  const vectorIn = channels % 4 === 0
  const vectorOut = columns % 4 === 0
  const line = 4 * Math.ceil(channels / 4)
  const inner = taps * line
  const tile = chooseTile({ batch, rows, columns }, false)
  const extent = tileExtent(tile)
  const functions = `${functionsCode(columns, finish)}
${(backward ? backwardOperands : forwardOperands)(vectorIn, vectorOut)}`
  const more = finishInputs(finish)
  const fours = (vector: boolean) => (vector ? 4 : 1)
  const kernel: Kernel = {
    name,
    variables: [...operands, ...more.names],
    components: [
      fours(vectorIn),
      fours(backward ? vectorIn : vectorOut),
      ...more.names.map(() => fours(vectorOut)),
    ],
    resultComponents: fours(vectorOut),
    code: workgroupProductCode({ tile, a: 'inner', b: backward ? 'inner' : 'outer', functions }),
    outputShape,
    groups: batch * Math.ceil(rows / extent.rows) * Math.ceil(columns / extent.columns),
    groupSize: tile.across * tile.down,
    uniforms: {
      batch,
      rows,
      inner,
      columns,
      line,
      channels,
      splits: 1,
      share: Math.ceil(inner / INNER_TILE) * INNER_TILE,
      steps: Math.ceil(inner / INNER_TILE),
      height: info.inHeight,
      width: info.inWidth,
      outHeight: info.outHeight,
      outWidth: info.outWidth,
      kernelWidth: info.filterWidth,
      stride: info.strideHeight,
      padTop: info.padInfo.top,
      padLeft: info.padInfo.left,
      ...product.uniforms,
    },
    numbers: more.numbers,
    multiplyAdds: convolutionMultiplyAdds(info),
  }
  return dispatchInParts(backend, kernel, [...inputs, ...more.tensors], mostMultiplyAdds)[0]!
}

/**
 * Convolution as a product whose left matrix, the pixels under each tap, is gathered as it is read: workgroups share tiles of
 * both. Strides are equal, and taps not spaced.
 *
 * @param x [B, H, W, in]
 * @param filter [kh, kw, in, out]
 * @param finish in the units of the output, [B h w, out].
 * @returns [B, h, w, out]
 */
export function convolutionProduct(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: Geometry,
  finish: ProductFinish = {},
  mostMultiplyAdds?: number,
): tf.TensorInfo {
  const product: ConvolutionProduct = {
    name: 'convolutionProduct',
    operands: ['source', 'kernel'],
    batch: 1,
    rows: info.batchSize * info.outHeight * info.outWidth,
    taps: info.filterHeight * info.filterWidth,
    channels: info.inChannels,
    columns: info.outChannels,
    outputShape: [info.batchSize, info.outHeight, info.outWidth, info.outChannels],
    uniforms: {},
  }
  return run(backend, product, [x, filter], info, finish, mostMultiplyAdds)
}

/**
 * Gradient of a convolution with respect to its input, as such a product. A stride of two meets each tap at every second
 * pixel of a line: the products of the four phases have four taps where a kernel has nine.
 *
 * @param dy [B, h, w, out]
 * @param filter [kh, kw, in, out]
 * @param finish in the units of the input, [B H W, in].
 * @returns [B, H, W, in]
 */
export function convolutionInputProduct(
  backend: WebGPUBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: Geometry,
  finish: ProductFinish = {},
  mostMultiplyAdds?: number,
): tf.TensorInfo {
  const { strideHeight: stride, filterHeight, filterWidth } = info
  const [phaseHeight, phaseWidth] = [Math.ceil(info.inHeight / stride), Math.ceil(info.inWidth / stride)]
  const [tapsDown, tapsAcross] = [Math.ceil(filterHeight / stride), Math.ceil(filterWidth / stride)]
  const product: ConvolutionProduct = {
    name: 'convolutionInputProduct',
    operands: ['dy', 'kernel'],
    batch: stride * stride,
    rows: info.batchSize * phaseHeight * phaseWidth,
    taps: tapsDown * tapsAcross,
    channels: info.outChannels,
    columns: info.inChannels,
    outputShape: [info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    uniforms: { kernelHeight: filterHeight, phaseHeight, phaseWidth, tapsAcross },
  }
  return run(backend, product, [dy, filter], info, finish, mostMultiplyAdds)
}
