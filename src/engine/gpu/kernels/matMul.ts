import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import type { ProductActivation } from './activation'
import { dispatchInParts } from './dispatchInParts'
import { type Kernel, loadFour, splitCount, storeFour } from './kernel'
import { matMulTilesCode, REGISTER_TILE } from './matMulTiles'
import { type Contiguous, chooseTile, INNER_TILE, tileExtent, workgroupProductCode } from './matMulWorkgroups'
import { nextStart, sumPartialParts, sumPartials } from './partialSums'
import { finishInputs, functionsCode, type ProductFinish } from './productFinish'
import { groupedColumnSums } from './reductions'
import { prefersTiles } from './softwareAdapters'

export interface MatMulShape {
  batch: number
  /** Elements from one matrix of the batch to the next; 0 repeats one matrix. */
  strideA: number
  strideB: number
  rows: number
  inner: number
  columns: number
  transposeA: boolean
  transposeB: boolean
}

export interface MatMulOptions extends ProductFinish {
  /** Whether the activation is applied to every element of a as it is read. */
  activated?: boolean
  /**
   * Whether a long inner axis may be summed in parts, so that few output elements still fill a GPU. The bits of a row then
   * depend on how many rows there are. Only without what is done to a finished sum: a bias, an activation's gradient, an
   * addend, a normalisation.
   */
  split?: boolean
  /** Multiply-adds of one dispatch; see `dispatchInParts`. */
  mostMultiplyAdds?: number
}

/**
 * Matrix products, of any size and deterministic: tiles in workgroup memory on hardware, in registers on software
 * adapters.
 *
 * @returns flat [batch * rows * columns]
 */
export function matMul(
  backend: WebGPUBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  shape: MatMulShape,
  options: MatMulOptions = {},
): tf.TensorInfo {
  const { split = false, mostMultiplyAdds } = options
  const size = shape.batch * shape.rows * shape.columns
  const request = { split, functions: functionsCode(shape.columns, options) }
  const plan =
    prefersTiles(backend) || (shape.transposeA && shape.transposeB)
      ? inRegisters(shape, request)
      : inWorkgroups(shape, request)
  const finish = finishInputs(options)
  const vectorOut = shape.columns % 4 === 0
  const kernel: Kernel = {
    name: 'matMul',
    variables: ['a', 'b', ...finish.names],
    components: [
      fours(contiguousLength(shape, 'a') % 4 === 0),
      fours(contiguousLength(shape, 'b') % 4 === 0),
      ...finish.names.map(() => fours(vectorOut)),
    ],
    resultComponents: fours(vectorOut),
    outputShape: [plan.splits, size],
    ...plan.dispatch,
    numbers: finish.numbers,
    multiplyAdds: multiplyAdds(shape),
  }
  return undoOnFailure(backend, () => {
    const inputs = [a, b, ...finish.tensors]
    const [partials] = dispatchInParts(backend, kernel, inputs, mostMultiplyAdds)
    return sumPartials(backend, partials!, plan.splits, [size])
  })
}

const fours = (vector: boolean) => (vector ? 4 : 1)

interface WeightGradientShape {
  /** Summed over. */
  rows: number
  /** Columns of x, and of dy. */
  in: number
  out: number
}

/**
 * Gradients of y = f(x) W + b with respect to W and b, f an activation or nothing: f(x)^T dy and the column sums of dy.
 *
 * @param x [rows, in]
 * @param dy [rows, out]
 * @returns weight [in, out] and, if asked for, bias [out].
 */
export function weightGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  { rows, in: inputs, out }: WeightGradientShape,
  { activation = 'none', bias = false }: { activation?: ProductActivation; bias?: boolean } = {},
): { weight: tf.TensorInfo; bias: tf.TensorInfo | null } {
  const shape: MatMulShape = {
    batch: 1,
    strideA: 0,
    strideB: 0,
    rows: inputs,
    inner: rows,
    columns: out,
    transposeA: true,
    transposeB: false,
  }
  return undoOnFailure(backend, () => {
    if (!bias || prefersTiles(backend)) {
      const weight = matMul(backend, x, dy, shape, { activation, activated: true, split: true })
      const sums = { name: 'biasGradient', variables: ['dy'], terms: ['dy[index]'], channels: out }
      const total = bias ? groupedColumnSums(backend, sums, [{ ...dy, shape: [rows, out] }], 1) : null
      return { weight: { ...weight, shape: [inputs, out] }, bias: total && { ...total, shape: [out] } }
    }
    return jointGradient(backend, x, dy, shape, activation)
  })
}

/** Both gradients from one pass over dy. */
function jointGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  shape: MatMulShape,
  activation: ProductActivation,
): { weight: tf.TensorInfo; bias: tf.TensorInfo } {
  const { rows, columns } = shape
  const vectorOut = columns % 4 === 0
  const functions = functionsCode(columns, { activation, activated: true })
  const plan = inWorkgroups(shape, { functions, split: true, columnSums: true })
  const length = jointLength(shape)
  const kernel: Kernel = {
    name: 'weightGradient',
    variables: ['a', 'b'],
    components: [fours(rows % 4 === 0), fours(vectorOut)],
    resultComponents: fours(vectorOut),
    outputShape: [plan.splits, length],
    ...plan.dispatch,
    multiplyAdds: multiplyAdds(shape),
  }
  const [partials] = dispatchInParts(backend, kernel, [x, dy])
  const parts = [
    { start: 0, shape: [rows, columns] },
    { start: nextStart(rows * columns), shape: [columns] },
  ]
  const [weight, bias] = sumPartialParts(backend, partials!, { splits: plan.splits, length }, parts)
  return { weight: weight!, bias: bias! }
}

/** Values of one split of both gradients: the weight's, and where a tensor may begin, the bias's. */
function jointLength({ rows, columns }: MatMulShape): number {
  return nextStart(rows * columns) + columns
}

interface Plan {
  splits: number
  dispatch: Pick<Kernel, 'code' | 'groups' | 'groupSize' | 'uniforms'>
}

interface PlanRequest {
  /** See `functionsCode`. */
  functions: string
  split: boolean
  /** Whether to sum b over the inner axis, too, behind the product; see `jointLength`. */
  columnSums?: boolean
}

/** A share of the inner axis shorter than this is not worth a partial sum. */
const SHORTEST_SHARE = 64

function inRegisters(shape: MatMulShape, { functions, split }: PlanRequest): Plan {
  const { transposeA, transposeB, ...sizes } = shape
  const { batch, rows, inner, columns } = sizes
  const tiles = batch * Math.ceil(rows / REGISTER_TILE.rows) * Math.ceil(columns / REGISTER_TILE.columns)
  const wanted = split ? splitCount(tiles, Math.ceil(inner / SHORTEST_SHARE)) : 1
  const share = Math.ceil(inner / wanted / 4) * 4
  const splits = Math.ceil(inner / share)
  const layout = {
    transposeA,
    transposeB,
    vectorA: contiguousLength(shape, 'a') % 4 === 0,
    vectorB: contiguousLength(shape, 'b') % 4 === 0,
    wholeInner: inner % 4 === 0,
    vectorOut: columns % 4 === 0,
  }
  return {
    splits,
    dispatch: {
      code: matMulTilesCode(layout, functions),
      groups: Math.ceil((tiles * splits) / 64),
      groupSize: 64,
      uniforms: { ...sizes, share, splits },
    },
  }
}

/** Workgroups that a split product aims at, and the steps of the inner axis that each has at least. */
const WANTED_GROUPS = 256
const FEWEST_STEPS = 8

/** Partial sums that one invocation adds afterwards. */
const MOST_SPLITS = 256

function inWorkgroups(shape: MatMulShape, { functions, split, columnSums }: PlanRequest): Plan {
  const { transposeA, transposeB, ...sizes } = shape
  const { batch, rows, inner, columns } = sizes
  const tile = chooseTile(shape, split)
  const extent = tileExtent(tile)
  const tiles = batch * Math.ceil(rows / extent.rows) * Math.ceil(columns / extent.columns)
  const steps = Math.ceil(inner / INNER_TILE)
  const wanted = split
    ? Math.min(MOST_SPLITS, Math.ceil(steps / FEWEST_STEPS), Math.max(1, Math.round(WANTED_GROUPS / tiles)))
    : 1
  const stepsEach = Math.ceil(steps / wanted)
  const splits = Math.ceil(steps / stepsEach)
  const a: Contiguous = transposeA ? 'outer' : 'inner'
  const b: Contiguous = transposeB ? 'inner' : 'outer'
  const vectorOut = columns % 4 === 0
  const code = workgroupProductCode({
    tile,
    a,
    b,
    functions: `${functions}
${operandCode('A', a, contiguousLength(shape, 'a') % 4 === 0)}
${operandCode('B', b, contiguousLength(shape, 'b') % 4 === 0)}
fn store(split : i32, batch : i32, row : i32, column : i32, sum : vec4<f32>) {
  let flatRow = batch * uniforms.rows + row;
  let value = finish(flatRow, column, sum);
  ${storeFour(columnSums ? 'split * uniforms.length + row * uniforms.columns' : '(split * uniforms.batch * uniforms.rows + flatRow) * uniforms.columns', 'column', 'uniforms.columns', 'value', vectorOut)}
}`,
    columnSums: columnSums
      ? `
fn storeColumnSums(split : i32, column : i32, sum : vec4<f32>) {
  ${storeFour('(split + 1) * uniforms.length - uniforms.columns', 'column', 'uniforms.columns', 'sum', vectorOut)}
}`
      : undefined,
  })
  return {
    splits,
    dispatch: {
      code,
      groups: tiles * splits,
      groupSize: tile.across * tile.down,
      uniforms: {
        ...sizes,
        splits,
        share: stepsEach * INNER_TILE,
        steps: stepsEach,
        ...(columnSums && { length: jointLength(shape) }),
      },
    },
  }
}

/** Length of the axis along which an operand's neighbours lie. */
function contiguousLength(
  { transposeA, transposeB, rows, inner, columns }: MatMulShape,
  operand: 'a' | 'b',
): number {
  if (operand === 'a') return transposeA ? rows : inner
  return transposeB ? inner : columns
}

/** WGSL of `loadA` or `loadB`, see `WorkgroupProduct`. */
function operandCode(operand: 'A' | 'B', contiguous: Contiguous, vector: boolean): string {
  const variable = operand.toLowerCase()
  const size = operand === 'A' ? 'uniforms.rows' : 'uniforms.columns'
  const lengthOfLine = contiguous === 'inner' ? 'uniforms.inner' : size
  const [line, place] = contiguous === 'inner' ? ['outer', 'inner'] : ['inner', 'outer']
  const value = loadFour(variable, 'start', place, lengthOfLine, vector)
  const mask =
    contiguous === 'inner' && !vector
      ? ' * vec4<f32>(vec4<i32>(inner, inner + 1, inner + 2, inner + 3) < vec4<i32>(uniforms.inner))'
      : ''
  return `
fn load${operand}(batch : i32, outer : i32, inner : i32) -> vec4<f32> {
  if (outer >= ${size} || inner >= uniforms.inner || batch >= uniforms.batch) { return vec4<f32>(0.0); }
  let start = batch * uniforms.stride${operand} + ${line} * ${lengthOfLine};
  return ${operand === 'A' ? `activated(${value})` : value}${mask};
}`
}

function multiplyAdds({ batch, rows, inner, columns }: MatMulShape): number {
  return batch * rows * inner * columns
}
