import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchInParts } from './dispatchInParts'
import { dispatchKernel, loadFour, registerNames, repeat, splitCount, storeFour } from './kernel'
import { sumPartials } from './partialSums'
import { prefersTiles } from './softwareAdapters'

/**
 * WGSL of the walk that every filter gradient makes: over its `split` of the output rows, past the pixels that `tap`
 * reads. The body sees `source` and `goal`, the flat indices of channel 0 of the input and of the output pixel.
 *
 * @param inChannels and outChannels: expressions of the channel counts.
 */
function filterGradientWalk(inChannels: string, outChannels: string, body: string): string {
  return `
  let shiftY = (tap / uniforms.kernelWidth) * uniforms.dilation - uniforms.padTop;
  let shiftX = (tap % uniforms.kernelWidth) * uniforms.dilation - uniforms.padLeft;
  // Columns whose input pixel lies inside the image; adding stride first keeps the division non-negative.
  let firstX = max(0, (-shiftX + uniforms.stride - 1) / uniforms.stride);
  let lastX = min(uniforms.outWidth - 1, (uniforms.width - 1 - shiftX + uniforms.stride) / uniforms.stride - 1);
  let firstRow = split * uniforms.rowsPerSplit;
  let lastRow = min(uniforms.rows, firstRow + uniforms.rowsPerSplit);
  for (var row = firstRow; row < lastRow; row++) {
    let y = (row % uniforms.outHeight) * uniforms.stride + shiftY;
    if (y < 0 || y >= uniforms.height) { continue; }
    let imageRow = ((row / uniforms.outHeight) * uniforms.height + y) * uniforms.width + shiftX;
    for (var outX = firstX; outX <= lastX; outX++) {
      let source = (imageRow + outX * uniforms.stride) * ${inChannels};
      let goal = (row * uniforms.outWidth + outX) * ${outChannels};
      ${body}
    }
  }`
}

/**
 * The uniforms of the walk, and into how many partial sums it is cut.
 *
 * @param tiles invocations that run anyway, one per tile of weights.
 */
function splitWalk(info: tf.backend_util.Conv2DInfo, tiles: number) {
  const rows = info.batchSize * info.outHeight
  const rowsPerSplit = Math.ceil(rows / splitCount(tiles, rows))
  const splits = Math.ceil(rows / rowsPerSplit)
  const uniforms = {
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    height: info.inHeight,
    width: info.inWidth,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
    rows,
    rowsPerSplit,
    splits,
  }
  return { splits, uniforms }
}

/** Quads of channels on each side of a tile, where there are that many: 8 x 8 weights in registers. */
const QUADS = 2

/** Invocations of a workgroup. */
const GROUP = 64

/**
 * Shares of the rows that a workgroup adds up in its own memory, where that is cheap: partial sums are a fraction then
 * of what they would be, and were a seventh of what a step of HRNet-W18 moved. Neighbours still read neighbouring channels.
 */
const MOST_JOINED_SPLITS = 8

interface FilterTiles {
  quadsIn: number
  quadsOut: number
  vectorIn: boolean
  vectorOut: boolean
  /** Shares of the rows that a workgroup adds up, a power of two; 1: each invocation stores its own. */
  joined: number
}

/** WGSL of `split`, the invocation's share of the rows, and `rest`, its tile of weights. */
const ownTile = (joined: number): string =>
  joined === 1
    ? `
  let index = place + ${GROUP} * uniforms.firstGroup;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  var rest = index % tiles;`
    : `
  let local = place % ${GROUP};
  let tilesEach = ${GROUP / joined};
  let tileGroups = (tiles + tilesEach - 1) / tilesEach;
  let group = place / ${GROUP} + uniforms.firstGroup;
  let split = (group / tileGroups) * ${joined} + local / tilesEach;
  let wanted = (group % tileGroups) * tilesEach + local % tilesEach;
  var rest = min(wanted, tiles - 1);`

/** Registers whose shares are in a workgroup's memory at once (8 KiB): few barriers, and room for other workgroups. */
const JOINED_REGISTERS = 8

/** WGSL that stores the registers `sum0` and on of every tile. */
function storeTile(tiles: FilterTiles): string {
  const { quadsIn, quadsOut, joined } = tiles
  const count = quadsIn * quadsOut * 4
  if (joined === 1) {
    return `
  let base = (split * taps + tap) * uniforms.inChannels;
  var sums = array<vec4<f32>, ${count}>(${registerNames('sum', count)});
  for (var i = 0; i < ${count}; i++) {
    if (ci + i / ${quadsOut} >= uniforms.inChannels) { break; }
    ${storeRegister(tiles, 'sums[i]')}
  }`
  }
  const together = Math.min(count, JOINED_REGISTERS)
  return `
  let base = ((split / ${joined}) * taps + tap) * uniforms.inChannels;
  ${repeat(count / together, round => joinRegisters(tiles, round * together, together))}`
}

/**
 * WGSL that adds some registers over the workgroup's shares, in their order, and stores them. Invocations that walked
 * different shares of a tile store different registers of it.
 */
function joinRegisters(tiles: FilterTiles, first: number, count: number): string {
  const { quadsOut, joined } = tiles
  return `
  ${first === 0 ? '' : 'workgroupBarrier();'}
  ${repeat(count, r => `shares[${r * GROUP} + local] = sum${first + r};`)}
  workgroupBarrier();
  ${repeat(
    Math.ceil(count / joined),
    turn => `{
    let own = ${turn * joined} + local / tilesEach;
    let i = ${first} + own;
    if (wanted < tiles && own < ${count} && ci + i / ${quadsOut} < uniforms.inChannels) {
      let source = own * ${GROUP} + local % tilesEach;
      var total = shares[source];
      ${repeat(joined - 1, other => `total += shares[source + ${(other + 1) * (GROUP / joined)}];`)}
      ${storeRegister(tiles, 'total')}
    }
  }`,
  )}`
}

/** WGSL that stores register `i`: one input channel, four output channels. */
function storeRegister({ quadsOut, vectorOut }: FilterTiles, value: string): string {
  const pixel = `(base + ci + i / ${quadsOut}) * uniforms.outChannels`
  return `let outChannel = co + (i % ${quadsOut}) * 4;
    ${storeFour(pixel, 'outChannel', 'uniforms.outChannels', value, vectorOut)}`
}

/**
 * Each invocation holds a tile of 4 quadsIn x 4 quadsOut weights of one tap in registers and walks a share of the
 * output rows.
 */
const conv2dFilterCode = (tiles: FilterTiles): string => {
  const { quadsIn, quadsOut, vectorIn, vectorOut, joined } = tiles
  return `
${joined === 1 ? '' : `var<workgroup> shares : array<vec4<f32>, ${GROUP * JOINED_REGISTERS}>;`}
fn main(place : i32) {
  let ciTiles = (uniforms.inChannels + ${4 * quadsIn - 1}) / ${4 * quadsIn};
  let coTiles = (uniforms.outChannels + ${4 * quadsOut - 1}) / ${4 * quadsOut};
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  let tiles = taps * ciTiles * coTiles;
  ${ownTile(joined)}
  let co = (rest % coTiles) * ${4 * quadsOut};
  rest = rest / coTiles;
  let ci = (rest % ciTiles) * ${4 * quadsIn};
  let tap = rest / ciTiles;
  ${repeat(quadsIn * quadsOut * 4, i => `var sum${i} = vec4<f32>(0.0);`)}
  ${filterGradientWalk(
    'uniforms.inChannels',
    'uniforms.outChannels',
    `${repeat(quadsOut, q => `let slope${q} = ${loadFour('dy', 'goal', `co + ${4 * q}`, 'uniforms.outChannels', vectorOut)};`)}
      ${repeat(
        quadsIn,
        p => `let pixel${p} = ${loadFour('x', 'source', `ci + ${4 * p}`, 'uniforms.inChannels', vectorIn)};
      ${repeat(4 * quadsOut, i => `sum${p * 4 * quadsOut + i} += pixel${p}[${Math.floor(i / quadsOut)}] * slope${i % quadsOut};`)}`,
      )}`,
  )}
  ${storeTile(tiles)}
}`
}

/**
 * Gradient of a convolution with respect to its kernel, as partial sums over output rows in two passes: no atomics, so
 * the same input gives the same bits.
 *
 * @param x [B, H, W, in]
 * @param dy [B, h, w, out]
 * @returns [kh, kw, in, out]
 */
export function conv2dFilterGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
  mostMultiplyAdds?: number,
): tf.TensorInfo {
  const { inChannels, outChannels, filterHeight, filterWidth } = info
  const taps = filterHeight * filterWidth
  const quadsIn = inChannels > 4 ? QUADS : 1
  const quadsOut = outChannels > 4 ? QUADS : 1
  const tiles = taps * Math.ceil(inChannels / (4 * quadsIn)) * Math.ceil(outChannels / (4 * quadsOut))
  const walk = splitWalk(info, tiles)
  const joined = prefersTiles(backend)
    ? 1
    : 2 ** Math.floor(Math.log2(Math.min(MOST_JOINED_SPLITS, walk.splits)))
  const splits = Math.ceil(walk.splits / joined)
  const vectorIn = inChannels % 4 === 0
  const vectorOut = outChannels % 4 === 0
  const [partials] = dispatchInParts(
    backend,
    {
      name: 'conv2dFilterGradient',
      variables: ['x', 'dy'],
      components: [vectorIn ? 4 : 1, vectorOut ? 4 : 1],
      resultComponents: vectorOut ? 4 : 1,
      code: conv2dFilterCode({ quadsIn, quadsOut, vectorIn, vectorOut, joined }),
      outputShape: [splits, taps * inChannels * outChannels],
      groups:
        joined === 1 ? Math.ceil((tiles * splits) / GROUP) : splits * Math.ceil((tiles * joined) / GROUP),
      groupSize: GROUP,
      uniforms: { inChannels, outChannels, ...walk.uniforms },
      multiplyAdds: info.batchSize * info.outHeight * info.outWidth * taps * inChannels * outChannels,
    },
    [x, dy],
    mostMultiplyAdds,
  )
  return sumPartials(backend, partials!, splits, [filterHeight, filterWidth, inChannels, outChannels])
}

/** Each invocation sums one tap of four channels over a share of the output rows. */
const depthwiseFilterCode = (vector: boolean): string => `
fn main(index : i32) {
  let quads = (uniforms.channels + 3) / 4;
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  let tiles = taps * quads;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  let channel = (index % quads) * 4;
  let tap = (index % tiles) / quads;
  var sum = vec4<f32>(0.0);
  ${filterGradientWalk(
    'uniforms.channels',
    'uniforms.channels',
    `sum += ${loadFour('x', 'source', 'channel', 'uniforms.channels', vector)}
        * ${loadFour('dy', 'goal', 'channel', 'uniforms.channels', vector)};`,
  )}
  for (var c = 0; c < min(4, uniforms.channels - channel); c++) {
    result[(split * taps + tap) * uniforms.channels + channel + c] = sum[c];
  }
}`

/**
 * Gradient of a depthwise convolution with respect to its kernel, in two deterministic passes.
 *
 * @param x [B, H, W, C]
 * @param dy [B, h, w, C]
 * @returns [kh, kw, C, 1]
 */
export function depthwiseFilterGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inChannels: channels, filterHeight, filterWidth } = info
  const taps = filterHeight * filterWidth
  const tiles = taps * Math.ceil(channels / 4)
  const { splits, uniforms } = splitWalk(info, tiles)
  const vector = channels % 4 === 0
  const partials = dispatchKernel(
    backend,
    {
      name: 'depthwiseFilterGradient',
      variables: ['x', 'dy'],
      components: vector ? [4, 4] : [1, 1],
      code: depthwiseFilterCode(vector),
      outputShape: [splits, taps * channels],
      groups: Math.ceil((tiles * splits) / 64),
      uniforms: { channels, ...uniforms },
      multiplyAdds: info.batchSize * info.outHeight * info.outWidth * taps * channels,
    },
    [x, dy],
  )
  return sumPartials(backend, partials, splits, [filterHeight, filterWidth, channels, 1])
}
