import { loadFour, registerNames, repeat, storeFour } from './kernel'

/** Rows, and quads of columns, of the product that one invocation holds in registers. */
const ROWS = 4
const QUADS = 2

/** Rows and columns of the product that one invocation computes. */
export const REGISTER_TILE = { rows: ROWS, columns: 4 * QUADS }

interface MatMulLayout {
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

/**
 * WGSL of a matrix product without workgroup memory, which a long inner axis may cut into partial sums.
 *
 * @param functions WGSL of `activated`, what becomes of four elements of a, and `finish` (flat row, column, sums of four
 *   columns), what becomes of those.
 */
export const matMulTilesCode = (
  { transposeA, transposeB, vectorA, vectorB, wholeInner, vectorOut }: MatMulLayout,
  functions: string,
): string => `
${functions}
fn main(local : i32) {
  let index = local + 64 * uniforms.firstGroup;
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
              `let column${c} = ${wholeInner ? '' : `inside[${c}] * `}activated(${loadFour('a', `(baseA + min(k + ${c}, uniforms.inner - 1) * uniforms.rows)`, 'm', 'uniforms.rows', vectorA)});`,
          )
        : repeat(
            ROWS,
            r =>
              `let row${r} = ${wholeInner ? '' : 'inside * '}activated(${loadFour('a', `(baseA + min(m + ${r}, uniforms.rows - 1) * uniforms.inner)`, 'k', 'uniforms.inner', vectorA)});`,
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
    let value = finish(batch * uniforms.rows + row, column, sums[i]);
    ${storeFour('(base + row) * uniforms.columns', 'column', 'uniforms.columns', 'value', vectorOut)}
  }
}`
