import { AppError, type ErrorCode, toAppError } from '../foundation/appError'
import { abortable } from '../foundation/job'
import type { InputFile } from './inputFile'
import { type OpenRasterOptions, openRaster } from './openRaster'
import { DEFAULT_LIMITS, type RasterLimits } from './rasterLimits'
import type { PixelWindow, RasterSource, SampleArray } from './rasterSource'

export type OpenRaster = typeof openRaster

/** One side of a thread's channel. */
export interface ThreadPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
}

/** The owner's side: a thread that can be ended. */
export interface RasterThreadPort extends ThreadPort {
  /** Called once where it ends by itself. */
  onEnd(listener: (why: string) => void): void
  terminate(): void
  /** Bytes of memory that the thread and whatever shares its process hold; absent: nobody can say. */
  heldBytes?(): number
  /** CPU time that the thread and whatever shares its process have had, milliseconds; absent: nobody can say. */
  cpuMilliseconds?(): number
}

/** What is known of an opened raster without its pixels. */
type RasterFacts = Omit<RasterSource, 'read'>

type Request =
  /** `raster`: the number by which the owner knows it from then on. */
  | { type: 'open'; raster: number; path: string; size: number; limits: Partial<RasterLimits> }
  | { type: 'read'; raster: number; window?: PixelWindow; level?: number; bands?: readonly number[] }

type ToThread =
  | { type: 'call'; request: Request }
  | { type: 'bytes'; id: number; bytes: Uint8Array | WireError }

type FromThread =
  | { type: 'ready' }
  /** It needs bytes of the file that it opens or reads. */
  | { type: 'slice'; id: number; raster: number; begin: number; end: number }
  | { type: 'opened'; facts: RasterFacts }
  | { type: 'planes'; planes: SampleArray[] }
  /** It was opened in a thread before this one. */
  | { type: 'unknown' }
  | { type: 'failed'; error: WireError }

interface WireError {
  code: ErrorCode
  message: string
}

const wireError = (thrown: unknown): WireError => {
  const { code, message } = toAppError(thrown, 'file-unreadable')
  return { code, message }
}

/** The thread's side: opens rasters and reads them, one call at a time. Bytes come from the owner. */
export function serveRasters(port: ThreadPort): void {
  const waiting = new Map<number, { resolve(bytes: Uint8Array): void; reject(error: AppError): void }>()
  const opened = new Map<number, RasterSource>()
  let slices = 0
  const post = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

  const open = async ({ raster, path, size, limits }: Extract<Request, { type: 'open' }>) => {
    const file: InputFile = {
      path,
      size,
      slice: (begin, end) =>
        new Promise((resolve, reject) => {
          const id = ++slices
          waiting.set(id, { resolve, reject })
          post({ type: 'slice', id, raster, begin, end })
        }),
    }
    const source = await openRaster(file, { limits })
    opened.set(raster, source)
    const { read: _, ...facts } = source
    post({ type: 'opened', facts })
  }
  const read = async ({ raster, window, level, bands }: Extract<Request, { type: 'read' }>) => {
    const source = opened.get(raster)
    if (!source) return post({ type: 'unknown' })
    const planes = await source.read({ window, level, bands })
    // Planes may share a buffer, and a view must not take more than itself along.
    const owned = planes.map(plane => (plane.byteLength === plane.buffer.byteLength ? plane : plane.slice()))
    const buffers = new Set(owned.map(plane => plane.buffer as ArrayBuffer))
    post({ type: 'planes', planes: owned }, [...buffers])
  }
  port.onMessage(message => {
    const sent = message as ToThread
    if (sent.type === 'bytes') {
      const slice = waiting.get(sent.id)
      waiting.delete(sent.id)
      if (sent.bytes instanceof Uint8Array) slice?.resolve(sent.bytes)
      else slice?.reject(new AppError(sent.bytes.code, sent.bytes.message))
      return
    }
    const { request } = sent
    const work = request.type === 'open' ? open(request) : read(request)
    work.catch(thrown => post({ type: 'failed', error: wireError(thrown) }))
  })
  post({ type: 'ready' })
}

/** More than its own time limit, which acts between blocks, before a thread counts as one that does not answer. */
const GRACE_MILLISECONDS = 2000

const LOOK_EVERY_MILLISECONDS = 100

/**
 * How many times its limit a call may take by the clock, where the process had less CPU time than the limit: that is the
 * machine's doing, or a slow disk's, and not the file's.
 */
const SLOWEST_MACHINE = 20

/** Far longer than a slow machine needs: nothing may ever say that a thread ended while it was loaded. */
const START_MILLISECONDS = 60_000

/** Rasters that one thread opens before it is replaced, so that none keeps what many files left. */
const MOST_RASTERS = 500

interface Running {
  port: RasterThreadPort
  files: Map<number, InputFile>
  ready: Promise<void>
  receive: (message: FromThread) => void
  fail: (error: AppError) => void
}

/**
 * Decoding that can be ended: `open` is `openRaster` in a thread of its own, one call at a time. A call that does not
 * answer in its time, that takes more memory than allowed, or that is cancelled ends with its thread; the next one
 * starts another, and a raster that was opened before is opened there again.
 *
 * @param start makes the thread, which calls `serveRasters`.
 */
export function rasterThread(
  start: () => RasterThreadPort,
  { mostBytes = 3 * 2 ** 30, grace = GRACE_MILLISECONDS, startLimit = START_MILLISECONDS } = {},
): { open: OpenRaster; end(): void } {
  let running: Running | null = null
  let rasters = 0
  let turn: Promise<unknown> = Promise.resolve()

  const end = (error: AppError) => {
    const ended = running
    running = null
    ended?.port.terminate()
    ended?.fail(error)
  }
  const connect = (): Running => {
    if (running) return running
    const port = start()
    let isReady: () => void = () => undefined
    let isBroken: (error: AppError) => void = () => undefined
    const ready = new Promise<void>((resolve, reject) => {
      isReady = resolve
      isBroken = reject
    })
    ready.catch(() => undefined)
    const made: Running = { port, files: new Map(), ready, receive: () => undefined, fail: isBroken }
    const ended = (why: string) => {
      clearTimeout(watchdog)
      if (running !== made) return
      const error = new AppError('worker-stopped', `Reading files stopped (${why}): try again.`)
      isBroken(error)
      end(error)
    }
    const watchdog = setTimeout(() => ended('it did not start'), startLimit)
    port.onMessage(message => {
      clearTimeout(watchdog)
      const sent = message as FromThread
      if (sent.type === 'ready') isReady()
      else if (sent.type === 'slice') void give(made, sent)
      else made.receive(sent)
    })
    port.onEnd(ended)
    running = made
    return made
  }

  /** Runs a call alone. @throws AppError the thread's, `aborted`, `file-too-large` */
  const call = (
    file: InputFile,
    request: Request,
    milliseconds: number,
    signal: AbortSignal | undefined,
  ): Promise<FromThread> => {
    const run = async (): Promise<FromThread> => {
      if (signal?.aborted) throw new AppError('aborted', 'Cancelled.')
      // One that opened many files gives way, so that it does not keep what they left.
      if (request.type === 'open' && (running?.files.size ?? 0) >= MOST_RASTERS) {
        end(new AppError('aborted', 'Replaced.'))
      }
      const thread = connect()
      thread.files.set(request.raster, file)
      const stop = (error: AppError) => running === thread && end(error)
      const onAbort = () => stop(new AppError('aborted', 'Cancelled.'))
      signal?.addEventListener('abort', onAbort, { once: true })
      let timer: ReturnType<typeof setTimeout> | undefined
      let watch: ReturnType<typeof setInterval> | undefined
      try {
        return await new Promise((resolve, reject) => {
          thread.fail = reject
          thread.receive = resolve
          thread.ready
            .then(() => {
              // From here on, so that a slow start is not the file's fault.
              const limit = milliseconds + grace
              const cpu = thread.port.cpuMilliseconds
              const begun = cpu?.() ?? 0
              let waited = 0
              const wait = (delay: number) => {
                timer = setTimeout(() => {
                  waited += delay
                  const left = cpu ? limit - (cpu() - begun) : 0
                  if (left > 0 && waited < SLOWEST_MACHINE * limit) return wait(Math.max(left, limit / 10))
                  const times = left > 0 ? SLOWEST_MACHINE : 1
                  stop(gaveUp(file, `took more than ${(times * milliseconds) / 1000} s`))
                }, delay)
              }
              wait(limit)
              // Of this call alone: what the process took since the thread began is not this file's.
              const before = thread.port.heldBytes?.() ?? 0
              watch = setInterval(() => {
                const grown = (thread.port.heldBytes?.() ?? 0) - before
                if (grown > mostBytes)
                  stop(gaveUp(file, `took more than ${Math.round(mostBytes / 1e9)} GB of memory`))
              }, LOOK_EVERY_MILLISECONDS)
              // Its own limit, by the clock, is the longest that may come of it.
              const own =
                cpu && request.type === 'open'
                  ? {
                      ...request,
                      limits: { ...request.limits, milliseconds: SLOWEST_MACHINE * milliseconds },
                    }
                  : request
              thread.port.postMessage({ type: 'call', request: own } satisfies ToThread, [])
            })
            .catch(reject)
        })
      } finally {
        clearTimeout(timer)
        clearInterval(watch)
        signal?.removeEventListener('abort', onAbort)
      }
    }
    const result = turn.then(run)
    turn = result.catch(() => undefined)
    // One that waits for its turn is cancelled at once, too.
    return abortable(result, signal).then(answer => {
      if (answer.type === 'failed') throw new AppError(answer.error.code, answer.error.message)
      return answer
    })
  }

  const open: OpenRaster = async (file, { limits = {}, signal }: OpenRasterOptions = {}) => {
    const { milliseconds } = { ...DEFAULT_LIMITS, ...limits }
    const raster = ++rasters
    const openIn = async (within: AbortSignal | undefined) => {
      const request: Request = { type: 'open', raster, path: file.path, size: file.size, limits }
      const answer = await call(file, request, milliseconds, within)
      return (answer as Extract<FromThread, { type: 'opened' }>).facts
    }
    const facts = await openIn(signal)
    return {
      ...facts,
      async read({ window, level, bands, signal: within } = {}) {
        const request: Request = { type: 'read', raster, window, level, bands }
        let answer = await call(file, request, milliseconds, within)
        if (answer.type === 'unknown') {
          await openIn(within)
          answer = await call(file, request, milliseconds, within)
        }
        return (answer as Extract<FromThread, { type: 'planes' }>).planes
      },
    }
  }
  return { open, end: () => end(new AppError('aborted', 'Cancelled.')) }
}

async function give(thread: Running, asked: Extract<FromThread, { type: 'slice' }>): Promise<void> {
  const { id, raster, begin, end } = asked
  const bytes = await thread.files.get(raster)!.slice(begin, end).catch(wireError)
  // A view's buffer may hold more than was asked for.
  const isWhole = bytes instanceof Uint8Array && bytes.byteLength === bytes.buffer.byteLength
  const owned = isWhole ? [bytes.buffer as ArrayBuffer] : []
  thread.port.postMessage({ type: 'bytes', id, bytes } satisfies ToThread, owned)
}

function gaveUp(file: InputFile, why: string): AppError {
  return new AppError(
    'file-too-large',
    `"${file.path}" ${why} to read and was given up; cut it into smaller tiles, or write it again.`,
  )
}
