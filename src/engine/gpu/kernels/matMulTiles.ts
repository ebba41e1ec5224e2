import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel, loadFour, registerNames, repeat, splitCount, storeFour, sumPartials } from './kernel'

/** Rows, and quads of columns, of the product that one invocation holds in registers. */
const ROWS = 4
const QUADS = 2
/** A share of the inner axis shorter than this is not worth a partial sum. */
const SHORTEST_SHARE = 64

interface Layout {
  transposeA: boolean
  transposeB: boolean
  /** Whether each operand's contiguous axis is a multiple of four. */
  vectorA: boolean
  vectorB: boolean
  /** Whether the inner axis is a multiple of four. */
  wholeInner: boolean
  /** Whether the columns of the product are. */
  vectorOut: boolean
}

const code = ({ transposeA, transposeB, vectorA, vectorB, wholeInner, vectorOut }: Layout): string => `
fn main(index : i32) {
  let tilesN = (uniforms.columns + ${4 * QUADS - 1}) / ${4 * QUADS};
  let tilesM = (uniforms.rows + ${ROWS - 1}) / ${ROWS};
  let tiles = tilesN * tilesM * uniforms.batch;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  let n = (index % tilesN) * ${4 * QUADS};
  let m = ((index / tilesN) % tilesM) * ${ROWS};
  let batch = (index % tiles) / (tilesN * tilesM);
  let baseA = batch * uniforms.strideA;
  let baseB = batch * uniforms.strideB;
  ${repeat(ROWS * QUADS, i => `var sum${i} = vec4<f32>(0.0);`)}
  let first = split * uniforms.share;
  let last = min(uniforms.inner, first + uniforms.share);
  for (var k = first; k < last; k += 4) {
    ${wholeInner ? '' : 'let inside = vec4<f32>(vec4<i32>(k, k + 1, k + 2, k + 3) < vec4<i32>(last));'}
    ${
      transposeA
        ? repeat(
            4,
            c =>
              `let column${c} = ${wholeInner ? '' : `inside[${c}] * `}${loadFour('a', `(baseA + min(k + ${c}, uniforms.inner - 1) * uniforms.rows)`, 'm', 'uniforms.rows', vectorA)};`,
          )
        : repeat(
            ROWS,
            r =>
              `let row${r} = ${wholeInner ? '' : 'inside * '}${loadFour('a', `(baseA + min(m + ${r}, uniforms.rows - 1) * uniforms.inner)`, 'k', 'uniforms.inner', vectorA)};`,
          )
    }
    ${
      transposeB
        ? repeat(
            4 * QUADS,
            j =>
              `let line${j} = ${loadFour('b', `(baseB + min(n + ${j}, uniforms.columns - 1) * uniforms.inner)`, 'k', 'uniforms.inner', vectorB)};`,
          )
        : ''
    }
    ${repeat(
      4,
      c => `{
      ${repeat(
        QUADS,
        q =>
          `let b${q} = ${
            transposeB
              ? `vec4<f32>(${[0, 1, 2, 3].map(j => `line${4 * q + j}[${c}]`).join(', ')})`
              : loadFour(
                  'b',
                  `(baseB + ${wholeInner ? `(k + ${c})` : `min(k + ${c}, uniforms.inner - 1)`} * uniforms.columns)`,
                  `n + ${4 * q}`,
                  'uniforms.columns',
                  vectorB,
                )
          };
      ${repeat(ROWS, r => `sum${r * QUADS + q} += ${transposeA ? `column${c}[${r}]` : `row${r}[${c}]`} * b${q};`)}`,
      )}
    }`,
    )}
  }
  let base = (split * uniforms.batch + batch) * uniforms.rows;
  var sums = array<vec4<f32>, ${ROWS * QUADS}>(${registerNames('sum', ROWS * QUADS)});
  for (var i = 0; i < ${ROWS * QUADS}; i++) {
    let row = m + i / ${QUADS};
    let column = n + (i % ${QUADS}) * 4;
    if (row >= uniforms.rows) { break; }
    ${storeFour('(base + row) * uniforms.columns', 'column', 'uniforms.columns', 'sums[i]', vectorOut)}
  }
}`

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

/**
 * Matrix products without workgroup memory or atomics; a long inner axis is cut into partial sums, so that few output
 * elements still fill a GPU and the same input gives the same bits.
 *
 * @returns flat [batch * rows * columns]
 */
export function matMulTiles(
  backend: WebGPUBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB, ...sizes }: MatMulShape,
): tf.TensorInfo {
  const { batch, rows, inner, columns } = sizes
  const tiles = batch * Math.ceil(rows / ROWS) * Math.ceil(columns / (4 * QUADS))
  const wanted = splitCount(tiles, Math.ceil(inner / SHORTEST_SHARE))
  const share = Math.ceil(inner / wanted / 4) * 4
  const splits = Math.ceil(inner / share)
  const layout = {
    transposeA,
    transposeB,
    vectorA: (transposeA ? rows : inner) % 4 === 0,
    vectorB: (transposeB ? inner : columns) % 4 === 0,
    wholeInner: inner % 4 === 0,
    vectorOut: columns % 4 === 0,
  }
  const partials = dispatchKernel(
    backend,
    {
      name: 'matMulTiles',
      variables: ['a', 'b'],
      components: [layout.vectorA ? 4 : 1, layout.vectorB ? 4 : 1],
      resultComponents: layout.vectorOut ? 4 : 1,
      code: code(layout),
      outputShape: [splits, batch * rows * columns],
      groups: Math.ceil((tiles * splits) / 64),
      uniforms: { ...sizes, share, splits },
      multiplyAdds: batch * rows * inner * columns,
    },
    [a, b],
  )
  return sumPartials(backend, partials, splits, [batch * rows * columns])
}
