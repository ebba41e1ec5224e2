import wasmText from '@cornerstonejs/codec-openjpeg/decodewasm?url&inline'
import { AppError } from '../../foundation/appError'

/** The part of codec-openjpeg that reading needs; the package has no types. */
interface Decoder {
  getEncodedBuffer(bytes: number): Uint8Array
  decodeSubResolution(level: number, layer: number): void
  getDecodedBuffer(): Uint8ClampedArray
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number }
  delete(): void
}

interface OpenJpeg {
  J2KDecoder: new () => Decoder
  HEAPU8: Uint8Array
}

type Factory = (module: {
  print: (line: string) => void
  printErr: (line: string) => void
  instantiateWasm: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => object
}) => Promise<OpenJpeg>

/** Memory of the library at most: a tile at the limit takes 8 bytes a sample and its packed bytes. */
const MOST_HEAP_BYTES = 512 * 2 ** 20

/** A heap never shrinks: one that grew beyond this is given up with its library. */
const KEPT_HEAP_BYTES = 128 * 2 ** 20

/** Remarks on what is in order, left out by GDAL as well. */
const HARMLESS =
  /^\[WARNING\] (No incltree created|No imsbtree created|tgt_create tree->numnodes == 0|Empty SOT marker)/

let compiling: Promise<WebAssembly.Module> | null = null

/** The binary is part of this module's text, so that it is found in a browser's worker and in Node alike. */
function compiled(): Promise<WebAssembly.Module> {
  compiling ??= WebAssembly.compile(
    Uint8Array.from(atob(wasmText.slice(wasmText.indexOf(',') + 1)), letter => letter.charCodeAt(0)),
  )
  return compiling
}

interface Library {
  openjpeg: OpenJpeg
  /** What it printed since it was last looked at. */
  lines: string[]
}

let loading: Promise<Library> | null = null

async function load(): Promise<Library> {
  const [binary, glue] = await Promise.all([
    compiled(),
    import('@cornerstonejs/codec-openjpeg/decodewasmjs') as Promise<{ default: Factory }>,
  ])
  const lines: string[] = []
  const print = (line: string) => {
    if (lines.length < 200) lines.push(line)
  }
  const openjpeg = await glue.default({
    print,
    printErr: print,
    instantiateWasm(imports, receive) {
      WebAssembly.instantiate(binary, imports).then(instance => {
        bound(instance)
        receive(instance, binary)
      })
      return {}
    },
  })
  return { openjpeg, lines }
}

/** Its memory grows by calls of its own JavaScript: those beyond the limit fail, as they do where there is none left. */
function bound({ exports }: WebAssembly.Instance): void {
  for (const memory of Object.values(exports)) {
    if (!(memory instanceof WebAssembly.Memory)) continue
    const grow = memory.grow.bind(memory)
    memory.grow = pages => {
      if (memory.buffer.byteLength + pages * 65_536 > MOST_HEAP_BYTES)
        throw new RangeError('No memory is left.')
      return grow(pages)
    }
  }
}

/**
 * Decodes a codestream of one tile and 1 or 3 unsigned components.
 *
 * @param level halvings
 * @param expected what the decoder has to say of it
 * @returns interleaved samples, of one byte or, above 8 bits, two (little-endian), with the level's number of pixels first
 * @throws Error with the library's own reason for a damaged one; AppError `file-too-large` where memory is out
 */
export async function decodeCodestream(
  codestream: Uint8Array,
  level: number,
  expected: { width: number; height: number; bits: number; components: number },
): Promise<Uint8Array> {
  loading ??= load()
  const library = await loading.catch(thrown => {
    loading = null
    throw new AppError('file-unreadable', 'The JPEG 2000 decoder cannot be loaded. Reload and try again.', {
      cause: thrown,
    })
  })
  const { openjpeg, lines } = library
  lines.length = 0
  let decoder: Decoder | null = null
  let isSound = false
  try {
    decoder = new openjpeg.J2KDecoder()
    decoder.getEncodedBuffer(codestream.length).set(codestream)
    decoder.decodeSubResolution(level, 0)
    const fault = faultOf(lines)
    if (fault) throw new Error(fault)
    const frame = decoder.getFrameInfo()
    const isExpected =
      frame.width === expected.width &&
      frame.height === expected.height &&
      frame.componentCount === expected.components &&
      frame.bitsPerSample === expected.bits
    if (!isExpected) throw new Error('its sizes are others than the header says')
    const decoded = decoder.getDecodedBuffer()
    isSound = true
    return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength)
  } catch (thrown) {
    // C++ throws numbers, and what it printed says why.
    throw thrown instanceof Error && !(thrown instanceof WebAssembly.RuntimeError)
      ? thrown
      : new Error(faultOf(lines) ?? 'the decoder failed', { cause: thrown })
  } finally {
    if (isSound) decoder?.delete()
    // After a fault its memory may hold anything.
    if (!isSound || openjpeg.HEAPU8.length > KEPT_HEAP_BYTES) loading = null
  }
}

function faultOf(lines: readonly string[]): string | null {
  const bad = lines.filter(line => /^\[(ERROR|WARNING)\]/.test(line) && !HARMLESS.test(line))
  const first = bad.find(line => line.startsWith('[ERROR]')) ?? bad[0]
  return first?.replace(/^\[\w+\]\s*/, '').trim() ?? null
}
