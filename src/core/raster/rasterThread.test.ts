import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { AppError } from '../foundation/appError'
import { bytesInput } from './inputFile'
import { openRaster } from './openRaster'
import { type RasterThreadPort, rasterThread, serveRasters, type ThreadPort } from './rasterThread'
import { tinyTiff } from './testing/tinyTiff'

const bands = [1, 2].map(band => Array.from({ length: 300 }, (_, pixel) => pixel * band))
const sound = bytesInput('sound.tif', tinyTiff({ width: 20, height: 15, bands, bits: 16, deflate: true }))
const damaged = bytesInput('damaged.tif', Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 1))

/** The thread's code in this one, behind a real channel. */
function servedPort(): RasterThreadPort {
  const { port1, port2 } = new MessageChannel()
  const side = (port: MessagePort): ThreadPort => ({
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    onMessage: listener => {
      port.onmessage = ({ data }) => listener(data)
    },
  })
  const owner = side(port1)
  serveRasters(side(port2))
  return { ...owner, onEnd: () => undefined, terminate: () => port1.close() }
}

/** A thread that never answers, as one within a decoder. */
function hungPort(code = 'for (;;);'): RasterThreadPort {
  const head = "const { parentPort } = require('node:worker_threads');"
  const worker = new Worker(
    `${head} parentPort.on('message', () => { ${code} }); parentPort.postMessage({ type: 'ready' })`,
    { eval: true },
  )
  return {
    postMessage: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: listener => void worker.on('message', listener),
    onEnd: listener => void worker.on('exit', () => listener('it ended')),
    terminate: () => void worker.terminate(),
  }
}

test('a raster reads the same through a thread, also after that thread was ended', async () => {
  const thread = rasterThread(servedPort)
  const [there, here] = [await thread.open(sound), await openRaster(sound)]
  const { read: _, ...facts } = here
  expect(there).toMatchObject(facts)
  expect(await there.read()).toEqual(await here.read())
  await expect(thread.open(damaged)).rejects.toMatchObject({ code: 'file-malformed' })
  const request = { window: { column: 3, row: 2, width: 5, height: 4 }, bands: [1] }
  for (let turn = 0; turn < 2; turn++) {
    expect(await there.read(request)).toEqual(await here.read(request))
    thread.end()
  }
})

test('a file that a thread does not answer for is given up by its name, and the next one is read', async () => {
  const ports = [hungPort, servedPort]
  const thread = rasterThread(() => ports.shift()!(), { grace: 0 })
  const limits = { milliseconds: 50 }
  const both = [thread.open(bytesInput('bomb.tif', new Uint8Array(9)), { limits }), thread.open(sound)]
  await expect(both[0]).rejects.toMatchObject({
    code: 'file-too-large',
    message: expect.stringContaining('"bomb.tif" took more than 0.05 s'),
  })
  expect((await both[1])?.width).toBe(20)
})

test('what a machine without time for it cannot read in time is waited for, twenty times as long at most', async () => {
  let cpu = 0
  const starved = (port: RasterThreadPort): RasterThreadPort => ({ ...port, cpuMilliseconds: () => cpu })
  const limits = { milliseconds: 50 }
  const idle = rasterThread(() => starved(hungPort()), { grace: 0 })
  await expect(idle.open(sound, { limits })).rejects.toThrow('"sound.tif" took more than 1 s to read')
  const busy = rasterThread(() => ({ ...hungPort(), cpuMilliseconds: () => (cpu += 60) }), { grace: 0 })
  await expect(busy.open(sound, { limits })).rejects.toThrow('"sound.tif" took more than 0.05 s to read')
  // The thread answers late, by far more than the limit.
  const slow = (): RasterThreadPort => {
    const port = servedPort()
    return {
      ...starved(port),
      postMessage: (message, transfer) => {
        const isCall = (message as { type: string }).type === 'call'
        setTimeout(() => port.postMessage(message, transfer), isCall ? 200 : 0)
      },
    }
  }
  const raster = await rasterThread(slow, { grace: 0 }).open(sound, { limits })
  expect((await raster.read())[0]).toHaveLength(300)
})

test('cancelling ends what does not answer at once', async () => {
  const thread = rasterThread(hungPort)
  const controller = new AbortController()
  const opening = thread.open(sound, { signal: controller.signal })
  setTimeout(() => controller.abort(), 20)
  await expect(opening).rejects.toMatchObject({ code: 'aborted' })
})

test('one that waits for its turn is cancelled at once, too', async () => {
  const thread = rasterThread(hungPort, { grace: 0 })
  const first = thread.open(sound, { limits: { milliseconds: 1000 } })
  const controller = new AbortController()
  const waiting = thread.open(sound, { signal: controller.signal })
  controller.abort()
  const outcome = Promise.race([first, waiting]).catch(({ code }) => code)
  expect(await outcome).toBe('aborted')
  await expect(first).rejects.toMatchObject({ code: 'file-too-large' })
})

test('a thread that never starts fails its call, and the next one starts another', async () => {
  const silent = (): RasterThreadPort => ({ ...servedPort(), onMessage: () => undefined })
  const ports = [silent, servedPort]
  const thread = rasterThread(() => ports.shift()!(), { startLimit: 20 })
  await expect(thread.open(sound)).rejects.toMatchObject({ code: 'worker-stopped' })
  expect((await thread.open(sound)).width).toBe(20)
})

test('memory beyond the limit, or a thread that dies, ends the call with its reason', async () => {
  let held = 5e9
  const hungry = rasterThread(() => ({ ...hungPort(), heldBytes: () => (held += 2e9) }), { mostBytes: 1e9 })
  await expect(hungry.open(sound)).rejects.toThrow('"sound.tif" took more than 1 GB of memory')
  // What the process holds for something else, as for its networks, is not the file's.
  const full = rasterThread(() => ({ ...hungPort(), heldBytes: () => 9e9 }), { mostBytes: 1e9, grace: 0 })
  await expect(full.open(sound, { limits: { milliseconds: 500 } })).rejects.toThrow('took more than 0.5 s')
  const dying = rasterThread(() => hungPort('process.exit(1)'))
  const thrown = await dying.open(sound).catch(error => error)
  expect(thrown).toBeInstanceOf(AppError)
  expect(thrown.code).toBe('worker-stopped')
})
