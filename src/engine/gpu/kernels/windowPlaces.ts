import { GROUP_SIZE } from './headRegisters'

type Pair = readonly [number, number]

/** Attention within windows of a map; pairs are [rows, columns]. */
export interface WindowShape {
  batch: number
  map: Pair
  window: Pair
  /** How many windows there are down and across, the padded ones too. */
  windows: Pair
  /** How far the map is rolled up and left. */
  shift: Pair
  /** The sides that are rolled: those of the map, or of the padded map. */
  cycle: Pair
  heads: number
  /** Channels of a head: as `takesHeads` says. */
  headSize: number
}

/** Score added where two tokens of a shifted window come from different sides of the map (every peer's value). */
export const BARRED = -100

/**
 * Where the tokens of a window lie. `Place.row` is the token's row among the map's, image by image, or -1 where it is
 * padding; tokens of different `region`s are on different sides of the map's edge.
 */
export const PLACES = `
struct Window { image : i32, top : i32, left : i32, }
fn windowAt(index : i32) -> Window {
  let line = index / uniforms.windowsAcross;
  return Window(
    line / uniforms.windowsDown,
    (line % uniforms.windowsDown) * uniforms.rows,
    (index % uniforms.windowsAcross) * uniforms.columns,
  );
}
struct Place { row : i32, region : i32, }
fn regionOf(at : i32, extent : i32, side : i32, shift : i32) -> i32 {
  return select(0, select(1, 2, at >= extent - shift), at >= extent - side);
}
fn source(at : i32, by : i32, cycle : i32) -> i32 {
  let moved = at + by;
  return select(select(moved, moved - cycle, moved >= cycle), at, at >= cycle);
}
fn placeOf(window : Window, down : i32, across : i32) -> Place {
  let y = window.top + down;
  let x = window.left + across;
  let row = source(y, uniforms.rollDown, uniforms.cycleDown);
  let column = source(x, uniforms.rollAcross, uniforms.cycleAcross);
  let inside = row < uniforms.height && column < uniforms.width;
  return Place(
    select(-1, (window.image * uniforms.height + row) * uniforms.width + column, inside),
    3 * regionOf(y, uniforms.windowsDown * uniforms.rows, uniforms.rows, uniforms.shiftDown)
      + regionOf(x, uniforms.windowsAcross * uniforms.columns, uniforms.columns, uniforms.shiftAcross),
  );
}
/** The position bias of a query that lies (down, across) from its key, and the bar between regions. */
fn biasOf(down : i32, across : i32, head : i32, barred : bool) -> f32 {
  let offset = (down + uniforms.rows - 1) * (2 * uniforms.columns - 1) + across + uniforms.columns - 1;
  return table[offset * uniforms.heads + head] + select(0.0, ${BARRED}.0, barred);
}`

/** Runs `body` for every token of `window`, `otherDown` and `otherAcross` in it, whose place is `place`. */
export const overWindow = (body: string) => `
  for (var otherDown = 0; otherDown < uniforms.rows; otherDown++) {
    for (var otherAcross = 0; otherAcross < uniforms.columns; otherAcross++) {
      let place = placeOf(window, otherDown, otherAcross);
      ${body}
    }
  }`

/** Whether windows reach past the map. */
export function isPadded({ map, window, windows }: Pick<WindowShape, 'map' | 'window' | 'windows'>): boolean {
  return map.some((side, axis) => windows[axis]! * window[axis]! > side)
}

/** Workgroups that share the tokens of a window. */
export function chunksOf([rows, columns]: Pair): number {
  return Math.ceil((rows * columns) / GROUP_SIZE)
}

/** The uniforms of the WGSL above, and of the kernels that take it. */
export function sizes({ map, window, windows, shift, cycle, heads, headSize }: WindowShape) {
  return {
    height: map[0],
    width: map[1],
    rows: window[0],
    columns: window[1],
    windowsDown: windows[0],
    windowsAcross: windows[1],
    shiftDown: shift[0],
    shiftAcross: shift[1],
    // A map may be smaller than the shift.
    rollDown: shift[0] % cycle[0],
    rollAcross: shift[1] % cycle[1],
    cycleDown: cycle[0],
    cycleAcross: cycle[1],
    chunks: chunksOf(window),
    heads,
    headQuads: headSize / 4,
    quads: (heads * headSize) / 4,
  }
}
