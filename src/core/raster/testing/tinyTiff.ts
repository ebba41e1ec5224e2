import { zlibSync } from 'fflate'

/** A small TIFF for tests, written byte by byte so that each feature of the reader has a file of its own. */
export interface TinyTiff {
  width: number
  height: number
  /** Values [band][pixel], row-major. */
  bands: number[][]
  bits?: number
  /** 1 unsigned, 2 signed, 3 floating point. */
  format?: 1 | 2 | 3
  littleEndian?: boolean
  planar?: boolean
  /** Tile side (a multiple of 16 by the specification, any here); strips of `rowsPerStrip` otherwise. */
  tile?: number
  rowsPerStrip?: number
  deflate?: boolean
  /** Only 2, for 8- and 16-bit samples. */
  predictor?: 2
  /** Further tags: type 2 text, 3 short, 4 long, 12 double. */
  tags?: { tag: number; type: 2 | 3 | 4 | 12; values: number[] | string }[]
}

export function tinyTiff(image: TinyTiff): Uint8Array {
  const { width, height, bands, bits = 8, format = 1, littleEndian = true, planar = false } = image
  const blockWidth = image.tile ?? width
  const blockHeight = image.tile ?? image.rowsPerStrip ?? height
  const blocks: Uint8Array[] = []
  for (const group of planar ? bands.map(band => [band]) : [bands]) {
    for (let top = 0; top < height; top += blockHeight) {
      const rows = image.tile ? blockHeight : Math.min(blockHeight, height - top)
      for (let left = 0; left < width; left += blockWidth) {
        const samples: number[][] = []
        for (let y = top; y < top + rows; y++) {
          const line: number[] = []
          for (let x = left; x < left + blockWidth; x++) {
            for (const band of group) line.push(x < width && y < height ? band[y * width + x]! : 0)
          }
          samples.push(image.predictor ? difference(line, group.length, bits) : line)
        }
        const packed = pack(samples, bits, format, littleEndian)
        blocks.push(image.deflate ? zlibSync(packed) : packed)
      }
    }
  }
  const tags: NonNullable<TinyTiff['tags']> = [
    { tag: 256, type: 3, values: [width] },
    { tag: 257, type: 3, values: [height] },
    { tag: 258, type: 3, values: bands.map(() => bits) },
    { tag: 259, type: 3, values: [image.deflate ? 8 : 1] },
    { tag: 262, type: 3, values: [1] },
    { tag: 277, type: 3, values: [bands.length] },
    { tag: 284, type: 3, values: [planar ? 2 : 1] },
    { tag: 317, type: 3, values: [image.predictor ?? 1] },
    { tag: 339, type: 3, values: bands.map(() => format) },
    ...(image.tags ?? []),
  ]
  if (image.tile) {
    tags.push({ tag: 322, type: 3, values: [blockWidth] }, { tag: 323, type: 3, values: [blockHeight] })
  } else tags.push({ tag: 278, type: 3, values: [blockHeight] })
  return assemble(tags, blocks, image.tile !== undefined, littleEndian)
}

const SIZES = { 2: 1, 3: 2, 4: 4, 12: 8 } as const

function assemble(
  tags: NonNullable<TinyTiff['tags']>,
  blocks: Uint8Array[],
  tiled: boolean,
  littleEndian: boolean,
): Uint8Array {
  const offsets: number[] = []
  let end = 8
  for (const block of blocks) {
    offsets.push(end)
    end += block.length + (block.length % 2)
  }
  const all = [
    ...tags,
    { tag: tiled ? 324 : 273, type: 4 as const, values: offsets },
    { tag: tiled ? 325 : 279, type: 4 as const, values: blocks.map(block => block.length) },
  ].sort((a, b) => a.tag - b.tag)
  const directory = end
  let extra = directory + 2 + 12 * all.length + 4
  const length = all.reduce((sum, { type, values }) => {
    const bytes = values.length * SIZES[type] + (type === 2 ? 1 : 0)
    return sum + (bytes > 4 ? bytes + (bytes % 2) : 0)
  }, extra)
  const out = new Uint8Array(length)
  const view = new DataView(out.buffer)
  out.set(littleEndian ? [0x49, 0x49] : [0x4d, 0x4d])
  view.setUint16(2, 42, littleEndian)
  view.setUint32(4, directory, littleEndian)
  for (const [index, block] of blocks.entries()) out.set(block, offsets[index]!)
  view.setUint16(directory, all.length, littleEndian)
  for (const [index, { tag, type, values }] of all.entries()) {
    const at = directory + 2 + 12 * index
    const list = typeof values === 'string' ? [...new TextEncoder().encode(values), 0] : values
    const bytes = list.length * SIZES[type]
    view.setUint16(at, tag, littleEndian)
    view.setUint16(at + 2, type, littleEndian)
    view.setUint32(at + 4, list.length, littleEndian)
    let place = at + 8
    if (bytes > 4) {
      view.setUint32(place, extra, littleEndian)
      place = extra
      extra += bytes + (bytes % 2)
    }
    for (const value of list) {
      if (type === 2) view.setUint8(place, value)
      else if (type === 3) view.setUint16(place, value, littleEndian)
      else if (type === 4) view.setUint32(place, value, littleEndian)
      else view.setFloat64(place, value, littleEndian)
      place += SIZES[type]
    }
  }
  return out
}

function difference(line: number[], stride: number, bits: number): number[] {
  return line.map((value, index) => (value - (index >= stride ? line[index - stride]! : 0)) & (2 ** bits - 1))
}

function pack(lines: number[][], bits: number, format: number, littleEndian: boolean): Uint8Array {
  const lineBytes = Math.ceil(((lines[0]?.length ?? 0) * bits) / 8)
  const out = new Uint8Array(lineBytes * lines.length)
  const view = new DataView(out.buffer)
  for (const [row, line] of lines.entries()) {
    for (const [index, value] of line.entries()) {
      const at = row * lineBytes + (index * bits) / 8
      if (format === 3 && bits === 32) view.setFloat32(at, value, littleEndian)
      else if (format === 3) view.setFloat64(at, value, littleEndian)
      else if (bits === 8) view.setUint8(at, value)
      else if (bits === 16) view.setUint16(at, value, littleEndian)
      else if (bits === 32) view.setUint32(at, value, littleEndian)
      else setBits(out, row * lineBytes * 8 + index * bits, bits, value)
    }
  }
  return out
}

function setBits(out: Uint8Array, begin: number, bits: number, value: number): void {
  for (let bit = 0; bit < bits; bit++) {
    const at = begin + bit
    if (Math.floor(value / 2 ** (bits - 1 - bit)) % 2 === 1) out[at >> 3] = out[at >> 3]! | (0x80 >> (at & 7))
  }
}
