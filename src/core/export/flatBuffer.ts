/** A field of a table: a number in place, or a reference to what is written behind the table; null: its default. */
type Slot =
  | { size: 1 | 2 | 4 | 8; write(view: DataView, at: number): void }
  | ((buffer: FlatBuffer) => number)
  | null

export const uint8 = (value: number): Slot => ({ size: 1, write: (view, at) => view.setUint8(at, value) })
export const uint16 = (value: number): Slot => ({
  size: 2,
  write: (view, at) => view.setUint16(at, value, true),
})
export const int32 = (value: number): Slot => ({
  size: 4,
  write: (view, at) => view.setInt32(at, value, true),
})
export const uint64 = (value: number): Slot => ({
  size: 8,
  write: (view, at) => view.setBigUint64(at, BigInt(value), true),
})

/**
 * Writes one FlatBuffer (flatbuffers.dev/internals), front to back: a table, then what it refers to, since references only
 * reach forward. Only what FlatGeobuf needs of it.
 */
export class FlatBuffer {
  private bytes = new Uint8Array(1024)
  private view = new DataView(this.bytes.buffer)
  /** Behind the size and the reference to the root. */
  private at = 8

  /** The buffer of a root table, with its size before it. Numbers are aligned from the size on. */
  static sizePrefixed(slots: readonly Slot[]): Uint8Array<ArrayBuffer> {
    const buffer = new FlatBuffer()
    const root = buffer.table(slots)
    buffer.view.setUint32(4, root - 4, true)
    buffer.pad(8)
    buffer.view.setUint32(0, buffer.at - 4, true)
    return buffer.bytes.slice(0, buffer.at)
  }

  /** @returns its place, as all that write do */
  table(slots: readonly Slot[]): number {
    this.pad(2)
    const vtable = this.reserve(4 + 2 * slots.length)
    this.pad(4)
    const table = this.reserve(4)
    const places = slots.map(slot => {
      if (!slot) return 0
      const size = typeof slot === 'function' ? 4 : slot.size
      this.pad(size)
      return this.reserve(size)
    })
    const end = this.at
    this.view.setInt32(table, table - vtable, true)
    this.view.setUint16(vtable, 4 + 2 * slots.length, true)
    this.view.setUint16(vtable + 2, end - table, true)
    slots.forEach((slot, i) => {
      const place = places[i]!
      if (!slot) return
      this.view.setUint16(vtable + 4 + 2 * i, place - table, true)
      if (typeof slot === 'function') {
        const target = slot(this)
        this.view.setUint32(place, target - place, true)
      } else slot.write(this.view, place)
    })
    return table
  }

  tables(all: readonly (readonly Slot[])[]): number {
    const start = this.length(all.length, 4)
    const places = all.map(() => this.reserve(4))
    all.forEach((slots, i) => {
      const table = this.table(slots)
      this.view.setUint32(places[i]!, table - places[i]!, true)
    })
    return start
  }

  /** UTF-8, with the zero behind it that readers in C need. */
  text(value: string): number {
    const utf8 = new TextEncoder().encode(value)
    const start = this.length(utf8.length, 1)
    const at = this.reserve(utf8.length + 1)
    this.bytes.set(utf8, at)
    return start
  }

  uint8s(values: Uint8Array): number {
    const start = this.length(values.length, 1)
    const at = this.reserve(values.length)
    this.bytes.set(values, at)
    return start
  }

  uint32s(values: readonly number[]): number {
    const start = this.length(values.length, 4)
    const at = this.reserve(4 * values.length)
    values.forEach((value, i) => {
      this.view.setUint32(at + 4 * i, value, true)
    })
    return start
  }

  doubles(values: readonly number[]): number {
    const start = this.length(values.length, 8)
    const at = this.reserve(8 * values.length)
    values.forEach((value, i) => {
      this.view.setFloat64(at + 8 * i, value, true)
    })
    return start
  }

  /** Of a vector, placed so that its elements are aligned behind it. */
  private length(count: number, align: number): number {
    this.pad(4)
    if (align === 8 && this.at % 8 === 0) this.reserve(4)
    const start = this.reserve(4)
    this.view.setUint32(start, count, true)
    return start
  }

  private pad(to: number): void {
    this.reserve((to - (this.at % to)) % to)
  }

  private reserve(count: number): number {
    const start = this.at
    this.at += count
    if (this.at > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.at, 2 * this.bytes.length))
      larger.set(this.bytes)
      this.bytes = larger
      this.view = new DataView(larger.buffer)
    }
    return start
  }
}
