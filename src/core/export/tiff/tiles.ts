/** One resolution of a single-band raster. */
export interface Level {
  width: number
  height: number
  /** [height, width] */
  samples: Uint8Array | Float32Array
}

/** Half the resolution by nearest neighbour: labels must not be averaged. */
export function halved({ width, height, samples }: Level): Level {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
  const result =
    samples instanceof Float32Array
      ? new Float32Array(half.width * half.height)
      : new Uint8Array(half.width * half.height)
  for (let row = 0; row < half.height; row++) {
    const from = Math.min(height - 1, row * 2) * width
    for (let column = 0; column < half.width; column++) {
      result[row * half.width + column] = samples[from + Math.min(width - 1, column * 2)]!
    }
  }
  return { ...half, samples: result }
}

/** The level's tiles in row order, little-endian bytes; tiles at the edge are filled with the nearest pixel. */
export function tileBytes({ width, height, samples }: Level, tile: number): Uint8Array[] {
  const tiles: Uint8Array[] = []
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      const float = samples instanceof Float32Array
      const bytes = new Uint8Array(tile * tile * (float ? 4 : 1))
      const view = new DataView(bytes.buffer)
      for (let row = 0; row < tile; row++) {
        const from = Math.min(height - 1, top + row) * width
        for (let column = 0; column < tile; column++) {
          const value = samples[from + Math.min(width - 1, left + column)]!
          if (float) view.setFloat32((row * tile + column) * 4, value, true)
          else bytes[row * tile + column] = value
        }
      }
      tiles.push(bytes)
    }
  }
  return tiles
}
