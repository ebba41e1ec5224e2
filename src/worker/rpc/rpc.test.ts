import { afterEach, expect, test, vi } from 'vitest'
import { AppError, detailsOf } from '../../core/foundation/appError'
import type { PacedProgress } from '../../core/foundation/job'
import { callApi, type RemoteEndpoint } from './callApi'
import { MOST_FILES, ReceivedParts } from './fileParts'
import { type Handlers, serveApi, transfer } from './serveApi'

interface TestApi {
  add: { request: { a: number; b: number }; result: number }
  count: { request: { to: number }; result: number }
  wait: { request: Record<string, never>; result: string }
  fail: { request: { with: 'coded' | 'plain' }; result: never }
  buffer: { request: { length: number }; result: { data: Float32Array } }
  name: { request: { files: { path: string; file: Blob }[]; last: boolean }; result: string[] }
}
type TestEvent = { kind: 'half-way' }

const sent: ArrayBuffer[] = []
const aborted: string[] = []
const named: number[] = []

const handlers: Handlers<TestApi, TestEvent> = {
  add: async ({ a, b }) => a + b,
  count: async ({ to }, { onProgress, onEvent }) => {
    for (let done = 1; done <= to; done++) {
      onProgress({ label: 'Counting', done, total: to })
      if (done === Math.ceil(to / 2)) onEvent({ kind: 'half-way' })
    }
    return to
  },
  wait: (_request, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.push('seen')
        reject(new AppError('aborted', 'Cancelled.'))
      })
    }),
  fail: async request => {
    if (request.with === 'plain') throw new RangeError('a plain failure')
    throw new AppError('storage-full', 'Free some space.', { cause: new Error('quota 12 exceeded') })
  },
  buffer: async ({ length }) => {
    const data = new Float32Array(length).fill(2)
    sent.push(data.buffer)
    return transfer({ data }, [data.buffer])
  },
  name: async ({ files, last }) => {
    named.push(files.length)
    const texts = await Promise.all(files.map(({ file }) => file.text()))
    return files.map(({ path }, i) => `${path} ${texts[i]} ${last}`)
  },
}

const ports: MessagePort[] = []

const drop = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ path: `image_${i}.h5`, file: new Blob([String(i)]) }))

/** A server at the far end of a real MessageChannel, and a way to make it crash. */
function channel(): RemoteEndpoint & { crash(message: string): void } {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  serveApi<TestApi, TestEvent>(port2, handlers)
  port2.start()
  const crashes: ((event: MessageEvent) => void)[] = []
  return {
    postMessage: (message, options) => port1.postMessage(message, options),
    addEventListener: (type, listener) => {
      if (type === 'error') crashes.push(listener)
      else port1.addEventListener(type, listener as (event: Event) => void)
    },
    start: () => port1.start(),
    close: () => port1.close(),
    crash: message => {
      for (const listener of crashes) listener({ message } as unknown as MessageEvent)
    },
  }
}

afterEach(() => {
  for (const port of ports.splice(0)) port.close()
  vi.useRealTimers()
})

test('answers calls made side by side, each with its own result', async () => {
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const sums = await Promise.all([1, 2, 3].map(a => client.call('add', { a, b: 10 })))
  expect(sums).toEqual([11, 12, 13])
})

test('makes the server on the first call only', async () => {
  const make = vi.fn(channel)
  const client = callApi<TestApi, TestEvent>('test worker', make)
  expect(make).not.toHaveBeenCalled()
  await client.call('add', { a: 1, b: 1 })
  await client.call('add', { a: 1, b: 1 })
  expect(make).toHaveBeenCalledTimes(1)
})

test('thins progress, keeps the last one, and delivers events', async () => {
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const seen: PacedProgress[] = []
  const events: TestEvent[] = []
  await client.call('count', { to: 1000 }, { onProgress: p => seen.push(p), onEvent: e => events.push(e) })
  expect(seen.length).toBeGreaterThanOrEqual(2)
  expect(seen.length).toBeLessThan(20)
  expect(seen.at(-1)).toMatchObject({ label: 'Counting', done: 1000, total: 1000, etaSeconds: 0 })
  expect(seen.at(-1)!.rate).toBeGreaterThan(0)
  expect(events).toEqual([{ kind: 'half-way' }])
})

test('an abort reaches the handler and ends the call as aborted', async () => {
  aborted.length = 0
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const abort = new AbortController()
  const call = client.call('wait', {}, { signal: abort.signal })
  setTimeout(() => abort.abort(), 20)
  await expect(call).rejects.toMatchObject({ name: 'AppError', code: 'aborted' })
  expect(aborted).toEqual(['seen'])
  expect(await client.call('add', { a: 2, b: 2 })).toBe(4)
})

/** A channel that keeps the sizes of the lists of files in each message, and the kinds of messages. */
function countingChannel() {
  const end = channel()
  const sizes: number[] = []
  const kinds: string[] = []
  const post = end.postMessage
  end.postMessage = (message, options) => {
    const { type, entries, request } = message as {
      type: string
      entries?: unknown[]
      request?: { files: unknown[] }
    }
    kinds.push(type)
    sizes.push((entries ?? request?.files ?? []).length)
    post(message, options)
  }
  return { end, sizes, kinds }
}

test('thousands of files go in parts, and arrive whole and in their order', async () => {
  const { end, sizes } = countingChannel()
  const client = callApi<TestApi, TestEvent>('test worker', () => end)
  const seen: PacedProgress[] = []
  const files = drop(2001)
  const names = await client.call('name', { files, last: true }, { onProgress: p => seen.push(p) })
  expect(names).toEqual(files.map(({ path }, i) => `${path} ${i} true`))
  expect(Math.max(...sizes)).toBe(MOST_FILES)
  expect(seen.map(({ done }) => done)).toEqual([...Array.from({ length: 10 }, (_, i) => 200 * i + 200), 2001])
  expect(seen[0]).toMatchObject({ label: 'Handing over 2,001 files', total: 2001 })
  sizes.length = 0
  await client.call('name', { files: drop(MOST_FILES), last: false })
  expect(sizes).toEqual([MOST_FILES])
})

test('cancelled between two parts, a call ends at once and the server begins nothing', async () => {
  const { end, sizes, kinds } = countingChannel()
  const client = callApi<TestApi, TestEvent>('test worker', () => end)
  const abort = new AbortController()
  named.length = 0
  const onProgress = ({ done }: PacedProgress) => {
    if (done >= 600) abort.abort()
  }
  const call = client.call('name', { files: drop(5000), last: true }, { signal: abort.signal, onProgress })
  await expect(call).rejects.toMatchObject({ name: 'AppError', code: 'aborted' })
  const others = drop(201)
  expect(await client.call('name', { files: others, last: false })).toHaveLength(201)
  expect(kinds).toEqual(['part', 'part', 'part', 'abort', 'part', 'part', 'call'])
  expect(sizes.slice(0, 3)).toEqual([200, 200, 200])
  expect(named).toEqual([201])
})

test('what came of a cancelled call is not kept', () => {
  const received = new ReceivedParts()
  received.add({ type: 'part', id: 1, field: 'files', entries: [1, 2] })
  received.add({ type: 'part', id: 2, field: 'files', entries: [3] })
  received.forget(1)
  expect(received.complete(1, { files: [] })).toEqual({ files: [] })
  expect(received.complete(2, { files: [], domain: 'auto' })).toEqual({ files: [3], domain: 'auto' })
  expect(received.complete(2, { files: [] })).toEqual({ files: [] })
})

test('a crash between two parts fails the call, and nothing more is sent', async () => {
  const { end, kinds } = countingChannel()
  const client = callApi<TestApi, TestEvent>('test worker', () => end)
  const call = client.call('name', { files: drop(1000), last: true })
  end.crash('out of memory')
  await expect(call).rejects.toMatchObject({ code: 'worker-stopped' })
  expect(kinds).toEqual(['part'])
})

test('a signal that fired before the call keeps it from being sent', async () => {
  const make = vi.fn(channel)
  const client = callApi<TestApi, TestEvent>('test worker', make)
  await expect(client.call('wait', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
  expect(make).not.toHaveBeenCalled()
})

test('errors keep their code, message and the text of the cause', async () => {
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const coded = await client.call('fail', { with: 'coded' }).catch((error: unknown) => error as AppError)
  expect(coded).toBeInstanceOf(AppError)
  expect(coded).toMatchObject({ code: 'storage-full', message: 'Free some space.' })
  expect(String((coded as AppError).cause)).toContain('quota 12 exceeded')
  const plain = await client.call('fail', { with: 'plain' }).catch((error: unknown) => error as AppError)
  expect(plain).toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/^Something in Scarp failed\. Try again/),
  })
  expect(detailsOf(plain as AppError)).toMatch(/^RangeError: a plain failure\n +at /)
  expect(detailsOf(coded as AppError)).toBeUndefined()
})

test('marked buffers are moved, not copied', async () => {
  sent.length = 0
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const { data } = await client.call('buffer', { length: 8 })
  expect(Array.from(data)).toEqual(new Array(8).fill(2))
  expect(sent[0]!.byteLength).toBe(0)
})

test('a crash fails every call under way, and the next call makes a new server', async () => {
  const made: ReturnType<typeof channel>[] = []
  const client = callApi<TestApi, TestEvent>('test worker', () => {
    made.push(channel())
    return made.at(-1)!
  })
  const calls = [client.call('wait', {}), client.call('wait', {})]
  made[0]!.crash('Uncaught out of memory')
  for (const call of calls) {
    await expect(call).rejects.toMatchObject({
      code: 'worker-stopped',
      message: expect.stringContaining('out of memory'),
    })
  }
  expect(await client.call('add', { a: 3, b: 4 })).toBe(7)
  expect(made).toHaveLength(2)
})

test('a server that ends before it says anything fails its calls, and the next one makes a new server', async () => {
  let made = 0
  const client = callApi<TestApi, TestEvent>(
    'test worker',
    () => {
      made += 1
      return made === 1 ? { postMessage: () => undefined, addEventListener: () => undefined } : channel()
    },
    20,
  )
  await expect(client.call('add', { a: 1, b: 2 })).rejects.toMatchObject({
    code: 'worker-stopped',
    message: expect.stringContaining('it did not start'),
  })
  expect(await client.call('add', { a: 1, b: 2 })).toBe(3)
})

test('terminate fails calls under way and later ones', async () => {
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const waiting = client.call('wait', {})
  client.terminate()
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
  await expect(client.call('add', { a: 1, b: 1 })).rejects.toMatchObject({ code: 'aborted' })
})

test('an unknown method and a request that cannot be cloned fail with a message', async () => {
  const client = callApi<TestApi, TestEvent>('test worker', channel)
  const loose = client as unknown as { call(method: string, request: unknown): Promise<unknown> }
  await expect(loose.call('toString', {})).rejects.toMatchObject({ code: 'internal' })
  await expect(loose.call('add', { a: () => 1 })).rejects.toMatchObject({ code: 'internal' })
  expect(await client.call('add', { a: 1, b: 1 })).toBe(2)
})
