import { deflateRawSync, inflateSync, crc32 as zlibCrc32 } from 'node:zlib'
import type { Random } from '../../src/core/foundation/random'

/** Numbers at which sizes, counts and offsets go wrong. */
const EDGES = [
  ...[0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 4095, 4096],
  ...[32767, 32768, 65534, 65535, 65536, 1e6, 1e8, 2 ** 26, 2 ** 26 + 1, 2 ** 28, 2 ** 31 - 2, 2 ** 31 - 1],
  ...[2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1],
]
const WIDE_EDGES = [...EDGES, 2 ** 32, 2 ** 40, 2 ** 52, 2 ** 53 - 1]

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** An index into a list of this length, 0 for an empty one. */
const below = (random: Random, length: number) => random.integer(0, Math.max(0, length - 1))

function flipBits(bytes: Uint8Array, begin: number, end: number, random: Random): void {
  for (let left = random.integer(1, 4); left > 0 && end > begin; left--) {
    const at = random.integer(begin, end - 1)
    bytes[at] = bytes[at]! ^ (1 << random.integer(0, 7))
  }
}

/** One to three changes that know nothing of the format: bits, bytes, cuts, splices, numbers at their edges. */
export function damage(original: Uint8Array, random: Random, other: Uint8Array = original): Uint8Array {
  let bytes = Uint8Array.from(original)
  for (let left = random.integer(1, 3); left > 0 && bytes.length >= 16; left--) {
    const at = below(random, bytes.length - 8)
    switch (random.integer(0, 9)) {
      case 0:
      case 1:
        flipBits(bytes, 0, bytes.length, random)
        break
      case 2:
        flipBits(bytes, 0, Math.min(512, bytes.length), random)
        break
      case 3:
        bytes[at] = random.integer(0, 255)
        break
      case 4:
        bytes = bytes.slice(0, random.integer(1, bytes.length))
        break
      case 5:
        viewOf(bytes).setUint16(at, random.pick(EDGES) & 0xffff, random.chance(0.5))
        break
      case 6:
        viewOf(bytes).setUint32(at, random.pick(EDGES), random.chance(0.5))
        break
      case 7: {
        const from = below(random, other.length)
        const run = other.slice(from, from + random.integer(1, 256))
        bytes.set(run.subarray(0, bytes.length - at), at)
        break
      }
      case 8:
        bytes.fill(random.pick([0, 255]), at, at + random.integer(1, 256))
        break
      default: {
        const run = bytes.slice(at, at + random.integer(1, 64))
        const keep = random.chance(0.5) ? at + run.length : at
        const grown = new Uint8Array(at + run.length + bytes.length - keep)
        grown.set(bytes.subarray(0, at))
        grown.set(run, at)
        grown.set(bytes.subarray(keep), at + run.length)
        bytes = random.chance(0.5)
          ? grown
          : Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(keep)])
      }
    }
  }
  return bytes
}

interface TiffEntry {
  at: number
  tag: number
  type: number
  count: number
  /** Where its values are: in the entry itself or elsewhere. */
  values: number
}

interface TiffTable {
  view: DataView
  little: boolean
  big: boolean
  /** Where the directory begins, and where it names the next one. */
  begin: number
  next: number
  entries: TiffEntry[]
}

const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]

/** The first directory of a sound TIFF. */
function tiffTable(bytes: Uint8Array): TiffTable {
  const view = viewOf(bytes)
  const little = bytes[0] === 0x49
  const big = view.getUint16(2, little) === 43
  const number = (at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
  const begin = number(big ? 8 : 4)
  const count = big ? number(begin) : view.getUint16(begin, little)
  const first = begin + (big ? 8 : 2)
  const size = big ? 20 : 12
  const entries = Array.from({ length: count }, (_, index) => {
    const at = first + index * size
    const type = view.getUint16(at + 2, little)
    const values = number(at + 4)
    const inside = at + (big ? 12 : 8)
    const isInside = values * (TYPE_BYTES[type] ?? 1) <= (big ? 8 : 4)
    const place = isInside ? inside : number(inside)
    return { at, tag: view.getUint16(at, little), type, count: values, values: place }
  })
  return { view, little, big, begin, next: first + count * size, entries }
}

function putNumber(table: TiffTable, at: number, bytes: number, value: number): void {
  const { view, little } = table
  if (bytes === 1) view.setUint8(at, value & 255)
  else if (bytes === 2) view.setUint16(at, value & 0xffff, little)
  else if (bytes === 8) view.setBigUint64(at, BigInt(value), little)
  else view.setUint32(at, value >>> 0, little)
}

function setTag(table: TiffTable, tag: number, index: number, value: number): void {
  const entry = table.entries.find(each => each.tag === tag)
  if (!entry) return
  const bytes = TYPE_BYTES[entry.type] || 4
  putNumber(table, entry.values + Math.min(index, entry.count - 1) * bytes, bytes, value)
}

function tagValues(table: TiffTable, ...tags: number[]): number[] {
  const entry = table.entries.find(each => tags.includes(each.tag))
  if (!entry) return []
  const bytes = TYPE_BYTES[entry.type] || 4
  return Array.from({ length: entry.count }, (_, index) => {
    const at = entry.values + index * bytes
    if (bytes === 2) return table.view.getUint16(at, table.little)
    return bytes === 8
      ? Number(table.view.getBigUint64(at, table.little))
      : table.view.getUint32(at, table.little)
  })
}

const [WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, ROWS, PLANAR] = [
  256, 257, 258, 259, 262, 277, 278, 284,
]
const [PREDICTOR, TILE_WIDTH, TILE_HEIGHT, FORMAT, METADATA, NODATA] = [317, 322, 323, 339, 42112, 42113]
const OFFSETS = [273, 324] as const
const BYTE_COUNTS = [279, 325] as const
const GEO = [33550, 33922, 34264]
const GEO_KEYS = 34735
const LERC = 34887
const DEFLATES = [8, 32946]

/** Tags, and what else is worth a try in them besides the edges. */
const TAG_VALUES: readonly [tag: number, values: readonly number[]][] = [
  [WIDTH, [...EDGES, 100_000, 16_384]],
  [HEIGHT, [...EDGES, 100_000, 16_384]],
  [TILE_WIDTH, EDGES],
  [TILE_HEIGHT, EDGES],
  [ROWS, EDGES],
  [COMPRESSION, [0, 1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34887, 34925, 50000, 50001, 65535]],
  [PREDICTOR, [0, 1, 2, 3, 4, 65535]],
  [BITS, [0, 1, 2, 4, 8, 10, 12, 14, 16, 24, 31, 32, 33, 64, 65, 128]],
  [SAMPLES, [0, 1, 2, 3, 4, 14, 255, 4096, 4097, 65535]],
  [PLANAR, [0, 1, 2, 3, 255]],
  [FORMAT, [0, 1, 2, 3, 4, 5, 6, 7]],
  [PHOTOMETRIC, [0, 1, 2, 3, 4, 5, 6, 8, 9, 32803, 34892]],
]
const TAGS = [
  ...TAG_VALUES.map(([tag]) => tag),
  ...OFFSETS,
  ...BYTE_COUNTS,
  ...GEO,
  GEO_KEYS,
  METADATA,
  NODATA,
  254,
  266,
  320,
  330,
  347,
  50674,
]

/** A sound TIFF with one to three of its numbers, tables or blocks changed; checksums put right half of the time. */
export function damageTiff(original: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(original)
  const table = tiffTable(bytes)
  for (let left = random.integer(1, 3); left > 0; left--) {
    try {
      damageTable(bytes, table, random)
    } catch (thrown) {
      // A change before this one points it beyond the end of the file.
      if (!(thrown instanceof RangeError)) throw thrown
    }
  }
  return random.chance(0.15) ? damage(bytes, random, other) : bytes
}

function damageTable(bytes: Uint8Array, table: TiffTable, random: Random): void {
  const { view, little, big, entries } = table
  const word = big ? 8 : 4
  const entry = random.pick(entries)
  switch (random.integer(0, 13)) {
    case 0:
      putNumber(table, table.next, word, random.pick([table.begin, 8, bytes.length - 2, ...EDGES]))
      break
    case 1:
    case 2:
    case 3: {
      const [tag, values] = random.pick(TAG_VALUES)
      const all = tag === BITS && random.chance(0.7)
      const value = random.pick(values)
      for (let index = 0; index < (all ? 16 : 1); index++) setTag(table, tag, index, value)
      break
    }
    case 4: {
      // All blocks in one place.
      const count = tagValues(table, ...OFFSETS).length
      const value = random.pick([8, 0, table.begin, bytes.length - 1])
      for (const tag of OFFSETS) for (let index = 0; index < count; index++) setTag(table, tag, index, value)
      break
    }
    case 5: {
      const counts = tagValues(table, ...BYTE_COUNTS)
      const index = below(random, counts.length)
      const value = random.pick([0, 1, 2, counts[index]! - 1, counts[index]! + 1, bytes.length, ...EDGES])
      for (const tag of random.chance(0.8) ? BYTE_COUNTS : OFFSETS)
        setTag(table, tag, index, Math.max(0, value))
      break
    }
    case 6:
      view.setUint16(entry.at + 2, random.pick([...TYPE_BYTES.keys(), 255, 65535]), little)
      break
    case 7:
      putNumber(table, entry.at + 4, word, random.pick(big ? WIDE_EDGES : EDGES))
      break
    case 8:
      putNumber(
        table,
        entry.at + 4 + word,
        word,
        random.pick([bytes.length, table.begin, ...(big ? WIDE_EDGES : EDGES)]),
      )
      break
    case 9:
      view.setUint16(entry.at, random.chance(0.8) ? random.pick(TAGS) : random.integer(0, 65535), little)
      break
    case 10: {
      const place = entries.find(each => GEO.includes(each.tag) || each.tag === GEO_KEYS)
      if (place?.tag === GEO_KEYS) {
        const value = random.pick([0, 1, 2, 32767, 34736, 34737, 65535, 4326])
        view.setUint16(place.values + 2 * below(random, place.count), value, little)
      } else if (place) {
        const value = random.pick([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e308, 1e-308])
        view.setFloat64(place.values + 8 * below(random, place.count), value, little)
      }
      break
    }
    case 11: {
      const text = entries.find(each => each.tag === NODATA) ?? entries.find(each => each.tag === METADATA)
      const characters = [...'0123456789.-+eEnaNif <>"&\0']
      for (let at = 0; text && at < Math.min(12, text.count); at++)
        bytes[text.values + at] = random.pick(characters).charCodeAt(0)
      break
    }
    default:
      damageBlock(bytes, table, random)
  }
}

function damageBlock(bytes: Uint8Array, table: TiffTable, random: Random): void {
  const offsets = tagValues(table, ...OFFSETS)
  const index = below(random, offsets.length)
  const begin = offsets[index] ?? 0
  const end = begin + (tagValues(table, ...BYTE_COUNTS)[index] ?? 0)
  if (end > bytes.length) return
  flipBits(
    bytes,
    random.chance(0.3) ? begin : Math.min(begin + 2, end),
    random.chance(0.4) ? Math.min(begin + 80, end) : end,
    random,
  )
  if (random.chance(0.5)) return
  const block = bytes.subarray(begin, end)
  const [compression = 1] = tagValues(table, COMPRESSION)
  if (DEFLATES.includes(compression)) repairAdler(block)
  if (compression === LERC) repairLerc(block)
}

/** Writes the checksum that a damaged zlib stream would have had; one that no longer inflates stays as it is. */
function repairAdler(stream: Uint8Array): void {
  let low = 1
  let high = 0
  try {
    for (const byte of inflateSync(withoutChecksum(stream), { finishFlush: 2 })) {
      low = (low + byte) % 65521
      high = (high + low) % 65521
    }
  } catch {
    // It is damaged otherwise: its checksum does not matter.
    return
  }
  viewOf(stream).setUint32(stream.length - 4, ((high << 16) | low) >>> 0)
}

const withoutChecksum = (stream: Uint8Array) => stream.subarray(0, Math.max(0, stream.length - 4))

/** Fletcher's checksum of LERC 2.3 and later (Esri, Lerc2.cpp): of the blob behind the checksum itself. */
function repairLerc(blob: Uint8Array): void {
  const view = viewOf(blob)
  if (blob.length < 66 || view.getUint32(0, true) !== 0x6372654c || view.getInt32(6, true) < 3) return
  const length = view.getInt32(view.getInt32(6, true) >= 4 ? 34 : 30, true)
  if (length < 14 || length > blob.length) return
  let one = 0xffff
  let two = 0xffff
  let at = 14
  for (let words = (length - 14) >> 1; words > 0; ) {
    const run = Math.min(words, 359)
    words -= run
    for (let left = run; left > 0; left--) {
      one += blob[at++]! << 8
      one += blob[at++]!
      two += one
    }
    one = (one & 0xffff) + (one >>> 16)
    two = (two & 0xffff) + (two >>> 16)
  }
  if ((length - 14) & 1) {
    one += blob[at]! << 8
    two += one
  }
  one = (one & 0xffff) + (one >>> 16)
  two = (two & 0xffff) + (two >>> 16)
  view.setUint32(10, ((two << 16) | one) >>> 0, true)
}

const HDF5_MARKS = ['\x89HDF', 'OHDR', 'OCHK', 'TREE', 'SNOD', 'HEAP', 'GCOL', 'FRHP', 'FHDB', 'BTHD', 'BTLF']

/** An HDF5 file with numbers changed near its signatures, where sizes and addresses are. */
export function damageHdf5(original: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (random.chance(0.25)) return damage(original, random, other)
  const bytes = Uint8Array.from(original)
  const view = viewOf(bytes)
  const text = Buffer.from(bytes).toString('latin1')
  const marks = HDF5_MARKS.flatMap(mark =>
    [...text.matchAll(new RegExp(mark, 'g'))].map(({ index }) => index),
  )
  for (let left = random.integer(1, 4); left > 0; left--) {
    const near =
      marks.length > 0 && random.chance(0.7)
        ? random.pick(marks)
        : below(random, Math.min(bytes.length, 8192))
    const at = Math.max(8, Math.min(bytes.length - 9, near + random.integer(0, 160)))
    const places = [bytes.length, bytes.length - 1, 48, 96, ...marks]
    switch (random.integer(0, 5)) {
      case 0:
        flipBits(bytes, at, at + 1, random)
        break
      case 1:
        bytes[at] = random.pick([0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 255])
        break
      case 2:
        view.setUint16(at, random.pick(EDGES) & 0xffff, true)
        break
      case 3:
        view.setUint32(at, random.pick(EDGES), true)
        break
      case 4:
        view.setBigUint64(at, BigInt(random.pick([...places, ...WIDE_EDGES])), true)
        break
      default:
        view.setBigUint64(at, 2n ** 64n - 1n, true)
    }
  }
  return random.chance(0.1) ? bytes.slice(0, random.integer(1, bytes.length)) : bytes
}

export interface ZipPart {
  name: string
  bytes: Uint8Array
}

const NAMES = [
  ...[
    '../../../../outside/slip.tif',
    '/outside/slip.tif',
    '..\\..\\x.tif',
    'C:\\x.tif',
    'a/../../b.tif',
    '',
    '.',
    '..',
  ],
  ...[
    `${'x'.repeat(300)}.tif`,
    '\u202etif.exe',
    'a\nb.tif',
    'a\0b.tif',
    '\x1b]0;x\x07.tif',
    '__proto__.tif',
    'constructor',
  ],
  ...[
    'CON.tif',
    '-rf.tif',
    ' .tif',
    '__MACOSX/x.tif',
    '.hidden.tif',
    'folder/',
    'a.tfw',
    'mask_1.h5',
    'mask_01.h5',
  ],
]

/**
 * A zip of these files whose records may lie about them.
 *
 * @param lies the share of archives with a record that lies; the checksums are those of the content.
 */
export function packZip(parts: readonly ZipPart[], random: Random, lies = 0): Uint8Array {
  const locals: Uint8Array[] = []
  const entries: Uint8Array[] = []
  let at = 0
  const isLying = random.chance(lies)
  const lie = (truth: number, bytes: 2 | 4) =>
    isLying && random.chance(0.1)
      ? random.pick([truth + 1, Math.max(0, truth - 1), ...EDGES]) % 2 ** (8 * bytes)
      : truth
  for (const { name: given, bytes } of parts) {
    const name = Buffer.from(isLying && random.chance(0.2) ? random.pick(NAMES) : given)
    const isDeflated = random.chance(0.6)
    const packed = isDeflated ? deflateRawSync(bytes) : bytes
    const method = isDeflated ? 8 : 0
    const record = (signature: number, length: number, begin: number) => {
      const head = Buffer.alloc(length + name.length)
      head.writeUInt32LE(signature, 0)
      head.writeUInt16LE(isLying && random.chance(0.03) ? 1 : 0, begin)
      head.writeUInt16LE(lie(method, 2), begin + 2)
      head.writeUInt32LE(zlibCrc32(bytes), begin + 8)
      head.writeUInt32LE(lie(packed.length, 4), begin + 12)
      head.writeUInt32LE(lie(bytes.length, 4), begin + 16)
      head.writeUInt16LE(lie(name.length, 2), begin + 20)
      name.copy(head, length)
      return head
    }
    const local = record(0x04034b50, 30, 6)
    const entry = record(0x02014b50, 46, 8)
    entry.writeUInt32LE(lie(at, 4), 42)
    locals.push(local, packed)
    entries.push(entry)
    at += local.length + packed.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(lie(parts.length, 2), 10)
  end.writeUInt32LE(lie(directory.length, 4), 12)
  end.writeUInt32LE(lie(at, 4), 16)
  return Uint8Array.from(Buffer.concat([...locals, directory, end]))
}

const ODD = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1,
    14,
    2 ** 31,
    2 ** 53,
    1e308,
    -1e308,
    '',
    '0',
    '..',
    '../x',
    '__proto__',
  ],
  ...[
    'constructor',
    'a/b',
    'x'.repeat(2000),
    '\x1b]0;x\x07',
    [],
    {},
    [[]],
    [null],
    [-1],
    Array(1000).fill(0),
  ],
  ...[JSON.parse('{"__proto__":{"x":1}}'), { $uint32: 'AAAA' }, { $float32: '!' }],
]

/** A JSON value with one to three of its fields replaced, removed, renamed or exchanged. */
export function alterJson(value: unknown, random: Random): unknown {
  const copy = structuredClone(value)
  const slots: { holder: Record<string, unknown>; key: string }[] = []
  const walk = (at: unknown) => {
    if (typeof at !== 'object' || at === null || ArrayBuffer.isView(at)) return
    for (const key of Object.keys(at)) {
      slots.push({ holder: at as Record<string, unknown>, key })
      walk((at as Record<string, unknown>)[key])
    }
  }
  walk(copy)
  for (let left = random.integer(1, 3); left > 0 && slots.length > 0; left--) {
    const { holder, key } = random.pick(slots)
    const other = random.pick(slots)
    const kind = random.integer(0, 5)
    if (kind === 0) delete holder[key]
    else if (kind === 1) holder[key] = structuredClone(other.holder[other.key])
    else if (kind === 2)
      holder[random.pick(['constructor', 'toString', 'x'.repeat(300), `${key}\0`])] = holder[key]
    else if (kind === 3 && typeof holder[key] === 'number')
      holder[key] = random.pick([-1, 0.5, 1e308, ...WIDE_EDGES])
    else holder[key] = random.pick(ODD)
  }
  return copy
}

/** JSON text that is none, or is deeper or longer than any that was meant. */
export function damageText(text: string, random: Random): string {
  const at = below(random, text.length)
  switch (random.integer(0, 6)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return random.pick(['[', '{"a":']).repeat(random.integer(1, 20_000))
    case 2:
      return `\ufeff${text}`
    case 3:
      return text.replace('{', '{"__proto__":{"polluted":1},')
    case 4:
      return text.replaceAll(/\d+/g, number => (random.chance(0.02) ? `${number}e308` : number))
    case 5:
      return `${text.slice(0, at)}\ud800${text.slice(at)}`
    default:
      return text.slice(0, at) + String.fromCharCode(random.integer(0, 127)) + text.slice(at + 1)
  }
}

/** A safetensors file: its header as JSON, and what follows. */
export function splitSafetensors(bytes: Uint8Array): { header: unknown; body: Uint8Array } {
  const length = viewOf(bytes).getUint32(0, true)
  return {
    header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))),
    body: bytes.slice(8 + length),
  }
}

export function damageSafetensors(original: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.3)) return damage(original, random)
  const { header, body } = splitSafetensors(original)
  const length = random.chance(0.2) ? random.integer(0, body.length) : body.length
  if (random.chance(0.3) && body.length >= 4) {
    const value = random.pick([Number.NaN, Number.POSITIVE_INFINITY, 3e38, 0])
    viewOf(body).setFloat32(4 * below(random, body.length >> 2), value, true)
  }
  const changed = JSON.stringify(random.chance(0.7) ? alterJson(header, random) : header)
  const text = new TextEncoder().encode(random.chance(0.1) ? damageText(changed, random) : changed)
  const bytes = new Uint8Array(8 + text.length + length)
  viewOf(bytes).setUint32(0, text.length, true)
  bytes.set(text, 8)
  bytes.set(body.subarray(0, length), 8 + text.length)
  return bytes
}

/** Markers of a JPEG 2000 codestream whose segments say where what is: SIZ, COD, COC, TLM, PLT, QCD, SOT. */
const JP2_MARKERS = ['ÿQ', 'ÿR', 'ÿS', 'ÿU', 'ÿX', 'ÿ\\', 'ÿ\x90']
const JP2_BOXES = ['jp2h', 'asoc', 'xml ', 'uuid', 'jp2c']

/** A JPEG 2000 file with numbers changed in its boxes and marker segments, or its document of the place. */
export function damageJp2(original: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (random.chance(0.25)) return damage(original, random, other)
  const bytes = Uint8Array.from(original)
  const view = viewOf(bytes)
  const text = Buffer.from(bytes).toString('latin1')
  const begin = Math.max(0, text.indexOf('ÿOÿQ'))
  const places = (marks: readonly string[], from: number) =>
    marks.flatMap(mark => {
      const found: number[] = []
      for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) found.push(at)
      return found
    })
  const markers = places(JP2_MARKERS, begin)
  const boxes = places(JP2_BOXES, 0).filter(at => at < begin)
  for (let left = random.integer(1, 3); left > 0; left--) {
    const isBox = boxes.length > 0 && random.chance(0.2)
    const near = isBox ? random.pick(boxes) - 4 : markers.length > 0 ? random.pick(markers) : begin
    const at = Math.max(0, Math.min(bytes.length - 9, near + random.integer(0, isBox ? 60 : 44)))
    switch (random.integer(0, 5)) {
      case 0:
        flipBits(bytes, at, at + 1, random)
        break
      case 1:
        bytes[at] = random.pick([0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 33, 64, 128, 255])
        break
      case 2:
        view.setUint16(at, random.pick(EDGES) & 0xffff)
        break
      case 3:
        view.setUint32(at, random.pick([...EDGES, bytes.length, 65_500, 10_980]))
        break
      case 4:
        view.setUint32(
          Math.min(bytes.length - 4, near + 6),
          random.pick([...EDGES, 12, 13, 14, bytes.length]),
        )
        break
      default:
        flipBits(bytes, begin, bytes.length, random)
    }
  }
  return random.chance(0.1) ? bytes.slice(0, random.integer(1, bytes.length)) : bytes
}
