import { repeat } from './kernel'

/** Steps along the inner axis whose operands a workgroup holds at once. */
export const INNER_TILE = 16

/** Quads of inner elements in a line of a tile, and one more, so that neighbouring lines start in other memory banks. */
const LINE = INNER_TILE / 4 + 1

/** How a workgroup parts its tile of the product: each invocation has `rowsEach` rows of four neighbouring columns. */
export interface WorkgroupTile {
  /** Invocations side by side, and one below the other. */
  across: number
  down: number
  rowsEach: 4 | 8
}

/** Along which axis an operand's neighbours lie in memory: the one that is summed, or its rows or columns. */
export type Contiguous = 'inner' | 'outer'

interface WorkgroupProduct {
  tile: WorkgroupTile
  a: Contiguous
  b: Contiguous
  /**
   * WGSL of `loadA` and `loadB` (batch, row or column, inner index) -> vec4<f32>, four neighbours along the contiguous axis, 0
   * outside; and of `store` (split, batch, row, column, vec4<f32>), four neighbouring columns.
   */
  functions: string
  /** WGSL of `storeColumnSums` (split, column, vec4<f32>): the sums of b over the inner axis, which come for nothing. */
  columnSums?: string
}

/** Rows and columns of the product that a workgroup computes. */
export function tileExtent({ across, down, rowsEach }: WorkgroupTile): { rows: number; columns: number } {
  return { rows: rowsEach * down, columns: 4 * across }
}

/** Workgroups below which a product is cut finer: smaller tiles, or partial sums. */
const FEW_GROUPS = 192

/**
 * Narrow products get tall tiles; small ones, unless their inner axis is split, low tiles, for more workgroups.
 *
 * @param split whether partial sums fill the GPU anyway.
 */
export function chooseTile(
  { batch, rows, columns }: { batch: number; rows: number; columns: number },
  split: boolean,
): WorkgroupTile {
  const across = columns > 32 ? 16 : columns > 16 ? 8 : 4
  const down = across === 16 ? 8 : 16
  const groups = batch * Math.ceil(rows / (8 * down)) * Math.ceil(columns / (4 * across))
  return { across, down, rowsEach: groups < FEW_GROUPS && !split ? 4 : 8 }
}

/**
 * WGSL of a matrix product whose workgroups share tiles of both operands. Every element is summed along the inner axis in
 * the same order, whatever the tile. Uniforms: rows, columns, batch, splits, share (of the inner axis, a multiple of
 * INNER_TILE), steps (share / INNER_TILE) and firstGroup.
 *
 * At most 12.5 KiB of workgroup memory. Groups past the last run through the barriers, as they must, with zeros.
 */
export function workgroupProductCode(product: WorkgroupProduct): string {
  const { tile, a, b, functions, columnSums = '' } = product
  const key = `${tile.across} ${tile.down} ${tile.rowsEach} ${a} ${b} ${functions} ${columnSums}`
  const code = composed.get(key) ?? compose(product)
  composed.set(key, code)
  return code
}

/** A step asks for a few dozen texts several hundred times: written each time, they were a tenth of its JavaScript. */
const composed = new Map<string, string>()

function compose({ tile, a, b, functions, columnSums }: WorkgroupProduct): string {
  const { across, down, rowsEach } = tile
  const { rows, columns } = tileExtent(tile)
  const invocations = across * down
  /** The row of the tile that an invocation's i-th sum belongs to. */
  const rowOf = (i: number) =>
    a === 'inner' ? `y + ${down * i}` : `4 * (y + ${down * Math.floor(i / 4)}) + ${i % 4}`
  return `
${functions}
${columnSums ?? ''}
var<workgroup> tileA : array<vec4<f32>, ${a === 'inner' ? rows * LINE : (rows * INNER_TILE) / 4}>;
var<workgroup> tileB : array<vec4<f32>, ${b === 'inner' ? columns * LINE : (columns * INNER_TILE) / 4}>;
fn main(index : i32) {
  let local = index % ${invocations};
  let group = index / ${invocations} + uniforms.firstGroup;
  let x = local % ${across};
  let y = local / ${across};
  let tilesN = (uniforms.columns + ${columns - 1}) / ${columns};
  let tilesM = (uniforms.rows + ${rows - 1}) / ${rows};
  let tiles = tilesN * tilesM * uniforms.batch;
  let split = group / tiles;
  let batch = (group % tiles) / (tilesN * tilesM);
  let m = ((group / tilesN) % tilesM) * ${rows};
  let n = (group % tilesN) * ${columns};
  ${repeat(rowsEach, i => `var sum${i} = vec4<f32>(0.0);`)}
  ${columnSums ? 'var columnSum = vec4<f32>(0.0);' : ''}
  for (var step = 0; step < uniforms.steps; step++) {
    let first = split * uniforms.share + step * ${INNER_TILE};
    workgroupBarrier();
    ${fill('A', a, 'm', rows, invocations)}
    ${fill('B', b, 'n', columns, invocations)}
    workgroupBarrier();
    for (var k = 0; k < ${INNER_TILE / 4}; k++) {
      ${
        a === 'inner'
          ? repeat(rowsEach, i => `let a${i} = tileA[(${rowOf(i)}) * ${LINE} + k];`)
          : repeat(4, c =>
              repeat(
                rowsEach / 4,
                q => `let a${c}q${q} = tileA[(4 * k + ${c}) * ${rows / 4} + y + ${down * q}];`,
              ),
            )
      }
      ${b === 'inner' ? repeat(4, j => `let line${j} = tileB[(${j * across} + x) * ${LINE} + k];`) : ''}
      ${repeat(
        4,
        c => `
      let b${c} = ${b === 'inner' ? `vec4<f32>(${[0, 1, 2, 3].map(j => `line${j}[${c}]`).join(', ')})` : `tileB[(4 * k + ${c}) * ${across} + x]`};
      ${repeat(rowsEach, i => {
        const left = a === 'inner' ? `a${i}[${c}]` : `a${c}q${Math.floor(i / 4)}[${i % 4}]`
        return `sum${i} = fma(vec4<f32>(${left}), b${c}, sum${i});`
      })}`,
      )}
      ${columnSums ? 'if (m == 0) { columnSum += (b0 + b1) + (b2 + b3); }' : ''}
    }
  }
  let column = n + 4 * x;
  if (split >= uniforms.splits || column >= uniforms.columns) { return; }
  ${repeat(rowsEach, i => `if (m + ${rowOf(i)} < uniforms.rows) { store(split, batch, m + ${rowOf(i)}, column, sum${i}); }`)}
  ${columnSums ? 'if (m + y == 0) { storeColumnSums(split, column, columnSum); }' : ''}
}`
}

/** WGSL by which the invocations of a workgroup fetch an operand's tile together, neighbours from neighbours. */
function fill(
  operand: 'A' | 'B',
  contiguous: Contiguous,
  start: string,
  extent: number,
  invocations: number,
): string {
  const quads = extent / 4
  return repeat((extent * INNER_TILE) / 4 / invocations, i => {
    const item = `(local + ${i * invocations})`
    if (contiguous === 'outer') {
      return `tile${operand}[${item}] = load${operand}(batch, ${start} + 4 * (${item} % ${quads}), first + ${item} / ${quads});`
    }
    const line = `(${item} / ${INNER_TILE / 4})`
    const quad = `(${item} % ${INNER_TILE / 4})`
    // Columns 0, 4, 8 ... first, then 1, 5, 9 ...: those that neighbouring invocations read at once are neighbours.
    const place = operand === 'A' ? line : `((${line} % 4) * ${quads} + ${line} / 4)`
    return `tile${operand}[${place} * ${LINE} + ${quad}] = load${operand}(batch, ${start} + ${line}, first + 4 * ${quad});`
  })
}
