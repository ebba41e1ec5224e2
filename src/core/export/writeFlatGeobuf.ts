import { throwIfAborted } from '../foundation/appError'
import { joined } from '../foundation/bytes'
import type { Field, FieldValue } from '../inventory/fields'
import { type Box, boxOf, type Polygon } from '../scenes/polygons'
import { FlatBuffer, int32, uint8, uint16, uint64 } from './flatBuffer'
import { inTiles } from './packedRtree'
import { epsgCode } from './spatialReference'
import { storable, storedValue } from './storedValue'
import { type Feature, isPoint, type VectorLayer, type VectorWriteOptions } from './vectorLayer'

/** "fgb", version 3, "fgb", patch 0. */
const MAGIC = Uint8Array.of(0x66, 0x67, 0x62, 3, 0x66, 0x67, 0x62, 0)
const TYPE = { point: 1, polygon: 3, multipolygon: 6 } as const
const COLUMN: Readonly<Record<Field['type'], number>> = { integer: 7, real: 10, text: 11 }
/** Children of a node of the index; the format's default. */
const NODE_SIZE = 16
const NODE_BYTES = 40

/** Bytes of a chunk, about. */
const CHUNK = 2 ** 18

/** Features between two looks at the signal. */
const BATCH = 500

/**
 * A layer as FlatGeobuf 3 (flatgeobuf.org) with its spatial index, neighbours side by side. A layer with rows that have no
 * place gets no index: the format has none for them.
 *
 * The index stands before the features, so all of them are held, encoded, until the first chunk is given out.
 *
 * @throws AppError `export-failed` for a coordinate system without an EPSG code; `aborted`; what the features throw
 */
export async function* writeFlatGeobuf(
  layer: VectorLayer,
  { signal, onFeatures }: VectorWriteOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoded: { row: number; bytes: Uint8Array<ArrayBuffer>; box: Box | null }[] = []
  for await (const feature of layer.features()) {
    const { geometry } = feature
    const place = geometry && geometry.length > 0 ? geometry : null
    const box: Box | null = place && (isPoint(place) ? [...place, ...place] : boxOf(place.flat()))
    encoded.push({ row: encoded.length, bytes: featureBytes({ ...feature, geometry: place }, layer), box })
    if (encoded.length % BATCH !== 0) continue
    throwIfAborted(signal)
    onFeatures?.(encoded.length)
  }
  throwIfAborted(signal)
  onFeatures?.(encoded.length)
  const isIndexed = encoded.length > 0 && encoded.every(({ box }) => box !== null)
  const ordered = isIndexed
    ? inTiles(
        encoded.map(one => ({ ...one, box: one.box! })),
        NODE_SIZE,
      )
    : encoded
  const nodes = isIndexed ? indexNodes(ordered as { bytes: Uint8Array; box: Box }[]) : []
  yield joined([MAGIC, headerBytes(layer, encoded.length, nodes[0]?.box ?? null), nodeBytes(nodes)])
  let pending: Uint8Array[] = []
  let size = 0
  for (const { bytes } of ordered) {
    pending.push(bytes)
    size += bytes.length
    if (size < CHUNK) continue
    throwIfAborted(signal)
    yield joined(pending)
    pending = []
    size = 0
  }
  if (size > 0) yield joined(pending)
}

function headerBytes(
  { name, title, geometry, crs, fields }: VectorLayer,
  count: number,
  /** Of all features, where they are indexed. */
  box: Box | null,
): Uint8Array {
  const columns = fields.map(({ name: column, type, title: label, detail }) => [
    (buffer: FlatBuffer) => buffer.text(storable(column)),
    uint8(COLUMN[type]),
    (buffer: FlatBuffer) => buffer.text(storable(label)),
    (buffer: FlatBuffer) => buffer.text(storable(detail)),
  ])
  const system = crs === null ? null : epsgCode(crs)
  return FlatBuffer.sizePrefixed([
    buffer => buffer.text(storable(name)),
    box && (buffer => buffer.doubles(box)),
    uint8(TYPE[geometry]),
    null,
    null,
    null,
    null,
    buffer => buffer.tables(columns),
    uint64(count),
    uint16(box ? NODE_SIZE : 0),
    system === null
      ? null
      : buffer => buffer.table([inner => inner.text('EPSG'), int32(system), inner => inner.text(crs!)]),
    buffer => buffer.text(storable(title)),
  ])
}

function featureBytes({ geometry, values }: Feature, { fields }: VectorLayer): Uint8Array<ArrayBuffer> {
  const properties = propertyBytes(fields, values)
  return FlatBuffer.sizePrefixed([
    geometry &&
      (buffer =>
        isPoint(geometry)
          ? buffer.table([null, inner => inner.doubles(geometry), null, null, null, null, uint8(TYPE.point)])
          : buffer.table([
              ...[null, null, null, null, null, null],
              uint8(TYPE.multipolygon),
              inner => inner.tables(geometry.map(polygonSlots)),
            ])),
    buffer => buffer.uint8s(properties),
  ])
}

/** Vertices of all rings, closed, and how many there are up to the end of each. */
function polygonSlots(polygon: Polygon) {
  const ends: number[] = []
  const places: number[] = []
  for (const ring of polygon) {
    for (const value of ring) places.push(value)
    places.push(ring[0]!, ring[1]!)
    ends.push(places.length / 2)
  }
  return [
    (buffer: FlatBuffer) => buffer.uint32s(ends),
    (buffer: FlatBuffer) => buffer.doubles(places),
    ...[null, null, null, null],
    uint8(TYPE.polygon),
  ]
}

/** The column's number (uint16) and the value of each that is not null. */
function propertyBytes(fields: readonly Field[], values: Readonly<Record<string, FieldValue>>): Uint8Array {
  const encoder = new TextEncoder()
  const pieces: Uint8Array[] = []
  fields.forEach((field, column) => {
    const value = storedValue(values, field)
    if (value === null) return
    const text = typeof value === 'string' ? encoder.encode(value) : null
    const view = new DataView(new ArrayBuffer(text ? 6 : 10))
    view.setUint16(0, column, true)
    if (text) view.setUint32(2, text.length, true)
    else if (field.type === 'integer') view.setBigInt64(2, BigInt(value), true)
    else view.setFloat64(2, value as number, true)
    pieces.push(new Uint8Array(view.buffer))
    if (text) pieces.push(text)
  })
  return joined(pieces)
}

interface Node {
  box: Box
  /** Of a leaf, where its feature begins behind the index; else the number of its first child. */
  offset: number
}

/** The packed R-tree of FlatGeobuf: levels of nodes from the root down to one for each feature. */
function indexNodes(features: readonly { bytes: Uint8Array; box: Box }[]): Node[] {
  let offset = 0
  const levels: Node[][] = [
    features.map(({ bytes, box }) => {
      offset += bytes.length
      return { box, offset: offset - bytes.length }
    }),
  ]
  do {
    const below = levels[0]!
    const level: Node[] = []
    for (let i = 0; i < below.length; i += NODE_SIZE) {
      const children = below.slice(i, i + NODE_SIZE)
      level.push({ box: boxOf(children.map(({ box }) => box)), offset: i })
    }
    levels.unshift(level)
  } while (levels[0]!.length > 1)
  let first = 0
  for (const [i, level] of levels.entries()) {
    first += level.length
    if (i < levels.length - 1) for (const node of level) node.offset += first
  }
  return levels.flat()
}

function nodeBytes(nodes: readonly Node[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(nodes.length * NODE_BYTES))
  nodes.forEach(({ box, offset }, i) => {
    box.forEach((value, k) => {
      view.setFloat64(i * NODE_BYTES + 8 * k, value, true)
    })
    view.setBigUint64(i * NODE_BYTES + 32, BigInt(offset), true)
  })
  return new Uint8Array(view.buffer)
}
