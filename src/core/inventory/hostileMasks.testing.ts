import { randomStream } from '../foundation/random'
import { drawn } from './inventories.testing'

export interface TestMask {
  mask: Uint8Array
  width: number
}

type Rule = (column: number, row: number) => boolean

export function maskBy(width: number, height: number, rule: Rule): TestMask {
  const mask = Uint8Array.from({ length: width * height }, (_, i) =>
    rule(i % width, Math.floor(i / width)) ? 1 : 0,
  )
  return { mask, width }
}

/** Teeth that hang together at the bottom only: all of them are one landslide in the last row. */
export function comb(side: number): TestMask {
  return maskBy(side, side, (column, row) => column % 2 === 0 || row === side - 1)
}

/** One landslide a pixel wide that winds inwards, with a gap as wide between its turns. */
export function spiral(side: number): TestMask {
  const mask = new Uint8Array(side * side)
  let [column, row, dx, dy] = [0, 0, 1, 0]
  const isFree = (x: number, y: number) =>
    x < 0 || y < 0 || x >= side || y >= side ? false : mask[y * side + x] === 0
  const isOpen = (steps: number) => {
    const [x, y] = [column + dx * steps, row + dy * steps]
    return x < 0 || y < 0 || x >= side || y >= side || isFree(x, y)
  }
  for (;;) {
    mask[row * side + column] = 1
    if (!isFree(column + dx, row + dy) || !isOpen(2)) {
      ;[dx, dy] = [-dy, dx]
      if (!isFree(column + dx, row + dy) || !isOpen(2)) return { mask, width: side }
    }
    column += dx
    row += dy
  }
}

export function checkerboard(side: number): TestMask {
  return maskBy(side, side, (column, row) => (column + row) % 2 === 0)
}

/** Masks that break what traces outlines without care. */
export const HOSTILE_MASKS: readonly (readonly [string, TestMask])[] = [
  ['a checkerboard', checkerboard(60)],
  ['holes in holes', maskBy(63, 63, (x, y) => Math.min(x, y, 62 - x, 62 - y) % 2 === 0)],
  ['holes in holes that touch', maskBy(63, 63, (x, y) => (Math.abs(x - 31) + Math.abs(y - 31)) % 4 < 2)],
  [
    'bridges of one pixel',
    drawn('##.##.##', '##.##.##', '..#..#..', '##.##.##', '########', '..#..#..', '##.##.##', '##....##'),
  ],
  ['a hole that touches the outside', drawn('.###', '#.##', '##.#', '####')],
  ['all of it', maskBy(40, 30, () => true)],
  ['its border', maskBy(40, 30, (x, y) => x === 0 || y === 0 || x === 39 || y === 29)],
  ['10,000 single pixels', maskBy(200, 200, (x, y) => x % 2 === 0 && y % 2 === 0)],
  ['a comb', comb(80)],
  ['a spiral', spiral(80)],
  ...[0.3, 0.45, 0.6, 0.8].map(share => {
    const random = randomStream(18, 'hostile', share)
    return [`noise of ${share}`, maskBy(120, 90, () => random.chance(share))] as const
  }),
]
