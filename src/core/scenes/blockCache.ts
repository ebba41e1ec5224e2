import { throwIfAborted } from '../foundation/appError'
import { RecentMap } from '../foundation/recentMap'
import { checkWindow } from '../raster/rasterLimits'
import type { PixelWindow, RasterSource, SampleArray } from '../raster/rasterSource'

/** Pixels along the side of a block, about. */
const BLOCK_SIDE = 512

const DEFAULT_BYTES = 256 * 2 ** 20

/** Decoded, or computed: something with a size, kept until others are used more recently. */
interface Entry {
  value: unknown
  bytes: number
}

/** What one request wants of a block of a source. */
interface BlockPlace extends PixelWindow {
  key: string
}

/**
 * Decoded blocks of any number of rasters, and what was computed from them, within one limit of bytes: the least recently
 * used go first. A block is decoded once for all who ask at the same time, and again only where it had to go.
 */
export class BlockCache {
  private readonly entries: RecentMap<string, Entry>
  private readonly busy = new Map<string, Promise<unknown>>()
  private readonly owners = new WeakMap<object, number>()
  private readonly decoded = new WeakMap<RasterSource, Map<string, number>>()
  private owned = 0

  /**
   * @param bytes that all entries may take together; the newest stays whatever its size
   * @param side of a block in pixels, about, where the file's own tiles do not say otherwise
   */
  constructor(
    bytes = DEFAULT_BYTES,
    private readonly side = BLOCK_SIDE,
  ) {
    this.entries = new RecentMap<string, Entry>({ budget: bytes, sizeOf: entry => entry.bytes })
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.entries.size
  }

  /**
   * `source.read`, by whole blocks that are kept. Ask for all bands of a file at once: bands that lie interleaved are
   * decoded together.
   *
   * @param request.window within the raster at that level
   * @throws AppError what `source.read` throws, `bad-argument`, `aborted`
   */
  async read(
    source: RasterSource,
    request: { window?: PixelWindow; level?: number; bands?: readonly number[]; signal?: AbortSignal } = {},
  ): Promise<SampleArray[]> {
    const { level = 0, signal } = request
    const width = Math.ceil(source.width / 2 ** level)
    const height = Math.ceil(source.height / 2 ** level)
    const window = request.window ?? { column: 0, row: 0, width, height }
    checkWindow(window, width, height)
    const bands = request.bands ?? Array.from({ length: source.bandCount }, (_, band) => band)
    const side = blockSize(source, level, width, height, this.side)
    const firstColumn = Math.floor(window.column / side.width)
    const lastColumn = Math.floor((window.column + window.width - 1) / side.width)
    const firstRow = Math.floor(window.row / side.height)
    const lastRow = Math.floor((window.row + window.height - 1) / side.height)
    const out: SampleArray[] = []
    for (let y = firstRow; y <= lastRow; y++) {
      for (let x = firstColumn; x <= lastColumn; x++) {
        const column = x * side.width
        const row = y * side.height
        const place = {
          key: `${this.idOf(source)}/${level}/${x}/${y}`,
          column,
          row,
          width: Math.min(side.width, width - column),
          height: Math.min(side.height, height - row),
        }
        const planes = await this.block(source, place, level, bands, signal)
        for (let i = 0; i < planes.length; i++) {
          out[i] ??= arrayLike(planes[i]!, window.width * window.height)
          copyBlock(planes[i]!, place, out[i]!, window)
        }
      }
    }
    return out
  }

  /**
   * What `make` makes, kept under a key of the owner's. Made once for all who ask at the same time.
   *
   * @param bytesOf what it measures
   */
  async keep<T>(
    owner: object,
    key: string,
    bytesOf: (value: T) => number,
    make: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const full = `${this.idOf(owner)}:${key}`
    for (;;) {
      throwIfAborted(signal)
      const held = this.entries.get(full)
      if (held) return held.value as T
      if (this.busy.has(full)) {
        await this.others(full)
        continue
      }
      return this.alone(full, async () => {
        const value = await make()
        this.entries.set(full, { value, bytes: bytesOf(value) })
        return value
      })
    }
  }

  /** How often blocks of a source were decoded since the cache was made: for tests and for reports. */
  decodes(source: RasterSource): { blocks: number; total: number; most: number } {
    const counts = [...(this.decoded.get(source)?.values() ?? [])]
    return {
      blocks: counts.length,
      total: counts.reduce((sum, count) => sum + count, 0),
      most: Math.max(0, ...counts),
    }
  }

  /** Lets everything go, for a scene that is closed. */
  clear(): void {
    this.entries.clear()
  }

  private async block(
    source: RasterSource,
    place: BlockPlace,
    level: number,
    bands: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<SampleArray[]> {
    for (;;) {
      throwIfAborted(signal)
      const planes = bands.map(band => this.entries.get(`${place.key}/${band}`)?.value as SampleArray)
      const missing = bands.filter((_, i) => !planes[i])
      if (missing.length === 0) return planes
      if (this.busy.has(place.key)) {
        await this.others(place.key)
        continue
      }
      const { column, row, width, height } = place
      const window = { column, row, width, height }
      return this.alone(place.key, async () => {
        this.count(source, place.key)
        const fresh = await source.read({ window, level, bands: missing, signal })
        missing.forEach((band, i) => {
          const plane = ownBuffer(fresh[i]!)
          this.entries.set(`${place.key}/${band}`, { value: plane, bytes: plane.byteLength })
          bands.forEach((wanted, at) => {
            if (wanted === band) planes[at] = plane
          })
        })
        return planes
      })
    }
  }

  /** Waits while someone else decodes or makes it. Whether they fail is their affair. */
  private async others(key: string): Promise<void> {
    await Promise.allSettled([this.busy.get(key)])
  }

  private async alone<T>(key: string, make: () => Promise<T>): Promise<T> {
    const work = make()
    this.busy.set(key, work)
    try {
      return await work
    } finally {
      this.busy.delete(key)
    }
  }

  private count(source: RasterSource, key: string): void {
    const counts = this.decoded.get(source) ?? new Map<string, number>()
    counts.set(key, (counts.get(key) ?? 0) + 1)
    this.decoded.set(source, counts)
  }

  private idOf(owner: object): number {
    const id = this.owners.get(owner) ?? ++this.owned
    this.owners.set(owner, id)
    return id
  }
}

/** Whole tiles or strips of the file, near 512 x 512 pixels: a block that cuts a tile would have it decoded again. */
function blockSize(
  source: RasterSource,
  level: number,
  width: number,
  height: number,
  side: number,
): { width: number; height: number } {
  const scale = 2 ** level
  const whole = (length: number | undefined) =>
    length !== undefined && length % scale === 0 ? length / scale : side
  const tile = { width: whole(source.blocks?.width), height: whole(source.blocks?.height) }
  const across = Math.min(width, tile.width * Math.max(1, Math.floor(side / tile.width)))
  // A narrow raster is cut all the same.
  const rows = Math.max(1, Math.floor((side * side) / across))
  const down = Math.min(height, tile.height * Math.max(1, Math.floor(Math.min(rows, 2 * side) / tile.height)))
  return { width: across, height: down }
}

function arrayLike(plane: SampleArray, length: number): SampleArray {
  return new (plane.constructor as new (length: number) => SampleArray)(length)
}

/** A plane that shares its buffer with others would keep them all in memory. */
function ownBuffer(plane: SampleArray): SampleArray {
  return plane.byteLength === plane.buffer.byteLength ? plane : plane.slice()
}

function copyBlock(plane: SampleArray, block: PixelWindow, out: SampleArray, window: PixelWindow): void {
  const left = Math.max(block.column, window.column)
  const right = Math.min(block.column + block.width, window.column + window.width)
  const top = Math.max(block.row, window.row)
  const bottom = Math.min(block.row + block.height, window.row + window.height)
  for (let y = top; y < bottom; y++) {
    const from = (y - block.row) * block.width + left - block.column
    out.set(plane.subarray(from, from + right - left), (y - window.row) * window.width + left - window.column)
  }
}
