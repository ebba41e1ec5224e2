import { AppError, withReason } from '../../foundation/appError'
import { checkChunkTables } from './chunkTable'
import { checkLocalHeaps } from './localHeaps'

/** Shape and type of a dataset as the HDF5 library reports it. */
export interface Hdf5DatasetInfo {
  /** null: an empty (null) dataspace. */
  shape: number[] | null
  /** H5T class: 0 integer, 1 float, others are not pixels. */
  type: number
  /** Bytes per sample. */
  size: number
  signed: boolean
  littleEndian: boolean
  vlen: boolean
  total_size: number
  /** Shape of a chunk; null: stored in one piece. */
  chunks: number[] | null
}

interface StreamOperations {
  write(stream: unknown, bytes: ArrayLike<number> & Uint8Array, offset: number, length: number): number
}

interface FileSystem {
  writeFile(path: string, data: Uint8Array): void
  unlink(path: string): void
  streams: { stream_ops: StreamOperations }[]
}

/** The part of h5wasm's module that reading needs; its own types describe a higher layer. */
interface Hdf5Module {
  FS: FileSystem
  HEAPU8: Uint8Array
  H5F_ACC_RDONLY: number
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint
  close_file(file: bigint): number
  get_names(file: bigint, path: string, recursive: boolean): string[]
  get_type(file: bigint, path: string): number
  get_dataset_metadata(file: bigint, path: string): Hdf5DatasetInfo
  get_dataset_filters(file: bigint, path: string): { id: number }[]
  get_dataset_data(
    file: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    pointer: bigint,
  ): number
  H5G_DATASET: number
  _malloc(size: number): number
  _free(pointer: number): void
}

/** The package whole, so that the studio's build holds it once, although two of its workers load it. */
export const hdf5Package = () => import('h5wasm')

let loading: Promise<Hdf5Module> | null = null

/** Loads the HDF5 library (WebAssembly inside its module, nothing fetched) once a thread. */
function loadHdf5(): Promise<Hdf5Module> {
  loading ??= hdf5Package().then(async library => (await library.ready) as unknown as Hdf5Module)
  return loading
}

/** An opened HDF5 file, valid only inside `withHdf5File`. */
export interface Hdf5File {
  /** Names at the root. */
  names(): string[]
  /** null where `path` is not a dataset. */
  dataset(path: string): Hdf5DatasetInfo | null
  /** All bytes of a dataset, little-endian whatever the file's order. */
  bytes(path: string): Uint8Array
}

let staged = 0
const STANDARD_ERROR = 2

/**
 * Stages bytes in the library's in-memory file system under a name of their own, runs `use` and removes them again,
 * whatever happens: nothing is left open or in memory between calls.
 *
 * @throws AppError `file-malformed` with the library's own reason.
 */
export async function withHdf5File<T>(
  path: string,
  bytes: Uint8Array,
  use: (file: Hdf5File) => T,
): Promise<T> {
  const hdf5 = await loadHdf5()
  const name = `/scarp-${staged++}.h5`
  hdf5.FS.writeFile(name, bytes)
  const diagnostics = captureDiagnostics(hdf5)
  let file = -1n
  try {
    checkLocalHeaps(bytes)
    file = hdf5.open(name, hdf5.H5F_ACC_RDONLY, false, -1, -1)
    if (file < 0n) throw new Error('cannot be opened')
    return use(openedFile(hdf5, file, bytes))
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    const sentence = `"${path}" is cut off or damaged. Copy or download it again.`
    throw new AppError('file-malformed', withReason(sentence, diagnostics.reason() ?? thrown), {
      cause: thrown,
    })
  } finally {
    if (file >= 0n) hdf5.close_file(file)
    diagnostics.stop()
    hdf5.FS.unlink(name)
  }
}

/**
 * Collects what the library prints to standard error instead of letting it reach the console. The library could also
 * throw from its error handler, but that unwinds through its own frames and leaks its stack.
 */
function captureDiagnostics(hdf5: Hdf5Module): { reason(): string | null; stop(): void } {
  const stream = hdf5.FS.streams[STANDARD_ERROR]
  const original = stream?.stream_ops
  let text = ''
  if (stream && original) {
    stream.stream_ops = {
      ...original,
      write(_stream, bytes, offset, length) {
        if (text.length < 65536) text += new TextDecoder().decode(bytes.slice(offset, offset + length))
        return length
      },
    }
  }
  return {
    // The innermost frame of the library's error stack names the cause.
    reason: () => [...text.matchAll(/#\d+: .* in [^:]*: (.*)/g)].at(-1)?.[1] ?? null,
    stop() {
      if (stream && original) stream.stream_ops = original
    },
  }
}

/** The filter's number (HDF5's registered filters). */
const DEFLATE = 1

function openedFile(hdf5: Hdf5Module, file: bigint, staged: Uint8Array): Hdf5File {
  return {
    names: () => hdf5.get_names(file, '/', false),
    dataset: path =>
      hdf5.get_type(file, path) === hdf5.H5G_DATASET ? hdf5.get_dataset_metadata(file, path) : null,
    bytes(path) {
      const info = hdf5.get_dataset_metadata(file, path)
      const { shape, chunks, size } = info
      if (shape && chunks) {
        const deflate = hdf5.get_dataset_filters(file, path).findIndex(({ id }) => id === DEFLATE)
        checkChunkTables(staged, { shape, chunks, size, deflate })
      }
      const length = info.size * info.total_size
      const pointer = hdf5._malloc(length)
      if (pointer === 0) throw new AppError('file-too-large', `No memory for ${length} bytes of HDF5 data.`)
      try {
        const status = hdf5.get_dataset_data(file, path, null, null, null, BigInt(pointer))
        if (status < 0) throw new Error(`cannot read dataset ${path}`)
        return hdf5.HEAPU8.slice(pointer, pointer + length)
      } finally {
        hdf5._free(pointer)
      }
    },
  }
}
