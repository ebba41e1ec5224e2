import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { Timers } from '../scheduling'
import type { Unsaved } from './slice'
import { pacedCount, WriteQueue } from './writeQueue'

describe('paced count', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('reports the first and zero at once, and in between once a pause', () => {
    const shown: number[] = []
    const count = pacedCount(new Timers(), value => shown.push(value))
    for (let value = 1; value <= 1000; value++) count(value)
    expect(shown).toEqual([1])
    vi.advanceTimersByTime(100)
    expect(shown).toEqual([1, 1000])
    for (let value = 999; value >= 0; value--) count(value)
    expect(shown).toEqual([1, 1000, 0])
    vi.advanceTimersByTime(1000)
    expect(shown).toEqual([1, 1000, 0])
    count(5)
    count(6)
    vi.advanceTimersByTime(99)
    expect(shown).toEqual([1, 1000, 0, 5])
    count(7)
    vi.advanceTimersByTime(1)
    expect(shown).toEqual([1, 1000, 0, 5, 7])
    count(8)
    vi.advanceTimersByTime(100)
    expect(shown).toEqual([1, 1000, 0, 5, 7, 8])
  })
})

describe('write queue', () => {
  const full = () => new AppError('storage-full', 'The disk is full.')

  function queueOn(disk: string[], limit?: number, mayWrite?: () => Promise<boolean>) {
    const heard = {
      pending: 0,
      refused: [] as string[],
      unsaved: null as Unsaved | null,
      retried: 0,
    }
    const queue = new WriteQueue(
      {
        onPending: pending => {
          heard.pending = pending
        },
        onRefused: message => heard.refused.push(message),
        onUnsaved: unsaved => {
          heard.unsaved = unsaved
          if (unsaved?.retrying) heard.retried++
        },
      },
      limit,
      mayWrite,
    )
    let room = true
    let tries = 0
    const write = (what: string) => async () => {
      tries++
      if (!room) throw full()
      disk.push(what)
    }
    return { queue, heard, write, setRoom: (there: boolean) => (room = there), tries: () => tries }
  }

  /** A write that ends when the test says so. */
  function slowWrite(disk: string[], what: string) {
    let finish = () => {}
    let fail = (_: Error) => {}
    const ended = new Promise<void>((resolve, reject) => {
      finish = resolve
      fail = reject
    })
    return { write: () => ended.then(() => disk.push(what)), finish, fail }
  }

  afterEach(() => vi.useRealTimers())

  test('a full disk keeps every change, in order, until there is room', async () => {
    const disk: string[] = []
    const { queue, heard, write, setRoom, tries } = queueOn(disk)
    await queue.push(write('a'))
    setRoom(false)
    void queue.push(write('b'))
    await expect(queue.settled()).rejects.toMatchObject({ code: 'storage-full' })
    void queue.push(write('c'))
    void queue.push(write('d'))
    await new Promise(resolve => setTimeout(resolve))
    // What comes later does not make it try again: that has its time.
    expect(tries()).toBe(2)
    expect(heard).toMatchObject({ pending: 3, unsaved: { changes: 3, full: true, exceeded: false } })
    expect(await queue.retry()).toBe(false)
    expect(heard.unsaved).toMatchObject({ changes: 3, retrying: false, message: 'The disk is full.' })
    expect(heard.retried).toBe(1)
    setRoom(true)
    expect(await queue.retry()).toBe(true)
    expect(disk).toEqual(['a', 'b', 'c', 'd'])
    expect(heard).toMatchObject({ pending: 0, unsaved: null, refused: [] })
    void queue.push(write('e'))
    expect(heard).toMatchObject({ pending: 1, unsaved: null })
  })

  test('tries again by itself after 5, 10, 20, 40 and then every 60 s, and from 5 s again once it worked', async () => {
    vi.useFakeTimers()
    const disk: string[] = []
    const { queue, heard, write, setRoom, tries } = queueOn(disk)
    const pauses = async () => {
      const found: number[] = []
      for (let s = 1, last = 0, before = tries(); s <= 200; s++) {
        await vi.advanceTimersByTimeAsync(1_000)
        if (tries() > before) found.push(s - last)
        if (tries() > before) last = s
        before = tries()
      }
      return found
    }
    setRoom(false)
    void queue.push(write('a'))
    await vi.advanceTimersByTimeAsync(0)
    expect(await pauses()).toEqual([5, 10, 20, 40, 60, 60])
    expect(heard.unsaved?.changes).toBe(1)
    setRoom(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(disk).toEqual(['a'])
    expect(heard.unsaved).toBeNull()
    setRoom(false)
    void queue.push(write('b'))
    await vi.advanceTimersByTimeAsync(0)
    expect((await pauses()).slice(0, 2)).toEqual([5, 10])
    for (const again of [() => void queue.retry(), () => queue.restart()]) {
      again()
      void queue.push(write('c'))
      await vi.advanceTimersByTimeAsync(0)
      expect((await pauses()).slice(0, 2)).toEqual([5, 10])
    }
  })

  test('a failing disk is tried again as a full one is, and is not called full', async () => {
    const { queue, heard } = queueOn([])
    const cause = new DOMException('I/O error', 'UnknownError')
    void queue.push(() => Promise.reject(new AppError('storage-failed', 'The disk fails.', { cause })))
    await expect(queue.settled()).rejects.toMatchObject({ code: 'storage-failed' })
    await expect(queue.settled()).rejects.toMatchObject({ code: 'storage-failed' })
    expect(heard).toMatchObject({
      pending: 1,
      refused: [],
      unsaved: { full: false, message: 'The disk fails.' },
    })
    queue.halt('Moved.')
    expect(heard.unsaved).toMatchObject({ full: false, message: 'Moved.' })
  })

  test('any other error, whatever its cause, is refused at once', async () => {
    const { queue, heard } = queueOn([])
    const cause = new DOMException('x', 'DataError')
    await queue.push(() => Promise.reject(new Error('No such store.')))
    await queue.push(() => Promise.reject(new AppError('bad-argument', 'Wrong.', { cause })))
    expect(heard.refused).toEqual([expect.stringMatching(/^This browser's storage failed\./), 'Wrong.'])
    expect(heard).toMatchObject({ pending: 0, unsaved: null })
  })

  test('writes only while it may, and asks again with the next write', async () => {
    const disk: string[] = []
    let may = false
    const { queue, heard, write } = queueOn(disk, undefined, async () => may)
    void queue.push(write('a'))
    await Promise.resolve()
    expect(heard).toMatchObject({ pending: 1, unsaved: null })
    expect(disk).toEqual([])
    may = true
    await queue.push(write('b'))
    expect(disk).toEqual(['a', 'b'])
  })

  test('a rehearsal runs what waits, in order, writes nothing beside it and keeps everything', async () => {
    vi.useFakeTimers()
    const disk: string[] = []
    const { queue, heard, write, setRoom, tries } = queueOn(disk)
    setRoom(false)
    void queue.push(write('a'), { key: 'mask/p' })
    void queue.push(write('b'))
    await vi.advanceTimersByTimeAsync(0)
    setRoom(true)
    const rehearsal = queue.rehearse()
    void queue.push(write('c'), { key: 'mask/p' })
    void queue.retry()
    await rehearsal
    expect(disk).toEqual(['a', 'b'])
    expect(heard.pending).toBe(3)
    setRoom(false)
    await vi.advanceTimersByTimeAsync(0)
    expect(tries()).toBe(3)
  })

  test('a rehearsal that outlasts the pause is followed by another try', async () => {
    vi.useFakeTimers()
    const { queue } = queueOn([])
    let tries = 0
    let slow = false
    void queue.push(async () => {
      tries++
      if (!slow) throw full()
      await new Promise(resolve => setTimeout(resolve, 7_000))
    })
    await vi.advanceTimersByTimeAsync(0)
    slow = true
    const rehearsal = queue.rehearse()
    await vi.advanceTimersByTimeAsync(7_000)
    await rehearsal
    slow = false
    expect(tries).toBe(2)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(tries).toBe(3)
  })

  test('a rehearsal that fails leaves the queue as it was, to be tried again', async () => {
    vi.useFakeTimers()
    const disk: string[] = []
    const { queue, write, setRoom } = queueOn(disk)
    setRoom(false)
    void queue.push(write('a'))
    await vi.advanceTimersByTimeAsync(0)
    await expect(queue.rehearse()).rejects.toMatchObject({ code: 'storage-full' })
    setRoom(true)
    expect(await queue.retry()).toBe(true)
    expect(disk).toEqual(['a'])
    setRoom(false)
    void queue.push(write('b'))
    await vi.advanceTimersByTimeAsync(0)
    setRoom(true)
    await queue.rehearse()
    expect(disk).toEqual(['a', 'b'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(disk).toEqual(['a', 'b', 'b'])
  })

  test('a write that stays wrong is named and does not stop those behind it', async () => {
    const disk: string[] = []
    const { queue, heard, write } = queueOn(disk)
    void queue.push(() => Promise.reject(new AppError('bad-argument', 'There is already a verdict.')))
    void queue.push(write('b'))
    await queue.settled()
    expect(disk).toEqual(['b'])
    expect(heard.refused).toEqual(['There is already a verdict.'])
  })

  test('a mask that waits is written once, as it was last, and can be read meanwhile', async () => {
    const disk: string[] = []
    const { queue, write, setRoom } = queueOn(disk)
    setRoom(false)
    void queue.push(write('head'))
    await expect(queue.settled()).rejects.toBeDefined()
    const old = queue.push(write('old'), { key: 'mask/p', value: Uint8Array.of(1) })
    void queue.push(write('step'))
    const latest = queue.push(write('new'), { key: 'mask/p', value: Uint8Array.of(2) })
    expect(queue.waitingValue('mask/p')).toEqual(Uint8Array.of(2))
    setRoom(true)
    await queue.retry()
    expect(disk).toEqual(['head', 'new', 'step'])
    await Promise.all([old, latest])
    expect(queue.waitingValue('mask/p')).toBeUndefined()
  })

  test('a mask that is being written is written again as it changed meanwhile', async () => {
    const disk: string[] = []
    const { queue, write } = queueOn(disk)
    const first = slowWrite(disk, 'old')
    void queue.push(first.write, { key: 'mask/p', value: Uint8Array.of(1) })
    const latest = queue.push(write('new'), { key: 'mask/p', value: Uint8Array.of(2) })
    expect(queue.waitingValue('mask/p')).toEqual(Uint8Array.of(2))
    first.finish()
    await latest
    expect(disk).toEqual(['old', 'new'])
  })

  test('says when too much waits', async () => {
    const { queue, heard, write, setRoom } = queueOn([], 5_000)
    setRoom(false)
    void queue.push(write('a'), { bytes: 4_000 })
    await expect(queue.settled()).rejects.toBeDefined()
    expect(heard.unsaved?.exceeded).toBe(false)
    void queue.push(write('b'), { value: new Uint8Array(500) })
    expect(heard.unsaved).toMatchObject({ exceeded: true, bytes: 5_024 })
  })

  test.each([
    [{ bytes: 5_000 }, { bytes: 5_000, exceeded: false }, 5_000],
    [{ value: new Uint8Array(5_001) }, { bytes: 5_001, exceeded: true }, 5_000],
    [{}, { bytes: 1_024, exceeded: false }, 1_024],
    [{ bytes: 268_435_456 }, { exceeded: false }, undefined],
    [{ bytes: 268_435_457 }, { exceeded: true }, undefined],
  ])('%o counts as %o of %s bytes', async (options, unsaved, limit) => {
    const { queue, heard, write, setRoom } = queueOn([], limit)
    setRoom(false)
    void queue.push(write('a'), options)
    await expect(queue.settled()).rejects.toBeDefined()
    expect(heard.unsaved).toMatchObject(unsaved)
  })

  test('a halted queue writes nothing, keeps what waits, and restarts without it', async () => {
    const disk: string[] = []
    const { queue, heard, write } = queueOn(disk)
    queue.halt('Another tab has the project.')
    void queue.push(write('a'))
    expect(await queue.retry()).toBe(false)
    expect([disk, heard.retried]).toEqual([[], 0])
    expect(heard.unsaved).toMatchObject({ changes: 1, message: 'Another tab has the project.' })
    await expect(queue.settled()).rejects.toMatchObject({
      code: 'aborted',
      message: 'Another tab has the project.',
    })
    queue.restart()
    expect(heard.unsaved).toBeNull()
    await queue.push(write('b'))
    expect(disk).toEqual(['b'])
  })

  test('who waits for the queue hears that it was halted, and no retry comes after', async () => {
    vi.useFakeTimers()
    const disk: string[] = []
    const { queue, write, setRoom, tries } = queueOn(disk)
    setRoom(false)
    void queue.push(write('a'))
    await vi.advanceTimersByTimeAsync(0)
    setRoom(true)
    queue.halt('Another tab has the project.')
    await vi.advanceTimersByTimeAsync(100_000)
    expect([disk, tries()]).toEqual([[], 1])
    queue.restart()
    const slow = slowWrite(disk, 'b')
    void queue.push(slow.write)
    void queue.push(write('c'))
    const waiters = [queue.settled(), queue.settled()].map(waiter =>
      expect(waiter).rejects.toMatchObject({ code: 'aborted' }),
    )
    queue.halt('Another tab has the project.')
    await Promise.all(waiters)
    slow.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(disk).toEqual(['b'])
  })

  test.each(['finish', 'fail'] as const)(
    'what a write did that began before a restart (%s) changes nothing after it',
    async end => {
      const disk: string[] = []
      const { queue, heard, write } = queueOn(disk)
      const slow = slowWrite(disk, 'before')
      const dropped = [queue.push(slow.write), queue.push(write('dropped'))]
      const waiting = queue.settled()
      queue.restart()
      await Promise.all([...dropped, waiting])
      const after = slowWrite(disk, 'after')
      const pushed = queue.push(after.write)
      slow[end](new Error('The record is damaged.'))
      await new Promise(resolve => setTimeout(resolve))
      expect(heard).toMatchObject({ pending: 1, refused: [] })
      after.finish()
      await pushed
      expect(disk.at(-1)).toBe('after')
      expect(heard.pending).toBe(0)
    },
  )

  test('everybody who waits hears of the end, and of the trouble', async () => {
    const { queue, write, setRoom } = queueOn([])
    void queue.push(write('a'))
    expect(await Promise.all([queue.settled(), queue.settled()])).toHaveLength(2)
    await queue.settled()
    setRoom(false)
    void queue.push(write('b'))
    const waiters = [queue.settled(), queue.settled()]
    for (const waiter of waiters) await expect(waiter).rejects.toMatchObject({ code: 'storage-full' })
  })
})
